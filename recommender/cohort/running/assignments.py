"""What is to be scored yet, and which samples end the processes that score them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from recommender.cohort.job import Chunk
from recommender.cohort.running.halving import halves

_CHANCES = 2  # a process may also end for a reason of its own: nothing is given up at the first death


class Assignments:
    """Chunks, and pieces of those that ended the process that scored them more than once.

    A piece that ends a process is halved at once, until one sample stands alone.

    Examples
    --------
    >>> work = Assignments([Chunk(0, 0, 2)])
    >>> for _ in range(2):
    ...     chunk = work.take()
    ...     work.died(chunk)
    >>> work.take(), work.take(), work.take()
    (Chunk(index=0, start=0, stop=1), Chunk(index=0, start=1, stop=2), None)
    """

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._todo = deque(chunks)
        self._chunks = {chunk.index: chunk for chunk in self._todo}
        self._open = set(self._chunks)
        self._pieces: dict[int, list[Chunk]] = {}
        self._missing: dict[int, set[Chunk]] = {}
        self._deaths: Counter[Chunk] = Counter()

    def __bool__(self) -> bool:
        """Tell whether something is not done."""
        return bool(self._open)

    def take(self) -> Chunk | None:
        """Return what to score next; None where all is done or in work."""
        return self._todo.popleft() if self._todo else None

    def whole(self, task: Chunk) -> bool:
        """Tell whether it is a chunk, and no piece of one."""
        return task.index not in self._pieces

    def done(self, task: Chunk) -> tuple[Chunk, list[Chunk]] | None:
        """Take that something was scored; return the chunk that is complete with it, and its pieces, if any."""
        pieces = self._pieces.get(task.index, [])
        if pieces:
            self._missing[task.index].discard(task)
            if self._missing[task.index]:
                return None
        self._open.discard(task.index)
        return self._chunks[task.index], sorted(pieces)

    def died(self, task: Chunk) -> bool | None:
        """Take that the process died which scored this; return True where one sample did it, and is to be refused."""
        self._deaths[task] += 1
        single = task.stop - task.start <= 1
        if self._deaths[task] < _CHANCES and (single or self.whole(task)):
            self._todo.appendleft(task)
            return None
        if single:
            self._pieces.setdefault(task.index, [task])
            self._missing.setdefault(task.index, {task})
            return True
        pieces = self._pieces.setdefault(task.index, [])
        missing = self._missing.setdefault(task.index, set())
        pieces[:] = [piece for piece in pieces if piece != task] + list(halves(task))
        missing.discard(task)
        missing.update(halves(task))
        self._todo.extendleft(reversed(halves(task)))
        return None
