"""Run a cohort: chunk by chunk, and nothing lost whatever happens."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from recommender.cohort.job import Chunk, Job, OpenJob, Part
from recommender.cohort.running import folder as folders
from recommender.cohort.running.encoding import FORMATS
from recommender.cohort.running.files import partial, sync, write_synced, write_whole, writing
from recommender.cohort.running.halving import score
from recommender.cohort.running.manifest import MANIFEST, finished, key_of, planned, read_manifest, written
from recommender.cohort.running.merging import Merger
from recommender.cohort.running.parts import Parts, tidy
from recommender.errors import InputError, Problem

_AHEAD = 2  # parts in memory that are scored and not yet written
Scored = Iterator[tuple[Chunk, Part | None]]  # None: whoever scored it has stored it


class Finished(NamedTuple):
    """What became of a run.

    Attributes
    ----------
    samples : int
        All of the input.
    quarantined : int
        Of these, refused.
    untouched : bool
        The folder held the finished results already.
    """

    samples: int
    quarantined: int
    untouched: bool = False


class Progress(Protocol):
    """Told of every chunk that is done."""

    def __call__(self, done: int, samples: int) -> None:
        """Take how many samples of how many are done."""
        ...


def plain_summary(counts: Mapping[str, Any]) -> dict[str, str]:
    """Return the counts as they are, as the text of ``summary.json``."""
    return {folders.SUMMARY: json.dumps(counts, indent=2, sort_keys=True) + "\n"}


def run(
    job: Job,
    folder: str | Path,
    *,
    format: str = "parquet",
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    max_bad: int | None = None,
    progress: Progress | None = None,
    summarize: Callable[[Mapping[str, Any]], Mapping[str, str]] = plain_summary,
) -> Finished:
    """Score a cohort into a folder; the same bytes however it is done and however often it was interrupted.

    Parameters
    ----------
    job : Job
    folder : path
        New or empty, unless `resume` or `overwrite`.
    format : {"parquet", "tsv"}
    workers : int
        Processes that score; with 1, this one.
    scheduler : str, optional
        Address of a Dask scheduler whose workers score, and write to the same folder.
    resume, overwrite : bool
        Continue the run that wrote to the folder; or remove what it wrote.
    max_bad : int, optional
        Stop when more samples than that are in quarantine.
    progress : callable, optional
        Takes the number of samples done, and of all.
    summarize : callable
        From the added counts to the texts of ``summary.json`` and its table, by file name.

    Returns
    -------
    Finished

    Raises
    ------
    InputError
        The folder, the input or the workers are refused; too many samples are.
    OutputError
        The folder cannot be written; it can be resumed.
    """
    target = Path(folder)
    if format not in FORMATS:
        raise InputError(Problem("format", repr(format), " or ".join(FORMATS)))
    folders.check_folder(target, resume=resume, overwrite=overwrite)
    opened = job.open()
    chunks = list(opened.chunks)
    if not chunks:
        raise InputError(Problem("cohort", "no sample", "at least one", "check the input"))
    plan = planned(job.fingerprint(), format, chunks)
    if folders.task_of(target, plan, resume=resume) == "finished":
        return _untouched(target, plan)
    with _crew(job, opened, workers, scheduler) as scored, folders.locked(target):
        folders.check_folder(target, resume=resume, overwrite=overwrite)
        task = folders.task_of(target, plan, resume=resume)
        if task == "finished":  # by another run, a moment ago
            return _untouched(target, plan)
        parts = _prepare(target, plan, task)
        ready = tidy(parts, chunks)
        with _merging(target, parts, chunks, max_bad) as merger:
            _score_all(merger, scored, parts, chunks, ready, progress)
            return _finish(target, merger, opened, plan, summarize)


def _prepare(target: Path, plan: Mapping[str, Any], task: folders.Task) -> Parts:
    """Make the folder ready; the manifest first, so that it is known as a run's."""
    if task == "new":
        folders.clear(target)
    with writing(target):
        write_whole(target / MANIFEST, written(plan))
        (target / folders.PARTS).mkdir(exist_ok=True)
        sync(target)
    return Parts(target / folders.PARTS, key_of(plan), plan["format"])


def _merging(target: Path, parts: Parts, chunks: list[Chunk], max_bad: int | None) -> Merger:
    with writing(target):
        return Merger(target, parts, chunks, max_bad)


def _score_all(
    merger: Merger,
    scored: Callable[[list[Chunk], Parts], Scored],
    parts: Parts,
    chunks: list[Chunk],
    ready: list[Chunk],
    progress: Progress | None,
) -> None:
    """Score what is not ready, while a thread writes what is."""
    samples = sum(chunk.stop - chunk.start for chunk in chunks)
    done = sum(chunk.stop - chunk.start for chunk in ready)
    have = {chunk.index for chunk in ready}
    todo = [chunk for chunk in chunks if chunk.index not in have]
    if progress:
        progress(done, samples)
    thread = ThreadPoolExecutor(1)
    try:
        pending: deque[Future[None]] = deque(thread.submit(merger.take, chunk, None) for chunk in ready)
        with closing(scored(todo, parts)) as results:  # type: ignore[type-var]
            for chunk, part in results:
                pending.append(thread.submit(merger.take, chunk, part))
                while pending and (pending[0].done() or (part is not None and len(pending) > _AHEAD)):
                    pending.popleft().result()
                done += chunk.stop - chunk.start
                if progress:
                    progress(done, samples)
        while pending:
            pending.popleft().result()
    except BaseException:
        merger.given_up = True
        raise
    finally:
        thread.shutdown()


def _finish(
    target: Path,
    merger: Merger,
    opened: OpenJob,
    plan: Mapping[str, Any],
    summarize: Callable[[Mapping[str, Any]], Mapping[str, str]],
) -> Finished:
    """Put the files in their places, then say that it is done, then remove the parts."""
    paths = merger.finish(opened)
    with writing(target):
        for name, text in summarize(merger.counts).items():
            write_synced(target / partial(name), text.encode())
            paths.append(target / name)
        for path in paths:
            path.with_name(partial(path.name)).replace(path)
        sync(target)
        manifest = finished(plan, merger.rows, merger.refused)
        write_whole(target / MANIFEST, written(manifest))
    folders.remove_leftovers(target)
    return Finished(manifest["samples"], manifest["quarantined"])


def _untouched(target: Path, plan: Mapping[str, Any]) -> Finished:
    manifest = read_manifest(target) or plan
    folders.remove_leftovers(target)
    return Finished(plan["samples"], manifest.get("quarantined", 0), untouched=True)


def _crew(
    job: Job, opened: OpenJob, workers: int, scheduler: str | None
) -> AbstractContextManager[Callable[[list[Chunk], Parts], Scored]]:
    """Return who scores: this process, others, or those of a Dask cluster."""
    from contextlib import nullcontext
    from functools import partial as bound

    if scheduler is not None:
        from recommender.cohort.running.dask_workers import connected

        return connected(job, opened, scheduler)
    if workers > 1:
        from recommender.cohort.running.processes import scored_by_processes

        return nullcontext(bound(scored_by_processes, job, opened, workers))
    return nullcontext(bound(_scored_here, opened))


def _scored_here(opened: OpenJob, chunks: list[Chunk], _: Parts) -> Scored:
    for chunk in chunks:
        yield chunk, score(opened, chunk)
