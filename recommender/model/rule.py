"""A rule as written in ``rules/*.toml``: conditions on facts, conclusions, sources, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recommender.model.recommendation import Action, Gate, OptionPrecedent, Severity, Tier, WithheldReason

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, defer_build=True)

RuleId = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$", max_length=80)]
Word = Annotated[str, Field(min_length=1, max_length=80)]
Test = Word | Annotated[list[Word], Field(min_length=1)]

JOIN = "$"
PARTNER = "partner"  # the alias under which a rule binds another strategy of the profile


class Condition(BaseModel):
    """One fact the rule needs: its type, and what each named field must be.

    In TOML the tests stand beside `as` and `type`. A word is equality, a list any of its words, and
    ``$alias.field`` equality with a field of an earlier condition's fact.
    """

    model_config = _STRICT
    alias: Annotated[str, Field(pattern=r"^[a-z][a-z_]+$", alias="as")]
    type: Word
    tests: dict[str, Test] = {}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of what stands in TOML: the tests beside `as` and `type`."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        tests = schema["properties"].pop("tests")
        schema["additionalProperties"] = tests["additionalProperties"]
        return schema

    @model_validator(mode="before")
    @classmethod
    def _gather_tests(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "tests" in data:
            return data
        named = {key: data[key] for key in ("as", "type") if key in data}
        return {**named, "tests": {k: v for k, v in data.items() if k not in ("as", "type")}}


class FlagConclusion(BaseModel):
    """A flag to raise; `message` may name fields of the matched facts in braces."""

    model_config = _STRICT
    id: Word
    severity: Severity
    message: Annotated[str, Field(min_length=1)]


class PairConclusion(BaseModel):
    """What another strategy of the same profile means for this one."""

    model_config = _STRICT
    id: Word
    message: Annotated[str, Field(min_length=1)]


class NoteConclusion(BaseModel):
    """A note on the whole recommendation."""

    model_config = _STRICT
    id: Word
    message: Annotated[str, Field(min_length=1)]


class Conclusion(BaseModel):
    """What follows when the conditions hold; at least one part."""

    model_config = _STRICT
    strategy: Action | None = Field(None, description="Propose this action.")
    exploratory: Action | None = Field(None, description="Propose this action for exploration only.")
    withhold: WithheldReason | None = Field(None, description="Withhold the action, for this reason.")
    action: Action | None = Field(None, description="With `withhold`: the action that is withheld.")
    gate: Gate | None = None
    tier: Tier | None = None
    precedent: Literal[True] | None = Field(None, description="Attach the matched agent's trials.")
    caveat: Word | None = Field(None, description="Attach this record of caveats.tsv.")
    biomarker: Literal[True] | None = Field(None, description="List the matched target as a readout.")
    option: OptionPrecedent | None = Field(None, description="Offer the matched option, on this precedent.")
    combination: Literal[True] | None = Field(None, description="List the matched combination.")
    pair: PairConclusion | None = Field(None, description="Tell of the strategy bound to the alias `partner`.")
    warning: FlagConclusion | None = Field(None, description="A caveat with a message of its own.")
    flag: FlagConclusion | None = None
    note: NoteConclusion | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Conclusion:
        proposes = self.strategy or self.exploratory
        if bool(self.withhold) != bool(self.action):
            raise ValueError("withhold goes with action, and action with withhold")
        parts = (
            proposes,
            self.withhold,
            self.gate,
            self.tier,
            self.precedent,
            self.caveat,
            self.biomarker,
            self.option,
            self.combination,
            self.pair,
            self.warning,
            self.flag,
            self.note,
        )
        if not any(parts):
            raise ValueError("a rule must conclude something")
        return self


class Citation(BaseModel):
    """Where the rule comes from: an id of sources.tsv and a place in it."""

    model_config = _STRICT
    cite: Word
    where: str = ""


class Example(BaseModel):
    """Facts given to the rule alone, and whether it must fire on them."""

    model_config = _STRICT
    name: Annotated[str, Field(min_length=1)]
    given: Annotated[list[dict[str, str]], Field(min_length=1)]
    fires: bool


class Rule(BaseModel):
    """One rule."""

    model_config = _STRICT
    id: RuleId
    stratum: Literal[1, 2]
    title: Annotated[str, Field(min_length=1)]
    when: Annotated[list[Condition], Field(min_length=1)]
    then: Conclusion
    source: Annotated[list[Citation], Field(min_length=1)]
    example: Annotated[list[Example], Field(min_length=2)]

    @model_validator(mode="after")
    def _has_both_examples(self) -> Rule:
        if {example.fires for example in self.example} != {True, False}:
            raise ValueError("a rule needs an example that fires and one that stays silent")
        return self


_PARTS: dict[str, type[BaseModel]] = {
    "flag": FlagConclusion,
    "warning": FlagConclusion,
    "note": NoteConclusion,
    "pair": PairConclusion,
}


def trusted_rule(data: dict[str, Any]) -> Rule:
    """Return a rule from TOML that is known to be sound, without validating it again."""
    then = dict(data["then"])
    for key, model in _PARTS.items():
        if key in then:
            then[key] = model.model_construct(**then[key])
    conditions = [
        Condition.model_construct(
            alias=when["as"], type=when["type"], tests={k: v for k, v in when.items() if k not in ("as", "type")}
        )
        for when in data["when"]
    ]
    return Rule.model_construct(
        id=data["id"],
        stratum=data["stratum"],
        title=data["title"],
        when=conditions,
        then=Conclusion.model_construct(**then),
        source=[Citation.model_construct(**citation) for citation in data["source"]],
        example=[Example.model_construct(**example) for example in data["example"]],
    )


class RuleFile(BaseModel):
    """A file of rules; ids start with the file's stem."""

    model_config = _STRICT
    rule: Annotated[list[Rule], Field(min_length=1)]
