"""One measured name, and the small table from effect, significance and abundance to a call.

Every formula here serves a number and an array alike, so that one profile and a cohort agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recommender.model.recommendation import CallState
from recommender.nomenclature import Identity

_WHOLE = 2.0**53  # beyond, floats have no fraction left to round
DECIMALS = 1e6  # numbers are rounded to six decimals before they meet a threshold

# significance of a change
PASSES, FAILS, NOT_TESTED, UNTESTED = range(4)
# CALL[effect, down to up][significance], for what is abundant enough
CALLS: tuple[tuple[CallState, ...], ...] = (
    ("down", "unchanged", "down", "untested"),
    ("unchanged", "unchanged", "unchanged", "untested"),
    ("up", "unchanged", "up", "untested"),
)


@dataclass(slots=True)
class Entry:
    """One name of the profile with what was measured, before names of one miRNA are joined."""

    name: str
    identity: Identity
    value: float | None
    adjusted_p: float | None = None
    significance: int = NOT_TESTED
    rpm: float | None = None
    normal_rpm: float | None = None
    forced: CallState | None = None  # a call that no number decides
    call: CallState = "not_measured"
    note: str = ""


def round6(value: Any) -> Any:
    """Return a number or array rounded to six decimals, ties to even.

    One formula for floats and arrays, so that both give the same bits.

    >>> round6(2.0000005)
    2.0
    """
    scaled = value * DECIMALS
    if isinstance(scaled, float):
        return round(scaled) / DECIMALS if abs(scaled) < _WHOLE else value
    import numpy as np  # an array is here, so numpy is

    return np.where(np.abs(scaled) < _WHOLE, scaled.round() / DECIMALS, value)


def effect(value: Any, threshold: float) -> Any:
    """Return 0 for down, 1 for no effect, 2 for up; for a number or an array.

    >>> effect(-1.0, 1.0), effect(0.99, 1.0), effect(1.0, 1.0)
    (0, 1, 2)
    """
    rounded = round6(value)
    return (rounded >= threshold) * 1 - (rounded <= -threshold) * 1 + 1


def is_low(entry: Entry, floor: float) -> bool:
    """Tell whether a miRNA is under `floor` RPM in the tumor and in the normal, as far as they are known."""
    if entry.rpm is None:
        return False
    if entry.normal_rpm is None:  # of a z-score: what is higher here was lower there, what is lower is not known
        return bool(round6(entry.rpm) < floor) and (entry.value or 0.0) >= 0
    return bool(max(round6(entry.rpm), round6(entry.normal_rpm)) < floor)


def decide(entry: Entry, threshold: float, floor: float) -> CallState:
    """Return the call of one measured name."""
    if entry.forced:
        return entry.forced
    if entry.value is None:
        return "not_measured"
    if entry.significance != UNTESTED and is_low(entry, floor):
        return "low_abundance"
    change: int = effect(float(entry.value), threshold)
    return CALLS[change][entry.significance]


def median(values: list[float]) -> float:
    """Return the median of sorted values, the mean of the middle two where their number is even."""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2.0
