"""Parts, in the order of the input, into the tables, the quarantine and the summary of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recommender.cohort.answers.adding import add_to, quarantined
from recommender.cohort.job import Chunk, OpenJob, Part, Refused
from recommender.cohort.running.encoding import encode
from recommender.cohort.running.files import partial, writing
from recommender.cohort.running.folder import QUARANTINE
from recommender.cohort.running.parts import Parts, Stored, load, packed, store
from recommender.cohort.running.tables import Tables
from recommender.cohort.running.waiting import patiently
from recommender.errors import InputError, OutputError, Problem

_TOLD = 3


class Merger:
    """Takes parts as they come and appends them as their turn comes; holds the numbers of those that wait, no more.

    Parameters
    ----------
    max_bad : int, optional
        How many samples in quarantine are too many to go on.
    """

    def __init__(self, folder: Path, parts: Parts, chunks: Sequence[Chunk], max_bad: int | None) -> None:
        self.rows: list[Mapping[str, int]] = []
        self.refused: list[int] = []
        self.counts: dict[str, Any] = {}
        self.given_up = False  # by an interruption: what is scored is stored, and no more
        self._folder, self._parts, self._chunks, self._max_bad = folder, parts, chunks, max_bad
        self._waiting: set[int] = set()
        self._first: list[Refused] = []
        self._tables = Tables(folder, parts.format)
        self._quarantine = (folder / partial(QUARANTINE)).open("wb")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what was not finished."""
        try:
            self._quarantine.close()
        except OSError:
            if error is None:
                raise
        (self._folder / partial(QUARANTINE)).unlink(missing_ok=True)
        self._tables.__exit__(kind, error, trace)

    def take(self, chunk: Chunk, part: Part | None) -> None:
        """Take a part, which is stored first where it was scored in this process, and append those whose turn it is.

        Raises
        ------
        InputError
            More samples are in quarantine than may be.
        OutputError
            The disk is full, or a part is not there.
        """
        stored = None
        if part is not None:
            stored = packed(part, self._parts.format)
            store(self._parts, chunk, stored)
        if self.given_up:
            return
        self._waiting.add(chunk.index)
        while (turn := len(self.rows)) in self._waiting:
            self._waiting.remove(turn)
            self._append(self._chunks[turn], stored if turn == chunk.index else None)

    def finish(self, opened: OpenJob) -> list[Path]:
        """Close the files, which keep their temporary names; return the names they are to have."""
        with writing(self._folder):
            if missing := self._tables.missing():  # all samples made the scoring fail: the columns are still known
                empty = encode(opened.run(self._chunks[0]._replace(stop=self._chunks[0].start)), self._parts.format)
                self._tables.append({name: empty[name] for name in missing})
            self._quarantine.close()
            return [*self._tables.finish(), self._folder / QUARANTINE]

    def _append(self, chunk: Chunk, stored: Stored | None) -> None:
        if stored is None:
            stored = patiently(lambda: load(self._parts, chunk))
        if stored is None:
            remedy = "run the same command with --resume: it is scored again"
            raise OutputError(Problem(str(self._folder), f"the part of chunk {chunk.index} damaged", "whole", remedy))
        with writing(self._folder):
            self._tables.append(dict(stored.data))
            for one in stored.refused:
                line = json.dumps(one._asdict(), ensure_ascii=False)
                self._quarantine.write(line.encode("utf-8", "backslashreplace") + b"\n")
        add_to(self.counts, stored.counts)
        add_to(self.counts, quarantined(refused.category for refused in stored.refused))
        self.rows.append(stored.rows)
        self.refused.append(len(stored.refused))
        self._first += stored.refused[: _TOLD - len(self._first)]
        if self._max_bad is not None and sum(self.refused) > self._max_bad:
            raise InputError(self._too_many())

    def _too_many(self) -> list[Problem]:
        seen = self._chunks[len(self.rows) - 1].stop
        found = f"{sum(self.refused):,} of the first {seen:,} samples in quarantine"
        remedy = "mend them, or continue with --resume and a higher --max-bad"
        first = [
            Problem(f"sample {one.sample_id} (position {one.position})", one.reason, "a sample that can be scored")
            for one in self._first
        ]
        return [Problem("cohort", found, f"at most {self._max_bad:,}", remedy), *first]
