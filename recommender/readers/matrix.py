"""Expression matrices of reference samples: of a file or a frame, miRNAs in rows or in columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem, shorten
from recommender.readers.source import read_source
from recommender.readers.table import Table, number_in, parse_table, row_of_numbers

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


def read_matrix(path: Path | str, is_mirna_name: Callable[[str], bool]) -> Matrix:
    """Read a matrix from a file.

    Parameters
    ----------
    path : path
        TSV, CSV or Parquet; gzip content is unpacked.
    is_mirna_name : callable
        Tells which axis holds the miRNAs.

    Raises
    ------
    InputError
        Unreadable file, ragged rows, cells that are no finite number, repeated names, or no miRNA names: with row
        and column.
    """
    return matrix_of(parse_table(read_source(path)), is_mirna_name)


def matrix_of(table: Table, is_mirna_name: Callable[[str], bool]) -> Matrix:
    """Return the matrix in a table; the same is refused."""
    cells = (row[1:] for row in table.rows)
    columns = [cell.strip() for cell in table.header[1:]]
    return make_matrix(table.texts(0), columns, cells, table.where, is_mirna_name)


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
        found_row = row_of_numbers(row)
        if found_row is not None:
            values[i] = found_row
            continue
        for j, cell in enumerate(row):
            values[i, j] = number_in(cell)
            if math.isnan(values[i, j]) and len(problems) < MAX_PROBLEMS:
                place = f"{where}, row {row_names[i]}, column {column_names[j]}"
                problems.append(Problem(place, shorten(cell), "a finite number", "mend the cell"))
    if problems:
        raise InputError(problems)
    if in_rows > in_columns:
        return Matrix(tuple(column_names), tuple(row_names), values.T.copy(), where)
    return Matrix(tuple(row_names), tuple(column_names), values, where)


def _share(names: list[str], is_mirna_name: Callable[[str], bool]) -> float:
    some = names[:_NAMES_TO_LOOK_AT]
    return sum(map(is_mirna_name, some)) / len(some) if some else 0.0
