"""``batch``: a cohort to a folder of results."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click

from recommender.cli.reading import check_options, reads_measurements, tell
from recommender.knowledge import Knowledge, load_knowledge

QUARANTINE = 3  # exit status: done, but some samples are set aside
INTERRUPTED = 130


@click.command("batch")
@click.argument("cohort")
@click.option("--output", metavar="DIR", required=True, help="The folder of results; new or empty.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["parquet", "tsv"]),
    default="parquet",
    show_default=True,
    help="Of the tables.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Processes that score."
)
@click.option("--scheduler", metavar="ADDRESS", help="Let the workers of a Dask scheduler score; tcp://HOST:PORT.")
@click.option("--resume", is_flag=True, help="Continue the run that was writing to DIR.")
@click.option("--overwrite", is_flag=True, help="Remove what a run wrote to DIR, and start anew.")
@click.option(
    "--max-bad", type=click.IntRange(min=0), metavar="N", help="Stop when more than N samples are in quarantine."
)
@click.option(
    "--chunk-size", type=click.IntRange(min=1), metavar="N", help="Samples scored at once; fewer take less memory."
)
@click.option("--by", metavar="COLUMN", multiple=True, help="Summarize by a column of --samples too. May be repeated.")
@reads_measurements
def command(
    cohort: str,
    output: str,
    format_: str,
    workers: int,
    scheduler: str | None,
    resume: bool,
    overwrite: bool,
    max_bad: int | None,
    packs: tuple[str, ...],
    **options: Any,
) -> None:
    """Rank strategies for every sample of COHORT: a folder or JSON Lines file of profiles, or a matrix.

    A sample that is refused stands in quarantine.jsonl with the reason, and the others are done. However many workers,
    and however often the run was interrupted and continued with --resume, the files are the same.

    \b
    Examples:
      mirna-recommender batch profiles --output results --resume
      mirna-recommender batch tumors.parquet --cancer LIHC --reference normals.tsv.gz --output results --workers 4
      mirna-recommender batch profiles.jsonl --output results --format tsv --overwrite
    """
    if options["samples"] is None:  # its column may name references
        check_options(options)
    if resume and overwrite:
        raise click.UsageError("--resume continues what --overwrite removes: give one of them")
    if scheduler is not None and workers > 1:
        raise click.UsageError("--workers are processes here, --scheduler is elsewhere: give one of them")
    gc.enable()  # what a cohort leaves behind would fill the memory
    known = load_knowledge(*packs)
    from recommender.cohort.running.progress import progress_bar
    from recommender.cohort.running.run import run

    with _ended_by_signals(output):
        job = _open_job(cohort, {**options, "packs": packs}, known)
        with progress_bar() as progress:
            done = run(
                job,
                output,
                format=format_,
                workers=workers,
                scheduler=scheduler,
                resume=resume,
                overwrite=overwrite,
                max_bad=max_bad,
                progress=progress,
                summarize=partial(_summary, known),
            )
    _close(done, Path(output))


def _open_job(cohort: str, options: Mapping[str, Any], knowledge: Knowledge) -> Any:
    from recommender.cohort.opening import open_cohort

    job, notes = open_cohort(cohort, options, knowledge)
    tell(notes)
    return job


def _summary(knowledge: Knowledge, counts: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the summary, by file name."""
    from recommender.cohort.answers.summary import finish, summary_tsv
    from recommender.cohort.running.folder import SUMMARY, SUMMARY_TABLE, SUMMARY_TEXT
    from recommender.report.summary import summary_blocks
    from recommender.report.text import render_text

    found = finish(counts, knowledge)
    return {
        SUMMARY: found.model_dump_json(indent=2, by_alias=True) + "\n",
        SUMMARY_TABLE: summary_tsv(found),
        SUMMARY_TEXT: render_text(summary_blocks(found)),
    }


@contextmanager
def _ended_by_signals(output: str) -> Iterator[None]:
    """Take the end by a signal, of a user or a cluster's queue, as an interruption, and tell how to go on."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"interrupted: run the same command with --resume to continue in {output}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _close(done: Any, output: Path) -> None:
    if done.untouched:
        click.echo(f"{output}: finished before, nothing to do", err=True)
        return
    from recommender.cohort.running.folder import SUMMARY_TEXT

    told = output / SUMMARY_TEXT
    if told.is_file():
        click.echo(told.read_text(encoding="utf-8"), nl=False)
    scored = done.samples - done.quarantined
    if not done.quarantined:
        click.echo(f"{scored:,} {_samples(scored)} done: {output}", err=True)
        return
    of = f"{done.quarantined:,} of {done.samples:,} {_samples(done.samples)} in quarantine"
    click.echo(f"{scored:,} done; {of}: {output / 'quarantine.jsonl'}", err=True)
    raise click.exceptions.Exit(QUARANTINE)


def _samples(number: int) -> str:
    return "sample" if number == 1 else "samples"
