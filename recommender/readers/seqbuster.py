"""bcbio's matrix of matures, and seqbuster's (miraligner's) isomiRs of one sample."""

from __future__ import annotations

from recommender.errors import InputError, Problem
from recommender.readers.generic import from_grid
from recommender.readers.grids import is_grid, read_grid
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.source import stem_of
from recommender.readers.sums import refuse_bad, refuse_negative, sum_by_name
from recommender.readers.table import Table, numbers

_COLUMNS = ("seq", "freq", "mir", "db", "precursor", "ambiguity")


def sniff_bcbio(table: Table) -> Match | None:
    """Take ``counts_mirna.tsv`` by its name and its header in small letters."""
    if stem_of(table.name).endswith("counts_mirna") and table.header[0] == "mirna" and is_grid(table):
        return Match(True, "file name, and the header mirna")
    return None


def sniff_isomirs(table: Table) -> Match | None:
    """Take miraligner's columns."""
    return Match(True, "columns seq, freq, mir, DB, precursor, ambiguity") if table.has(*_COLUMNS) else None


def read_bcbio(table: Table, hints: Hints) -> Measurements:
    """Read counts of whole libraries."""
    return from_grid(table, read_grid(table, hints), "counts", [], whole=True)


def read_isomirs(table: Table, hints: Hints) -> Measurements:
    """Read isomiRs, added up to matures; rows of precursors belong to none and are told."""
    positions = {name: table.column(name) for name in _COLUMNS}
    freq, mir, kind, ambiguity = (positions[name] for name in ("freq", "mir", "db", "ambiguity"))
    assert freq is not None  # sniffed
    assert mir is not None
    assert kind is not None
    assert ambiguity is not None
    values, bad = numbers(table, [freq, ambiguity])
    refuse_bad(table, bad)
    refuse_negative(table, values, [freq, ambiguity])
    rows = [i for i, database in enumerate(table.texts(kind)) if database.lower() == "mirna"]
    if not rows:
        raise InputError(Problem(table.where, "no row of a mature", "rows with miRNA in DB", "check the file"))
    mirnas = table.texts(mir)
    names, total = sum_by_name([mirnas[i] for i in rows], values[rows][:, :1])
    notes = [f"{len(rows):,} isomiRs added up to {len(names):,} matures"]
    if len(rows) < len(table.rows):
        notes.append(f"{len(table.rows) - len(rows):,} rows of precursors left out")
    shared = int((values[rows, 1] > 1).sum())
    if shared:
        notes.append(f"{shared:,} rows of sequences that fit several miRNAs count for each")
    return Measurements(
        format="",
        kind="abundance",
        scale="counts",
        samples=("",),
        names=names,
        values=total,
        where=table.where,
        library_sizes=total.sum(axis=1),
        level="mature",
        detected=tuple(notes),
    )


READERS = (
    Reader("bcbio", "bcbio counts", sniff_bcbio, read_bcbio),
    Reader("seqbuster", "seqbuster isomiRs", sniff_isomirs, read_isomirs),
)
