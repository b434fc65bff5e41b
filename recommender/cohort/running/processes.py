"""Worker processes: started, fed, replaced when they die, and ended."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection as connections
from multiprocessing import resource_tracker
from typing import Any

from recommender.cohort.job import Chunk, Job, OpenJob, Part
from recommender.cohort.running.assignments import Assignments
from recommender.cohort.running.halving import ENDED, refusing
from recommender.cohort.running.parts import Parts, join, packed, store
from recommender.cohort.running.worker import work
from recommender.errors import InputError, Problem

_STARTS = 3  # that may fail one after the other


def scored_by_processes(
    job: Job, opened: OpenJob, workers: int, chunks: Sequence[Chunk], parts: Parts
) -> Iterator[tuple[Chunk, Part | None]]:
    """Yield chunks as worker processes have scored and stored them.

    A worker that dies is replaced, and its chunk scored again; samples that end every process that scores them are
    found by halving, and refused.

    Raises
    ------
    RecommenderError
        That a worker met, and that is the whole job's; workers that do not start.
    """
    assignments = Assignments(chunks)
    crew = _Crew(job, parts, min(workers, len(chunks)))
    try:
        while assignments:
            crew.feed(assignments)
            for task, alive in crew.wait():
                if not alive:
                    if not assignments.died(task):
                        continue
                    alone = packed(refusing(opened, task, ENDED), parts.format)
                    store(parts, task, alone, whole=False)
                if complete := assignments.done(task):
                    chunk, pieces = complete
                    if pieces:
                        join(parts, chunk, pieces)
                    yield chunk, None
    finally:
        crew.end()


class _Crew:
    """Processes, each with the chunk it scores.

    Spawned, not forked: this process has threads, Arrow's and that which writes.
    """

    def __init__(self, job: Job, parts: Parts, size: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._package = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        self._parts = parts
        self._size = size
        self._processes: dict[Any, Any] = {}
        self._tasks: dict[Any, Chunk] = {}
        self._idle: list[Any] = []
        self._failed_starts = 0

    def feed(self, assignments: Assignments) -> None:
        """Give every idle process something to do, and replace those that died."""
        while len(self._processes) < self._size:
            self._start()
        while self._idle and (task := assignments.take()):
            ours = self._idle.pop()
            self._tasks[ours] = task
            with suppress(OSError):  # it died while idle: waiting will tell
                ours.send((task, assignments.whole(task)))

    def wait(self) -> list[tuple[Chunk, bool]]:
        """Wait for news; return the chunks that were done, or whose process died, with which of the two it was."""
        news = []
        heard: list[Any] = connections.wait(list(self._processes))
        for ours in heard:
            try:
                what, value = ours.recv()
            except (EOFError, OSError):
                task = self._bury(ours)
                if task is not None:
                    news.append((task, False))
                continue
            if what == "failed":
                raise value
            if what == "done":
                news.append((self._tasks.pop(ours), True))
            self._failed_starts = 0
            self._idle.append(ours)
        return news

    def end(self) -> None:
        """End all processes, whatever they do: what they have stored is whole."""
        for process in self._processes.values():
            process.kill()
        while self._processes:
            ours, process = self._processes.popitem()
            ours.close()
            process.join()
            process.close()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        threads = max(1, _processors() // self._size)
        process = self._context.Process(target=work, args=(theirs, self._package, self._parts, threads), daemon=True)
        with _quietly():
            process.start()
        self._processes[ours] = process
        theirs.close()  # or its death would not be seen

    def _bury(self, ours: Any) -> Chunk | None:
        process = self._processes.pop(ours)
        ours.close()
        process.join()
        code = process.exitcode
        process.close()
        task = self._tasks.pop(ours, None)
        if ours in self._idle:
            self._idle.remove(ours)
        elif task is None:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                found = f"{_STARTS} that ended while starting, the last with status {code}"
                remedy = "give fewer --workers, or see that there is memory for them"
                raise InputError(Problem("workers", found, "processes that start", remedy))
        return task


@contextmanager
def _quietly() -> Iterator[None]:
    """Start processes with Ctrl-C held back: until they ignore it themselves, it would show a traceback of theirs."""
    resource_tracker.ensure_running()  # its start lets signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
