"""exceRpt: one sample's counts, or the merged matrices of several."""

from __future__ import annotations

from recommender.readers.generic import from_grid
from recommender.readers.grids import is_grid, read_grid
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.sums import refuse_bad, refuse_negative, sum_by_name
from recommender.readers.table import Table, numbers

_COLUMNS = ("referenceid", "uniquereadcount", "totalreadcount", "multimapadjustedreadcount")
_COUNTS, _RPM = "excerpt_mirna_readcounts", "excerpt_mirna_readspermillion"


def sniff_sample(table: Table) -> Match | None:
    """Take the columns of a ``readCounts_miRNA…_sense.txt``."""
    return Match(True, "columns ReferenceID … multimapAdjustedReadCount") if table.has(*_COLUMNS) else None


def read_sample(table: Table, hints: Hints) -> Measurements:
    """Read counts adjusted for reads that map to several places.

    A reference ``name:accession:…`` is its name; several, joined with ``|``, stay one ambiguous name.
    """
    column = table.column(_COLUMNS[3])
    assert column is not None  # sniffed
    values, bad = numbers(table, [column])
    refuse_bad(table, bad)
    refuse_negative(table, values, [column])
    joined = ["|".join(part.split(":")[0] for part in text.split("|")) for text in table.texts(0)]
    names, total = sum_by_name(joined, values)
    return Measurements(
        format="",
        kind="abundance",
        scale="counts",
        samples=("",),
        names=names,
        values=total,
        where=table.where,
        library_sizes=total.sum(axis=1),
        detected=("reads that map to several places are shared among them (multimapAdjustedReadCount)",),
    )


def _named(table: Table, what: str) -> bool:
    return what in table.name.lower() and table.header[0] == "" and is_grid(table)


def sniff_counts(table: Table) -> Match | None:
    """Take the merged counts by their name and empty corner."""
    return Match(True, "file name, and an empty corner") if _named(table, _COUNTS) else None


def sniff_rpm(table: Table) -> Match | None:
    """Take the merged reads per million likewise."""
    return Match(True, "file name, and an empty corner") if _named(table, _RPM) else None


def read_counts(table: Table, hints: Hints) -> Measurements:
    """Read counts of whole libraries, fractions where reads are shared."""
    notes = ["counts, shared among the places a read maps to"]
    return from_grid(table, read_grid(table, hints), "counts", notes, whole=True)


def read_rpm(table: Table, hints: Hints) -> Measurements:
    """Read reads per million of all that maps to the genome: miRNAs alone add up to less."""
    notes = ["reads per million of all reads on the genome, not of the miRNAs alone"]
    return from_grid(table, read_grid(table, hints), "reads_per_million", notes)


READERS = (
    Reader("excerpt", "exceRpt of one sample", sniff_sample, read_sample),
    Reader("excerpt_counts", "exceRpt merged counts", sniff_counts, read_counts),
    Reader("excerpt_rpm", "exceRpt merged reads per million", sniff_rpm, read_rpm),
)
