"""Text columns as integer codes, crossed and counted without a look at single rows.

A label is a path in the nested counts; crossing joins paths, counting writes their numbers of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recommender.cohort.scoring.exchange import to_numpy, whole

Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Path: TypeAlias = tuple[str, ...]

_DENSE: Final = 1 << 20  # up to so many cells a table of all is cheaper than sorting the rows


class Labels(NamedTuple):
    """One label a row.

    Attributes
    ----------
    codes : integer array, shape (rows,)
        Positions in `paths`.
    paths : sequence of tuple of str
        What each code means; two codes may mean the same.
    """

    codes: Codes
    paths: Sequence[Path]

    def at(self, rows: Codes) -> Labels:
        """Return the labels of some rows."""
        return Labels(self.codes[rows], self.paths)

    def under(self, *path: str) -> Labels:
        """Return the same labels below a path."""
        return Labels(self.codes, [path + own for own in self.paths])


def labels(codes: Codes, words: Iterable[str]) -> Labels:
    """Return labels of one word each."""
    return Labels(codes, [(word,) for word in words])


def same(rows: int, *path: str) -> Labels:
    """Return one label for all rows."""
    return Labels(np.zeros(rows, np.int32), [path])


def dictionary(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """Return a column of text as one dictionary array, however it is stored and cut."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    return whole(column.unify_dictionaries() if isinstance(column, pa.ChunkedArray) else column)


def _codes(coded: pa.DictionaryArray, missing: int) -> Codes:
    codes: Codes = to_numpy(coded.indices.cast(pa.int32()), missing)
    return codes


def text_labels(column: pa.ChunkedArray | pa.Array, name: str, missing: str | None = None) -> Labels:
    """Return the labels of a text column.

    Parameters
    ----------
    name : str
        Of the column, for a message.
    missing : str, optional
        The word for null and for empty cells; values are then trimmed. Without it they are refused.

    Raises
    ------
    ValueError
        A cell without a value where none may be missing.
    """
    coded = dictionary(column)
    words: list[str | None] = coded.dictionary.cast(pa.string()).to_pylist()
    codes = _codes(coded, len(words))
    words.append(None)
    if missing is not None:
        return labels(codes, [(word or "").strip() or missing for word in words])
    absent = np.fromiter((not word for word in words), bool, len(words))
    if (coded.null_count or absent[:-1].any()) and absent[codes].any():
        raise ValueError(f"column {name} has an empty cell")
    return labels(codes, [word or "" for word in words])


def number_labels(column: pa.ChunkedArray | pa.Array) -> Labels:
    """Return the labels of a column of integers from 0."""
    return counted_labels(to_numpy(column))


def counted_labels(numbers: Codes) -> Labels:
    """Return the labels of integers from 0."""
    most = int(numbers.max(initial=-1))
    return labels(numbers, map(str, range(most + 1)))


def positions(column: pa.ChunkedArray | pa.Array, among: pa.Array, name: str) -> Codes:
    """Return where each row's text stands among others.

    Raises
    ------
    ValueError
        It does not, or the cell is empty.
    """
    coded = dictionary(column)
    words = coded.dictionary.cast(pa.string())
    place = to_numpy(pc.index_in(words, value_set=among), -1)
    codes = _codes(coded, len(words))
    found: Codes = np.append(place, -1).astype(np.int32)[codes]
    if found.min(initial=0) < 0:
        code = int(codes[np.argmax(found < 0)])
        what = "nothing" if code == len(words) else repr(words[code].as_py())
        raise ValueError(f"column {name} has {what}, which is not expected there")
    return found


def crossed(first: Labels, *others: Labels) -> Labels:
    """Return the labels of rows by several labels at once: paths joined, those that occur alone.

    >>> joined = crossed(labels(np.array([0, 1, 1]), "ab"), labels(np.array([1, 0, 0]), "xy"))
    >>> joined.paths, joined.codes.tolist()
    ([('a', 'y'), ('b', 'x')], [0, 1, 1])
    """
    for other in others:
        width = max(len(other.paths), 1)
        flat = first.codes.astype(np.int64) * width + other.codes
        cells = len(first.paths) * width
        if cells <= _DENSE:
            occur = np.flatnonzero(np.bincount(flat, minlength=cells))
            place = np.zeros(cells, np.int32)
            place[occur] = np.arange(len(occur))
            codes: Codes = place[flat]
        else:
            occur, codes = np.unique(flat, return_inverse=True)
        left, right = (part.tolist() for part in np.divmod(occur, width))
        first = Labels(codes, [first.paths[i] + other.paths[j] for i, j in zip(left, right, strict=True)])
    return first


def tally(counts: dict[str, Any], group: Labels, found: Labels) -> None:
    """Add to nested counts, in place, how many rows of each group have each label.

    >>> counts = {}
    >>> tally(counts, same(3, "all"), labels(np.array([1, 0, 1]), "ab"))
    >>> counts
    {'all': {'a': 1, 'b': 2}}
    """
    width = max(len(found.paths), 1)
    flat = group.codes.astype(np.int64) * width + found.codes
    if len(group.paths) * width <= _DENSE:
        every = np.bincount(flat)
        cells = np.flatnonzero(every)
        numbers = every[cells]
    else:
        cells, numbers = np.unique(flat, return_counts=True)
    heads, leaves = [path[:-1] for path in found.paths], [path[-1] for path in found.paths]
    last: tuple[int, Path] | None = None
    holder = counts
    for in_group, label, number in zip(*(part.tolist() for part in (*np.divmod(cells, width), numbers)), strict=True):
        where = in_group, heads[label]
        if where != last:  # labels that differ in their last step alone stand together
            last, holder = where, counts
            for step in group.paths[in_group] + heads[label]:
                holder = holder.setdefault(step, {})
        holder[leaves[label]] = holder.get(leaves[label], 0) + number
