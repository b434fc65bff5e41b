"""What changed between two profiles, and which value, call, rule or field changed it. As published."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender.model.options import Axis
from recommender.model.recommendation import (
    NOTICE,
    Action,
    CallState,
    Cancer,
    ClaimMatch,
    Combination,
    Component,
    Context,
    Flag,
    Gate,
    KnowledgeStamp,
    Note,
    Outcome,
    SoftwareStamp,
    Tier,
    TraceStep,
    WithheldReason,
)

ListName = Literal["strategies", "withheld", "exploratory"]

_FROZEN = ConfigDict(
    frozen=True,
    extra="forbid",
    populate_by_name=True,
    defer_build=True,
    json_schema_serialization_defaults_required=True,
)


class Standing(BaseModel):
    """Where an action stands in one result; what its list does not give is null."""

    model_config = _FROZEN
    listed: ListName
    rank: int | None = Field(None, description="Among exploratory ones all count, not only the listed best.")
    call: CallState
    value: float | None
    gate: Gate | None = None
    tier: Tier | None = None
    claim_match: ClaimMatch | None = None
    points: int | None = None
    reasons: list[WithheldReason] = []


class Difference(BaseModel):
    """One field of a strategy that differs, by its name in the recommendation."""

    model_config = _FROZEN
    field: str
    before: Any
    after: Any


class FieldChange(BaseModel):
    """One field of the profile, by its JSON name, and what it holds in either; null where it is absent."""

    model_config = _FROZEN
    field: str
    before: Any
    after: Any


class ChangedField(FieldChange):
    """A field that differs, and what it moved."""

    moved: list[str] = Field([], description="Ids of strategies, and `notes`; empty: it moved nothing.")


class Called(BaseModel):
    """What one profile says of a miRNA, family or cluster."""

    model_config = _FROZEN
    call: CallState
    value: float | None
    adjusted_p_value: float | None
    reads_per_million: float | None
    notes: list[str] = []


class Crossing(BaseModel):
    """A number that passed a threshold, and the setting that holds it."""

    model_config = _FROZEN
    number: Literal["value", "adjusted_p_value", "reads_per_million"]
    before: float | None
    after: float | None
    threshold: float
    setting: str


class CallChange(BaseModel):
    """How one miRNA, family or cluster was called; null where the profile does not name it."""

    model_config = _FROZEN
    mirna: str
    before: Called | None
    after: Called | None
    crossed: list[Crossing] = []


class Cause(BaseModel):
    """Fields that undo a change, or some of it, when AFTER gets them as BEFORE has them."""

    model_config = _FROZEN
    fields: list[FieldChange]
    together: bool = Field(description="True where these fields undo only together what is listed.")
    reverts: list[str] = Field(description="What is as before again.")
    partly: list[str] = Field([], description="What is nearer to before.")
    listed: ListName | None = Field(description="The list that then holds it; null: none.")
    calls: list[CallChange] = Field([], description="Where fields are measurements: what was called of them.")


class Order(BaseModel):
    """Whose coming, going or passing moved a rank, as ids."""

    model_config = _FROZEN
    appeared_above: list[str] = []
    disappeared_above: list[str] = []
    passed_by: list[str] = []
    passed: list[str] = []


class ComponentChange(BaseModel):
    """A term of the points that differs, with its inputs; null where it is absent."""

    model_config = _FROZEN
    before: Component | None
    after: Component | None


class Rules(BaseModel):
    """Rules that fired on one side only, or on other facts.

    Of an action that came or went, those on its own facts; what holds of its class of drug is left out.
    """

    model_config = _FROZEN
    only_before: list[TraceStep] = []
    only_after: list[TraceStep] = []


class Flags(BaseModel):
    """Flags, caveats or notes of one side only."""

    model_config = _FROZEN
    only_before: list[Flag] = []
    only_after: list[Flag] = []


class Combinations(BaseModel):
    """Combinations of one side only, with treatments or with other strategies of the profile."""

    model_config = _FROZEN
    only_before: list[Combination] = []
    only_after: list[Combination] = []


class OptionOrder(BaseModel):
    """The modalities, chemistries or ways of delivery of either side, by id, best first."""

    model_config = _FROZEN
    axis: Axis
    before: list[str]
    after: list[str]


class Notes(BaseModel):
    """Notes on the whole result, of one side only."""

    model_config = _FROZEN
    only_before: list[Note] = []
    only_after: list[Note] = []


class Change(BaseModel):
    """One action that stands elsewhere than before, and why."""

    model_config = _FROZEN
    id: str
    action: Action
    mirna: str
    before: Standing | None = Field(description="Null: neither proposed, withheld nor explored.")
    after: Standing | None
    differences: list[Difference] = Field([], description="`listed` alone where it is in another list, or in none.")
    causes: list[Cause] = []
    order: Order | None = Field(None, description="Of a rank that moved.")
    call: CallChange
    rules: Rules
    components: list[ComponentChange] = Field([], description="Terms whose points differ.")
    flags: Flags
    caveats: Flags
    options: list[OptionOrder] = Field([], description="Of a strategy that stays: orders that differ.")
    combinations: Combinations


class Changes(BaseModel):
    """What changed in one list of the recommendation."""

    model_config = _FROZEN
    appeared: list[Change] = []
    disappeared: list[Change] = []
    moved: list[Change] = []
    unchanged: list[str] = []


class Side(BaseModel):
    """One of the two results."""

    model_config = _FROZEN
    sample_id: str
    patient_id: str | None
    outcome: Outcome
    cancer: Cancer
    context: Context
    strategies: int
    withheld: int
    exploratory: int
    input_sha256: str


class Comparison(BaseModel):
    """Two profiles of one patient at two times: what appeared, disappeared and moved, and what moved it."""

    model_config = _FROZEN
    schema_: Literal["comparison/1"] = Field("comparison/1", alias="schema")
    before: Side
    after: Side
    notes: list[Note] = Field([], description="What the reader must know about this comparison.")
    strategies: Changes
    withheld: Changes
    exploratory: Changes
    result_notes: Notes
    fields: list[ChangedField] = Field([], description="Every field that differs, and what it moved.")
    settings: dict[str, Any] = {}
    knowledge: KnowledgeStamp
    software: SoftwareStamp
    notice: str = NOTICE

    @property
    def changed(self) -> bool:
        """True where anything appeared, disappeared or moved."""
        lists = (self.strategies, self.withheld, self.exploratory)
        return any(found.appeared or found.disappeared or found.moved for found in lists)

    def to_json(self, indent: int | None = 2) -> str:
        """Return the published JSON; the same value gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=indent) + "\n"
