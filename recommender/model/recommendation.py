"""The output: ranked strategies with all that explains them. Field by field as published."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from recommender.model.published import Published

Action = Literal["inhibit", "restore"]
CallState = Literal["up", "down", "unchanged", "low_abundance", "untested", "ambiguous", "not_measured"]
Direction = Literal["up", "down"]
Comparison = Literal["normal_cohort", "builtin_cohort", "ratio_only", "other_group"]
Gate = Literal["clear", "caution", "adverse"]
Tier = Literal["T1", "T2", "T3", "T4", "T5"]
ClaimMatch = Literal["same_tumor", "trial_indication", "same_lineage", "pan_cancer"]
IdentityMatch = Literal["exact", "arm_assumed", "arm_unknown", "hairpin", "family_member"]
Severity = Literal["info", "caution", "serious"]
WithheldReason = Literal[
    "ambiguous_measurement",
    "conflicting_evidence",
    "discordant_direction",
    "opposes_established_role",
    "context_dependent",
    "timing_contraindicated",
]
Outcome = Literal["recommended", "all_withheld", "exploratory_only", "no_rule_matched", "insufficient_data"]
UnresolvedReason = Literal["not_a_mirna_name", "not_human", "retired_entry", "ambiguous_name"]
StopReasonName = Literal["safety", "funding", "business", "futility", "not_opened", "not_stated"]
TumorMatch = Literal["responded", "treated", "eligible", "basket", "other"]
Documented = Literal["this_tumor", "in_general", "other_tumors", "outside_oncology"]
SEVERITIES: tuple[Severity, ...] = ("serious", "caution", "info")  # the gravest first
Topic = Literal[
    "off_target",
    "context",
    "immune",
    "chemistry",
    "delivery",
    "class_precedent",
    "regulatory",
    "manufacturing",
    "access",
]
# what an option rests on, best first
OptionPrecedent = Literal[
    "this_mirna", "this_class", "outside_oncology", "laboratory_this_mirna", "laboratory", "concept"
]

NOTICE = "Research use only. Not for diagnosis or treatment decisions. Not a medical device."


class Cancer(Published):
    """The tumor as understood; a subtype counts as its parent and is named beside it."""

    id: str
    name: str
    as_given: str
    lineage: Literal["solid", "hematologic"]
    subtype: str | None = Field(None, description="Id of the subtype the given name means, if any.")


class Context(Published):
    """What of the profile decides gates and calls, as it was understood."""

    disease_state: str
    metastatic: bool | None
    specimen: str
    scale: str
    reference: str = Field(description="What the values were compared with, as stated.")
    comparison: Comparison


class Component(Published):
    """One integer term of a strategy's points, with what it was made of."""

    name: str
    points: int
    rule: str
    records: list[str] = []
    inputs: dict[str, Any] = {}


class Evidence(Published):
    """One statement that speaks for or against a strategy."""

    claim_id: str
    cancer: str
    mirna_as_printed: str
    direction: Direction
    source: str = Field(description="`table1`, `table2` or `text` of the review, or a source a knowledge pack brings.")
    locator: str
    references: list[str] = []
    claim_match: ClaimMatch
    identity_match: IdentityMatch


class LaboratoryWork(Published):
    """Preclinical therapeutic work the review cites for this miRNA, or its family, and this action."""

    id: str
    mirna_as_printed: str
    references: list[str]
    locator: str


class StopReason(Published):
    """Why a trial stopped, according to one source."""

    reason: StopReasonName
    source: str
    as_of: str


class TrialStatement(Published):
    """What one source says of a trial, on one date, and which statements contradict it."""

    claim_id: str
    kind: str
    source: str
    statement: str
    as_of: str
    disagrees_with: list[str] = []


class Precedent(Published):
    """A trial of an agent that acts on this very miRNA in this very direction."""

    agent: str
    modality: str
    chemistry: list[str] = Field([], description="Empty where it is not known.")
    delivery: list[str] = Field([], description="Empty where it is not known.")
    route: str
    use: Literal["efficacy_and_tolerability", "tolerability_only"]
    nct_id: str | None
    phase: str
    status: str
    status_source: str
    status_as_of: str
    is_open: bool = Field(description="Open to patients, or about to be, on the date of `status_as_of`.")
    stop_reasons: list[StopReason] = []
    oncology: bool
    tumor_match: TumorMatch
    url: str | None
    conflict_of_interest: str = ""
    claims: list[TrialStatement] = []


class ClassPrecedent(Published):
    """An agent of the same action on another miRNA: what its class can expect, never a tier of this miRNA."""

    agent: str
    mirna: str
    modality: str
    chemistry: list[str] = []
    delivery: list[str] = []
    use: Literal["class_experience", "tolerability_only"]
    tumor_match: TumorMatch
    shares: list[str] = Field([], description="What it has in common with this strategy's own agent, if there is one.")
    trials: list[str] = Field([], description="Registry numbers of the trials that ran.")
    outcome: str = Field(description="Of oncology agents; empty for others, which speak of tolerability alone.")
    safety: list[str] = Field([], description="What sources say, each in parentheses; empty where none was found.")


class Flag(Published):
    """What explains gate and rank, or what could go wrong (a caveat has the same shape, and a topic)."""

    id: str
    severity: Severity
    message: str
    source: str
    topic: Topic | None = Field(None, description="Of a caveat; null for flags and for facts about the patient.")


class Option(Published):
    """A modality, a chemistry or a way of delivery that could carry this strategy, best precedent first.

    What each is for and good at stands once, in `options` of the recommendation.
    """

    id: str
    name: str
    precedent: OptionPrecedent
    agents: list[str] = Field([], description="Oncology agents behind `this_mirna` or `this_class`.")
    tolerability_agents: list[str] = Field([], description="Agents outside oncology: tolerability only.")
    references: list[str] = Field([], description="Of the review, for laboratory work on this very miRNA.")
    severity: Severity | None = Field(description="Of the gravest caveat.")
    demoted_by: list[str] = Field([], description="Caveats on this patient that put it behind the others.")
    caveats: list[str] = Field([], description="Its own, by their ids in the strategy's `caveats`.")
    source: str


class OptionText(Published):
    """What a modality, a chemistry or a way of delivery is for, in general."""

    id: str
    axis: Literal["modality", "chemistry", "delivery"]
    kind: str
    name: str
    purpose: str
    advantages: str
    limits: str
    toxicities: str
    maturity: str
    references: list[str] = []
    source: str


class Combination(Published):
    """Something to combine with, or another strategy of this profile; a hypothesis, never advice."""

    id: str
    kind: Literal["treatment", "strategy"]
    partner: str
    goal: str
    evidence: Literal["hypothesis", "preclinical"]
    message: str
    source: str


class Biomarker(Published):
    """What to measure to see whether the agent hit its target, or what the miRNA is said to do."""

    id: str
    kind: Literal["gene", "mirna", "pathway"]
    name: str
    documented: Documented
    message: str
    source: str


class TraceStep(Published):
    """One rule that fired, and the facts it matched, as ``type/identity``."""

    rule: str
    facts: list[str] = []


class Strategy(Published):
    """One candidate strategy; `value` is in the profile's scale or, for abundances, a log2 ratio."""

    rank: int
    id: str
    action: Action
    mirna: str
    members: list[str]
    as_given: list[str]
    call: Direction
    value: float
    gate: Gate
    tier: Tier
    claim_match: ClaimMatch
    points: int
    components: list[Component] = []
    modalities: list[Option] = []
    chemistries: list[Option] = []
    delivery: list[Option] = []
    evidence: list[Evidence] = []
    precedents: list[Precedent] = []
    class_precedents: list[ClassPrecedent] = []
    laboratory_work: list[LaboratoryWork] = []
    flags: list[Flag] = []
    caveats: list[Flag] = []
    biomarkers: list[Biomarker] = []
    combinations: list[Combination] = []
    trace: list[TraceStep] = []


class Withheld(Published):
    """An action the measurement or the documents suggest and the evidence forbids."""

    id: str
    action: Action
    mirna: str
    members: list[str] = []
    call: CallState
    value: float | None
    reasons: list[WithheldReason]
    message: str
    evidence: list[Evidence] = []
    trace: list[TraceStep] = []


class CallRecord(Published):
    """What the profile says of one miRNA, family or cluster the knowledge covers."""

    mirna: str
    as_given: list[str]
    call: CallState
    value: float | None
    adjusted_p_value: float | None = None
    reads_per_million: float | None = None
    notes: list[str] = []


class Unresolved(Published):
    """A name that could not be read as one human miRNA."""

    as_given: str
    reason: UnresolvedReason
    suggestions: list[str] = []


class Note(Published):
    """Something the reader must know about the whole result."""

    id: str
    message: str


class Source(Published):
    """Something the recommendation cites by its id."""

    id: str
    kind: str
    citation: str
    doi: str | None
    pmid: str | None
    as_of: str


class KnowledgeStamp(Published):
    """Which knowledge answered."""

    version: str
    sha256: str
    packs: list[str] = []


class SoftwareStamp(Published):
    """Which software answered."""

    version: str


class Recommendation(Published):
    """Ranked strategies for one profile, and everything that was withheld, with reasons."""

    schema_: Literal["recommendation/1"] = Field("recommendation/1", alias="schema")
    sample_id: str
    outcome: Outcome
    cancer: Cancer
    context: Context
    strategies: list[Strategy] = []
    withheld: list[Withheld] = []
    exploratory: list[Strategy] = []
    calls: list[CallRecord] = []
    unresolved: list[Unresolved] = []
    not_in_knowledge: list[str] = []
    notes: list[Note] = []
    options: list[OptionText] = Field([], description="Every option that strategies above name.")
    sources: list[Source] = Field([], description="Every source that strategies, flags and trials above name.")
    settings: dict[str, Any] = {}
    knowledge: KnowledgeStamp
    software: SoftwareStamp
    input_sha256: str
    notice: str = NOTICE

    def to_json(self, indent: int | None = 2) -> str:
        """Return the published JSON; the same value gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=indent) + "\n"
