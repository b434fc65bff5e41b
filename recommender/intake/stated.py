"""What the user states of a file, and what that says of each of its samples."""

from __future__ import annotations

from typing import Any, NamedTuple

from recommender.errors import Problem, shorten
from recommender.readers.samples import SampleTable


class Stated(NamedTuple):
    """What the user states of a file; None: not stated.

    Attributes
    ----------
    sample : str, optional
        The sample to take; or the name of the only one, where the file does not name it.
    contrast : str, optional
        A key of :data:`recommender.intake.opening.CONTRASTS`.
    reference_samples : int, optional
        How many samples the contrast's reference has.
    reference_kind : str, optional
        A member of :data:`recommender.intake.opening.KINDS`.
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
