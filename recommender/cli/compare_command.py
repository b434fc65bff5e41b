"""``compare``: two profiles of one patient at two times."""

from __future__ import annotations

from typing import Any

import click

from recommender.cli.output import styling, write
from recommender.cli.reading import read_measurements, reads_measurements, tell
from recommender.comparison.compare import compare
from recommender.knowledge import load_knowledge
from recommender.model.comparison import Comparison
from recommender.readers.profile import STDIN


@click.command("compare")
@click.argument("before")
@click.argument("after")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For eyes or programs.",
)
@click.option("--output", metavar="FILE", help="Write the result to FILE instead of standard output.")
@click.option("--different-patients", is_flag=True, help="Compare although the patient ids differ.")
@click.option("--different-cancers", is_flag=True, help="Compare although the tumors differ.")
@reads_measurements
def command(
    before: str,
    after: str,
    format_: str,
    output: str | None,
    different_patients: bool,
    different_cancers: bool,
    packs: tuple[str, ...],
    **reading: Any,
) -> None:
    """Say what changed from BEFORE to AFTER, and what changed it.

    Both are profiles of one patient: JSON files, or one of them - for standard input. What appeared,
    disappeared or moved is told with the value, call, rule or field that moved it. Options hold for both.

    \b
    Examples:
      mirna-recommender compare profiles/myeloma_newly_diagnosed.json profiles/myeloma_relapsed.json
      mirna-recommender compare biopsy1.json biopsy2.json --reference normals.tsv.gz --format json
    """
    if before == after == STDIN:
        raise click.UsageError("only one of BEFORE and AFTER can be - (standard input)")
    known = load_knowledge(*packs)
    read = read_measurements((before, after), reading, known)
    tell(read.notes)
    result = compare(
        *read.profiles,
        reference=read.reference,
        knowledge=known,
        settings=read.settings,
        different_patients=different_patients,
        different_cancers=different_cancers,
    )
    write(render(result, format_, output), output)


def render(result: Comparison, format_: str, output: str | None) -> str:
    """Return a comparison in one of the formats, colored where `output` is a terminal."""
    if format_ == "json":
        return result.to_json()
    from recommender.report.comparison import outline
    from recommender.report.text import render_text

    return render_text(outline(result), *styling(output))
