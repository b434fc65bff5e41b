"""Expression matrices: TSV or CSV, gzip allowed, miRNAs in rows or in columns."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem, shorten
from recommender.readers.source import read_source

if TYPE_CHECKING:
    from recommender.kernel import Array

MAX_PROBLEMS = 20
_NAMES_TO_LOOK_AT = 50


@dataclass(frozen=True)
class Matrix:
    """A matrix as read: `values` has shape (samples, features), NaN nowhere."""

    samples: tuple[str, ...]
    features: tuple[str, ...]
    values: Array
    origin: str


def read_matrix(path: Path, is_mirna_name: Callable[[str], bool]) -> Matrix:
    """Read a matrix from a file.

    Parameters
    ----------
    path : Path
        TSV or CSV, told apart by the header; ``.gz`` or gzip content is unpacked.
    is_mirna_name : callable
        Tells which axis holds the miRNAs.

    Raises
    ------
    InputError
        Unreadable file, ragged rows, cells that are no finite number ≥ 0 or log value, repeated names, or no
        miRNA names: with row and column.
    """
    where = str(path)
    text = _text(path).replace("\r\n", "\n").replace("\r", "\n")
    header_line = text.lstrip("\n").partition("\n")[0]
    numbered = _rows(text, "," if "," in header_line and "\t" not in header_line else "\t", where)
    rows = [row for _, row in numbered]
    if len(rows) < 2 or len(rows[0]) < 2:
        expected = "a header and at least one row, tab or comma separated"
        raise InputError(Problem(where, "no table", expected, "check the file and its delimiter"))
    header = rows[0]
    problems = [
        Problem(
            f"{where}, line {number}", f"{len(row)} cells", f"{len(header)} cells, as the header has", "mend the row"
        )
        for number, row in numbered
        if len(row) != len(header)
    ][:MAX_PROBLEMS]
    if problems:
        raise InputError(problems)
    return make_matrix([row[0] for row in rows[1:]], header[1:], [row[1:] for row in rows[1:]], where, is_mirna_name)


def _rows(text: str, delimiter: str, where: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        place = f"{where}, line {reader.line_num}"
        raise InputError(
            Problem(place, str(error), "a table of short cells", "check the quoting of the file")
        ) from None


def make_matrix(
    row_names: list[str],
    column_names: list[str],
    cells: Any,
    where: str,
    is_mirna_name: Callable[[str], bool],
) -> Matrix:
    """Return a checked matrix with samples in rows, whichever way the cells stand."""
    import numpy as np

    if not row_names or not column_names:
        raise InputError(Problem(where, "an empty table", "miRNAs and samples", "check the file"))
    in_rows = _share(row_names, is_mirna_name)
    in_columns = _share(column_names, is_mirna_name)
    if in_rows == in_columns:
        found = "miRNA names on neither axis" if not in_rows else "miRNA names on both axes"
        raise InputError(Problem(where, found, "miRNA names in the first column or in the header", "name the miRNAs"))
    problems: list[Problem] = []
    for names, axis in ((row_names, "row"), (column_names, "column")):
        seen: set[str] = set()
        for name in names:
            if name in seen and len(problems) < MAX_PROBLEMS:
                problems.append(Problem(f"{where}, {axis} {name}", "a name printed twice", "unique names", "keep one"))
            seen.add(name)
    values = np.empty((len(row_names), len(column_names)))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            values[i, j] = _number(cell)
            if not math.isfinite(values[i, j]) and len(problems) < MAX_PROBLEMS:
                place = f"{where}, row {row_names[i]}, column {column_names[j]}"
                problems.append(Problem(place, shorten(cell), "a finite number", "mend the cell"))
    if problems:
        raise InputError(problems)
    if in_rows > in_columns:
        return Matrix(tuple(column_names), tuple(row_names), values.T.copy(), where)
    return Matrix(tuple(row_names), tuple(column_names), values, where)


def _number(cell: object) -> float:
    if isinstance(cell, str) and "_" in cell:  # Python reads 1_000 as a thousand
        return math.nan
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _share(names: list[str], is_mirna_name: Callable[[str], bool]) -> float:
    some = names[:_NAMES_TO_LOOK_AT]
    return sum(map(is_mirna_name, some)) / len(some) if some else 0.0


def _text(path: Path) -> str:
    source = read_source(path)
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem(str(path), "bytes that are not UTF-8", "UTF-8 text", "convert the file")) from None
