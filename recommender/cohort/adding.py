"""How the counts of parts of a cohort are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

Counts = dict[str, Any]


def add(one: Mapping[str, Any], other: Mapping[str, Any]) -> Counts:
    """Return the sum of two counts; neither is changed.

    >>> add({"a": {"x": 1}}, {"a": {"x": 2, "y": 1}, "b": 1})
    {'a': {'x': 3, 'y': 1}, 'b': 1}
    """
    total = dict(one)
    for key, value in other.items():
        if key not in total:
            total[key] = value
        else:
            total[key] = add(total[key], value) if isinstance(value, Mapping) else total[key] + value
    return total


def quarantined(reasons: Iterable[str]) -> Counts:
    """Return the counts of refused samples, by what was expected of them: what was found differs from each to each.

    >>> quarantined(["a: found 3; expected 2; count again", "b: found 4; expected 2; count again", "no number"])
    {'quarantine': {'expected 2': 2, 'no number': 1}}
    """
    return reduce(add, ({"quarantine": {_kind_of(reason): 1}} for reason in reasons), {})


def _kind_of(reason: str) -> str:
    _, is_problem, rest = reason.partition("; expected ")
    return f"expected {rest.partition('; ')[0]}" if is_problem else reason
