"""Parquet files as tables; pyarrow is imported for them alone."""

from __future__ import annotations

from typing import Any

from recommender.errors import InputError, Problem
from recommender.readers.source import MAX_BYTES, Source
from recommender.readers.table import MAX_CELLS, PARQUET, Table

_ROWS = 1_000  # unpacked at once
_INDEX = "__index_level_0__"  # how pandas writes an index without a name


def parquet_table(source: Source) -> Table:
    """Return the table in a Parquet file; an index of pandas is its first column.

    Raises
    ------
    InputError
        The file is damaged, empty or too large.
    """
    import pyarrow
    import pyarrow.parquet as parquet

    where = source.where
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(source.content))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if rows * columns > MAX_CELLS:
            found = f"{rows * columns:,} cells"
            raise InputError(Problem(where, found, f"at most {MAX_CELLS:,}", "split the file by samples"))
        batches = []
        size = 0
        for batch in file.iter_batches(batch_size=_ROWS):  # one text that is repeated packs to nothing
            batches.append(batch)
            size += batch.nbytes
            if size > MAX_BYTES:
                found = f"{len(source.content):,} bytes that unpack to more than {MAX_BYTES // 1024**2:,} MiB"
                raise InputError(Problem(where, found, "at most 2 GiB", "split the file by samples"))
        content = pyarrow.Table.from_batches(batches, file.schema_arrow)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        found = f"damaged Parquet: {str(error).splitlines()[0][:80]}"
        raise InputError(Problem(where, found, "a whole Parquet file", "write the file again")) from None
    names = [str(name) for name in content.column_names]
    cells = [_cells(content.column(i)) for i in range(len(names))]
    indexes = _index_columns(content.schema)
    order = sorted(range(len(names)), key=lambda i: names[i] not in indexes)
    texts = {i for i in order if any(isinstance(cell, str) for cell in cells[i])}
    # an index of numbers without a name is what is left of another order: beside names, it names nothing
    order = [i for i in order if names[i] != _INDEX or i in texts or not texts]
    if not rows or len(names) < 2:
        raise InputError(Problem(where, f"{rows} rows, {len(names)} columns", "a table", "check the file"))
    header = tuple("" if names[i] == _INDEX else names[i] for i in order)
    body = [list(row) for row in zip(*(cells[i] for i in order), strict=True)]
    return Table(where, source.name, header, body, list(range(1, rows + 1)), PARQUET)


def _cells(column: Any) -> list[Any]:
    import pyarrow

    return list((column.cast("float64") if pyarrow.types.is_decimal(column.type) else column).to_pylist())


def _index_columns(schema: object) -> set[str]:
    import json

    metadata = getattr(schema, "metadata", None) or {}
    try:
        found = json.loads(metadata.get(b"pandas", b"{}")).get("index_columns", [])
    except ValueError:
        return set()
    return {name for name in found if isinstance(name, str)}
