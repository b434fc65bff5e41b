"""An explanation: what every rule said of one miRNA or strategy, and what would have to change.

Built with ``model_construct``, as recommendations are; tests validate real results.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender.model.recommendation import (
    NOTICE,
    Action,
    CallState,
    Cancer,
    ClaimMatch,
    Component,
    Context,
    Direction,
    Gate,
    IdentityMatch,
    KnowledgeStamp,
    Severity,
    SoftwareStamp,
    Source,
    Tier,
    TumorMatch,
    WithheldReason,
)

_FROZEN = ConfigDict(
    frozen=True,
    extra="forbid",
    populate_by_name=True,
    defer_build=True,
    json_schema_serialization_defaults_required=True,
)


class ExplainedSubject(BaseModel):
    """What was asked about, as it was understood."""

    model_config = _FROZEN
    as_given: str
    mirna: str = Field(description="Canonical miRNA, family or cluster; as given where the knowledge lacks it.")
    kind: Literal["mirna", "family", "cluster"]
    action: Action | None = Field(description="Of the strategy asked about; null where a miRNA was given.")
    members: list[str] = Field([], description="Of a family or cluster.")
    known: bool = Field(description="False where the knowledge does not hold it.")


class ExplainedCall(BaseModel):
    """How it was measured and called; `value` as in a recommendation."""

    model_config = _FROZEN
    call: CallState
    as_given: list[str] = Field(description="Its names in the profile; empty where the profile does not name it.")
    value: float | None
    adjusted_p_value: float | None
    reads_per_million: float | None
    measured_as: str
    members_called: list[str] = []
    notes: list[str] = []


class DocumentedClaim(BaseModel):
    """A statement that reaches it, on this tumor or another."""

    model_config = _FROZEN
    claim_id: str
    cancer: str
    direction: Direction
    mirna_as_printed: str
    source: str = Field(description="`table1`, `table2` or `text` of the review, or a source a knowledge pack brings.")
    locator: str
    references: list[str] = []
    strength: str
    identity_match: IdentityMatch
    speaks: bool = Field(description="True where it belongs to the level that decides in this tumor.")
    condition: str = Field("", description="What the tumor must be for the statement to hold; empty: nothing.")


class DocumentedRole(BaseModel):
    """An established role, in all tumors or in one."""

    model_config = _FROZEN
    role_id: str
    role: str
    scope: str
    basis: str
    locator: str
    references: list[str] = []
    holds_here: bool


class DocumentedContext(BaseModel):
    """A property the rules know of it."""

    model_config = _FROZEN
    context_id: str
    context: str
    value: str
    locator: str
    sources: list[str] = []


class DocumentedAgent(BaseModel):
    """A drug that acts on it, or on one of its members."""

    model_config = _FROZEN
    agent: str
    name: str
    mirna: str
    action: Action
    oncology: bool
    evidence_level: str
    safety_level: str
    best_match: TumorMatch
    nct_ids: list[str] = []
    speaks: bool = Field(description="True where its trials are what documents the direction in this tumor.")


class DocumentedWork(BaseModel):
    """Laboratory work the review cites on it, or on its family."""

    model_config = _FROZEN
    id: str
    mirna_as_printed: str
    action: Action
    references: list[str]
    locator: str


class Documents(BaseModel):
    """What the knowledge holds of it, seen from this tumor, before anything is measured."""

    model_config = _FROZEN
    level: str
    documented: str
    elsewhere: str
    same_lineage: str
    role: str
    through_family: bool
    claims: list[DocumentedClaim] = []
    roles: list[DocumentedRole] = []
    contexts: list[DocumentedContext] = []
    agents: list[DocumentedAgent] = []
    laboratory_work: list[DocumentedWork] = []


class Reached(BaseModel):
    """Where a strategy stands; everything but `status` is null where it has no rank."""

    model_config = _FROZEN
    status: Literal["proposed", "exploratory", "withheld", "not_proposed"]
    rank: int | None = None
    of: int | None = Field(None, description="How many are ranked beside it.")
    gate: Gate | None = None
    tier: Tier | None = None
    claim_match: ClaimMatch | None = None
    points: int | None = None
    value: float | None = Field(None, description="Of its call: a log2 ratio, or on a z-score profile the score.")


class HeldBack(BaseModel):
    """Something that holds a strategy back: the rules that set it, and what they say."""

    model_config = _FROZEN
    rules: list[str] = Field([], description="Empty where the order of strategies sets it.")
    message: str


class Outranked(BaseModel):
    """A strategy that stands before it, and the first criterion by which it does."""

    model_config = _FROZEN
    strategy: str
    by: str


class ExplainedStrategy(Reached):
    """A strategy on it, proposed or not."""

    id: str
    action: Action
    components: list[Component] = []
    gated_by: list[HeldBack] = Field([], description="What keeps its gate from being clear, the gravest first.")
    outranked_by: list[Outranked] = Field([], description="The strategies of its status before it, in order.")
    reasons: list[WithheldReason] = Field([], description="Why it is withheld.")
    message: str = ""


class Addition(BaseModel):
    """One thing a rule adds: a part of its conclusion, in the rule file's words."""

    model_config = _FROZEN
    kind: str
    what: str
    severity: Severity | None = None
    messages: list[str] = Field([], description="As written out for this profile.")


class MatchedFact(BaseModel):
    """A fact a rule matched, whole."""

    model_config = _FROZEN
    alias: str
    fact: dict[str, str]
    tested: list[str] = Field([], description="The fields the rule tested.")


class FiredRule(BaseModel):
    """A rule that matched."""

    model_config = _FROZEN
    rule: str
    stratum: Literal[1, 2]
    title: str
    adds: list[Addition]
    effective: bool = Field(description="False where there was no action to which its conclusion could belong.")
    matches: list[list[MatchedFact]]
    source: str


class SilentRule(BaseModel):
    """A rule that did not match, with the first of its conditions that failed."""

    model_config = _FROZEN
    rule: str
    stratum: Literal[1, 2]
    title: str
    would_add: list[Addition]
    condition: str = Field(description="The alias of the condition that failed.")
    type: str
    field: str | None = Field(description="Null where there was no fact of the type.")
    expected: list[str] = Field(description="Any of these would do; of a join, what the field had to equal.")
    found: list[str] = Field(description="What the field held in the facts that met all before; empty: no such fact.")
    step: int = Field(description="Which of its steps failed, from 1; a step is a fact of a type or a test.")
    steps: int
    only_this: bool = Field(description="True where nothing else is missing.")
    may_change: bool = Field(description="True where measurement, tumor or patient decide it, not the documents.")


class Change(BaseModel):
    """One field of the profile, what it holds and what it would have to hold; null: absent."""

    model_config = _FROZEN
    field: str = Field(description="Its path in the profile's JSON, joined by dots.")
    path: list[str]
    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class Way(BaseModel):
    """Changes that together reach a goal; verified on the whole profile."""

    model_config = _FROZEN
    changes: list[Change]
    moves: list[str] = Field(description="What kinds of change they are; one kind may change several fields.")
    reaches: Reached
    loses_gate: bool = Field(description="True where its own gate gets worse: it leads as others fall behind.")


class Counterfactual(BaseModel):
    """What would have to change for a strategy to appear, to become clear, or to lead."""

    model_config = _FROZEN
    strategy: str
    goal: Literal["appear", "clear", "lead"]
    met: bool = Field(description="True where it is so already.")
    ways: list[Way] = Field([], description="Fewest changes first, then the smallest.")
    obstacles: list[HeldBack] = Field([], description="Where there is no way: why.")
    best: Reached | None = Field(None, description="Where there is no way: how far it comes at best.")


class Explanation(BaseModel):
    """Why a miRNA's strategies stand where they do in one profile, rule by rule."""

    model_config = _FROZEN
    schema_: Literal["explanation/1"] = Field("explanation/1", alias="schema")
    sample_id: str
    cancer: Cancer
    context: Context
    subject: ExplainedSubject
    summary: list[str] = Field(description="The answer in sentences.")
    call: ExplainedCall
    documents: Documents
    strategies: list[ExplainedStrategy]
    counterfactuals: list[Counterfactual]
    second_stratum: str | None = Field(description="The strategy the rules of stratum 2 were asked of; null: none.")
    fired: list[FiredRule]
    silent: list[SilentRule]
    sources: list[Source] = Field([], description="Every source that the rules above name.")
    settings: dict[str, Any] = {}
    knowledge: KnowledgeStamp
    software: SoftwareStamp
    input_sha256: str
    notice: str = NOTICE

    def to_json(self, indent: int | None = 2) -> str:
        """Return the published JSON; the same value gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=indent) + "\n"
