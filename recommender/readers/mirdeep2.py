"""miRDeep2's quantifier: tab separated despite its name, one row a mature and precursor."""

from __future__ import annotations

from recommender.errors import InputError, Problem
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.sums import highest_by_name, refuse_negative, samples_in_columns
from recommender.readers.table import Table, numbers

_COLUMNS = ("#mirna", "read_count", "precursor", "total")
_NORM = "(norm)"
_UNNAMED = "seq"  # what the quantifier calls a single sample without a code


def sniff(table: Table) -> Match | None:
    """Take the four leading columns."""
    return Match(True, "columns #miRNA, read_count, precursor, total") if table.has(*_COLUMNS) else None


def read(table: Table, hints: Hints) -> Measurements:
    """Read counts, or the ``(norm)`` columns where reads per million are asked for.

    A mature on several precursors has a row for each, and a read that fits several is counted in each: the
    highest row is taken, per sample; adding up would count it twice.
    """
    wants_norm = hints.scale == "reads_per_million"
    others = [i for i, cell in enumerate(table.header) if cell.strip().lower() not in _COLUMNS]
    columns = [i for i in others if table.header[i].strip().endswith(_NORM) == wants_norm]
    if not columns:
        expected = "a column a sample" + (f" with {_NORM}" if wants_norm else "")
        raise InputError(Problem(table.where, "no column of counts", expected, "run quantifier.pl again"))
    values, bad = numbers(table, columns)
    kept, set_aside = samples_in_columns(table, columns, bad)
    values = values[:, kept]
    refuse_negative(table, values, [columns[i] for i in kept])
    mirnas = table.texts(0)
    names, most = highest_by_name(mirnas, values)
    notes = [f"{len(mirnas):,} rows of matures on precursors, {len(names):,} matures"]
    differing = _differing(mirnas, values)
    if differing:
        notes.append(f"{differing:,} matures differ between their precursors: the highest counts, never the sum")
    samples = [table.header[columns[i]].strip().removesuffix(_NORM) for i in kept]
    return Measurements(
        format="",
        kind="abundance",
        scale="reads_per_million" if wants_norm else "counts",
        samples=("",) if samples == [_UNNAMED] else tuple(samples),
        names=names,
        values=most,
        where=table.where,
        library_sizes=None if wants_norm else most.sum(axis=1),
        level="mature",
        detected=tuple(notes),
        set_aside=set_aside,
    )


def _differing(mirnas: list[str], values: object) -> int:
    import numpy as np

    rows: dict[str, set[bytes]] = {}
    for name, row in zip(mirnas, np.asarray(values), strict=True):
        rows.setdefault(name, set()).add(row.tobytes())
    return sum(len(found) > 1 for found in rows.values())


READERS = (Reader("mirdeep2", "miRDeep2 quantifier", sniff, read),)
