"""What every command that reads measurements has in common: its options, and how they fill the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from recommender.errors import InputError, Problem, shorten
from recommender.knowledge import load_knowledge
from recommender.model.profile import DiseaseState, Profile, ReferenceKind, Scale, Specimen
from recommender.readers.profile import STDIN, read_json, read_text, validate_profile

F = TypeVar("F", bound=Callable[..., Any])

reference_kind_option = click.option(
    "--reference-kind",
    type=click.Choice(get_args(ReferenceKind)[:-1]),
    help="What the values are relative to, where the profile does not say it; "
    "against other than normal samples all is exploratory.",
)
_OPTIONS = (
    click.option(
        "--reference",
        metavar="FILE",
        help="Normal samples for abundances: a matrix, a summary by `reference build`, or builtin:NAME.",
    ),
    click.option(
        "--reference-scale",
        type=click.Choice(["counts", "reads_per_million", "log2_reads_per_million"]),
        help="What the numbers of --reference are, where they do not tell.",
    ),
    reference_kind_option,
    click.option("--settings", metavar="FILE.toml", help="Override tables of calling.toml and ranking.toml."),
    click.option("--cancer", help="The tumor, where the profile does not say it."),
    click.option(
        "--disease-state", type=click.Choice(get_args(DiseaseState)), help="Where the profile does not say it."
    ),
    click.option("--specimen", type=click.Choice(get_args(Specimen)), help="Where the profile does not say it."),
    click.option("--scale", type=click.Choice(get_args(Scale)), help="Where the profile does not say it."),
)


def measurement_options(command: F) -> F:
    """Give a command the options of whatever reads measurements."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_profiles(paths: Sequence[str], fill: Mapping[str, str | None]) -> list[Profile]:
    """Return the profiles of some files, filled with the options.

    Raises
    ------
    InputError
        With the problems of every file; an option that says otherwise than a file is one.
    """
    found: list[Profile] = []
    problems: list[Problem] = []
    for path in paths:
        where = "standard input" if path == STDIN else path
        try:
            data, wrong = read_json(read_text(path), where)
            wrong += contradictions(data, fill, where)
            data = filled(data, fill)
            found.append(validate_profile(data, where, wrong, load_knowledge().vocabulary))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def filled(data: Any, fill: Mapping[str, str | None]) -> Any:
    """Return a profile with what the options say; ``reference_kind`` is the kind of its reference."""
    if not isinstance(data, dict):
        return data
    given = {name: value for name, value in fill.items() if value is not None}
    kind = given.pop("reference_kind", None)
    reference = data.get("reference", {})
    if kind is not None and isinstance(reference, dict):
        given["reference"] = {**reference, "kind": kind}
    return {**data, **given}


def contradictions(data: Any, fill: Mapping[str, str | None], where: str) -> list[Problem]:
    """Return a problem for every option that says otherwise than the file."""
    if not isinstance(data, dict):
        return []
    return [
        Problem(
            f"{where}, {name.replace('reference_kind', 'reference.kind')}",
            f"{shorten(_said(data, name))} in the file and {value!r} as option",
            "one value",
            f"leave out --{name.replace('_', '-')} or mend the file",
        )
        for name, value in fill.items()
        if value is not None and _said(data, name) not in (_NOTHING, value)
    ]


_NOTHING = object()


def _said(data: dict[str, Any], name: str) -> Any:
    """Return what a profile says of an option."""
    if name != "reference_kind":
        return data.get(name, _NOTHING)
    reference = data.get("reference")
    kind = reference.get("kind", "not_stated") if isinstance(reference, dict) else "not_stated"
    return _NOTHING if kind == "not_stated" else kind


def read_normals(reference: str | None, reference_scale: str | None, settings: str | None) -> Any:
    """Return the reference as the options give it: a path, or loaded where its scale is declared."""
    if reference is None or reference_scale is None:
        if reference_scale is not None:
            raise click.UsageError("--reference-scale goes with --reference")
        return reference
    from recommender.reference import load_reference
    from recommender.settings import override, read_overrides

    known = load_knowledge()
    used = override(known.settings, read_overrides(Path(settings)), settings) if settings else known.settings
    return load_reference(reference, known.resolver, used, reference_scale, reference_scale)
