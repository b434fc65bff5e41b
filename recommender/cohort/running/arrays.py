"""Tables in one form: equal content gives equal bytes, however the content came about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.cohort.scoring.exchange import to_arrow, to_numpy, valid, whole


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
    >>> lists = pa.array([["b", "a"], None, []], pa.list_(column.type))
    >>> found = canonical(pa.table({"flags": lists}).slice(1))["flags"].chunk(0)
    >>> found.values.dictionary.to_pylist(), found.to_pylist()
    ([], [None, []])
    """
    table = table.replace_schema_metadata(None).unify_dictionaries()
    arrays = [_canonical(whole(column)) for column in table.columns]
    fields = [
        pa.field(field.name, array.type, field.nullable) for field, array in zip(table.schema, arrays, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(fields))


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Return tables of one schema, one under the other, in canonical form."""
    return canonical(pa.concat_tables(tables))


def _canonical(array: Any) -> Any:
    if pa.types.is_list(array.type) and pa.types.is_dictionary(array.type.value_type):
        ends = np.r_[np.int32(0), np.cumsum(to_numpy(pc.list_value_length(array)), dtype=np.int32)]
        missing = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(to_arrow(ends), _canonical(array.flatten()), mask=missing)
    if not pa.types.is_dictionary(array.type):
        return array
    values = array.dictionary
    if pa.types.is_nested(values.type):  # Parquet has no dictionaries of lists
        return array.dictionary_decode()
    stands = valid(array) if array.null_count else None
    indices = to_numpy(array.indices)
    used = np.flatnonzero(np.bincount(indices if stands is None else indices[stands], minlength=len(values)))
    kept = values.take(to_arrow(used))
    order = to_numpy(pc.array_sort_indices(kept))
    position = np.zeros(max(len(values), 1), np.int32)
    position[used[order]] = np.arange(len(used), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(to_arrow(position[indices], stands), kept.take(to_arrow(order)))
