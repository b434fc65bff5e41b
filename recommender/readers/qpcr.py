"""qPCR in long form: a row a sample and assay, with ddCt or the relative quantity."""

from __future__ import annotations

import re

from recommender.errors import InputError, Problem, shorten
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.names import share_of_names
from recommender.readers.table import Table, limited, numbers

_SAMPLE = frozenset({"sample", "samplename", "sampleid"})
_TARGET = frozenset({"target", "targetname", "assay", "assayname", "detector", "detectorname", "mirna", "gene"})
_DDCT = frozenset({"ddct", "deltadeltact", "ddcq", "deltadeltacq", "ddcp"})
_RQ = frozenset({"rq", "relativequantity", "foldchange", "2^ddct", "2ddct"})
_CT = frozenset({"ct", "cq", "cp", "ctmean", "meanct", "dct", "deltact", "dcq"})
_UNDETERMINED = frozenset({"undetermined", "undet", "undet."})
_MIN_SHARE = 0.2


def _plain(cell: str) -> str:
    """Return a header without case, spaces and signs; Δ is a d."""
    return re.sub(r"[^a-z0-9^]", "", cell.replace("Δ", "d").replace("∆", "d").lower())


def _find(table: Table, names: frozenset[str]) -> int | None:
    return next((i for i, cell in enumerate(table.header) if _plain(cell) in names), None)


def _columns(table: Table) -> tuple[int, int] | None:
    sample, target = _find(table, _SAMPLE), _find(table, _TARGET)
    if sample is None or target is None or share_of_names(table.texts(target)) < _MIN_SHARE:
        return None
    return sample, target


def sniff(table: Table) -> Match | None:
    """Take columns of samples, assays and ddCt or relative quantity.

    Raises
    ------
    InputError
        A table with Ct or dCt alone: what to compare with is not in it.
    """
    if _columns(table) is None:
        return None
    value = _find(table, _DDCT)
    if value is None:
        value = _find(table, _RQ)
    if value is not None:
        return Match(True, f"a row a sample and assay, with {table.header[value].strip()}")
    ct = _find(table, _CT)
    if ct is None:
        return None
    expected = "a column ddCt (against an endogenous control and a calibrator) or RQ"
    remedy = "export ddCt from the instrument's software"
    raise InputError(Problem(table.where, f"column {table.header[ct].strip()} without ddCt", expected, remedy))


def read(table: Table, hints: Hints) -> Measurements:
    """Read log2 fold changes: -ddCt, or log2 of the relative quantity.

    ``Undetermined`` and empty cells are not measured. Replicates must agree, else their sample is set aside.
    """
    import numpy as np

    columns = _columns(table)
    assert columns is not None  # sniffed
    column, is_ddct = _find(table, _DDCT), True
    if column is None:
        column, is_ddct = _find(table, _RQ), False
    assert column is not None
    blank = [[None if str(row[column]).strip().lower() in _UNDETERMINED else row[column]] for row in table.rows]
    one = Table(table.where, table.name, (table.header[column],), blank, table.lines, table.delimiter)
    raw, bad = numbers(one, [0], missing_allowed=True)
    samples, targets = table.texts(columns[0]), table.texts(columns[1])
    problems = [
        Problem(table.place(i, columns[j]), "an empty cell", ("a sample", "an assay")[j], "fill it, or remove the row")
        for j, texts in enumerate((samples, targets))
        for i, text in enumerate(texts)
        if not text
    ]
    if problems:
        raise InputError(limited(problems, table.where))
    set_aside = {samples[cell.row]: cell.problem for cell in reversed(bad)}
    values = raw[:, 0]
    if not is_ddct:
        for row in map(int, np.flatnonzero(values <= 0)):
            place, expected = table.place(row, column), "a relative quantity above 0"
            set_aside.setdefault(samples[row], Problem(place, f"{values[row]:g}", expected, "leave the cell empty"))
    changes = -values if is_ddct else np.log2(np.where(values > 0, values, np.nan))
    cells: dict[tuple[str, str], float] = {}
    for i, key in enumerate(zip(samples, targets, strict=True)):
        earlier = cells.setdefault(key, float(changes[i]))
        if not (earlier == changes[i] or (np.isnan(earlier) and np.isnan(changes[i]))):
            found = f"{shorten(targets[i])} again with another value"
            expected = "one value a sample and assay"
            problem = Problem(table.place(i, column), found, expected, "average replicates before they are compared")
            set_aside.setdefault(samples[i], problem)
    names = tuple(dict.fromkeys(targets))
    kept = tuple(name for name in dict.fromkeys(samples) if name not in set_aside)
    if not kept:
        raise InputError(limited(list(set_aside.values()), table.where))
    grid = np.array([[cells.get((sample, name), np.nan) for name in names] for sample in kept])
    return Measurements(
        format="",
        kind="relative",
        scale="log2_fold_change",
        samples=kept,
        names=names,
        values=grid + 0.0,  # no negative zero
        where=table.where,
        detected=("log2 fold change = -ddCt" if is_ddct else "log2 fold change = log2 of the relative quantity",),
        set_aside=set_aside,
    )


READERS = (Reader("qpcr", "qPCR in long form", sniff, read),)
