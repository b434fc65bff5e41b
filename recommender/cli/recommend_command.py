"""``recommend``: one profile to ranked strategies."""

from __future__ import annotations

from typing import Any

import click

from recommender import recommend
from recommender.cli.output import styling, write
from recommender.cli.reading import read_measurements, reads_measurements
from recommender.knowledge import load_knowledge
from recommender.model.recommendation import Recommendation
from recommender.pipeline import with_notes


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
@reads_measurements
def command(profile: str, format_: str, output: str | None, packs: tuple[str, ...], **reading: Any) -> None:
    """Rank miRNA-therapy strategies for PROFILE: JSON, or a quantifier's file of one tumor; - for standard input.

    \b
    Examples:
      mirna-recommender recommend profiles/liver_mir221_up.json
      mirna-recommender recommend tumor.json --reference normals.tsv.gz --format json
      mirna-recommender recommend a1.mirnas.quantification.txt --cancer COAD --reference normals.tsv.gz
    """
    known = load_knowledge(*packs)
    read = read_measurements((profile,), reading, known)
    result = recommend(read.profiles[0], reference=read.reference, knowledge=known, settings=read.settings)
    result = with_notes(result, read.notes)
    write(render(result, format_, output), output)


def render(result: Recommendation, format_: str, output: str | None) -> str:
    """Return a recommendation in one of the formats, colored where `output` is a terminal."""
    if format_ == "json":
        return result.to_json()
    from recommender.report.outline import outline

    if format_ == "markdown":
        from recommender.report.markdown import render_markdown

        return render_markdown(outline(result))
    from recommender.report.text import render_text

    return render_text(outline(result), *styling(output))
