"""A part's tables as bytes: Arrow, from which Parquet is written, or TSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from recommender.cohort.job import Part
from recommender.cohort.running import arrays
from recommender.cohort.running.tsv import tsv

FORMATS: Final = ("parquet", "tsv")
_SUFFIX = {"parquet": "arrow", "tsv": "tsv"}


def suffix(format_: str) -> str:
    """Return how the files of a part end, for a format of results."""
    return _SUFFIX[format_]


def encode(part: Part, format_: str) -> dict[str, Any]:
    """Return the bytes of each table; of TSV, with the header."""
    if format_ == "tsv":
        return {name: tsv(table) for name, table in part.tables.items()}
    return {name: _arrow(table) for name, table in part.tables.items()}


def decode(data: Any) -> pa.Table:
    """Return the table in Arrow bytes."""
    with pa.ipc.open_file(pa.py_buffer(data)) as reader:
        return reader.read_all()


def joined(data: Sequence[Any], format_: str) -> Any:
    """Return the bytes of neighboring parts of one table as those of one part."""
    if format_ == "tsv":
        return b"".join([bytes(data[0]), *(without_header(bytes(one)) for one in data[1:])])
    return _arrow(arrays.joined(decode(one) for one in data))


def without_header(text: Any) -> memoryview:
    """Return TSV bytes without their first line, not copied."""
    view = memoryview(text)
    return view[bytes(view[:65_536]).index(b"\n") + 1 :]


def _arrow(table: pa.Table) -> Any:
    sink = pa.BufferOutputStream()
    # of lz4, zstd and none, lz4 is written and read fastest
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return sink.getvalue()
