"""``explain``: why a miRNA or strategy stands where it does."""

from __future__ import annotations

from typing import Any

import click

from recommender.cli.output import styling, write
from recommender.cli.reading import read_measurements, reads_measurements, tell
from recommender.explanation.explain import explain
from recommender.knowledge import load_knowledge


@click.command("explain")
@click.argument("profile")
@click.argument("subject", metavar="MIRNA_OR_STRATEGY")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For eyes or programs.",
)
@click.option("--all", "everything", is_flag=True, help="In text: every silent rule and every claim.")
@click.option("--output", metavar="FILE", help="Write the result to FILE instead of standard output.")
@reads_measurements
def command(
    profile: str,
    subject: str,
    format_: str,
    everything: bool,
    output: str | None,
    packs: tuple[str, ...],
    **reading: Any,
) -> None:
    """Explain MIRNA_OR_STRATEGY in PROFILE, a JSON file or - for standard input.

    Every rule that looked at it and what it added; for every silent rule the first condition that failed; and
    what would have to change for a strategy to appear, to become clear, or to lead.

    \b
    Examples:
      mirna-recommender explain profiles/myeloma_newly_diagnosed.json miR-221
      mirna-recommender explain profiles/liver_mir221_up.json restore:hsa-miR-122-5p --format json
    """
    known = load_knowledge(*packs)
    read = read_measurements((profile,), reading, known)
    tell(read.notes)
    result = explain(read.profiles[0], subject, reference=read.reference, knowledge=known, settings=read.settings)
    if format_ == "json":
        write(result.to_json(), output)
        return
    from recommender.report.explanation import explanation_outline
    from recommender.report.text import render_text

    write(render_text(explanation_outline(result, everything), *styling(output)), output)
