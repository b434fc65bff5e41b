"""Options of every command that reads measurements, and the reading itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import click

from recommender.cli.options import knowledge_option
from recommender.errors import InputError, Problem, shorten
from recommender.knowledge import Knowledge
from recommender.model.profile import DiseaseState, Profile, Scale, Specimen
from recommender.readers.profile import STDIN, read_json, read_text, validate_profile
from recommender.settings import Settings, override, read_overrides

_Command = TypeVar("_Command", bound=Callable[..., Any])

# options that fill what the file does not say, by the field's name
FILLED = ("cancer", "disease_state", "specimen", "scale")
_OPTIONS = (
    click.option("--reference", metavar="MATRIX", help="Normal samples for abundances: TSV or CSV, gzip allowed."),
    click.option(
        "--reference-scale",
        type=click.Choice(["counts", "reads_per_million", "log2_reads_per_million"]),
        help="What the numbers of --reference are, where they do not tell.",
    ),
    click.option("--settings", metavar="FILE.toml", help="Override tables of calling.toml and ranking.toml."),
    click.option("--cancer", help="The tumor, where the profile does not say it."),
    click.option(
        "--disease-state", type=click.Choice(get_args(DiseaseState)), help="Where the profile does not say it."
    ),
    click.option("--specimen", type=click.Choice(get_args(Specimen)), help="Where the profile does not say it."),
    click.option("--scale", type=click.Choice(get_args(Scale)), help="Where the profile does not say it."),
)


def measurement_options(function: _Command) -> _Command:
    """Give a command the options by which measurements are read; it takes them as ``**reading``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def reads_measurements(function: _Command) -> _Command:
    """Give a command the same options, and that of knowledge packs, whose folders it takes as `packs`."""
    return measurement_options(knowledge_option(function))


class Reading(NamedTuple):
    """Profiles as a command reads them, with what they are to be compared with and how.

    Attributes
    ----------
    reference : path, Reference or None
        As :func:`recommender.recommend` takes it.
    """

    profiles: tuple[Profile, ...]
    reference: Any
    settings: Settings


def read_measurements(paths: Sequence[str], options: Mapping[str, str | None], knowledge: Knowledge) -> Reading:
    """Return the profiles in some files, with the options of :func:`reads_measurements` applied to each.

    Parameters
    ----------
    paths : sequence of str
        Profiles in JSON, or ``-`` for standard input.
    options : mapping
        By parameter name.
    knowledge : Knowledge

    Raises
    ------
    InputError, SettingsError
        Every problem of every file, and every option that says otherwise than one of them.
    click.UsageError
        Options that do not go together.
    """
    check_options(options)
    fill = fill_of(options)
    profiles: list[Profile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            profiles.append(_read_profile(path, fill, knowledge))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    reference, settings = read_comparison(options, knowledge)
    return Reading(tuple(profiles), reference, settings)


def check_options(options: Mapping[str, str | None]) -> None:
    """Refuse options that do not go together."""
    if options["reference_scale"] is not None and options["reference"] is None:
        raise click.UsageError("--reference-scale goes with --reference")


def fill_of(options: Mapping[str, str | None]) -> dict[str, str]:
    """Return the options that fill what a file does not say, by the field's name."""
    return {name: value for name in FILLED if (value := options[name]) is not None}


def read_comparison(options: Mapping[str, str | None], knowledge: Knowledge) -> tuple[Any, Settings]:
    """Return what profiles are compared with, as :func:`recommender.recommend` takes it, and how."""
    settings = knowledge.settings
    if options["settings"] is not None:
        settings = override(settings, read_overrides(Path(options["settings"])), options["settings"])
    return _declared(options["reference"], options["reference_scale"], knowledge, settings), settings


def _read_profile(path: str, fill: Mapping[str, str], knowledge: Knowledge) -> Profile:
    where = "standard input" if path == STDIN else path
    data, repeated = read_json(read_text(path), where)
    data, contradicted = filled(data, fill, where)
    return validate_profile(data, where, [*repeated, *contradicted], knowledge.vocabulary)


def filled(data: Any, fill: Mapping[str, str], where: str) -> tuple[Any, list[Problem]]:
    """Return a profile's JSON with what the options say, and a problem for every option it contradicts."""
    if not isinstance(data, dict):
        return data, []
    return {**data, **fill}, contradictions(data, fill, where)


def contradictions(data: Any, fill: Mapping[str, str], where: str) -> list[Problem]:
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


def _declared(path: str | None, scale: str | None, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference; loaded where its scale was declared, which a path alone cannot say."""
    if path is None or scale is None:
        return path
    from recommender.reference import load_reference  # numpy and scipy: only where they are needed

    return load_reference(path, knowledge.resolver, settings, scale, scale)
