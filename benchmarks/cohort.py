"""How fast a cohort is: ratios against floors measured in the same run, memory, growth, workers.

    python benchmarks/cohort.py             # 11,000 samples of 2,200 miRNAs, and up to 100,000 of 400
    python benchmarks/cohort.py --quick     # a tenth of it, to see that it works
    python benchmarks/cohort.py --million   # up to 1,000,000 samples of 400 too: 15 GB of disk, half an hour

Cohorts are made up, seeded, and written to a temporary folder that is removed. Every figure is of processes of their
own. Ratios are of medians, pair by pair in turn, so that a busy machine slows both alike. clipspy is compared with
where it is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from cohort_measures import (
    FLOOR,
    Run,
    apart,
    batch,
    by_clips,
    make,
    one_by_one,
    rows_like,
    run,
    scoring,
    together,
    write_json,
)

WIDE, NARROW = 2_200, 400
PROFILES = 100  # that the engine does one by one


class Figure(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    goal : float or None
        None: for information.
    at_most : bool
        Whether the goal is a bound from above.
    """

    name: str
    figure: float
    unit: str
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the goal is met; empty without one."""
        if self.goal is None:
            return ""
        return "met" if (self.figure <= self.goal if self.at_most else self.figure >= self.goal) else "missed"

    def line(self) -> str:
        """Return the figure as a line of the table."""
        goal = "" if self.goal is None else f"{'at most' if self.at_most else 'at least'} {self.goal:g}"
        return f"{self.name:<58} {_short(self.figure):>9} {self.unit:<9} {goal:<13} {self.verdict:<6} {self.note}"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def _medians(pairs: Iterable[tuple[float, float]]) -> str:
    return " / ".join(f"{statistics.median(column):.2f} s" for column in zip(*pairs, strict=True))


class Bench:
    """Measures, and prints each figure as it comes."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder, self.runs = folder, runs
        self.figures: list[Figure] = []

    def tell(self, *about: object, **more: object) -> None:
        """Print and keep a figure; fields as in :class:`Figure`."""
        figure = Figure(*about, **more)  # type: ignore[arg-type]
        self.figures.append(figure)
        print(figure.line().rstrip(), flush=True)

    def cohort(self, samples: int, columns: int) -> Path:
        """Return a cohort, made now."""
        path = self.folder / f"{samples}x{columns}.parquet"
        apart(make, str(path), samples, columns)
        return path

    def batch(self, source: Path, workers: int = 1) -> Run:
        """Run the command, and remove what it wrote."""
        output = self.folder / "results"
        found = batch(source, output, workers)
        shutil.rmtree(output)
        return found

    def pairs(self, one: Callable[[], Run], other: Callable[[], Run]) -> list[tuple[Run, Run]]:
        """Return both, run in turn, after one run of each that does not count."""
        one(), other()
        return [(one(), other()) for _ in range(self.runs)]

    def whole_command(self, source: Path, samples: int) -> float:
        """Tell the whole command against the floor; return samples a second."""
        output = self.folder / "like"
        batch(source, output)
        rows = str(apart(rows_like, str(output)))
        shutil.rmtree(output)
        target = str(self.folder / "floor.parquet")

        def floor(*words: str) -> Callable[[], Run]:
            return lambda: run(["-c", FLOOR, str(source), target, rows, *words])

        size = source.stem.replace("x", " x ")
        pairs = self.pairs(lambda: self.batch(source), floor())
        self.tell(
            f"{size}: whole command / floor",
            statistics.median(a.seconds / b.seconds for a, b in pairs),
            "x",
            3,
            True,
            note=_medians((a.seconds, b.seconds) for a, b in pairs),
        )
        ratio = statistics.median(a.processor / b.processor for a, b in pairs)
        self.tell("  the same in processor time", ratio, "x")
        narrow = self.pairs(lambda: self.batch(source), floor("narrow"))
        ratio = statistics.median(a.seconds / b.seconds for a, b in narrow)
        self.tell("  against a floor that reads no more columns than it writes", ratio, "x")
        Path(target).unlink()
        speed = samples / statistics.median(a.seconds for a, _ in pairs)
        self.tell("  whole command", speed, "samples/s")
        self.tell("  peak memory", max(a.peak for a, _ in pairs), "MiB", 2048, True)
        return speed

    def engines(self, source: Path) -> None:
        """Tell the scoring against one profile at a time, and against CLIPS."""
        path = str(source)
        speed = statistics.median(apart(scoring, path) for _ in range(self.runs))
        self.tell("scoring: reading, both strata, tables, counts", speed, "samples/s")
        alone = statistics.median(apart(one_by_one, path, PROFILES) for _ in range(self.runs))
        self.tell("recommend(), a profile at a time", alone, "samples/s", note=f"of {PROFILES} profiles")
        self.tell("  scoring / recommend()", speed / alone, "x")
        found = [apart(by_clips, path, PROFILES) for _ in range(self.runs)]
        if found[0] is None:
            print("clipspy is not installed: nothing to compare with (pip install clipspy)")
            return
        _, matches, differ = found[0]
        clips = statistics.median(speed for speed, _, _ in found)
        self.tell("CLIPS, first stratum alone, facts ready", clips, "samples/s", note=f"{matches:,} matches")
        self.tell("  samples on which CLIPS concludes otherwise", differ, "", 0, True, note=f"of {PROFILES}")
        self.tell("  scoring / CLIPS", speed / clips, "x")

    def growth(self, sizes: list[int], wide: float) -> None:
        """Tell speed and memory of ever larger cohorts of few columns; `wide` samples a second are of many columns."""
        peaks: list[float] = []
        for samples in sizes:
            source = self.cohort(samples, NARROW)
            long = samples >= 1_000_000
            done = [self.batch(source) for _ in range(1 if long else self.runs)]
            speed = samples / statistics.median(a.seconds for a in done)
            peaks.append(max(a.peak for a in done))
            self.tell(f"{samples} x {NARROW}: whole command", speed, "samples/s")
            self.tell("  peak memory", peaks[-1], "MiB", 2048, True)
            if long:
                self.tell("  samples a second / those of 11,000 x 2,200", speed / wide, "x", 0.8)
                self.tell("  peak memory / that of 100,000", peaks[-1] / peaks[-2], "x", 1.25, True)
                self.tell("  the same with two workers", samples / self.batch(source, 2).seconds, "samples/s")
            if samples != 100_000:
                source.unlink()

    def workers(self, samples: int) -> None:
        """Tell two workers against one."""
        source = self.folder / f"{samples}x{NARROW}.parquet"
        if not source.exists():
            source = self.cohort(samples, NARROW)
        path = str(source)
        scored = [(*together(path, 1), *together(path, 2)) for _ in range(self.runs)]
        wall = [(a, b) for a, _, b, _ in scored]
        ratio = statistics.median(a / b for a, b in wall)
        self.tell(f"{samples} x {NARROW}: scoring, 1 worker / 2", ratio, "x", 1.6, note=_medians(wall))
        busiest = [(a, b) for _, a, _, b in scored]
        ratio = statistics.median(a / b for a, b in busiest)
        self.tell("  in processor time of the busiest worker", ratio, "x", note=_medians(busiest))
        sums = [(together("", 1)[0], together("", 2)[0]) for _ in range(self.runs)]
        ratio = statistics.median(a / b for a, b in sums)
        self.tell("  what the machine gives now: sums in 1 process / in 2", ratio, "x", note=_medians(sums))
        whole = [(self.batch(source), self.batch(source, 2)) for _ in range(self.runs)]
        ratio = statistics.median(a.seconds / b.seconds for a, b in whole)
        self.tell("  whole command, 1 worker / 2", ratio, "x")
        source.unlink()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed of cohorts, against floors measured in the same run.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one run each")
    parser.add_argument("--million", action="store_true", help="1,000,000 samples too")
    parser.add_argument("--runs", type=int, default=5, help="of each pair (default: 5)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    asked = parser.parse_args()
    sizes = [1_000, 11_000, 100_000, *([1_000_000] if asked.million else [])]
    wide, workers = 11_000, 100_000
    if asked.quick:
        sizes, wide, workers = sizes[:2], 1_100, 11_000
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f} before the first run")
    print(f"{'':<58} {'figure':>9} {'':<9} {'goal':<13} verdict")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 1 if asked.quick else asked.runs)
        source = bench.cohort(wide, WIDE)
        speed = bench.whole_command(source, wide)
        bench.engines(source)
        source.unlink()
        bench.growth(sizes, speed)
        bench.workers(workers)
    print(f"load {os.getloadavg()[0]:.1f} after the last run")
    if asked.json:
        about = {"processors": os.cpu_count(), "load": [load, os.getloadavg()[0]]}
        figures = [{**figure._asdict(), "verdict": figure.verdict} for figure in bench.figures]
        write_json(Path(asked.json), {**about, "figures": figures})


if __name__ == "__main__":
    main()
