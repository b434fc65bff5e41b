"""Options of every command that reads measurements, and the reading itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import click

from recommender.cli.options import knowledge_option
from recommender.errors import InputError, Problem
from recommender.intake.opening import FILLED, open_profile
from recommender.intake.opening import filled as filled
from recommender.intake.stated import CONTRASTS, KINDS
from recommender.knowledge import Knowledge
from recommender.model.profile import DiseaseState, Profile, Scale, Specimen
from recommender.readers.source import STDIN
from recommender.settings import Settings, override, read_overrides

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--reference",
        metavar="FILE",
        help="Normals for abundances: a matrix, one normal's file, a summary by `reference build`, or builtin:NAME.",
    ),
    click.option(
        "--reference-scale",
        type=click.Choice(["counts", "reads_per_million", "log2_reads_per_million"]),
        help="What the numbers of --reference are, where they do not tell.",
    ),
    click.option(
        "--reference-kind",
        type=click.Choice(KINDS),
        help="What the values are relative to, where the profile does not say it; but for normals, all is exploratory.",
    ),
    click.option("--settings", metavar="FILE.toml", help="Override tables of calling.toml and ranking.toml."),
    click.option("--cancer", help="The tumor, where the profile does not say it."),
    click.option(
        "--disease-state", type=click.Choice(get_args(DiseaseState)), help="Where the profile does not say it."
    ),
    click.option("--specimen", type=click.Choice(get_args(Specimen)), help="Where the profile does not say it."),
    click.option("--scale", type=click.Choice(get_args(Scale)), help="Where the profile does not say it."),
)
_TABLE_OPTIONS = (
    click.option("--sample", metavar="NAME", help="Of a table: the sample to take, or the name of its only one."),
    click.option("--samples", metavar="TABLE", help="Of a table: sample_id, cancer, disease_state, … of each sample."),
    click.option("--contrast", type=click.Choice(CONTRASTS), help="Of fold changes: what was compared."),
    click.option(
        "--reference-samples",
        type=click.IntRange(min=1),
        metavar="N",
        help="Of fold changes: how many samples the tumors were compared with.",
    ),
    click.option("--samples-in", type=click.Choice(["columns", "rows"]), help="Of a matrix, where it is not clear."),
    click.option("--read-as", metavar="FORMAT", help="Of a table, where its format is not clear; see docs/formats."),
    click.option("--accept-names", is_flag=True, help="Take a table few of whose names are human miRNA names."),
)
_OF_TABLES = ("sample", "samples", "contrast", "reference_samples", "samples_in", "read_as", "accept_names")


def measurement_options(function: _Command) -> _Command:
    """Give a command the options by which measurements are read; it takes them as ``**reading``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def reads_measurements(function: _Command) -> _Command:
    """Give a command the same options, those of tables, and knowledge packs, whose folders it takes as `packs`."""
    function = knowledge_option(function)
    for option in reversed(_TABLE_OPTIONS):
        function = option(function)
    return measurement_options(function)


class Reading(NamedTuple):
    """Profiles as a command reads them, with what they are to be compared with and how.

    Attributes
    ----------
    reference : path, Reference or None
        As :func:`recommender.recommend` takes it.
    notes : tuple of str
        How tables were read; none of profiles in JSON.
    """

    profiles: tuple[Profile, ...]
    reference: Any
    settings: Settings
    notes: tuple[str, ...] = ()


def read_measurements(paths: Sequence[str], options: Mapping[str, Any], knowledge: Knowledge) -> Reading:
    """Return the profiles in some files, with the options of :func:`reads_measurements` applied to each.

    Parameters
    ----------
    paths : sequence of str
        Profiles in JSON, tables of any supported tool, or ``-`` for standard input.
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
    check_options(options, paths)
    stated = stated_in(options)
    settings = read_settings(options, knowledge)
    profiles: list[Profile] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            profile, told = open_profile(path, stated, knowledge, settings)
            profiles.append(profile)
            notes += told
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    reference, settings = read_comparison(options, knowledge)
    return Reading(tuple(profiles), reference, settings, tuple(notes))


def tell(notes: Iterable[str]) -> None:
    """Print on standard error how a table was read."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def stated_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say of a file, by the names :class:`recommender.intake.stated.Stated` has."""
    return {name: options[name] for name in (*FILLED, "reference_kind", *_OF_TABLES) if options.get(name)}


def check_options(options: Mapping[str, Any], paths: Sequence[str] = ()) -> None:
    """Refuse options that do not go together."""
    if [*paths, options["reference"], options.get("samples")].count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read once")
    if options["reference_scale"] is not None and options["reference"] is None:
        raise click.UsageError("--reference-scale goes with --reference")


def fill_of(options: Mapping[str, str | None]) -> dict[str, str]:
    """Return the options that fill what a file does not say, by the field's name."""
    return {name: value for name in FILLED if (value := options[name]) is not None}


def read_settings(options: Mapping[str, str | None], knowledge: Knowledge) -> Settings:
    """Return the knowledge's settings with those of ``--settings`` over them."""
    if options["settings"] is None:
        return knowledge.settings
    return override(knowledge.settings, read_overrides(Path(options["settings"])), options["settings"])


def read_comparison(options: Mapping[str, str | None], knowledge: Knowledge) -> tuple[Any, Settings]:
    """Return what profiles are compared with, as :func:`recommender.recommend` takes it, and how."""
    settings = read_settings(options, knowledge)
    return _declared(options["reference"], options["reference_scale"], knowledge, settings), settings


def _declared(path: str | None, scale: str | None, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference; loaded where its scale was declared, which a path alone cannot say."""
    if path is None or scale is None:
        return path
    from recommender.reference.load import load_reference  # numpy and scipy: only where they are needed

    return load_reference(path, knowledge.resolver, settings, scale, scale)
