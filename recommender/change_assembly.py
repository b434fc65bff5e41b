"""What moved, as it is published: where an action stood and stands, what differs, whose rank moved it, which rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from recommender.changes import ASPECTS, Shift, Standing, order, reasons
from recommender.model import comparison as model
from recommender.model.recommendation import TraceStep
from recommender.ranking import claim_match

T = TypeVar("T")
_TOLD_APART = ("components", "combinations", "trace")  # `components`, `combinations` and `rules` tell them


def standing_of(standing: Standing | None) -> model.Standing | None:
    """Return where an action stands; None where it does not."""
    if standing is None:
        return None
    decision = standing.decision
    told: dict[str, Any] = {"listed": standing.listed, "call": decision.call.call, "value": decision.call.value}
    if standing.listed == "withheld":
        return model.Standing.model_construct(**told, reasons=list(reasons(decision)))
    return model.Standing.model_construct(
        **told,
        rank=standing.rank,
        gate=decision.gate,
        tier=decision.tier,
        claim_match=claim_match(decision),
        points=standing.points,
    )


def differences(shift: Shift) -> list[model.Difference]:
    """Return what differs, by its name in the recommendation."""
    return [_difference(name, shift.before, shift.after) for name in shift.aspects if name not in _TOLD_APART]


def _difference(name: str, before: Standing | None, after: Standing | None) -> model.Difference:
    if name == "listed":
        values: list[Any] = [standing.listed if standing else None for standing in (before, after)]
    elif name in ("flags", "caveats"):
        values = [sorted({_id_of(key) for key in ASPECTS[name](s)}) for s in (before, after) if s]
    else:
        values = [list(v) if isinstance(v := ASPECTS[name](s), tuple) else v for s in (before, after) if s]
    return model.Difference.model_construct(field=name, before=values[0], after=values[1])


def _id_of(key: str) -> str:
    return key.split("\0")[0]


def order_of(shift: Shift, then: Mapping[str, Standing], now: Mapping[str, Standing]) -> model.Order | None:
    """Return who moved a rank; None where it did not move."""
    found = order(shift, then, now)
    if found is None:
        return None
    return model.Order.model_construct(
        appeared_above=list(found.appeared_above),
        disappeared_above=list(found.disappeared_above),
        passed_by=list(found.passed_by),
        passed=list(found.passed),
    )


def sided(before: Mapping[Any, T], after: Mapping[Any, T]) -> tuple[list[T], list[T]]:
    """Return what one side alone has, and the other."""
    return (
        [item for key, item in before.items() if key not in after],
        [item for key, item in after.items() if key not in before],
    )


def rules_of(shift: Shift) -> model.Rules:
    """Return the rules that fired on one side only."""
    before, after = shift.before, shift.after
    stays = before is not None and after is not None and before.listed == after.listed
    only_before, only_after = sided(_steps(before, stays), _steps(after, stays))
    return model.Rules.model_construct(only_before=only_before, only_after=only_after)


def _steps(standing: Standing | None, whole: bool) -> dict[tuple[str, tuple[str, ...]], TraceStep]:
    """Return the trace of a decision; whole, or without what its class of action brings."""
    if standing is None:
        return {}
    decision = standing.decision
    return dict(sorted((({**decision.of_class.trace} if whole else {}) | decision.trace).items()))
