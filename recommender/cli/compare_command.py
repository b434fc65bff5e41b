"""``compare``: two profiles of one patient at two times."""

from __future__ import annotations

import click

from recommender.cli.output import bold, wants_color, write
from recommender.cli.reading import measurement_options, read_normals, read_profiles
from recommender.comparison import compare
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
@measurement_options
def command(
    before: str,
    after: str,
    format_: str,
    output: str | None,
    different_patients: bool,
    different_cancers: bool,
    reference: str | None,
    reference_scale: str | None,
    settings: str | None,
    **fill: str | None,
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
    normals = read_normals(reference, reference_scale, settings)
    profiles = read_profiles((before, after), fill)
    result = compare(
        *profiles,
        reference=normals,
        settings=settings,
        different_patients=different_patients,
        different_cancers=different_cancers,
    )
    write(render(result, format_, color=output is None and wants_color()), output)


def render(result: Comparison, format_: str, color: bool = False) -> str:
    """Return a comparison in one of the formats."""
    if format_ == "json":
        return result.to_json()
    from recommender.report.comparison import outline
    from recommender.report.text import render_text

    blocks = outline(result)
    return render_text(blocks, bold) if color else render_text(blocks)
