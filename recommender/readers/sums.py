"""Rows that belong to one miRNA, added up or joined: shared by formats with several rows a miRNA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recommender.errors import InputError, Problem
from recommender.readers.table import BadCell, Table, limited

if TYPE_CHECKING:
    from recommender.kernel import Array


def sum_by_name(names: Sequence[str], values: Array) -> tuple[tuple[str, ...], Array]:
    """Return each name once, in order of appearance, with its rows added up.

    Parameters
    ----------
    names : sequence of str, one a row
    values : array, shape (rows, samples)

    Returns
    -------
    names : tuple of str
    array, shape (samples, names)
    """
    import numpy as np

    index = {name: i for i, name in enumerate(dict.fromkeys(names))}
    total = np.zeros((len(index), values.shape[1]))
    np.add.at(total, [index[name] for name in names], values)
    return tuple(index), np.ascontiguousarray(total.T)


def highest_by_name(names: Sequence[str], values: Array) -> tuple[tuple[str, ...], Array]:
    """Return each name once, in order of appearance, with the highest of its rows per sample."""
    import numpy as np

    index = {name: i for i, name in enumerate(dict.fromkeys(names))}
    most = np.full((len(index), values.shape[1]), -np.inf)
    np.maximum.at(most, [index[name] for name in names], values)
    return tuple(index), np.ascontiguousarray(most.T)


def refuse_bad(table: Table, bad: Sequence[BadCell]) -> None:
    """Refuse a file of one sample that has cells which are no numbers."""
    if bad:
        raise InputError(limited([cell.problem for cell in bad], table.where))


def refuse_negative(table: Table, values: Array, columns: Sequence[int]) -> None:
    """Refuse counts and reads per million below zero, with line and column."""
    import numpy as np

    problems = [
        Problem(table.place(int(i), columns[int(j)]), f"{values[i, j]:g}", "no negative number", "check the file")
        for i, j in np.argwhere(values < 0)
    ]
    if problems:
        raise InputError(limited(problems, table.where))


def samples_in_columns(
    table: Table, columns: Sequence[int], bad: Sequence[BadCell]
) -> tuple[list[int], dict[str, Problem]]:
    """Return the positions (in `columns`) of samples without fault, and the others with the reason."""
    faults: dict[int, list[BadCell]] = {}
    for cell in bad:
        faults.setdefault(cell.column, []).append(cell)
    names = [table.header[column].strip() for column in columns]
    kept: list[int] = []
    set_aside: dict[str, Problem] = {}
    for position, (column, name) in enumerate(zip(columns, names, strict=True)):
        if names.count(name) > 1:
            place = f"{table.where}, column {name}"
            set_aside[name] = Problem(place, "a sample name printed twice", "unique names", "rename or remove one")
        elif column in faults:
            set_aside[name] = faults[column][0].problem
        else:
            kept.append(position)
    if not kept:
        raise InputError(limited(list(set_aside.values()), table.where))
    return kept, set_aside
