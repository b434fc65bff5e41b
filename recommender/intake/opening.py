"""One profile from a file: JSON at once, anything else through the readers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem, shorten
from recommender.intake.stated import with_kind
from recommender.knowledge import Knowledge
from recommender.model.profile import Profile
from recommender.readers.barcodes import read_barcode
from recommender.readers.profile import decode, read_json, validate_profile
from recommender.readers.source import Source, read_source
from recommender.settings import Settings

if TYPE_CHECKING:
    from recommender.intake.take_in import Intake

# options that fill what a file does not say, by the field's name
FILLED = ("cancer", "disease_state", "specimen", "scale")
_MANY = 8


def open_profile(
    path: str | Path, stated: Mapping[str, Any], knowledge: Knowledge, settings: Settings
) -> tuple[Profile, tuple[str, ...]]:
    """Return the one profile in a file, and notes on how a table was read.

    Parameters
    ----------
    path : path
        ``-`` is standard input.
    stated : mapping
        Fields of :class:`recommender.intake.stated.Stated`; for JSON those of :data:`FILLED`. ``samples`` is a path.

    Raises
    ------
    InputError
        Every problem of the file; several samples of which none is chosen.
    """
    source = read_source(path)
    if not source.is_table:
        return json_profile(source, stated, knowledge), ()
    intake = open_table(source, stated, knowledge, settings)
    name = _chosen(intake, stated.get("sample"), source)
    from recommender.intake.sign import sign_note

    profile = intake.build(name)
    barcode = read_barcode(name)
    normal = (
        f"{name} is normal tissue by its TCGA barcode, and read as a tumor" if barcode and barcode.is_normal else ""
    )
    flipped = sign_note(profile, knowledge, settings) or ""
    return profile, (*intake.notes, *filter(None, (normal, flipped)))


def open_table(source: Source, stated: Mapping[str, Any], knowledge: Knowledge, settings: Settings) -> Intake:
    """Return the samples of a table."""
    from recommender.intake.stated import Stated  # numpy: only where a table is read
    from recommender.intake.take_in import take_in
    from recommender.reference.file import TITLE

    if source.content.startswith(TITLE.encode()):
        remedy = "give it as --reference"
        raise InputError(Problem(source.where, "a summary of reference samples", "a tumor's measurements", remedy))
    fields = dict(stated)
    if fields.get("samples") is not None:
        from recommender.readers.samples import read_samples

        fields["samples"] = read_samples(str(fields["samples"]))
    return take_in(source, Stated(**fields), knowledge, settings)


def json_profile(source: Source, stated: Mapping[str, Any], knowledge: Knowledge) -> Profile:
    """Return the profile in a JSON text, with what is stated filled in.

    Raises
    ------
    InputError
        Every problem of the profile; options that contradict it, or belong to tables.
    """
    fill = {name: value for name, value in stated.items() if name in FILLED and value is not None}
    data, problems = read_json(decode(source.content, source.where), source.where)
    data, contradicted = filled(data, fill, source.where)
    problems += contradicted
    for name in sorted(set(stated) - {*FILLED, "reference_kind"}):
        option = f"--{name.replace('_', '-')}"
        problems.append(Problem(source.where, f"a profile in JSON with {option}", "a table", f"leave out {option}"))
    data, contradicted = with_kind(data, stated.get("reference_kind"), source.where)
    return validate_profile(data, source.where, [*problems, *contradicted], knowledge.vocabulary)


def _chosen(intake: Intake, wanted: str | None, source: Source) -> str:
    """Return the sample to take."""
    if wanted in intake.set_aside:
        raise InputError(intake.set_aside[wanted])
    if wanted is not None:
        return wanted
    if len(intake.samples) == 1 and not intake.set_aside:
        return intake.samples[0]
    if not intake.samples:
        raise InputError(list(intake.set_aside.values()))
    names = ", ".join(intake.samples[:_MANY]) + (", …" if len(intake.samples) > _MANY else "")
    found = f"{len(intake.samples) + len(intake.set_aside):,} samples ({names})"
    remedy = "choose one with --sample NAME, or give the file to convert or batch"
    raise InputError(Problem(source.where, found, "one sample", remedy))


def filled(data: Any, fill: Mapping[str, Any], where: str) -> tuple[Any, list[Problem]]:
    """Return a profile's JSON with what the options say, and a problem for every option it contradicts."""
    if not isinstance(data, dict):
        return data, []
    return {**data, **fill}, contradictions(data, fill, where)


def contradictions(data: Any, fill: Mapping[str, Any], where: str) -> list[Problem]:
    """Return a problem for every option that says otherwise than the file."""
    if not isinstance(data, dict):
        return []
    return [
        Problem(
            f"{where}, {name}",
            f"{shorten(data[name])} in the file and {value!r} as option",
            "one value",
            f"leave out --{name.replace('_', '-')} or mend the file",
        )
        for name, value in fill.items()
        if name in data and data[name] != value
    ]
