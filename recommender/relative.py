"""Profiles that are already relative: log2 fold changes and z-scores, with the tests they bring."""

from __future__ import annotations

from typing import Any

from recommender.measurement import FAILS, PASSES, UNTESTED, Entry, is_low, round6
from recommender.model.profile import Measurement, Profile
from recommender.nomenclature import Identity
from recommender.settings import Settings, number


def given_entries(profile: Profile, known: list[tuple[str, Identity, Any]], settings: Settings) -> list[Entry]:
    """Return the entries of a profile that is already relative, tests included."""
    is_z = profile.scale == "z_score"
    entries: list[Entry] = []
    scores: list[tuple[Entry, float]] = []
    for name, identity, given in known:
        measured = given if isinstance(given, Measurement) else None
        value = measured.value if measured else given
        entry = Entry(name, identity, value)
        entries.append(entry)
        if value is None:
            continue
        score = float(value) if is_z else None
        if measured:
            entry.rpm = measured.reads_per_million
            if entry.rpm is not None and not is_z:
                # the ratio is of log2(RPM + 1): a miRNA lost altogether had something to lose
                entry.normal_rpm = (entry.rpm + 1.0) / 2.0 ** max(min(value, 60.0), -60.0) - 1.0
            if measured.is_untested:
                entry.significance = UNTESTED
                continue
            entry.adjusted_p = measured.adjusted_p_value
            if score is None and measured.z_score is not None:
                score = measured.z_score
            elif score is None and measured.standard_error:
                score = value / measured.standard_error
        if entry.adjusted_p is None and score is not None:
            scores.append((entry, score))
    if scores:
        _test_scores(scores, number(settings, "abundance", "min_reads_per_million"))
    limit = number(settings, "adjusted_p_value", "max")
    for entry in entries:
        if entry.adjusted_p is not None:
            entry.significance = PASSES if round6(entry.adjusted_p) <= limit else FAILS
    return entries


def _test_scores(scores: list[tuple[Entry, float]], floor: float) -> None:
    """Give each entry its adjusted p-value; names of one miRNA with one score are one test."""
    import numpy as np

    from recommender import kernel

    tests: dict[tuple[str, float, bool], int] = {}
    index = [tests.setdefault((entry.identity.key, score, is_low(entry, floor)), len(tests)) for entry, score in scores]
    p = kernel.normal_p_values(np.array([[score for _, score, _ in tests]]))
    p[0, np.array([low for _, _, low in tests])] = 1.0
    adjusted = kernel.benjamini_hochberg(p)[0]
    for (entry, _), i in zip(scores, index, strict=True):
        entry.adjusted_p = float(adjusted[i])
