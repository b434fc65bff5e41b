"""A table as text: cells, their lines, and numbers that are numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import InputError, Problem, shorten
from recommender.readers.source import Source, as_text

if TYPE_CHECKING:
    from recommender.kernel import Array

MAX_PROBLEMS = 20
# 20,000 samples of 2,500 names; a cell of text takes some 100 bytes while its table is read
MAX_CELLS = 50_000_000
# no library has as many reads, and sums of larger numbers could leave the range of a float
_LARGEST = 1e15
PARQUET = "Parquet"  # in place of a delimiter
DELIMITERS = {"tab": "\t", "comma": ","}
_NUMBER = re.compile(r"^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$", re.ASCII)
# a row of nothing but such characters is left to float(), which takes no other numbers made of them than _NUMBER
_NUMBERS_ALONE = re.compile(r"^[\d.eE+\-\t ]+$", re.ASCII)
_DECIMAL_COMMA = re.compile(r"^\s*[+-]?\d+,\d+\s*$", re.ASCII)
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", ".", "-"})


@dataclass(frozen=True)
class Table:
    """A rectangular table.

    Attributes
    ----------
    name : str
        The file's name without folder; empty for standard input.
    header : tuple of str
        As long as every row; a header one cell short (as R writes row names) has an empty first cell.
    rows : list of list of str
        Of a Parquet file, the cells are numbers, text or None.
    lines : list of int
        The line of each row.
    delimiter : str
        ``tab``, ``comma`` or ``Parquet``.
    short_header : bool
        True where the header was one cell short.
    """

    where: str
    name: str
    header: tuple[str, ...]
    rows: list[list[Any]]
    lines: list[int]
    delimiter: str = "tab"
    short_header: bool = False

    def column(self, name: str) -> int | None:
        """Return the position of a column by its name, whatever its case; None where there is none."""
        wanted = name.lower()
        return next((i for i, cell in enumerate(self.header) if cell.strip().lower() == wanted), None)

    def has(self, *names: str) -> bool:
        """Tell whether all these columns are there, whatever their case."""
        return set(names) <= {cell.strip().lower() for cell in self.header}

    def texts(self, column: int) -> list[str]:
        """Return a column as text, without outer space."""
        return ["" if row[column] is None else str(row[column]).strip() for row in self.rows]

    def place(self, row: int, column: int) -> str:
        """Return how messages name a cell."""
        name = self.header[column].strip() or f"number {column + 1}"
        return f"{self.where}, line {self.lines[row]}, column {name}"


class BadCell(NamedTuple):
    """A cell that should be a number and is none; `row` and `column` are positions in the table."""

    row: int
    column: int
    problem: Problem


def parse_table(source: Source) -> Table:
    """Return the table in a file.

    Raises
    ------
    InputError
        No table, ragged rows with their lines, semicolons, or too many cells.
    """
    if source.is_parquet:
        from recommender.readers.parquet import parquet_table

        return parquet_table(source)
    where = source.where
    text = as_text(source.content, where).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(Problem(where, "an empty file", "a table, or a tumor's profile in JSON", "check the path"))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(Problem(f"{where}, line {line}", "a null byte", "text", "check what kind of file it is"))
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = _delimiter(head, where)
    cells = text.count(DELIMITERS[delimiter]) + text.count("\n")
    if cells > MAX_CELLS:
        found = f"about {cells:,} cells"
        raise InputError(Problem(where, found, f"at most {MAX_CELLS:,}", "split the file by samples"))
    lines, rows = _rows(text, DELIMITERS[delimiter], where)
    return _rectangle(source, delimiter, lines, rows)


def _delimiter(head: str, where: str) -> str:
    if "\t" in head:
        return "tab"
    if head.count(";") > head.count(","):
        remedy = "save it with tabs or commas, and decimal points"
        expected = "tabs or commas between the cells"
        raise InputError(Problem(f"{where}, line 1", "semicolons between the cells", expected, remedy))
    if "," in head:
        return "comma"
    expected = "tabs or commas between the cells of a table, or a tumor's profile in JSON"
    raise InputError(Problem(f"{where}, line 1", shorten(head), expected, "check what kind of file it is"))


def _rows(text: str, delimiter: str, where: str) -> tuple[list[int], list[list[str]]]:
    # line by line: a StringIO would hold the text once more, at four bytes a character
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter=delimiter)
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                lines.append(reader.line_num)
                rows.append(row)
    except csv.Error as error:
        place = f"{where}, line {reader.line_num}"
        remedy = "check the quoting of the file"
        raise InputError(Problem(place, str(error), "a table of short cells", remedy)) from None
    return lines, rows


def _rectangle(source: Source, delimiter: str, lines: list[int], rows: list[list[str]]) -> Table:
    header, body = rows[0], rows[1:]
    where = source.where
    if not body:
        expected = "a header and at least one row"
        raise InputError(Problem(where, "a header alone", expected, "check how the file was written"))
    short = len(header) + 1 == len(body[0]) and all(len(row) == len(body[0]) for row in body)
    if short:
        header = ["", *header]
    problems = [
        Problem(f"{where}, line {line}", f"{len(row)} cells", f"{len(header)}, as the header has", _ragged(row, header))
        for line, row in zip(lines[1:], body, strict=True)
        if len(row) != len(header)
    ]
    if problems:
        raise InputError(limited(problems, where))
    return Table(where, source.name, tuple(header), list(body), lines[1:], delimiter, short)


def _ragged(row: Sequence[str], header: Sequence[str]) -> str:
    if len(row) > len(header):
        return "quote cells that hold the delimiter, and write decimal points, not decimal commas"
    return "fill the row, or remove it: a file cut short ends so"


def limited(problems: Sequence[Problem], where: str) -> list[Problem]:
    """Return the first problems, and one that counts the others."""
    kept = list(problems[:MAX_PROBLEMS])
    if len(problems) > MAX_PROBLEMS:
        rest = len(problems) - MAX_PROBLEMS
        kept.append(Problem(where, f"{rest:,} more such problems", "none", "mend the first, and run again"))
    return kept


def numbers(table: Table, columns: Sequence[int], missing_allowed: bool = False) -> tuple[Array, list[BadCell]]:
    """Return columns as numbers, and every cell that is none.

    Parameters
    ----------
    table : Table
    columns : sequence of int
    missing_allowed : bool
        Read an empty cell or ``NA`` as missing: only where the format writes them so.

    Returns
    -------
    array, shape (rows, columns)
        NaN where a cell is missing or no number.
    list of BadCell
        Text, infinite values, and missing ones where they are not allowed.
    """
    import numpy as np

    values = np.full((len(table.rows), len(columns)), np.nan)
    bad: list[BadCell] = []
    for i, whole in enumerate(table.rows):
        row = [whole[column] for column in columns]
        found = row_of_numbers(row)
        if found is not None:
            values[i] = found
            continue
        for j, cell in enumerate(row):
            values[i, j], problem = _number(table, i, columns[j], cell, missing_allowed)
            if problem:
                bad.append(BadCell(i, columns[j], problem))
    return values, bad


def row_of_numbers(row: Sequence[Any]) -> Array | None:
    """Return cells as numbers, read at one glance as most rows can be; None where any of them is none."""
    import numpy as np

    try:
        alone = _NUMBERS_ALONE.match("\t".join(row)) is not None
    except TypeError:  # Parquet and frames have numbers
        alone = set(map(type, row)) <= {int, float} or all(map(_is_number, row))
    if not alone:
        return None
    try:
        found = np.array(row, dtype=float)
    except ValueError:
        return None
    return found if (np.abs(found) <= _LARGEST).all() else None


def number_in(cell: Any) -> float:
    """Return a cell as a number; NaN where it is none, or none that a library can have.

    >>> number_in("2.5e3"), number_in("NA"), number_in("1_000"), number_in("1e300")
    (2500.0, nan, nan, nan)
    """
    value = float(cell) if _is_number(cell) else float("nan")
    return value if abs(value) <= _LARGEST else float("nan")


def _is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        return _NUMBER.match(cell) is not None
    return isinstance(cell, Real) and not isinstance(cell, bool)


def _number(table: Table, row: int, column: int, cell: Any, missing_allowed: bool) -> tuple[float, Problem | None]:
    import math

    if missing_allowed and (cell is None or str(cell).strip().lower() in _MISSING):
        return math.nan, None
    value = float(cell) if _is_number(cell) else math.nan
    if abs(value) <= _LARGEST:
        return value, None
    if math.isfinite(value):
        expected = f"a number up to {_LARGEST:g}"
        return math.nan, Problem(table.place(row, column), shorten(cell), expected, "check the file")
    remedy = "write decimal points" if _DECIMAL_COMMA.match(str(cell)) else "mend the cell, or leave the sample out"
    return math.nan, Problem(table.place(row, column), shorten(cell), "a finite number", remedy)


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, in order."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        if name in seen:
            again[name] = None
        seen.add(name)
    return list(again)
