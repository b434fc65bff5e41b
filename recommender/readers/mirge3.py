"""miRge3: counts and reads per million, with matures it cannot tell apart under one name."""

from __future__ import annotations

import re

from recommender.readers.generic import detect_scale, from_grid
from recommender.readers.grids import is_grid, read_grid
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.table import Table

_FILE = re.compile(r"^.*miR\.(?P<what>Counts|RPM)\.csv", re.IGNORECASE)
_SCALES = {"counts": "counts", "rpm": "reads_per_million"}


def sniff(table: Table) -> Match | None:
    """Take a CSV headed miRNA by its file name, or by names merged with a slash."""
    if table.delimiter != "comma" or table.header[0] != "miRNA" or not is_grid(table):
        return None
    if _FILE.match(table.name):
        return Match(True, "file name, and the header miRNA")
    merged = sum("/" in name for name in table.texts(0))
    return Match(True, f"the header miRNA, and {merged:,} names merged with /") if merged else None


def read(table: Table, hints: Hints) -> Measurements:
    """Read whole libraries; a merged name stays one, ambiguous, and is never its first part.

    The scale is what the file's name and its numbers agree on.
    """
    grid = read_grid(table, hints)
    scale, why = detect_scale(grid)
    named = _FILE.match(table.name)
    says = _SCALES[named["what"].lower()] if named else scale
    if scale is None and says == "counts":
        scale, why = says, "counts, by its name"
    if scale != says:
        scale = None  # neither the name nor the numbers are to be trusted alone
    return from_grid(table, grid, scale, [why] if scale else [], whole=True)


READERS = (Reader("mirge3", "miRge3", sniff, read),)
