"""What changed between two versions of the knowledge, and whose recommendations change with it. As published."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender.model.comparison import Difference, Order, Rules, Standing
from recommender.model.recommendation import Action, KnowledgeStamp

_FROZEN = ConfigDict(
    frozen=True,
    extra="forbid",
    populate_by_name=True,
    defer_build=True,
    json_schema_serialization_defaults_required=True,
)


class PartChange(BaseModel):
    """A column of a row, or a part of a rule, that differs."""

    model_config = _FROZEN
    name: str
    before: Any
    after: Any


class RecordChange(BaseModel):
    """A record or rule of either version whose content differs."""

    model_config = _FROZEN
    id: str
    changed: list[PartChange]


class TableChanges(BaseModel):
    """What changed in one table, by key; a key of several columns is joined with ``/``."""

    model_config = _FROZEN
    table: str
    key: list[str]
    added: list[dict[str, Any]] = []
    removed: list[dict[str, Any]] = []
    changed: list[RecordChange] = []


class RuleChanges(BaseModel):
    """What changed among the rules, by id; a part is named by its place: `when.alias.field`, `then.flag.message`."""

    model_config = _FROZEN
    added: list[dict[str, Any]] = []
    removed: list[dict[str, Any]] = []
    changed: list[RecordChange] = []


class Cause(BaseModel):
    """Changed records, rules or settings that undo a change when the new version gets them as the old has them."""

    model_config = _FROZEN
    records: list[str] = Field(description="`table/key`, `rules/id` or `settings/table.key`.")
    together: bool = Field(description="True where they undo only together what is listed.")
    reverts: list[str]
    partly: list[str] = []


class Effect(BaseModel):
    """One action that stands elsewhere under the new version, and what of the knowledge moved it."""

    model_config = _FROZEN
    id: str
    action: Action
    mirna: str
    kind: Literal["appeared", "disappeared", "moved"] = Field(description="Of the list it is in, or was in.")
    before: Standing | None
    after: Standing | None
    differences: list[Difference] = []
    causes: list[Cause] = []
    order: Order | None = None
    rules: Rules


class SampleChanges(BaseModel):
    """A profile whose recommendation changes."""

    model_config = _FROZEN
    position: str
    sample_id: str
    strategies: list[Effect] = []
    withheld: list[Effect] = []
    exploratory: list[Effect] = []


class Refused(BaseModel):
    """A profile that is refused, and why."""

    model_config = _FROZEN
    position: str
    sample_id: str | None
    reasons: list[str]


class Moved(BaseModel):
    """A changed record, rule or setting, and how many profiles it moves, alone or with others."""

    model_config = _FROZEN
    record: str
    profiles: int


class CohortChanges(BaseModel):
    """Whose recommendations change."""

    model_config = _FROZEN
    profiles: int
    unchanged: int
    records: list[Moved] = Field([], description="What moves most profiles first.")
    changed: list[SampleChanges] = []
    quarantine: list[Refused] = []


class KnowledgeDiff(BaseModel):
    """What changed between two versions of the knowledge."""

    model_config = _FROZEN
    schema_: Literal["knowledge_diff/1"] = Field("knowledge_diff/1", alias="schema")
    old: KnowledgeStamp
    new: KnowledgeStamp
    tables: list[TableChanges] = Field([], description="Only those that differ; claims first.")
    rules: RuleChanges
    settings: list[PartChange] = Field([], description="Weights and thresholds, `table.key`; null where absent.")
    cohort: CohortChanges | None = None

    @property
    def changed(self) -> bool:
        """True where anything of the knowledge differs."""
        rules = self.rules.added or self.rules.removed or self.rules.changed
        return bool(self.tables or rules or self.settings)

    def to_json(self, indent: int | None = 2) -> str:
        """Return the published JSON; the same value gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=indent) + "\n"
