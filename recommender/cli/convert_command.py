"""``convert``: what a pipeline wrote, as profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from recommender.cli.output import write
from recommender.cli.reading import reads_measurements, stated_in
from recommender.errors import InputError, RecommenderError
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import Profile
from recommender.opening import json_profile, open_table
from recommender.readers.source import read_source
from recommender.settings import Settings, override, read_overrides

QUARANTINE = 3  # exit status: done, but some samples are set aside


@click.command("convert")
@click.argument("input_", metavar="INPUT")
@click.option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
@reads_measurements
def command(input_: str, output: str | None, **options: Any) -> None:
    """Turn INPUT, a quantifier's or a differential-expression file, into a profile; - for standard input.

    One sample gives a profile in JSON, several give JSON Lines. With --reference, abundances become log2 ratios with
    adjusted p-values. How the file was understood is told on standard error, and in each profile's description.

    \b
    Examples:
      mirna-recommender convert tests/data/deseq2.csv --cancer LUAD --contrast tumor_vs_normal --reference-samples 20
      mirna-recommender convert a1.mirnas.quantification.txt --cancer COAD
      mirna-recommender convert miR.Counts.csv --samples samples.tsv --output profiles.jsonl
    """
    reference, scale = options["reference"], options["reference_scale"]
    if scale is not None and reference is None:
        raise click.UsageError("--reference-scale goes with --reference")
    known = load_knowledge()
    settings = known.settings
    if options["settings"] is not None:
        settings = override(settings, read_overrides(Path(options["settings"])), options["settings"])
    source = read_source(input_)
    stated = stated_in(options)
    problems: list[str] = []
    found: list[tuple[str, Profile | RecommenderError]]
    single = True
    if source.is_table:
        intake = open_table(source, stated, known, settings)
        for note in intake.notes:
            click.echo(f"note: {note}", err=True)
        wanted = stated.get("sample")
        found = [*intake.set_aside_problems(wanted), *intake.profiles(wanted)]
        single = len(found) == 1
    else:
        profile = json_profile(source, stated, known)
        found = [(profile.sample_id, profile)]
    profiles = list(_related(found, reference, scale, known, settings, problems))
    if not profiles:
        raise InputError(
            [problem for _, error in found if isinstance(error, RecommenderError) for problem in error.problems]
        )
    write("".join(_written(profile, single) for profile in profiles), output)
    if problems:
        for line in problems:
            click.echo(line, err=True)
        raise click.exceptions.Exit(QUARANTINE)


def _related(
    found: list[tuple[str, Profile | RecommenderError]],
    reference: str | None,
    scale: str | None,
    knowledge: Knowledge,
    settings: Settings,
    problems: list[str],
) -> Iterator[Profile]:
    """Yield each profile, related to the reference where there is one, and collect what is set aside."""
    from recommender.intake import sign_note

    normals: Any = None
    told: set[str] = set()
    for name, profile in found:
        try:
            if isinstance(profile, RecommenderError):
                raise profile
            notes: tuple[str, ...] = ()
            if reference is not None:
                from recommender.normals import open_reference
                from recommender.relate import relate

                if normals is None:
                    normals = open_reference(reference, knowledge, settings, scale or profile.scale, scale)
                profile, notes = relate(profile, normals, knowledge, settings)
            if flipped := sign_note(profile, knowledge, settings):
                notes = (*notes, f"sample {name}: {flipped}")
        except RecommenderError as error:
            problems += [f"set aside: sample {name}: {problem}" for problem in error.problems]
            continue
        for note in notes:
            if note not in told:
                click.echo(f"note: {note}", err=True)
            told.add(note)
        yield profile


def _written(profile: Profile, single: bool) -> str:
    data = profile.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data = {"schema": "profile/1", **data}
    return json.dumps(data, indent=2 if single else None, ensure_ascii=False) + "\n"
