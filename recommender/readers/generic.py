"""Any matrix of samples and miRNAs: TSV, CSV or Parquet, in either orientation."""

from __future__ import annotations

from recommender.model.profile import RELATIVE_SCALES
from recommender.readers.grids import Grid, is_grid, read_grid, sums_to_a_million, whole_numbers
from recommender.readers.measurements import Hints, Kind, Match, Measurements, Reader
from recommender.readers.table import Table


def sniff(table: Table) -> Match | None:
    """Take any table with miRNA names on an axis."""
    return Match(False, "miRNA names on one axis") if is_grid(table) else None


def read(table: Table, hints: Hints) -> Measurements:
    """Read a matrix; the scale is detected where the numbers leave no doubt."""
    grid = read_grid(table, hints)
    scale, why = detect_scale(grid)
    return from_grid(table, grid, scale, [why] if why else [])


def detect_scale(grid: Grid) -> tuple[str | None, str]:
    """Return the scale and what shows it; None where the numbers could be several things."""
    import numpy as np

    values = np.nan_to_num(grid.values)
    if sums_to_a_million(values):
        return "reads_per_million", "every sample adds up to a million: reads per million"
    if whole_numbers(values):
        return "counts", "whole numbers: counts"
    return None, ""


def from_grid(table: Table, grid: Grid, scale: str | None, notes: list[str], whole: bool = False) -> Measurements:
    """Return a matrix as measurements.

    Parameters
    ----------
    whole : bool
        True where the format holds whole libraries by its nature, however few names there are.
    """
    kind: Kind = "relative" if scale in RELATIVE_SCALES else "abundance"
    sizes = grid.values.sum(axis=1) if whole and scale == "counts" else None
    return Measurements(
        format="",
        kind=kind,
        scale=scale,
        samples=grid.samples,
        names=grid.names,
        values=grid.values,
        where=table.where,
        library_sizes=sizes,
        has_axes=True,
        detected=(*grid.notes, *notes),
        set_aside=grid.set_aside,
        order=grid.order,
    )


READERS = (Reader("matrix", "a matrix", sniff, read),)
