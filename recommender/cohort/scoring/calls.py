"""The calls of many samples at once: arrays in place of the values of :mod:`recommender.calling`.

The numbers come from the same kernel, and the joins of names and families follow the same words; a
differential test holds both equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from recommender.calling import CERTAINTY, COMPARABLE
from recommender.cohort.scoring.columns import Columns
from recommender.kernel import Array, Mask
from recommender.measurement import round6
from recommender.model.recommendation import CallState
from recommender.settings import Settings, number

Codes = NDArray[np.uint8]

CALL_WORDS: Final[tuple[CallState, ...]] = get_args(CallState)
CODE_OF: Final[Mapping[str, int]] = {word: code for code, word in enumerate(CALL_WORDS)}
UP, DOWN, UNCHANGED = CODE_OF["up"], CODE_OF["down"], CODE_OF["unchanged"]
AMBIGUOUS, NOT_MEASURED, UNTESTED = CODE_OF["ambiguous"], CODE_OF["not_measured"], CODE_OF["untested"]
_COMPARABLE = [CODE_OF[word] for word in sorted(COMPARABLE)]


@dataclass(frozen=True)
class Calls:
    """The calls of a block of samples.

    Attributes
    ----------
    entities : tuple of str
        Matures, families and clusters, sorted.
    call : array of uint8, shape (entities, samples)
        Positions in :data:`CALL_WORDS`.
    measured_as : array of uint8, same shape
        Positions in :data:`recommender.calling.CERTAINTY`.
    value : array, same shape
        log2 ratio or z-score, six decimals; NaN: none.
    adjusted_p, reads_per_million : array, same shape, or None
        NaN: none; None: none at all.
    """

    entities: tuple[str, ...]
    call: Codes
    measured_as: Codes
    value: Array
    adjusted_p: Array | None = None
    reads_per_million: Array | None = None

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """The row of each entity."""
        return {name: i for i, name in enumerate(self.entities)}


@dataclass(frozen=True)
class Measured:
    """One row a column, or a mature, before names are joined and families called; as :class:`Calls`."""

    call: Codes
    value: Array
    adjusted_p: Array | None = None
    reads_per_million: Array | None = None


def joined(measured: Measured, columns: Columns, of_matures: bool, settings: Settings, threshold: float) -> Calls:
    """Return the calls of matures, families and clusters.

    Parameters
    ----------
    measured : Measured
        A row a column; or, with `of_matures`, a row a mature, in the order of ``columns.groups``.
    threshold : float
        Of a change, in the units of the values.
    """
    entities = columns.entities
    index = {name: i for i, name in enumerate(entities)}
    shape = (len(entities), measured.call.shape[1])
    calls = Calls(
        entities,
        np.full(shape, NOT_MEASURED, dtype=np.uint8),
        np.zeros(shape, dtype=np.uint8),
        np.full(shape, np.nan),
        None if measured.adjusted_p is None else np.full(shape, np.nan),
        None if measured.reads_per_million is None else np.full(shape, np.nan),
    )
    for place, (mirna, group) in enumerate(columns.groups.items()):
        row = index[mirna]
        if of_matures or len(group) == 1:
            _take(calls, row, measured, place if of_matures else group[0])
            first = min(group, key=lambda i: columns.names[i])
            calls.measured_as[row] = CERTAINTY.index(columns.measured_as(first))
        else:
            _join_group(calls, row, measured, group, columns)
    for family, members in columns.families.items():
        _call_family(calls, index[family], [index[member] for member in members], settings, threshold)
    return calls


def _take(calls: Calls, row: int, measured: Measured, source: int) -> None:
    calls.call[row] = measured.call[source]
    calls.value[row] = round6(measured.value[source])
    if calls.adjusted_p is not None and measured.adjusted_p is not None:
        calls.adjusted_p[row] = measured.adjusted_p[source]
    if calls.reads_per_million is not None and measured.reads_per_million is not None:
        calls.reads_per_million[row] = round6(measured.reads_per_million[source])


def _join_group(calls: Calls, row: int, measured: Measured, group: tuple[int, ...], columns: Columns) -> None:
    """Join several names of one mature: matures count before hairpins, and hairpins must agree."""
    sure = [i for i in group if columns.measured_as(i) in ("exact", "arm_assumed")]
    hairpins = [i for i in group if i not in sure]
    seen = {i: measured.call[i] != NOT_MEASURED for i in group}
    by_mature = _any([seen[i] for i in sure], measured.call.shape[1])
    by_hairpin = _any([seen[i] for i in hairpins], measured.call.shape[1]) & ~by_mature
    order = sorted(group, key=lambda i: (CERTAINTY.index(columns.measured_as(i)), columns.names[i]))
    calls.measured_as[row] = CERTAINTY.index(columns.measured_as(group[0]))  # where none is measured
    for i in reversed(order):  # the surest that counts, last
        counts = seen[i] & (by_mature if i in sure else by_hairpin)
        calls.measured_as[row, counts] = CERTAINTY.index(columns.measured_as(i))
    _join_matures(calls, row, measured, [i for i in order if i in sure], seen)
    _join_hairpins(calls, row, measured, hairpins, {i: seen[i] & by_hairpin for i in hairpins})


def _any(masks: list[Mask], samples: int) -> Mask:
    return np.logical_or.reduce(masks) if masks else np.zeros(samples, dtype=np.bool_)


def _join_matures(calls: Calls, row: int, measured: Measured, order: list[int], seen: dict[int, Mask]) -> None:
    done = np.zeros(measured.call.shape[1], dtype=np.bool_)
    differ = done.copy()
    for i in order:
        new = seen[i] & ~done
        again = seen[i] & done
        differ |= again & (measured.value[i] != calls.value[row])
        if measured.adjusted_p is not None and calls.adjusted_p is not None:
            same = (measured.adjusted_p[i] == calls.adjusted_p[row]) | (
                np.isnan(measured.adjusted_p[i]) & np.isnan(calls.adjusted_p[row])
            )
            differ |= again & ~same
            calls.adjusted_p[row, new] = measured.adjusted_p[i][new]
        calls.call[row, new] = measured.call[i][new]
        calls.value[row, new] = measured.value[i][new]  # rounded below: names differ by what was given
        done |= new
    calls.value[row] = round6(calls.value[row])
    _doubt(calls, row, differ)


def _join_hairpins(calls: Calls, row: int, measured: Measured, group: list[int], seen: dict[int, Mask]) -> None:
    some = _any(list(seen.values()), measured.call.shape[1])
    if not some.any():
        return
    low = np.full(measured.call.shape[1], 255, dtype=np.uint8)
    high = np.zeros_like(low)
    for i in group:
        low[seen[i]] = np.minimum(low, measured.call[i])[seen[i]]
        high[seen[i]] = np.maximum(high, measured.call[i])[seen[i]]
    stacked = np.stack([np.where(seen[i], measured.value[i], np.nan) for i in group])
    calls.call[row, some] = low[some]
    calls.value[row, some] = round6(_median(stacked))[some]
    if measured.adjusted_p is not None and calls.adjusted_p is not None:
        tested = np.stack([np.where(seen[i], measured.adjusted_p[i], np.nan) for i in group])
        calls.adjusted_p[row, some] = np.fmax.reduce(tested)[some]
    _doubt(calls, row, some & (low != high))


def _doubt(calls: Calls, row: int, where: Mask) -> None:
    calls.call[row, where] = AMBIGUOUS
    calls.value[row, where] = np.nan
    if calls.adjusted_p is not None:
        calls.adjusted_p[row, where] = np.nan


def _median(values: Array) -> Array:
    """Return the median of each column, NaN left out, as :func:`recommender.measurement.median` has it."""
    ordered = np.sort(values, axis=0)  # NaN last
    count = (~np.isnan(values)).sum(axis=0)
    samples = np.arange(values.shape[1])
    middle = ordered[np.minimum(count // 2, len(values) - 1), samples]
    below = ordered[np.maximum(count // 2 - 1, 0), samples]
    return np.asarray(np.where(count % 2 == 1, middle, (below + middle) / 2.0))


def _call_family(calls: Calls, row: int, members: list[int], settings: Settings, threshold: float) -> None:
    """Call a family of its members, as :func:`recommender.calling.call_families` does."""
    least = number(settings, "family", "min_measured_members")
    share = number(settings, "family", "min_dysregulated_share")
    of_members = calls.call[members]
    comparable = np.isin(of_members, _COMPARABLE)
    measured = comparable.sum(axis=0)
    up, down = of_members == UP, of_members == DOWN
    rises, falls = up.any(axis=0), down.any(axis=0)
    called = (up | down).sum(axis=0)
    few = measured < least
    both = ~few & rises & falls
    flat = ~few & ~both & ((called < share * measured) | (called == 0))
    moved = ~few & ~both & ~flat
    calls.call[row] = np.select(
        [few, both, flat, moved & rises], [NOT_MEASURED, AMBIGUOUS, UNCHANGED, UP], DOWN
    ).astype(np.uint8)
    certainty = calls.measured_as[members]
    of_measured = np.where(comparable, certainty, 0).max(axis=0)
    calls.measured_as[row] = np.where(measured > 0, of_measured, certainty.max(axis=0))
    if moved.any():
        middle = _median(np.where(comparable, calls.value[members], np.nan))
        value = np.where(rises, np.maximum(middle, threshold), np.minimum(middle, -threshold))
        calls.value[row, moved] = round6(value)[moved]
