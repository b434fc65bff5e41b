"""A small job for the tests of running: every sample is a number, and some are trouble."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from recommender.cohort.job import Chunk, Part, Refused
from recommender.errors import InputError, Problem


@dataclass(frozen=True)
class Numbers:
    """Sample k has the strategies ``k`` to ``k + k % 3``; the call of its one miRNA is up where k is even.

    Attributes
    ----------
    refused : positions that the job itself refuses.
    poison : positions whose scoring raises, with what.
    deadly : positions whose scoring kills the process.
    pause : seconds a chunk takes.
    notes : folder where every process that opens the job, and every chunk that is run, leaves a file.
    """

    samples: int = 20
    size: int = 6
    refused: tuple[int, ...] = ()
    poison: Mapping[int, BaseException] = field(default_factory=dict)
    deadly: tuple[int, ...] = ()
    pause: float = 0.0
    notes: str = ""
    name: str = "cohort"
    knowledge: str = "k"

    def fingerprint(self) -> dict[str, str]:
        said = f"{self.name} {self.samples}".encode()
        settings = hashlib.sha256(b"settings").hexdigest()
        return {
            "input": hashlib.sha256(said).hexdigest(),
            "knowledge": hashlib.sha256(self.knowledge.encode()).hexdigest(),
            "settings": settings,
        }

    def open(self) -> OpenNumbers:
        if self.name == "broken":
            raise InputError(Problem("cohort.tsv", "no human miRNA name", "miRNA names"))
        return OpenNumbers(self)


class OpenNumbers:
    def __init__(self, job: Numbers) -> None:
        self.job = job
        self.note("opened")
        bounds = range(0, job.samples, job.size)
        self.chunks = [Chunk(i, start, min(start + job.size, job.samples)) for i, start in enumerate(bounds)]

    def note(self, what: str) -> None:
        if self.job.notes:
            Path(self.job.notes, f"{what} {os.getpid()} {time.monotonic_ns()}").touch()

    def sample_id(self, position: int) -> str:
        return f"S{position}"

    def run(self, chunk: Chunk) -> Part:
        job = self.job
        self.note(f"run {chunk.start} {chunk.stop}")
        time.sleep(job.pause)
        span = range(chunk.start, chunk.stop)
        for position in span:
            if position in job.deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            if position in job.poison:
                raise job.poison[position]
        refused = [Refused(k, f"S{k}", "a value that is no number") for k in span if k in job.refused]
        good = [k for k in span if k not in job.refused]
        return Part(tables(good), refused, counts(good))


def tables(good: list[int]) -> dict[str, pa.Table]:
    ids = pa.array([f"S{k}" for k in good], pa.string())
    rows = [(i, k, rank) for i, k in enumerate(good) for rank in range(1, k % 3 + 2)]
    strategies = pa.table(
        {
            "sample_id": pa.DictionaryArray.from_arrays(pa.array([row[0] for row in rows], pa.int16()), ids),
            "rank": pa.array([row[2] for row in rows], pa.int64()),
            "strategy": pa.array([f"inhibit:{k}-{rank}" for _, k, rank in rows], pa.string()),
            "value": pa.array([k / 8 for _, k, _ in rows], pa.float64()),
            "flags": pa.array([["timing"] * (rank - 1) for _, _, rank in rows], pa.list_(pa.string())),
        }
    )
    calls = pa.table(
        {
            "sample_id": ids,
            "call": pa.array(["up" if k % 2 == 0 else "down" for k in good], pa.string()).dictionary_encode(),
            "value": pa.array([None if k % 5 == 0 else k * 0.1 for k in good], pa.float64()),
        }
    )
    withheld = pa.table({"sample_id": ids, "reasons": pa.array([["timing"] for _ in good], pa.list_(pa.string()))})
    exploratory = strategies.slice(0, 0)
    return {"strategies": strategies, "withheld": withheld, "exploratory": exploratory, "calls": calls}


def counts(good: list[int]) -> dict[str, Any]:
    up = sum(k % 2 == 0 for k in good)
    return {"samples": len(good), "calls": {"up": up, "down": len(good) - up}}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
