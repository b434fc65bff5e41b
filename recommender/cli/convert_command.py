"""``convert``: what a pipeline wrote, as profiles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from recommender.cli.output import write
from recommender.cli.reading import check_options, read_settings, reads_measurements, stated_in, tell
from recommender.errors import InputError, Problem, RecommenderError, printable
from recommender.intake.names import listed
from recommender.intake.opening import json_profile, open_table
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.readers.source import read_source
from recommender.settings import Settings

_Found = list[tuple[str, Profile | RecommenderError]]

_MOST_DOUBTS = 20
QUARANTINE = 3  # exit status: done, but some samples are set aside


class _Told(NamedTuple):
    """What is told of one sample: how it was related to the reference, and what speaks against trusting it."""

    name: str
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


@click.command("convert")
@click.argument("input_", metavar="INPUT")
@click.option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
@reads_measurements
def command(input_: str, output: str | None, packs: tuple[str, ...], **options: Any) -> None:
    """Turn INPUT, a quantifier's or a differential-expression file, into a profile; - for standard input.

    One sample gives a profile in JSON, several give JSON Lines. With --reference, abundances become log2 ratios with
    adjusted p-values. How the file was understood is told on standard error, and in each profile's description.

    \b
    Examples:
      mirna-recommender convert tests/data/deseq2.csv --cancer LUAD --contrast tumor_vs_normal --reference-samples 20
      mirna-recommender convert a1.mirnas.quantification.txt --cancer COAD
      mirna-recommender convert miR.Counts.csv --samples samples.tsv --output profiles.jsonl
    """
    check_options(options, (input_,))
    reference, scale = options["reference"], options["reference_scale"]
    known = load_knowledge(*packs)
    settings = read_settings(options, known)
    found, single = _samples(input_, stated_in(options), known, settings)
    normals = _normals(found, reference, scale, known, settings)
    profiles, problems = _related(found, normals, known, settings)
    if not profiles:
        raise InputError([problem for _, problem in problems])
    write("".join(_written(profile, single) for profile in profiles), output)
    for name, problem in problems:
        click.echo(f"set aside: sample {printable(name)}: {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(QUARANTINE)


def _samples(path: str, stated: dict[str, Any], knowledge: Knowledge, settings: Settings) -> tuple[_Found, bool]:
    """Return every sample with its profile or its error, and whether it is the only one."""
    source = read_source(path)
    if not source.is_table:
        profile = json_profile(source, stated, knowledge)
        return [(profile.sample_id, profile)], True
    intake = open_table(source, stated, knowledge, settings)
    tell(intake.notes)
    wanted = stated.get("sample")
    found: _Found = [*intake.set_aside_problems(wanted), *intake.profiles(wanted)]
    return found, len(found) == 1


def _normals(found: _Found, reference: str | None, scale: str | None, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference, loaded once; None where none is given, or no sample is there to compare."""
    first = next((profile for _, profile in found if isinstance(profile, Profile)), None)
    if reference is None or first is None:
        return None
    if first.scale not in ABUNDANCE_SCALES:
        expected = f"none: {first.scale} is already relative"
        raise InputError(Problem("reference", "a reference", expected, "leave out --reference"))
    from recommender.reference.load import load_reference  # numpy and scipy: only where they are needed

    return load_reference(reference, knowledge.resolver, settings, scale or first.scale, scale, first.reference.kind)


def _related(
    found: _Found, normals: Any, knowledge: Knowledge, settings: Settings
) -> tuple[list[Profile], list[tuple[str, Problem]]]:
    """Return the profiles, related to the normals where there are any, and what is set aside."""
    profiles: list[Profile] = []
    problems: list[tuple[str, Problem]] = []
    told: list[_Told] = []
    for name, profile in found:
        try:
            if isinstance(profile, RecommenderError):
                raise profile
            done, about = _one(name, profile, normals, knowledge, settings)
        except RecommenderError as error:
            problems += [(name, problem) for problem in error.problems]
            continue
        profiles.append(done)
        told.append(about)
    tell(_summarized(told))
    return profiles, problems


def _summarized(told: list[_Told]) -> Iterator[str]:
    """Yield what is told of a single sample; of several what holds of all, and every doubt with its sample."""
    times = Counter(note for about in told for note in about.notes)
    yield from (note for note, count in times.items() if count == len(told))
    if min(times.values(), default=len(told)) < len(told):
        yield "how each sample was scaled and resembles the reference is in its description"
    doubts = [(about.name, doubt) for about in told for doubt in about.doubts]
    yield from (f"sample {name}: {doubt}" for name, doubt in doubts[:_MOST_DOUBTS])
    if len(doubts) > _MOST_DOUBTS:
        yield f"{len(doubts) - _MOST_DOUBTS:,} more such doubts: {listed([name for name, _ in doubts[_MOST_DOUBTS:]])}"


def _one(name: str, profile: Profile, normals: Any, knowledge: Knowledge, settings: Settings) -> tuple[Profile, _Told]:
    from recommender.intake.sign import sign_note

    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    if normals is not None:
        from recommender.reference.ratios import relate

        profile, notes, doubts = relate(profile, normals, knowledge, settings)
    if flipped := sign_note(profile, knowledge, settings):
        doubts = (*doubts, flipped)
    return profile, _Told(printable(name), notes, doubts)


def _written(profile: Profile, single: bool) -> str:
    data = profile.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data = {"schema": "profile/1", **data}
    return json.dumps(data, indent=2 if single else None, ensure_ascii=False) + "\n"
