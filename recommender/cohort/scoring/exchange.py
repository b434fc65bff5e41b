"""NumPy's arrays to Arrow's and back.

Arrow's own ways look whether they were given pandas' objects, and import pandas for it: longer than a cohort takes to
start without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def to_arrow(values: Any, valid: Any = None) -> pa.Array:
    """Return an Arrow array of NumPy's numbers or truth values.

    Parameters
    ----------
    values : array, shape (n,)
    valid : array of bool, same shape, optional
        False: null.

    Examples
    --------
    >>> to_arrow(np.array([1, 2]), np.array([True, False])).to_pylist()
    [1, None]
    """
    kind = pa.from_numpy_dtype(values.dtype)
    content = _bits(values) if values.dtype == np.bool_ else pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None if valid is None else _bits(valid), content])


def known(values: Any) -> pa.Array:
    """Return an Arrow array of numbers, null where they are NaN."""
    missing = np.isnan(values)
    return to_arrow(values, ~missing if missing.any() else None)


def texts(words: Sequence[str]) -> pa.Array:
    """Return an Arrow array of texts.

    >>> texts(["up", "", "ä"]).to_pylist()
    ['up', '', 'ä']
    """
    content = "".join(words).encode()
    lengths = list(map(len, words))
    if len(content) != sum(lengths):  # not of ASCII alone
        lengths = [len(word.encode()) for word in words]
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(content))


def text_lists(lists: Sequence[Sequence[str]]) -> pa.Array:
    """Return an Arrow array of lists of texts, each text once in a dictionary.

    >>> text_lists([["a", "b"], []]).to_pylist()
    [['a', 'b'], []]
    """
    ends = np.zeros(len(lists) + 1, np.int32)
    np.cumsum([len(words) for words in lists], out=ends[1:])
    place = {word: i for i, word in enumerate(sorted({word for words in lists for word in words}))}
    codes = to_arrow(np.array([place[word] for words in lists for word in words], np.int32))
    coded = pa.DictionaryArray.from_arrays(codes, texts(list(place)))
    return pa.ListArray.from_arrays(to_arrow(ends), coded)


def to_numpy(array: pa.Array | pa.ChunkedArray, missing: float = 0) -> Any:
    """Return the numbers or truth values of an Arrow array; `missing` in place of nulls.

    >>> to_numpy(pa.array([True, None, False]), missing=True).tolist()
    [True, True, False]
    """
    array = whole(array)
    if not len(array):
        return np.zeros(0, array.type.to_pandas_dtype())
    values = _values(array)
    return values if not array.null_count else np.where(valid(array), values, values.dtype.type(missing))


def whole(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; Arrow copies also what is in one piece."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()


def valid(array: pa.Array) -> Any:
    """Return which values of an Arrow array are no nulls."""
    bits = array.buffers()[0]
    return np.ones(len(array), np.bool_) if bits is None else _unpacked(bits, array)


def _values(array: pa.Array) -> Any:
    content = array.buffers()[1]
    if pa.types.is_boolean(array.type):
        return _unpacked(content, array)
    return np.frombuffer(content, array.type.to_pandas_dtype())[array.offset : array.offset + len(array)]


def _bits(values: Any) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _unpacked(bits: pa.Buffer, array: pa.Array) -> Any:
    stop = array.offset + len(array)
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=stop, bitorder="little")[array.offset :].view(np.bool_)
