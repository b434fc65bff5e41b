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
    """Return the counts of refused samples, by reason.

    >>> quarantined(["named twice", "no number", "named twice"])
    {'quarantine': {'named twice': 2, 'no number': 1}}
    """
    return reduce(add, ({"quarantine": {reason: 1}} for reason in reasons), {})
