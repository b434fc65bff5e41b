"""miRge3: counts and reads per million, with matures it cannot tell apart under one name."""

from __future__ import annotations

import re

from recommender.readers.generic import from_grid
from recommender.readers.grids import is_grid, read_grid, sums_to_a_million
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.table import Table

_FILE = re.compile(r"^.*miR\.(?P<what>Counts|RPM)\.csv", re.IGNORECASE)


def sniff(table: Table) -> Match | None:
    """Take a CSV headed miRNA by its file name, or by names merged with a slash."""
    if table.delimiter != "comma" or table.header[0] != "miRNA" or not is_grid(table):
        return None
    if _FILE.match(table.name):
        return Match(True, "file name, and the header miRNA")
    merged = sum("/" in name for name in table.texts(0))
    return Match(True, f"the header miRNA, and {merged:,} names merged with /") if merged else None


def read(table: Table, hints: Hints) -> Measurements:
    """Read whole libraries; a merged name stays one, ambiguous, and is never its first part."""
    grid = read_grid(table, hints)
    million = sums_to_a_million(grid.values)
    why = "every sample adds up to a million: reads per million" if million else "counts"
    return from_grid(table, grid, "reads_per_million" if million else "counts", [why], whole=True)


READERS = (Reader("mirge3", "miRge3", sniff, read),)
