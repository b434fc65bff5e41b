"""Options of every command that reads measurements, and the reading itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import click

from recommender.knowledge import Knowledge
from recommender.model.profile import DiseaseState, Profile, Scale, Specimen
from recommender.opening import CONTRASTS, FILLED, open_profile
from recommender.settings import Settings, override, read_overrides

_Command = TypeVar("_Command", bound=Callable[..., Any])

# options on tables alone
_OF_TABLES = ("sample", "samples", "contrast", "reference_samples", "samples_in", "read_as", "accept_names")
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
    notes : tuple of str
        How a table was read; none of a profile in JSON.
    """

    profile: Profile
    reference: Any
    settings: Settings
    notes: tuple[str, ...] = ()


def read_measurements(path: str, options: Mapping[str, str | None], knowledge: Knowledge) -> Reading:
    """Return the profile in a file, with the options of :func:`reads_measurements` applied.

    Parameters
    ----------
    path : str
        A profile in JSON, a table of any supported tool, or ``-`` for standard input.
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
    settings = knowledge.settings
    if options["settings"] is not None:
        settings = override(settings, read_overrides(Path(options["settings"])), options["settings"])
    profile, notes = open_profile(path, stated_in(options), knowledge, settings)
    return Reading(profile, _declared(reference, scale, knowledge, settings), settings, notes)


def stated_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say of the file, by the names :class:`recommender.intake.Stated` has."""
    return {name: options[name] for name in (*FILLED, *_OF_TABLES) if options.get(name)}


def _declared(path: str | None, scale: str | None, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference; loaded where its scale was declared, which a path alone cannot say."""
    if path is None or scale is None:
        return path
    from recommender.normals import open_reference  # numpy and scipy: only where they are needed

    return open_reference(path, knowledge, settings, scale, scale)
