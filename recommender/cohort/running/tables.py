"""The tables of a run, written part by part."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from recommender.cohort.job import TABLES
from recommender.cohort.running.encoding import decode, without_header
from recommender.cohort.running.files import partial, sync


class Tables:
    """The files of a run, under temporary names until :meth:`finish`; memory for one part at most.

    Raises
    ------
    OSError
        By any method: they cannot be written.
    """

    def __init__(self, folder: Path, format_: str) -> None:
        self._paths = {name: folder / f"{name}.{format_}" for name in TABLES}
        self._format = format_
        self._open: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Give up what was not finished: it is written anew from the parts."""
        for writer in self._open.values():
            try:
                writer.close()
            except (OSError, pa.ArrowException):
                if error is None:
                    raise
        for path in self._paths.values():
            path.with_name(partial(path.name)).unlink(missing_ok=True)

    def append(self, data: dict[str, Any]) -> None:
        """Append the tables of a part, as they were encoded."""
        for name, found in data.items():
            self._append_tsv(name, found) if self._format == "tsv" else self._append_parquet(name, found)

    def missing(self) -> tuple[str, ...]:
        """Return the tables to which nothing was appended."""
        return tuple(name for name in TABLES if name not in self._open)

    def finish(self) -> list[Path]:
        """Close and sync the files, which keep their temporary names; return the names they are to have."""
        while self._open:
            self._open.popitem()[1].close()
        for path in self._paths.values():
            sync(path.with_name(partial(path.name)))
        return list(self._paths.values())

    def _append_tsv(self, name: str, data: Any) -> None:
        view = memoryview(data)
        if name not in self._open:
            path = self._paths[name]
            self._open[name] = path.with_name(partial(path.name)).open("wb")
        else:
            view = without_header(view)
        self._open[name].write(view)

    def _append_parquet(self, name: str, data: Any) -> None:
        table = decode(data)
        if name not in self._open:
            path = self._paths[name]
            self._open[name] = _parquet_writer(path.with_name(partial(path.name)), table.schema)
        writer = self._open[name]
        if len(table):  # text may be in a dictionary in one chunk and not in another
            writer.write_table(table if table.schema == writer.schema else table.cast(writer.schema))


def _parquet_writer(path: Path, schema: Any) -> Any:
    # snappy: as fast as none and half the time of zstd for a tenth more bytes. Numbers hardly repeat: a dictionary of
    # them is given up after a while, for nothing. No Arrow schema: dictionaries come back as plain strings. Statistics
    # let a reader skip what is not of a sample; the words and numbers of other columns are the same everywhere.
    texts = [_leaf(field) for field in schema if not pa.types.is_floating(field.type)]
    return pq.ParquetWriter(
        path, schema, compression="snappy", use_dictionary=texts, store_schema=False, write_statistics=["sample_id"]
    )


def _leaf(field: Any) -> str:
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
