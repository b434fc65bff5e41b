"""Runs a cohort that ends at a moment of its own choosing; a program of its own, as it forks and dies."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas  # noqa: F401  # Arrow imports it when the job makes its tables: once for all children

from recommender.cohort.running.run import run
from tests.cohort_jobs import Numbers, contents

JOB = Numbers(samples=9, size=3, refused=(4,), poison={7: ValueError("no value")})
DISK = ("fsync", "rename", "replace", "unlink", "mkdir", "rmdir")  # of the module os: what a run does to the disk
DIED = 137


def main(folder: Path, format_: str, step: int) -> None:
    """Die before one after the other thing done to the disk, resume, and compare; print how many there were."""
    in_a_child(lambda: run(JOB, folder / "at once", format=format_))
    expected = contents(folder / "at once")
    moment = 0
    while True:
        target = folder / f"dies {moment}"
        died = in_a_child(lambda moment=moment, target=target: dying(moment, target, format_)) == DIED
        in_a_child(lambda target=target: run(JOB, target, format=format_, resume=True))
        assert contents(target) == expected, f"died before {moment}: {sorted(contents(target))}"
        shutil.rmtree(target)
        if not died:
            break
        moment += step
    print(moment)


def in_a_child(act: Callable[[], object]) -> int:
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, DIED), status
    return status


def dying(moment: int, target: Path, format_: str) -> None:
    left = moment

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            if left == 0:
                os._exit(DIED)
            left -= 1
            return real(*arguments, **options)

        return call

    for name in DISK:
        setattr(os, name, counted(getattr(os, name)))
    run(JOB, target, format=format_)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
