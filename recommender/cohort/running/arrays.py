"""Tables in one form: equal content gives equal bytes, however the content came about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def canonical(table: pa.Table) -> pa.Table:
    """Return a table in one chunk, without metadata, its dictionaries sorted and holding what is used alone.

    A chunk that was scored in two halves gives the dictionaries of two halves: without this, its Parquet bytes would
    tell.

    Examples
    --------
    >>> column = pa.DictionaryArray.from_arrays([2, 0, 2], ["up", "unchanged", "down"])
    >>> found = canonical(pa.table({"call": column}))["call"].chunk(0)
    >>> found.dictionary.to_pylist(), found.indices.to_pylist()
    (['down', 'up'], [0, 1, 0])
    """
    table = table.replace_schema_metadata(None).unify_dictionaries()
    arrays = [_canonical(column.combine_chunks()) for column in table.columns]
    fields = [
        pa.field(field.name, array.type, field.nullable) for field, array in zip(table.schema, arrays, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(fields))


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Return tables of one schema, one under the other, in canonical form."""
    return canonical(pa.concat_tables(tables))


def _canonical(array: Any) -> Any:
    if not pa.types.is_dictionary(array.type):
        return array
    values = array.dictionary
    if pa.types.is_nested(values.type):  # Parquet has no dictionaries of lists
        return array.dictionary_decode()
    valid = _valid(array)
    indices = _numbers(array.indices.cast(pa.int32()), np.int32)
    indices = indices if valid is None else np.where(valid, indices, 0)  # below a null anything may stand
    used = np.flatnonzero(np.bincount(indices if valid is None else indices[valid], minlength=len(values)))
    kept = values.take(_array(used, pa.int64()))
    order = _numbers(pc.array_sort_indices(kept), np.uint64)
    position = np.zeros(max(len(values), 1), np.int32)
    position[used[order]] = np.arange(len(used), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(
        _array(position[indices], pa.int32(), valid), kept.take(_array(order, pa.uint64()))
    )


# Arrow's own ways to and from NumPy import pandas, which takes longer than to start without it.


def _numbers(array: Any, kind: Any) -> Any:
    """Return the numbers of an Arrow array; below a null anything may stand."""
    buffer = array.buffers()[1]
    return np.frombuffer(buffer, kind)[array.offset : array.offset + len(array)] if len(array) else np.zeros(0, kind)


def _valid(array: Any) -> Any:
    """Return which values are no nulls, or None where none is."""
    if not array.null_count:
        return None
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype(bool)


def _array(numbers: Any, kind: Any, valid: Any = None) -> Any:
    """Return an Arrow array of NumPy's numbers."""
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(kind, len(numbers), [bits, pa.py_buffer(np.ascontiguousarray(numbers))])
