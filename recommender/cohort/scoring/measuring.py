"""Many samples measured at once: what :mod:`recommender.relative` and :mod:`recommender.abundance` do for one.

Every sample that cannot be measured is told with its reason, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from recommender import kernel
from recommender.abundance import MOST
from recommender.cohort.scoring.calls import AMBIGUOUS, CODE_OF, NOT_MEASURED, UNTESTED, Codes, Measured
from recommender.cohort.scoring.columns import Columns
from recommender.features import whole_library
from recommender.kernel import Array, Mask
from recommender.measurement import CALLS, FAILS, NOT_TESTED, PASSES, effect, round6
from recommender.reference.load import Reference
from recommender.settings import Settings, number

_CALL_CODES = np.array([[CODE_OF[word] for word in row] for row in CALLS], dtype=np.uint8)
_LOW = CODE_OF["low_abundance"]


class Fault(NamedTuple):
    """Why samples cannot be used.

    Attributes
    ----------
    samples : mask, shape (samples,)
    tell : callable
        From a sample's position in the block to the reason, in one line.
    """

    samples: Mask
    tell: Callable[[int], str]


def threshold_of(scale: str, settings: Settings) -> float:
    """Return from where a value counts as a change."""
    if scale == "z_score":
        return number(settings, "z_score", "min_abs_z_score")
    return number(settings, "fold_change", "min_abs_log2_ratio")


def impossible(values: Array, columns: Columns, scale: str, settings: Settings) -> Fault:
    """Return the samples that hold numbers no measurement on this scale can give.

    Parameters
    ----------
    values : array, shape (columns, samples)
    """
    if scale in ("log2_fold_change", "z_score"):
        most = number(settings, "input_scale", "max_log2") if scale == "log2_fold_change" else np.inf
        least = -most
    else:
        least, most = (-np.inf if scale == "log2_reads_per_million" else 0.0), MOST[scale]
    with np.errstate(invalid="ignore"):
        bad: Mask = np.asarray(np.isinf(values) | (values < least) | (values > most))

    def tell(i: int) -> str:
        at = int(np.flatnonzero(bad[:, i])[0])
        more = int(bad[:, i].sum()) - 1
        rest = f" (and {more:,} more values)" if more else ""
        bounds = "finite numbers" if np.isinf(most) else f"{scale} from {least:g} to {most:g}"
        return f"{columns.names[at]}: found {values[at, i]:g}{rest}; expected {bounds}; check the scale"

    return Fault(np.asarray(bad.any(axis=0), dtype=np.bool_), tell)


def without_reads(values: Array) -> Fault:
    """Return the samples whose counts are no library.

    Parameters
    ----------
    values : array, shape (columns, samples)
    """
    sums = np.nansum(values, axis=0)
    with np.errstate(invalid="ignore"):
        empty = ~(sums > 0)
    return Fault(empty, lambda i: "found no reads at all; expected a library with reads; leave this sample out")


def measure_relative(values: Array, columns: Columns, scale: str, settings: Settings) -> Measured:
    """Return the call of each column of log2 ratios or z-scores.

    Parameters
    ----------
    values : array, shape (columns, samples)
        NaN: not measured.
    """
    missing = np.isnan(values)
    changed = effect(values, threshold_of(scale, settings))
    if scale == "z_score":
        adjusted = _adjusted_scores(values, columns)
        limit = number(settings, "adjusted_p_value", "max")
        significance = np.where(round6(adjusted) <= limit, PASSES, FAILS)
        call = _CALL_CODES[changed, significance]
    else:
        adjusted = None
        call = _CALL_CODES[changed, NOT_TESTED]
    call[missing] = NOT_MEASURED
    return Measured(call, values, adjusted)


def _adjusted_scores(values: Array, columns: Columns) -> Array:
    """Return adjusted p-values of z-scores; names of one miRNA with one score are one test."""
    known = list(columns.known)
    scores = np.full_like(values, np.nan)
    scores[known] = values[known]
    twins: list[tuple[int, int, Mask]] = []
    first: dict[str, list[int]] = {}
    for i in known:
        earlier = first.setdefault(columns.identity(i).key, [])
        for other in earlier:
            same = ~np.isnan(scores[i]) & (values[i] == values[other])
            if same.any():
                twins.append((i, other, same))
                scores[i, same] = np.nan
        earlier.append(i)
    adjusted = kernel.benjamini_hochberg(np.ascontiguousarray(kernel.normal_p_values(scores).T)).T.copy()
    for i, other, same in twins:
        adjusted[i, same] = adjusted[other, same]
    return adjusted


class MeasuredAbundances(NamedTuple):
    """Matures measured against a reference, and for which samples it is a fair one."""

    measured: Measured
    comparable: Mask


def measure_abundances(
    values: Array, columns: Columns, scale: str, sizes: Array | None, reference: Reference, settings: Settings
) -> MeasuredAbundances:
    """Return the call of each mature, a row each in the order of ``columns.groups``.

    Parameters
    ----------
    values : array, shape (columns, samples)
    sizes : array, shape (samples,), optional
        Mapped miRNA reads; the row sums where absent.
    """
    rpm = kernel.to_rpm(values.T, scale, sizes)
    log_means = np.array([reference.features.get(key, np.nan) for key, _ in columns.keys])
    if whole_library(len(columns.names), settings) and reference.features:
        factors = kernel.size_factors(rpm, log_means)
        rpm = rpm / np.where(np.isfinite(factors), factors, 1.0)[:, None]
    comparable = np.ones(len(rpm), dtype=np.bool_)
    if reference.about.builtin:
        normal = kernel.log2_abundance(np.exp(log_means))
        alike = kernel.correlations(kernel.log2_abundance(rpm), normal)
        comparable = round6(alike) >= number(settings, "reference", "builtin_min_correlation")
    return MeasuredAbundances(_compare(rpm, columns, reference, settings), comparable)


def _compare(rpm: Array, columns: Columns, reference: Reference, settings: Settings) -> Measured:
    parts = columns.parts()
    samples = len(rpm)
    sums = np.full((samples, len(parts)), np.nan)
    forced = np.full((samples, len(parts)), NOT_MEASURED, dtype=np.uint8)  # of what has no number to decide
    mean, sd = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
    for place, mirna in enumerate(columns.groups):
        keys = frozenset(columns.keys[group[0]][0] for group in parts[mirna])
        usable = mirna in reference.mirnas and reference.sources[mirna] == keys
        if usable:
            mean[place], sd[place] = reference.mirnas[mirna]
        sums[:, place], forced[:, place] = _sum(rpm, parts[mirna], usable)
    call: Codes = forced
    known = ~np.isnan(sums)
    x = kernel.log2_abundance(sums)
    ratio = round6(x - mean)
    normal = np.exp2(mean) - kernel.PSEUDOCOUNT
    low = np.maximum(round6(sums), round6(normal)) < number(settings, "abundance", "min_reads_per_million")
    adjusted = None
    significance: Array | int = NOT_TESTED
    if reference.samples >= number(settings, "reference", "min_samples"):
        least = number(settings, "reference", "min_sd")
        p = kernel.prediction_p_values(x, mean, sd, reference.samples, least)
        p[known & low] = 1.0
        adjusted = kernel.benjamini_hochberg(p)
        limit = number(settings, "adjusted_p_value", "max")
        significance = np.where(round6(adjusted) <= limit, PASSES, FAILS)
    changed = effect(ratio, number(settings, "fold_change", "min_abs_log2_ratio"))
    decided = np.where(low, _LOW, _CALL_CODES[changed, significance])
    call[known] = decided[known]
    return Measured(
        np.ascontiguousarray(call.T),
        np.ascontiguousarray(ratio.T),
        None if adjusted is None else np.ascontiguousarray(adjusted.T),
        np.ascontiguousarray(sums.T),
    )


def _sum(rpm: Array, parts: list[list[int]], usable: bool) -> tuple[Array, Codes]:
    """Return the sum of a mature's parts, NaN where there is none, and the call of those without."""
    total = np.zeros(len(rpm))
    doubtful = np.zeros(len(rpm), dtype=np.bool_)
    missing, measured = doubtful.copy(), doubtful.copy()
    for columns in parts:
        given = rpm[:, columns]
        known = ~np.isnan(given)
        some = known.any(axis=1)
        high = np.where(known, given, -np.inf).max(axis=1)
        doubtful |= some & (np.where(known, given, np.inf).min(axis=1) != high)
        missing |= ~some
        measured |= some
        total = total + np.where(some, high, 0.0)
    forced = np.full(len(rpm), NOT_MEASURED, dtype=np.uint8)
    forced[measured & (missing | (not usable))] = UNTESTED
    forced[doubtful] = AMBIGUOUS
    total[doubtful | missing | (not usable)] = np.nan
    return total, forced
