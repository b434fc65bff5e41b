"""The input: one tumor's miRNA profile, validated strictly and frozen."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

DiseaseState = Literal["newly_diagnosed", "on_treatment_sensitive", "relapsed_refractory", "unknown"]
Specimen = Literal["tumor_tissue", "cell_line", "blood_cells", "plasma_serum", "exosome"]
Scale = Literal["log2_fold_change", "z_score", "counts", "reads_per_million", "log2_reads_per_million"]
ReferenceKind = Literal["normal_cohort", "matched_normal", "tumor_cohort", "other_group", "not_stated"]

RELATIVE_SCALES: frozenset[str] = frozenset({"log2_fold_change", "z_score"})
ABUNDANCE_SCALES: frozenset[str] = frozenset({"counts", "reads_per_million", "log2_reads_per_million"})

_NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
Label = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROL)]
Text = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReferenceStatement(BaseModel):
    """What the values of a profile are relative to, as the user states it."""

    model_config = _STRICT
    kind: ReferenceKind = Field("not_stated", description="What the values were compared with.")
    samples: Annotated[int, Field(ge=1)] | None = Field(None, description="How many reference samples.")
    description: Text = Field("", description="Free text, never interpreted.")


class Measurement(BaseModel):
    """One measured miRNA; every number but `value` is optional."""

    model_config = _STRICT
    # in alphabetical order, as canonical JSON has them
    adjusted_p_value: Probability | None = Field(
        None, description="False discovery rate in [0, 1]. Absent: no test was meant. null: untested."
    )
    reads_per_million: Positive | None = Field(None, description="Abundance in the tumor, RPM.")
    standard_error: Positive | None = Field(None, description="Of `value`, in the same units.")
    value: Number | None = Field(description="In the profile's scale; null: not measured.")
    z_score: Number | None = Field(None, description="Standard score against the reference.")

    @property
    def is_untested(self) -> bool:
        """True where a test was meant and gave no p-value: an explicit null."""
        return self.adjusted_p_value is None and "adjusted_p_value" in self.model_fields_set


class Patient(BaseModel):
    """Facts about the patient that change danger; null: unknown."""

    model_config = _STRICT
    hepatic_impairment: bool | None = None
    prior_infusion_reaction: bool | None = None
    complement_disorder: bool | None = None
    cardiac_disease: bool | None = None
    iron_overload: bool | None = None
    autoimmune_disease: bool | None = None
    egfr_positive: bool | None = None


def _kind_of_entry(value: Any) -> str:
    if value is None:
        return "null"
    return "object" if isinstance(value, (dict, Measurement)) else "number"


Entry = Annotated[
    Annotated[float, Field(allow_inf_nan=False), Tag("number")]
    | Annotated[Measurement, Tag("object")]
    | Annotated[None, Tag("null")],
    Discriminator(_kind_of_entry),
]


class Profile(BaseModel):
    """One tumor's miRNA expression profile.

    `expression` maps a miRNA's name, as the user writes it, to a number in `scale`, to a
    :class:`Measurement`, or to null (not measured). Log2 fold changes are tumor over normal.
    """

    model_config = _STRICT
    schema_: Literal["profile/1"] = Field("profile/1", alias="schema")
    sample_id: Label
    patient_id: Label | None = None
    description: Text = Field("", description="Free text, never interpreted.")
    cancer: Label = Field(description="Name, synonym, TCGA study code or OncoTree code.")
    disease_state: DiseaseState = "unknown"
    metastatic: bool | None = None
    specimen: Specimen = "tumor_tissue"
    purity: Probability | None = Field(None, description="Share of tumor cells in the sample, in [0, 1].")
    scale: Scale
    library_size: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="Mapped miRNA reads of the whole library; for `counts` of a partial profile."
    )
    reference: ReferenceStatement = ReferenceStatement()
    expression: dict[Label, Entry] = Field(min_length=1)
    target_expression: dict[Label, Number | None] = Field(
        default_factory=dict, description="HGNC symbol to log2 fold change of the mRNA, tumor over normal."
    )
    patient: Patient = Patient()

    @field_validator("expression", mode="after")
    @classmethod
    def _by_name(cls, expression: dict[str, Any]) -> dict[str, Any]:
        """Sort the names once, so that their order in the file changes nothing."""
        return dict(sorted(expression.items()))
