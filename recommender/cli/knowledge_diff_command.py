"""``knowledge diff``: two versions of the knowledge, and whose recommendations change."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.output import styling, write
from recommender.cli.reading import check_options, fill_of, filled, measurement_options, read_comparison

if TYPE_CHECKING:
    from recommender.knowledge import Knowledge
    from recommender.knowledge_effects import Sample

BUNDLED = "bundled"
QUARANTINED = 3  # exit status where some profiles were refused


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--cohort", multiple=True, metavar="PATH", help="Profiles: JSON, JSON Lines, or a folder. Repeatable.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For eyes or programs.",
)
@click.option("--output", metavar="FILE", help="Write the result to FILE instead of standard output.")
@measurement_options
def command(
    old: str,
    new: str,
    cohort: tuple[str, ...],
    format_: str,
    output: str | None,
    **reading: str | None,
) -> None:
    """Say what changed from OLD to NEW, two versions of the knowledge.

    Each is a folder of the shape of rules/, a knowledge pack, or the word bundled. With --cohort also whose
    recommendations change, and what of the knowledge changes them; profiles that are refused are listed, and the
    exit status is 3 then.

    \b
    Examples:
      mirna-recommender knowledge diff bundled rules --cohort profiles
      mirna-recommender knowledge diff rules-last-year bundled --format json
    """
    from recommender.knowledge_diff import describe, pieces

    check_options(reading)
    versions = _load(old, "OLD"), _load(new, "NEW")
    found = pieces(*versions)
    result = describe(found, *versions)
    if cohort:
        gc.freeze()  # what is loaded stays; of thousands of profiles, and of mixed versions, nothing should
        gc.enable()
        from recommender.knowledge_effects import Versions, cohort_changes
        from recommender.knowledge_mixtures import Mixtures

        normals, _ = read_comparison(reading, versions[1])
        both = Versions(*versions, Mixtures(versions[1], found), reading["settings"], normals)
        result = result.model_copy(update={"cohort": cohort_changes(_samples(cohort, fill_of(reading)), both)})
    if format_ == "json":
        write(result.to_json(), output)
    else:
        from recommender.report.knowledge_diff import outline
        from recommender.report.text import render_text

        write(render_text(outline(result), *styling(output)), output)
    if result.cohort is not None and result.cohort.quarantine:
        raise click.exceptions.Exit(QUARANTINED)


def _load(given: str, name: str) -> Knowledge:
    """Return a version of the knowledge: the bundled one, that with a pack over it, or that of a folder."""
    from recommender.errors import KnowledgeError, Problem
    from recommender.knowledge import load_knowledge
    from recommender.packs.folder import MANIFEST

    if given == BUNDLED:
        return load_knowledge()
    if not Path(given).is_dir():
        remedy = f"give a folder of the shape of rules/ or a knowledge pack as {name}, or the word {BUNDLED}"
        raise KnowledgeError(Problem(given, "no folder", "rules and knowledge tables", remedy))
    if (Path(given) / MANIFEST).is_file():
        return load_knowledge(given)
    return load_knowledge(rules=given)


def _samples(paths: Iterable[str], fill: dict[str, str]) -> Iterable[Sample]:
    """Yield the profiles of a cohort, each filled with the options; one that is refused with its reasons."""
    from recommender.errors import InputError
    from recommender.knowledge_effects import Sample
    from recommender.readers.cohort import profile_texts
    from recommender.readers.profile import read_json, validate_profile

    for position, text, unreadable in profile_texts(paths):
        data = None
        try:
            if unreadable:
                raise InputError(unreadable)
            data, problems = read_json(text, position)
            data, contradicted = filled(data, fill, position)
            profile = validate_profile(data, position, [*problems, *contradicted])
            yield Sample(position, profile.sample_id, profile)
        except InputError as error:
            named = data.get("sample_id") if isinstance(data, dict) else None
            yield Sample(position, named if isinstance(named, str) else None, None, tuple(map(str, error.problems)))
