"""From changes that do it together to the fewest that do, each turned no farther than needed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Final

from recommender.counterfactual.dials import Dial, Move
from recommender.counterfactual.edits import Edits

Moves = tuple[Move, ...]
Reached = Callable[[Moves], bool]
_SMALL: Final = 3  # sets of so many changes are all looked through
_FEW: Final = 2  # and beside the indispensable ones, so many


def fewest(moves: Moves, reached: Reached) -> list[Moves]:
    """Return the smallest sets of moves that reach the goal; all of them reach it together, none alone.

    First those no set can do without; if they do not suffice, with as few of the others as do.
    """
    core = tuple(move for move in moves if not reached(tuple(other for other in moves if other is not move)))
    if core and reached(core):
        return [core]
    rest = [move for move in moves if move not in core]
    for number in range(1 if core else 2, max(_FEW, _SMALL - len(core)) + 1):
        hits = [(*core, *more) for more in itertools.combinations(rest, number) if reached((*core, *more))]
        if hits:
            return hits
    kept = moves
    for move in moves:
        fewer = tuple(other for other in kept if other is not move)
        if reached(fewer):
            kept = fewer
    return [kept]


def without_needless(edits: Edits, reached: Callable[[Edits], bool]) -> Edits:
    """Return edits that reach the goal, each of them needed."""
    kept = dict(edits)
    for path in sorted(edits) if len(edits) > 1 else ():
        less = {other: value for other, value in kept.items() if other != path}
        if reached(less):
            kept = less
    return kept


def nearest(moves: Moves, reached: Reached) -> Moves:
    """Return the same moves on as few parts, and each as little turned, as still reaches the goal."""
    found = list(moves)

    def reached_with(place: int, move: Move) -> bool:
        return reached((*found[:place], move, *found[place + 1 :]))

    def reached_at(place: int, at: float) -> bool:
        return reached_with(place, found[place]._replace(at=at))

    for place, move in enumerate(found):
        found[place] = _on_fewest_parts(move, partial(reached_with, place))
    for place, move in enumerate(found):
        if move.dial.step:
            found[place] = move._replace(at=nearest_point(move.dial, partial(reached_at, place)))
    return tuple(found)


def _on_fewest_parts(move: Move, reached: Callable[[Move], bool]) -> Move:
    """Return a move on the first parts that suffice, without those of them that are not needed."""
    few, many = 0, len(move.parts)
    while many - few > 1:
        middle = (few + many) // 2
        if reached(move._replace(parts=move.parts[:middle])):
            many = middle
        else:
            few = middle
    found = move._replace(parts=move.parts[:many])
    for part in found.parts[:-1]:
        less = found._replace(parts=tuple(other for other in found.parts if other != part))
        if reached(less):
            found = less
    return found


def nearest_point(dial: Dial, reached: Callable[[float], bool]) -> float:
    """Return the point nearest to a dial's start that reaches the goal, by bisection; its far end does.

    The start itself may: it is a change where nothing was measured.

    >>> nearest_point(Dial("value", (), 0.25, 4.0, (1.0,), 1e-6), lambda at: at >= 1.4)
    1.4
    """
    side = 1 if dial.far > dial.start else -1
    low, high = round(dial.start / dial.step), round(dial.far / dial.step)

    def at(point: int) -> float:
        return round(point * dial.step, 6)

    if reached(at(low)):
        return at(low)
    for exact in dial.exact:
        point = round(exact / dial.step)
        if side * low < side * point < side * high:
            if not reached(at(point)):
                low = point
            elif not reached(at(point - side)):
                return at(point)
            else:
                high = point - side
    while abs(high - low) > 1:
        middle = (low + high) // 2
        if reached(at(middle)):
            high = middle
        else:
            low = middle
    return at(high)
