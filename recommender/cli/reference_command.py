"""``reference``: summaries of normal samples, made and listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import click

from recommender.cli.options import knowledge_option
from recommender.cli.output import write
from recommender.knowledge import load_knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.settings import number, override, read_overrides

_KINDS = [kind for kind in get_args(ReferenceKind) if kind != "not_stated"]
_WITHOUT = (
    "For another tissue, or matures, give normals measured as the tumor was (--reference MATRIX, or a summary by "
    "`reference build`), or the patient's own normal tissue."
)


@click.group("reference")
def command() -> None:
    """Summarize normal samples, and list the summaries that ship.

    \b
    Example:
      mirna-recommender reference list
    """


@command.command("build")
@click.argument("matrix")
@click.option("--tissue", required=True, help="What the samples are of, as people would say it.")
@click.option("--origin", required=True, help="Where they come from: study, hospital, accession.")
@click.option("--platform", default="", help="What they were measured with; else from the table of samples.")
@click.option("--cancer", "cancers", multiple=True, help="A tumor they serve as normals for. May be repeated.")
@click.option(
    "--level",
    type=click.Choice(["auto", "hairpin", "mature"]),
    default="auto",
    show_default=True,
    help="What the names must be.",
)
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default="normal_cohort",
    show_default=True,
    help="What the samples are; anything but normals feeds exploratory results alone.",
)
@click.option("--samples", metavar="TABLE", help="Samples with sample_type (11 or normal), batch, platform.")
@click.option("--select", "selected", metavar="IDS", multiple=True, help="Sample names, comma separated, or @FILE.")
@click.option("--scale", type=click.Choice(sorted(ABUNDANCE_SCALES)), help="Where the numbers do not tell.")
@click.option("--settings", metavar="FILE.toml", help="Override tables of calling.toml.")
@click.option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
@knowledge_option
def build(
    matrix: str,
    selected: tuple[str, ...],
    samples: str | None,
    settings: str | None,
    output: str | None,
    packs: tuple[str, ...],
    cancers: tuple[str, ...],
    level: Any,
    scale: str | None,
    **about: Any,
) -> None:
    """Summarize the normal samples of MATRIX: TSV or CSV, gzip allowed, miRNAs on either axis.

    Taken are the samples of --select; else those --samples calls normal; else, of TCGA barcodes, type 11; else all.

    \b
    Example:
      mirna-recommender reference build references/examples/normals.tsv --tissue liver --platform none --origin example
    """
    from recommender.reference.build import build_summary  # numpy and scipy: only where they are needed
    from recommender.reference.file import write_summary
    from recommender.reference.samples import read_reference_samples, read_selection
    from recommender.reference.summary import About

    known = load_knowledge(*packs)
    used = override(known.settings, read_overrides(Path(settings)), settings) if settings else known.settings
    ids = tuple(sorted({known.vocabulary.resolve(name, "--cancer").row.cancer for name in cancers}))
    found = build_summary(
        matrix,
        About(cancers=ids, **about),
        known,
        used,
        names=read_selection(selected),
        table=read_reference_samples(samples) if samples else None,
        level=level,
        scale=scale,
    )
    text = write_summary(found)
    for sample, reason in found.removed:
        click.echo(f"note: {sample} removed: {reason}", err=True)
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    least = number(used, "reference", "min_samples")
    if found.samples < least:
        told = f"{found.samples} samples are too few for a test: the ratio will decide, at best with caution"
        click.echo(f"warning: {told} (from {least:g} on they are tested)", err=True)
    write(text, output)


@command.command("list")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For eyes or programs.",
)
def list_(format_: str) -> None:
    """List the references that ship; each is given as --reference builtin:NAME.

    \b
    Example:
      mirna-recommender reference list
    """
    from recommender.reference.builtin import PREFIX, builtin_names, load_builtin

    rows = []
    for name in builtin_names():
        found = load_builtin(PREFIX + name)
        row: dict[str, Any] = {"reference": PREFIX + name, "tissue": found.about.tissue}
        row |= {"cancers": list(found.about.cancers)}
        row |= {"samples": found.samples, "removed": len(found.removed), "level": found.level}
        rows.append(row | {"platform": found.about.platform, "origin": found.about.origin})
    if format_ == "json":
        write(json.dumps(rows, indent=2) + "\n", None)
        return
    lines = []
    for row in rows:
        lines.append(f"{row['reference']}: {row['tissue']}\n")
        lines.append(f"  for {', '.join(map(str, row['cancers']))}\n")
        lines.append(
            f"  {row['samples']} samples ({row['removed']} removed), {row['level']} level, {row['platform']}\n"
        )
        lines.append(f"  {row['origin']}\n")
    write("".join(lines) + _WITHOUT + "\n", None)
