"""What differs between two appraisals: what appeared, what disappeared, what moved and in which respect.

Two profiles under one knowledge, or one profile under two: here it is all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, get_args

from recommender.appraisal import Appraisal
from recommender.decision import ClassFindings, Decision, Offer
from recommender.model.options import Axis
from recommender.model.recommendation import Component, WithheldReason
from recommender.ranking import GATE_ORDER, MATCH_ORDER, TIER_ORDER, claim_match
from recommender.vocabulary import WITHHELD_ORDER

ListName = Literal["strategies", "withheld", "exploratory"]
LISTS: Final[tuple[ListName, ...]] = get_args(ListName)
_LIST_OF: Final[dict[str, ListName]] = {"strategy": "strategies", "exploratory": "exploratory"}


class Standing(NamedTuple):
    """Where an action on one miRNA, family or cluster stands in one result.

    Attributes
    ----------
    listed : str
        The list of the recommendation that holds it; exploratory ones beyond the listed best count.
    rank, points : int or None
        None where it is withheld.
    """

    listed: ListName
    decision: Decision
    rank: int | None = None
    points: int | None = None
    components: tuple[Component, ...] = ()


def standings(appraisal: Appraisal) -> dict[str, Standing]:
    """Return where every proposed, withheld or explored action stands, by id."""
    found = {
        ranked.decision.id: Standing(
            _LIST_OF[ranked.decision.kind], ranked.decision, ranked.rank, ranked.points, ranked.components
        )
        for ranked in appraisal.ranked
    }
    found |= {d.id: Standing("withheld", d) for d in appraisal.inference.decisions if d.reasons}
    return found


def reasons(decision: Decision) -> tuple[WithheldReason, ...]:
    """Return the reasons to withhold, in their order."""
    return tuple(reason for reason in WITHHELD_ORDER if reason in decision.reasons)


def _cautions(decision: Decision) -> Iterable[str]:
    """Yield every caveat and warning of a decision, of its class of action, and of the options on offer."""
    holders: list[ClassFindings | Offer] = [decision, decision.of_class]
    holders += [offer for axis in get_args(Axis) for offer in decision.offered(axis).values()]
    for holder in holders:
        yield from holder.caveats
        yield from holder.warnings


# respects in which two standings can differ, by the name the recommendation gives them
ASPECTS: Final[Mapping[str, Callable[[Standing], Any]]] = {
    "reasons": lambda s: reasons(s.decision),
    "rank": lambda s: s.rank,
    "gate": lambda s: s.decision.gate,
    "tier": lambda s: s.decision.tier,
    "claim_match": lambda s: claim_match(s.decision),
    "points": lambda s: s.points,
    "components": lambda s: frozenset((component.name, component.points) for component in s.components),
    "call": lambda s: s.decision.call.call,
    "value": lambda s: s.decision.call.value,
    "flags": lambda s: frozenset(s.decision.flags),
    "caveats": lambda s: frozenset(_cautions(s.decision)),
    "combinations": lambda s: frozenset(
        (*s.decision.combinations, *s.decision.of_class.combinations, *s.decision.pairs)
    ),
    "trace": lambda s: frozenset((*s.decision.of_class.trace, *s.decision.trace)),
}
_OF_WITHHELD: Final = ("reasons", "call")
_OF_RANKED: Final = tuple(name for name in ASPECTS if name != "reasons")
_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {"gate": GATE_ORDER, "tier": TIER_ORDER, "claim_match": MATCH_ORDER}


class Shift(NamedTuple):
    """One action that stands elsewhere than before.

    Attributes
    ----------
    before, after : Standing or None
        None where the result does not have it.
    aspects : tuple of str
        What differs: ``listed`` alone where it is in another list or in none, else names of :data:`ASPECTS`.
    """

    id: str
    before: Standing | None
    after: Standing | None
    aspects: tuple[str, ...]


def shift(id_: str, before: Standing | None, after: Standing | None) -> Shift:
    """Return how one action's standing differs; without aspects where it does not."""
    if before is None or after is None or before.listed != after.listed:
        return Shift(id_, before, after, ("listed",) if before is not after else ())
    names = _OF_WITHHELD if after.listed == "withheld" else _OF_RANKED
    return Shift(id_, before, after, tuple(n for n in names if ASPECTS[n](before) != ASPECTS[n](after)))


def shifts(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> list[Shift]:
    """Return every action that stands elsewhere than before, by id."""
    every = (shift(id_, before.get(id_), after.get(id_)) for id_ in sorted({*before, *after}))
    return [found for found in every if found.aspects]


def closer(aspect: str, before: Any, after: Any, now: Any) -> bool:
    """Tell whether a value is nearer to what was before than what came after is.

    >>> closer("points", 33, 45, 35), closer("gate", "adverse", "clear", "caution"), closer("call", "up", "down", "up")
    (True, True, True)
    """
    if aspect in _ORDERS:
        place = _ORDERS[aspect].index
        return abs(place(now) - place(before)) < abs(place(after) - place(before))
    if isinstance(before, (frozenset, tuple)):
        return len({*now} ^ {*before}) < len({*after} ^ {*before})
    if isinstance(before, (int, float)) and isinstance(after, (int, float)) and isinstance(now, (int, float)):
        return abs(now - before) < abs(after - before)
    return bool(now == before)


class Order(NamedTuple):
    """Whose coming, going or passing moved a rank, as ids.

    The rank after is the rank before, plus those that appeared above and those that passed it, less those
    that disappeared from above and those it passed.
    """

    appeared_above: tuple[str, ...]
    disappeared_above: tuple[str, ...]
    passed_by: tuple[str, ...]
    passed: tuple[str, ...]


def order(found: Shift, before: Mapping[str, Standing], after: Mapping[str, Standing]) -> Order | None:
    """Return who moved a rank; None where it did not move."""
    if "rank" not in found.aspects or found.before is None or found.after is None:
        return None
    then, now = _above(found.before, before), _above(found.after, after)
    old, new = (_of_list(found.after.listed, held) for held in (before, after))
    return Order(
        _sorted(now - old, after),
        _sorted(then - new, before),
        _sorted((now - then) & old, after),
        _sorted((then - now) & new, after),
    )


def _of_list(name: ListName, held: Mapping[str, Standing]) -> set[str]:
    return {id_ for id_, standing in held.items() if standing.listed == name}


def _above(one: Standing, held: Mapping[str, Standing]) -> set[str]:
    return {id_ for id_ in _of_list(one.listed, held) if (held[id_].rank or 0) < (one.rank or 0)}


def _sorted(ids: Iterable[str], held: Mapping[str, Standing]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=lambda id_: (held[id_].rank or 0, id_)))
