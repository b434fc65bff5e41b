"""``recommend``: one profile to ranked strategies."""

from __future__ import annotations

from typing import Any, get_args

import click

from recommender import recommend
from recommender.cli.options import knowledge_option
from recommender.cli.output import wants_color, write
from recommender.cli.reading import contradictions, filled, reference_kind_option
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import DiseaseState, Scale, Specimen
from recommender.model.recommendation import Recommendation
from recommender.readers.profile import STDIN, read_json, read_text, validate_profile


@click.command("recommend")
@click.argument("profile")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="For eyes, programs or a report.",
)
@click.option("--output", metavar="FILE", help="Write the result to FILE instead of standard output.")
@click.option(
    "--reference",
    metavar="FILE",
    help="Normal samples for abundances: a matrix, a summary by `reference build`, or builtin:NAME.",
)
@click.option(
    "--reference-scale",
    type=click.Choice(["counts", "reads_per_million", "log2_reads_per_million"]),
    help="What the numbers of --reference are, where they do not tell.",
)
@reference_kind_option
@knowledge_option
@click.option("--settings", metavar="FILE.toml", help="Override tables of calling.toml and ranking.toml.")
@click.option("--cancer", help="The tumor, where the profile does not say it.")
@click.option("--disease-state", type=click.Choice(get_args(DiseaseState)), help="Where the profile does not say it.")
@click.option("--specimen", type=click.Choice(get_args(Specimen)), help="Where the profile does not say it.")
@click.option("--scale", type=click.Choice(get_args(Scale)), help="Where the profile does not say it.")
def command(
    profile: str,
    format_: str,
    output: str | None,
    reference: str | None,
    reference_scale: str | None,
    packs: tuple[str, ...],
    settings: str | None,
    **fill: str | None,
) -> None:
    """Rank miRNA-therapy strategies for PROFILE, a JSON file or - for standard input.

    \b
    Examples:
      mirna-recommender recommend profiles/liver_mir221_up.json
      mirna-recommender recommend tumor.json --reference normals.tsv.gz --format json
    """
    if reference_scale is not None and reference is None:
        raise click.UsageError("--reference-scale goes with --reference")
    known = load_knowledge(*packs)
    where = "standard input" if profile == STDIN else profile
    data, problems = read_json(read_text(profile), where)
    problems += contradictions(data, fill, where)
    given = validate_profile(filled(data, fill), where, problems, known.vocabulary)
    normals: Any = reference
    if reference is not None and reference_scale is not None:
        normals = _declared(reference, reference_scale, settings, known)
    result = recommend(given, reference=normals, knowledge=known, settings=settings)
    write(render(result, format_, color=output is None and wants_color()), output)


def _declared(path: str, scale: str, settings: str | None, known: Knowledge) -> Any:
    from pathlib import Path

    from recommender.reference import load_reference
    from recommender.settings import override, read_overrides

    used = override(known.settings, read_overrides(Path(settings)), settings) if settings else known.settings
    return load_reference(path, known.resolver, used, scale, scale)


def render(result: Recommendation, format_: str, color: bool = False) -> str:
    """Return a recommendation in one of the formats."""
    if format_ == "json":
        return result.to_json()
    from recommender.report.outline import outline

    if format_ == "markdown":
        from recommender.report.markdown import render_markdown

        return render_markdown(outline(result))
    from recommender.report.text import render_text

    if not color:
        return render_text(outline(result))
    return render_text(
        outline(result),
        lambda text, how: click.style(text, bold=True) if how == "bold" else click.style(text, fg=how),
    )
