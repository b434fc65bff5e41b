"""The table that says what the samples of a file are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from recommender.errors import InputError, Problem, shorten
from recommender.readers.source import read_source
from recommender.readers.table import Table, limited, parse_table, repeated

ID_COLUMNS = ("sample_id", "sample", "barcode", "sampleid", "id")
SURELY_IDS = ("sample_id", "sampleid")  # wherever the column stands
_TEXTS = ("cancer", "disease_state", "patient_id", "specimen", "description")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class SampleTable(NamedTuple):
    """What is said of each sample.

    Attributes
    ----------
    rows : mapping
        Sample id, as text, to the profile's fields that are stated.
    notes : tuple of str
        Columns nobody uses.
    faults : mapping
        Sample id to what is wrong in its row.
    also : mapping
        Sample id to further columns that were asked for, as text; empty: not stated.
    """

    where: str
    rows: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...]
    faults: Mapping[str, Problem]
    also: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def read_samples(path: str, also: Sequence[str] = (), if_there: Sequence[str] = ()) -> SampleTable:
    """Return a table of samples; ids and every other text stay text, empty cells are not stated.

    Parameters
    ----------
    also : sequence of str
        Further columns to keep, as text, by their names in the table.
    if_there : sequence of str
        The same, where the table has them.

    Raises
    ------
    InputError
        No column of sample ids, ids printed twice, or a further column that is not there.
    """
    return samples_of(parse_table(read_source(path)), also, if_there)


def samples_of(table: Table, also: Sequence[str] = (), if_there: Sequence[str] = ()) -> SampleTable:
    """Return what a table says of samples, as :func:`read_samples` does of a file's."""
    id_column = next((c for name in ID_COLUMNS if (c := table.column(name)) is not None), None)
    if id_column is None:
        columns = ", ".join(cell.strip() or "(no name)" for cell in table.header[:8])
        raise InputError(Problem(table.where, f"columns {columns}", "a column sample_id", "name the column of ids"))
    ids = table.texts(id_column)
    twice = repeated(ids)
    if twice:
        place = f"{table.where}, column {table.header[id_column].strip()}"
        problems = [Problem(place, f"{shorten(name)} twice", "one row a sample", "keep one") for name in twice]
        raise InputError(limited(problems, table.where))
    rows: dict[str, dict[str, Any]] = {name: {} for name in ids}
    further: dict[str, dict[str, str]] = {name: {} for name in ids}
    also = (*also, *(name for name in if_there if name not in also and table.has(name)))
    for name in also:
        wanted = table.column(name)
        if wanted is None:
            columns = ", ".join(cell.strip() for cell in table.header[:20])
            raise InputError(Problem(table.where, f"no column {shorten(name)}", f"one of {columns}", "check the name"))
        for sample, text in zip(ids, table.texts(wanted), strict=True):
            further[sample][name] = text
    kept = {name.lower() for name in also}
    faults: dict[str, Problem] = {}
    unused: list[str] = []
    for column, cell in enumerate(table.header):
        name = cell.strip().lower()
        if column == id_column:
            continue
        if name not in (*_TEXTS, "metastatic", "purity"):
            if name in kept:
                continue
            unused.append(cell.strip() or f"number {column + 1}")
            continue
        for i, text in enumerate(table.texts(column)):
            if not text:
                continue
            value = _value(name, text)
            if value is None:
                expected = "true or false" if name == "metastatic" else "a number from 0 to 1"
                faults[ids[i]] = Problem(table.place(i, column), shorten(text), expected, "leave it empty if unknown")
            else:
                rows[ids[i]][name] = value
    notes = (f"columns of the samples table that are not used: {', '.join(unused)}",) if unused else ()
    return SampleTable(table.where, rows, notes, faults, further)


def _value(name: str, text: str) -> str | bool | float | None:
    if name == "metastatic":
        return _BOOLEANS.get(text.lower())
    if name == "purity":
        try:
            return float(text) if 0 <= float(text) <= 1 and "_" not in text else None
        except ValueError:
            return None
    return text
