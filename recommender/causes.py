"""What made a difference: put parts of the old back into the new, and look whether the difference goes.

A part is a cause of a change where putting it back, alone or with others, undoes the change or some of it.
Nothing is named that was not tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from recommender.changes import ASPECTS, ListName, Shift, Standing, closer, shift

MOST_PAIRS = 10  # with more of them the smallest set that undoes a change is looked for by halving
Outcome = Mapping[str, Standing]
PutBack = Callable[[frozenset[str]], Outcome | None]


class Cause(NamedTuple):
    """Parts that undo a change, or some of it, when they are put back.

    Attributes
    ----------
    parts : tuple of str
        One; several where none of them undoes alone what they undo together.
    reverts, partly : tuple of str
        Aspects that are as before again, and aspects that are nearer to it.
    listed : str or None
        The list that then holds the action.
    """

    parts: tuple[str, ...]
    reverts: tuple[str, ...]
    partly: tuple[str, ...]
    listed: ListName | None


def undone(found: Shift, now: Standing | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the aspects of a change that are as before again, and those nearer to it."""
    before, after = found.before, found.after
    if found.aspects == ("listed",):
        where = now.listed if now else None
        if where == (before.listed if before else None):
            return ("listed",), ()
        return (), ("listed",) if where != (after.listed if after else None) else ()
    assert before is not None
    assert after is not None
    if now is None or now.listed != before.listed:
        return (), ()
    reverts: list[str] = []
    partly: list[str] = []
    for name in found.aspects:
        then, since, value = (ASPECTS[name](s) for s in (before, after, now))
        if value == then:
            reverts.append(name)
        elif closer(name, then, since, value):
            partly.append(name)
    return tuple(reverts), tuple(partly)


def causes(
    found: Shift, likely: Sequence[str], every: Sequence[str], put_back: PutBack, *, by_halves: bool = False
) -> list[Cause]:
    """Return what caused a change: single parts, and the smallest set found for what no single part undoes.

    A rank is moved by whatever moves others too, so it names no cause of its own where anything else changed,
    and no set is looked for where nothing else did: :func:`recommender.changes.order` says who moved it.

    Parameters
    ----------
    likely, every : sequence of str
        Parts that can matter to it, and all that differ; the latter are tried where the former do not explain it.
    put_back : callable
        Gives the standings with some parts as they were, None where those parts alone make no sense; with all of
        them the standings are those of before.
    by_halves : bool
        Leave out parts that move nothing even together: for many parts that are dear to try. Parts that undo
        each other may then go unnamed.
    """
    own = [name for name in found.aspects if name != "rank"] or ["rank"]
    result: list[Cause] = []
    for part in _moving(found, likely, put_back) if by_halves else likely:
        cause = _cause(found, (part,), put_back)
        if not {*cause.reverts, *cause.partly}.isdisjoint(own):
            result.append(cause)
    explained = {name for cause in result for name in (*cause.reverts, *cause.partly)}
    left = [name for name in own if name not in explained and name != "rank"]
    if left:
        together = _together(found, left, likely, every, put_back)
        if together:
            result.append(_cause(found, together, put_back))
    return result


def _moving(found: Shift, parts: Sequence[str], put_back: PutBack) -> Sequence[str]:
    """Return the parts that may matter: halves that together change nothing are left out."""
    if len(parts) < 2:
        return parts
    now = put_back(frozenset(parts))
    if now is not None and not shift(found.id, found.after, now.get(found.id)).aspects:
        return ()
    half = len(parts) // 2
    return [*_moving(found, parts[:half], put_back), *_moving(found, parts[half:], put_back)]


def _cause(found: Shift, parts: tuple[str, ...], put_back: PutBack) -> Cause:
    outcome = put_back(frozenset(parts))
    if outcome is None:
        return Cause(parts, (), (), None)
    now = outcome.get(found.id)
    return Cause(parts, *undone(found, now), now.listed if now else None)


def _together(
    found: Shift, aspects: Collection[str], likely: Sequence[str], every: Sequence[str], put_back: PutBack
) -> tuple[str, ...]:
    def suffices(parts: Collection[str]) -> bool:
        return {*_cause(found, tuple(parts), put_back).reverts}.issuperset(aspects)

    parts = likely if likely and suffices(likely) else every
    if not parts:
        return ()
    if len(parts) * (len(parts) - 1) // 2 <= MOST_PAIRS:
        pair = next((pair for pair in itertools.combinations(parts, 2) if suffices(pair)), None)
        if pair:
            return pair
    smallest = _smallest([], [], list(parts), suffices)
    # halving takes for granted that more parts undo no less; where that fails, all of them stand
    chosen = smallest if suffices(smallest) else parts if suffices(parts) else ()
    return tuple(part for part in parts if part in chosen)


def _smallest(
    held: list[str], added: list[str], parts: list[str], suffices: Callable[[Collection[str]], bool]
) -> list[str]:
    """Return a set of parts none of which can be left out, given those held (QuickXplain, Junker 2004)."""
    if added and suffices(held):
        return []
    if len(parts) == 1:
        return parts
    first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    of_second = _smallest([*held, *first], first, second, suffices)
    of_first = _smallest([*held, *of_second], of_second, first, suffices)
    return [*of_first, *of_second]
