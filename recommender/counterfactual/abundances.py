"""Abundances shifted on the log2 scale, in the profile's own units: for counterfactuals alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from recommender.counterfactual.edits import Edits, value_of, value_path
from recommender.model.profile import Profile

_RPM = 1e6
_DECIMALS = {"counts": 0, "reads_per_million": 3, "log2_reads_per_million": 4}
_MOST = {"counts": 1e12, "reads_per_million": _RPM, "log2_reads_per_million": 20.0}


def shifted(mirna: str, names: Sequence[str], profile: Profile, reference: Any) -> Callable[[float], Edits] | None:
    """Return what shifts a miRNA's abundance by so many log2 units, all its names alike.

    What was not measured is shifted from the mean of the normals; None where they do not have it.

    Parameters
    ----------
    mirna : str
        A mature.
    names : sequence of str
        Under which the profile gives it.
    reference : Reference
    """
    if mirna not in reference.mirnas:
        return None
    values = {name: value_of(profile, name) for name in names}
    if any(value is None for value in values.values()):
        names = _names_in(mirna, names, profile, reference)
        normal = (2.0 ** reference.mirnas[mirna][0] - 1.0) / len(names)
        values = dict.fromkeys(names, _from_rpm(normal, profile))

    def part(shift: float) -> Edits:
        found = {}
        for name, value in values.items():
            if shift and value is not None:
                found[value_path(profile, name)] = _shift(value, shift, profile.scale)
        return found

    return part


def _names_in(mirna: str, names: Sequence[str], profile: Profile, reference: Any) -> Sequence[str]:
    """Return the names to measure it under: those of the reference where the profile has none."""
    return names if all(name in profile.expression for name in names) else sorted(reference.sources[mirna])


def _from_rpm(rpm: float, profile: Profile) -> float:
    if profile.scale == "log2_reads_per_million":
        return math.log2(rpm + 1.0)
    if profile.scale == "reads_per_million":
        return rpm
    library = profile.library_size or sum(value_of(profile, name) or 0.0 for name in profile.expression)
    return rpm * library / _RPM


def _shift(value: float, shift: float, scale: str) -> float:
    moved = value + shift if scale == "log2_reads_per_million" else (value + 1.0) * 2.0**shift - 1.0
    return round(min(max(moved, 0.0), _MOST[scale]), _DECIMALS[scale])
