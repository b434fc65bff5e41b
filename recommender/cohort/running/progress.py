"""A bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_bar() -> Iterator[Any]:
    """Give what :func:`recommender.cohort.running.run.run` takes as `progress`; None where nobody looks.

    ``NO_COLOR`` is honored.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("samples"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("samples", total=None)
        first = True

        def progress(done: int, samples: int) -> None:
            nonlocal first
            if first:  # what an earlier run did tells nothing of the speed of this one
                first = False
                bar.reset(task, total=samples, completed=done)
            else:
                bar.update(task, completed=done)

        yield progress
