"""Differential expression as DESeq2, edgeR and limma write it: groups, not one tumor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recommender.errors import InputError, Problem
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.names import looks_like_mirna, share_of_names
from recommender.readers.sums import refuse_bad
from recommender.readers.table import Table, limited, numbers, repeated

if TYPE_CHECKING:
    from recommender.kernel import Array


class _Tool(NamedTuple):
    """The columns of one tool; names in lower case, the first that is there counts."""

    id: str
    title: str
    change: tuple[str, ...]
    adjusted: tuple[str, ...]
    mean: tuple[str, ...]
    error: tuple[str, ...] = ()


_TOOLS = (
    _Tool("deseq2", "DESeq2 results", ("log2foldchange",), ("padj",), ("basemean",), ("lfcse",)),
    _Tool("edger", "edgeR topTags", ("logfc",), ("fdr",), ("logcpm",)),
    _Tool("limma", "limma topTable", ("logfc",), ("adj.p.val",), ("aveexpr",)),
)
_RAW = ("pvalue", "p.value", "p-value")
_MIN_SHARE = 0.2


def _first(table: Table, names: tuple[str, ...]) -> int | None:
    return next((column for name in names if (column := table.column(name)) is not None), None)


def sniff_with(tool: _Tool, table: Table) -> Match | None:
    """Take a table with the tool's column of changes and of adjusted p-values."""
    change, adjusted = _first(table, tool.change), _first(table, tool.adjusted)
    if change is None or _name_columns(table) == []:
        return None
    if adjusted is not None:
        return Match(True, f"columns {table.header[change].strip()} and {table.header[adjusted].strip()}")
    others = [other for other in _TOOLS if other.change == tool.change]
    if any(_first(table, other.adjusted) is not None for other in others) or tool != others[0]:
        return None
    if _first(table, _RAW) is None and _first(table, tool.mean) is None:
        return None
    raise InputError(
        Problem(
            table.where,
            f"column {table.header[change].strip()} without adjusted p-values",
            "padj (DESeq2), FDR (edgeR) or adj.P.Val (limma)",
            "write the tool's full result: topTags() or topTable() adjust over all tested miRNAs",
        )
    )


def read_with(tool: _Tool, table: Table, hints: Hints) -> Measurements:
    """Read one contrast.

    An ``NA`` adjusted p-value is *untested*; a change of ``NA`` was not measured.
    """
    import numpy as np

    change, adjusted = _first(table, tool.change), _first(table, tool.adjusted)
    assert change is not None  # sniffed
    assert adjusted is not None
    columns = [change, adjusted]
    values, bad = numbers(table, columns, missing_allowed=True)
    refuse_bad(table, bad)
    p = values[:, 1]
    problems = [
        Problem(table.place(int(i), adjusted), f"{p[i]:g}", "an adjusted p-value from 0 to 1", "check the column")
        for i in np.flatnonzero((p < 0) | (p > 1))
    ]
    if problems:
        raise InputError(limited(problems, table.where))
    names, notes = _names(table)
    missing = np.isnan(values[:, 0])
    untested = np.isnan(p) & ~missing
    if untested.any():
        notes.append(f"{int(untested.sum()):,} miRNAs without adjusted p-value: untested")
    if missing.any():
        notes.append(f"{int(missing.sum()):,} miRNAs without fold change: not measured")
    return Measurements(
        format="",
        kind="differential",
        scale="log2_fold_change",
        samples=("",),
        names=names,
        values=values[None, :, 0],
        where=table.where,
        adjusted_p=values[None, :, 1],
        standard_error=_optional(table, tool.error),
        untested=untested[None, :],
        mean_abundance=None if (mean := _optional(table, tool.mean)) is None else mean[0],
        detected=tuple(notes),
    )


def _optional(table: Table, names: tuple[str, ...]) -> Array | None:
    column = _first(table, names)
    if column is None:
        return None
    values, bad = numbers(table, [column], missing_allowed=True)
    refuse_bad(table, bad)
    return values.T.copy()


def _name_columns(table: Table) -> list[int]:
    """Return the columns that hold miRNA names or accessions, the first one first."""
    return [i for i in range(len(table.header)) if share_of_names(table.texts(i)) >= _MIN_SHARE]


def _names(table: Table) -> tuple[tuple[str, ...], list[str]]:
    """Return what each row is called: a name where there is one, else the accession."""
    columns = _name_columns(table)
    written = [i for i in columns if any(text[:1].lower() != "m" or "-" in text for text in table.texts(i)[:50])]
    chosen = (written or columns)[0]
    label = table.header[chosen].strip()
    notes = [f"names from {f'column {label}' if label else 'the column without a name'}"]
    names = table.texts(chosen)
    twice = repeated(names)
    if twice:
        problems = [
            Problem(f"{table.where}, row {name or '(no name)'}", "a miRNA printed twice", "one row a miRNA", "keep one")
            for name in twice
        ]
        raise InputError(limited(problems, table.where))
    other = [name for name in names if not looks_like_mirna(name)]
    if other:
        notes.append(f"{len(other):,} rows whose names have another shape than a miRNA's")
    return tuple(names), notes


def _reader(tool: _Tool) -> Reader:
    return Reader(
        tool.id,
        tool.title,
        lambda table: sniff_with(tool, table),
        lambda table, hints: read_with(tool, table, hints),
    )


READERS = tuple(_reader(tool) for tool in _TOOLS)
