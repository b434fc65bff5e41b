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


def total(counts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return counts added key by key.

    Examples
    --------
    >>> total([{"samples": 2, "tier": {"T2": 1}}, {"samples": 3, "tier": {"T5": 4}}])
    {'samples': 5, 'tier': {'T2': 1, 'T5': 4}}
    """
    result: dict[str, Any] = {}
    for count in counts:
        add_to(result, count)
    return result


def add_to(result: dict[str, Any], count: Mapping[str, Any]) -> None:
    """Add counts to others, in place."""
    for key, value in count.items():
        if isinstance(value, Mapping):
            add_to(result.setdefault(key, {}), value)
        else:
            result[key] = result.get(key, 0) + value
