"""Matrices of samples and miRNAs, in either orientation: shared by every format that writes one."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, NamedTuple

from recommender.errors import InputError, Problem
from recommender.model.profile import RELATIVE_SCALES
from recommender.readers.measurements import Hints
from recommender.readers.names import looks_like_mirna, share_of_names
from recommender.readers.samples import ID_COLUMNS, SURELY_IDS
from recommender.readers.table import PARQUET, BadCell, Table, limited, numbers, repeated

if TYPE_CHECKING:
    from recommender.kernel import Array

MIN_SHARE = 0.2  # of names on an axis that look like miRNAs, from which it may be the one that holds them
_CLEARLY_MORE = 2.0  # times the other axis
_TOTAL_ROWS = re.compile(r"^(?:miRNA)?total$", re.IGNORECASE)
_ROUNDING = 0.02
MILLION = 1e6


class Grid(NamedTuple):
    """A matrix with samples in rows.

    Attributes
    ----------
    values : array, shape (samples, names)
    set_aside : dict of str to Problem
        Samples with cells that are no numbers, or with a name printed twice.
    notes : list of str
    order : tuple of str
        Every sample in the order of the file, those set aside among them.
    """

    samples: tuple[str, ...]
    names: tuple[str, ...]
    values: Array
    set_aside: dict[str, Problem]
    notes: list[str]
    order: tuple[str, ...]


def orientation(table: Table) -> str | None:
    """Return where the samples are, ``columns`` or ``rows``; None where no axis holds miRNA names.

    Raises
    ------
    InputError
        Both axes hold miRNA names, neither clearly more.
    """
    in_rows, in_header = share_of_names(table.texts(0)), share_of_names(table.header[1:])
    if max(in_rows, in_header) < MIN_SHARE:
        return None
    if min(in_rows, in_header) * _CLEARLY_MORE > max(in_rows, in_header):
        found = f"miRNA names in {in_rows:.0%} of the rows and {in_header:.0%} of the columns"
        remedy = "give --samples-in columns or --samples-in rows"
        raise InputError(Problem(table.where, found, "miRNA names on one axis", remedy))
    return "columns" if in_rows > in_header else "rows"


def is_grid(table: Table) -> bool:
    """Tell whether a table has miRNA names on an axis."""
    return max(share_of_names(table.texts(0)), share_of_names(table.header[1:])) >= MIN_SHARE


def read_grid(table: Table, hints: Hints) -> Grid:
    """Return the matrix in a table.

    Raises
    ------
    InputError
        No axis, or both, hold miRNAs; a miRNA is printed twice; no sample is left.
    """
    side = hints.samples_in or orientation(table)
    if side is None:
        expected = "miRNA names in the first column or in the header"
        raise InputError(Problem(table.where, "miRNA names on neither axis", expected, "name the miRNAs"))
    notes = [f"{table.delimiter} separated" if table.delimiter != PARQUET else PARQUET]
    notes[0] += f", samples in {side}"
    # a ratio may be missing, and a null is meant; in text, a library has a number for each, or its sum is not known
    missing = hints.scale in RELATIVE_SCALES or table.delimiter == PARQUET
    read = _samples_in_columns if side == "columns" else _samples_in_rows
    grid = read(table, notes, missing)
    _refuse_repeated(table, grid.names, side)
    if not grid.samples:
        problems = list(grid.set_aside.values())
        if not problems:
            problems = [Problem(table.where, "no column of numbers", "at least one sample", "check the file")]
        raise InputError(limited(problems, table.where))
    if not grid.names:
        found, remedy = f"samples in {side}, and no miRNA with numbers", "check --samples-in"
        raise InputError(Problem(table.where, found, "at least one miRNA", remedy))
    return grid


def _samples_in_columns(table: Table, notes: list[str], missing: bool) -> Grid:
    rows = [i for i, name in enumerate(table.texts(0)) if not _TOTAL_ROWS.match(name)]
    if len(rows) < len(table.rows):
        left_out = ", ".join(name for name in table.texts(0) if _TOTAL_ROWS.match(name))
        notes.append(f"row {left_out} left out: a sum, no miRNA")
        table = _with_rows(table, rows)
    columns = list(range(1, len(table.header)))
    values, bad = numbers(table, columns, missing)
    samples = [table.header[column].strip() for column in columns]
    faults = _by(bad, [cell.column for cell in bad])
    no_samples = [c for c in columns if len(faults.get(c, ())) == len(table.rows) and _is_text(table, c)]
    if no_samples:
        listed = ", ".join(table.header[column].strip() or f"number {column + 1}" for column in no_samples)
        notes.append(f"left out, as they hold no numbers: {listed}")
    kept_columns = [column for column in columns if column not in no_samples]
    named = {column: samples[column - 1] for column in kept_columns}
    set_aside, kept = _kept(table, named, faults, "column")
    values = values[:, [column - 1 for column in kept]].T.copy()
    names = tuple(named[column] for column in kept)
    return Grid(names, tuple(table.texts(0)), values, set_aside, notes, _order(named, "column"))


def _samples_in_rows(table: Table, notes: list[str], missing: bool) -> Grid:
    table = _ids_first(table)
    columns = list(range(1, len(table.header)))
    values, bad = numbers(table, columns, missing)
    by_column = _by(bad, [cell.column for cell in bad])
    no_mirnas = [
        c
        for c, cells in sorted(by_column.items())
        if not looks_like_mirna(table.header[c]) or (len(cells) == len(table.rows) and _is_text(table, c))
    ]
    if no_mirnas:
        listed = ", ".join(table.header[column].strip() or f"number {column + 1}" for column in no_mirnas)
        notes.append(f"left out, as they hold no numbers: {listed}")
    columns = [column for column in columns if column not in no_mirnas]
    bad = [cell for cell in bad if cell.column not in no_mirnas]
    faults = _by(bad, [cell.row for cell in bad])
    named = dict(enumerate(table.texts(0)))
    set_aside, kept = _kept(table, named, faults, "row")
    values = values[kept][:, [column - 1 for column in columns]].copy()
    names = tuple(table.header[column].strip() for column in columns)
    return Grid(tuple(named[i] for i in kept), names, values, set_aside, notes, _order(named, "row"))


def _ids_first(table: Table) -> Table:
    """Return a table with its column of sample names in front, where it is called so and stands elsewhere.

    Raises
    ------
    InputError
        A miRNA stands where the sample names should, and no column is called so.
    """
    mirna_first = looks_like_mirna(table.header[0])
    wanted = ID_COLUMNS if mirna_first else SURELY_IDS
    first = next((column for name in wanted if (column := table.column(name)) is not None), None)
    if first is None and mirna_first:
        expected = "sample names in the first column, or in one called sample_id"
        raise InputError(Problem(table.where, f"{table.header[0]} in the first column", expected, "name the samples"))
    if first is None or first == 0:
        return table
    order = [first, *(i for i in range(len(table.header)) if i != first)]
    header = tuple(table.header[i] for i in order)
    return dataclasses.replace(table, header=header, rows=[[row[i] for i in order] for row in table.rows])


def _by(bad: list[BadCell], keys: list[int]) -> dict[int, list[BadCell]]:
    groups: dict[int, list[BadCell]] = {}
    for key, cell in zip(keys, bad, strict=True):
        groups.setdefault(key, []).append(cell)
    return groups


def _is_text(table: Table, column: int) -> bool:
    """Tell whether a column without a number holds words, not missing values."""
    return any(len(text) > 4 or "-" in text[1:] for text in table.texts(column))


def _kept(
    table: Table, named: dict[int, str], faults: dict[int, list[BadCell]], axis: str
) -> tuple[dict[str, Problem], list[int]]:
    """Return the samples set aside with their reason, and the positions of the others."""
    twice = set(repeated(named.values()))
    set_aside: dict[str, Problem] = {}
    kept: list[int] = []
    for position, name in named.items():
        if not name:
            label = _unnamed(axis, position)
            set_aside[label] = Problem(f"{table.where}, {label}", "no name", "a sample name", "name the sample")
        elif name in twice:
            place = f"{table.where}, {axis} {name}"
            set_aside[name] = Problem(place, "a sample name printed twice", "unique names", "rename or remove one")
        elif position in faults:
            cells = faults[position]
            first = cells[0].problem
            more = f" (and {len(cells) - 1:,} more cells)" if len(cells) > 1 else ""
            set_aside[name] = Problem(first.where, first.found + more, first.expected, first.remedy)
        else:
            kept.append(position)
    return set_aside, kept


def _unnamed(axis: str, position: int) -> str:
    return f"{axis} {position + 1}"


def _order(named: dict[int, str], axis: str) -> tuple[str, ...]:
    return tuple(name or _unnamed(axis, position) for position, name in named.items())


def _refuse_repeated(table: Table, names: tuple[str, ...], side: str) -> None:
    twice = repeated(names)
    axis = "row" if side == "columns" else "column"
    if twice:
        first = {name: names.index(name) for name in twice}
        problems = [
            Problem(
                f"{table.where}, {axis} {name}", "a miRNA printed twice", "one value a miRNA", "keep one, or add up"
            )
            for name in sorted(first, key=first.__getitem__)
        ]
        raise InputError(limited(problems, table.where))


def _with_rows(table: Table, rows: list[int]) -> Table:
    return dataclasses.replace(table, rows=[table.rows[i] for i in rows], lines=[table.lines[i] for i in rows])


def sums_to_a_million(values: Array) -> bool:
    """Tell whether every sample adds up to a million: reads per million of a whole library."""
    import numpy as np

    return bool(np.all(values >= 0) and np.all(np.abs(values.sum(axis=1) / MILLION - 1) < _ROUNDING))


def whole_numbers(values: Array) -> bool:
    """Tell whether all values are whole numbers, not negative, and too large for anything but counts."""
    import numpy as np

    return bool(np.all(values >= 0) and np.all(values == np.floor(values)) and values.max(initial=0.0) > _SMALL)


_SMALL = 30  # log2(RPM + 1) ends at 20: whole numbers beyond it are counts
