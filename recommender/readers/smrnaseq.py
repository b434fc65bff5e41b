"""nf-core/smrnaseq: counts, CPM, log10 of CPM, and the matures mirtop counted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from recommender.errors import InputError, Problem, RecommenderError
from recommender.readers.generic import from_grid
from recommender.readers.grids import Grid, is_grid, orientation, read_grid, sums_to_a_million
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.source import stem_of
from recommender.readers.table import Table

if TYPE_CHECKING:
    from recommender.kernel import Array

_LOG_OFFSET = 0.001  # the pipeline writes log10(CPM + 0.001)
_LOG_OF_NOTHING = -3.0
_LOG_OF_ALL = 6.1  # a whole million, and what TMM scaled above it
_LEVELS = ("mature", "hairpin")


def _is_named(table: Table, ending: str) -> bool:
    """Tell whether the file has the name the pipeline gives it, perhaps behind a prefix."""
    return any(stem_of(table.name).lower().endswith(f"{level}_{ending}".lower()) for level in _LEVELS)


def sniff_counts(table: Table) -> Match | None:
    """Take ``mature_counts.csv`` by its name and samples in rows."""
    if _is_named(table, "counts") and table.delimiter == "comma" and is_grid(table) and orientation(table) == "rows":
        return Match(True, "file name, and samples in the rows of a CSV")
    return None


def sniff_cpm(table: Table) -> Match | None:
    """Take ``mature_normalized_CPM.txt`` by its name and R's header, one cell short."""
    if _is_named(table, "normalized_CPM") and table.short_header and is_grid(table):
        return Match(True, "file name, and a header one cell short")
    return None


def sniff_logtpm(table: Table) -> Match | None:
    """Take log10(CPM + 0.001) by its name, or by what its numbers prove."""
    if not is_grid(table):
        return None
    if _is_named(table, "logtpm"):
        return Match(True, "file name")
    if not any(cell == "-3" for row in table.rows[:50] for cell in row[1:]):
        return None
    try:
        values = read_grid(table, Hints()).values
    except RecommenderError:
        return None
    if values.min() >= _LOG_OF_NOTHING and values.max() <= _LOG_OF_ALL and sums_to_a_million(_from_log(values)):
        return Match(True, "values from -3 that are log10(CPM + 0.001) of a million")
    return None


def sniff_mirna(table: Table) -> Match | None:
    """Take ``mirna.tsv`` by its name and header."""
    if stem_of(table.name) == "mirna" and table.header[0] == "miRNA" and is_grid(table):
        return Match(True, "file name, and the header miRNA")
    return None


def read_counts(table: Table, hints: Hints) -> Measurements:
    """Read counts of whole libraries."""
    return from_grid(table, read_grid(table, hints), "counts", [], whole=True)


def read_cpm(table: Table, hints: Hints) -> Measurements:
    """Read CPM; scaled by TMM, they need not add up to a million."""
    notes = ["counts per million, scaled by TMM: they need not add up to a million"]
    return from_grid(table, read_grid(table, hints), "reads_per_million", notes)


def read_logtpm(table: Table, hints: Hints) -> Measurements:
    """Read log10(CPM + 0.001) back to reads per million.

    Raises
    ------
    InputError
        Values that cannot be such logs.
    """
    grid = read_grid(table, hints)
    low, high = float(grid.values.min()), float(grid.values.max())
    if low < _LOG_OF_NOTHING - 1e-6 or high > _LOG_OF_ALL:
        expected = "log10(CPM + 0.001), from -3 to 6"
        raise InputError(Problem(table.where, f"values from {low:g} to {high:g}", expected, "check the file"))
    back: Grid = grid._replace(values=_from_log(grid.values))
    return from_grid(table, back, "reads_per_million", ["log10(CPM + 0.001), turned back to reads per million"])


def _from_log(values: Array) -> Array:
    import numpy as np

    return np.maximum(np.power(10.0, values) - _LOG_OFFSET, 0.0)


def read_mirna(table: Table, hints: Hints) -> Measurements:
    """Read mirtop's counts, collapsed to matures by the pipeline.

    Its script keeps one row of each isomiR id and drops the others, so the counts may be too low.
    """
    found = from_grid(table, read_grid(table, hints), "counts", [], whole=True)
    note = (
        "the pipeline drops repeated isomiR ids before it adds up (nf-core/smrnaseq issue 174): mirtop.tsv has them all"
    )
    return dataclasses.replace(found, detected=(*found.detected, note))


READERS = (
    Reader("smrnaseq_counts", "nf-core/smrnaseq counts", sniff_counts, read_counts),
    Reader("smrnaseq_cpm", "nf-core/smrnaseq normalized CPM", sniff_cpm, read_cpm),
    Reader("smrnaseq_logtpm", "nf-core/smrnaseq log10 CPM", sniff_logtpm, read_logtpm),
    Reader("smrnaseq_mirna", "nf-core/smrnaseq mirna.tsv", sniff_mirna, read_mirna),
)
