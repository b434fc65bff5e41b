"""Options of every command that reads measurements, and the reading itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import click

from recommender.errors import Problem, shorten
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


def reads_measurements(function: _Command) -> _Command:
    """Give a command the options by which measurements are read; it takes them as ``**reading``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


class Reading(NamedTuple):
    """One profile as a command reads it, with what it is to be compared with and how.

    Attributes
    ----------
    reference : path, Reference or None
        As :func:`recommender.recommend` takes it.
    """

    profile: Profile
    reference: Any
    settings: Settings


def read_measurements(path: str, options: Mapping[str, str | None], knowledge: Knowledge) -> Reading:
    """Return the profile in a file, with the options of :func:`reads_measurements` applied.

    Parameters
    ----------
    path : str
        A profile in JSON, or ``-`` for standard input.
    options : mapping
        By parameter name.
    knowledge : Knowledge

    Raises
    ------
    InputError, SettingsError
        Every problem of the file, and every option that says otherwise than it.
    click.UsageError
        Options that do not go together.
    """
    reference, scale = options["reference"], options["reference_scale"]
    if scale is not None and reference is None:
        raise click.UsageError("--reference-scale goes with --reference")
    fill = {name: options[name] for name in FILLED if options[name] is not None}
    where = "standard input" if path == STDIN else path
    data, problems = read_json(read_text(path), where)
    problems += contradictions(data, fill, where)
    if isinstance(data, dict):
        data = {**data, **fill}
    profile = validate_profile(data, where, problems, knowledge.vocabulary)
    settings = knowledge.settings
    if options["settings"] is not None:
        settings = override(settings, read_overrides(Path(options["settings"])), options["settings"])
    return Reading(profile, _declared(reference, scale, knowledge, settings), settings)


def contradictions(data: Any, fill: Mapping[str, str | None], where: str) -> list[Problem]:
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
