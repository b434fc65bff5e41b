"""What the user states of a file, and what that says of each of its samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recommender.errors import Problem, shorten
from recommender.readers.samples import SampleTable

# what --contrast may say, and the kind of reference it is
CONTRASTS: Mapping[str, str] = {
    "tumor_vs_normal": "normal_cohort",
    "tumor_vs_matched_normal": "matched_normal",
    "normal_vs_tumor": "normal_cohort",
    "tumor_cohort": "tumor_cohort",
    "other_group": "other_group",
}
# what --reference-kind may say
KINDS = ("normal_cohort", "matched_normal", "tumor_cohort", "other_group")


class Stated(NamedTuple):
    """What the user states of a file; None: not stated.

    Attributes
    ----------
    sample : str, optional
        The sample to take; or the name of the only one, where the file does not name it.
    contrast : str, optional
        A key of :data:`recommender.intake.stated.CONTRASTS`.
    reference_samples : int, optional
        How many samples the contrast's reference has.
    reference_kind : str, optional
        A member of :data:`recommender.intake.stated.KINDS`.
    accept_names : bool
        Take a file few of whose names are human miRNA names.
    """

    cancer: str | None = None
    disease_state: str | None = None
    specimen: str | None = None
    scale: str | None = None
    sample: str | None = None
    samples: SampleTable | None = None
    contrast: str | None = None
    reference_samples: int | None = None
    reference_kind: str | None = None
    samples_in: str | None = None
    read_as: str | None = None
    accept_names: bool = False


def fields_of(name: str, where: str, stated: Stated) -> tuple[dict[str, Any], list[Problem]]:
    """Return what options and the samples table say of a sample, and where they disagree."""
    options = {"cancer": stated.cancer, "disease_state": stated.disease_state, "specimen": stated.specimen}
    fields: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    if stated.samples is None:
        return fields, []
    problems = [stated.samples.faults[name]] if name in stated.samples.faults else []
    for key, value in stated.samples.rows.get(name, {}).items():
        if key in fields and fields[key] != value:
            said = f"{shorten(value)} in the samples table and {fields[key]!r} as option"
            remedy = f"leave out --{key.replace('_', '-')}, or mend the table"
            problems.append(Problem(f"{where}, {key}", said, "one value", remedy))
        fields[key] = value
    return fields, problems


def with_kind(data: Any, kind: str | None, where: str) -> tuple[Any, list[Problem]]:
    """Return a profile's JSON with the kind of its reference as stated, and a problem where it says otherwise."""
    reference = data.get("reference", {}) if isinstance(data, dict) else None
    if kind is None or not isinstance(reference, dict):
        return data, []
    said = reference.get("kind", "not_stated")
    if said not in ("not_stated", kind):
        found = f"{shorten(said)} in the file and {kind!r} as option"
        remedy = "leave out --reference-kind or mend the file"
        return data, [Problem(f"{where}, reference.kind", found, "one value", remedy)]
    return {**data, "reference": {**reference, "kind": kind}}, []
