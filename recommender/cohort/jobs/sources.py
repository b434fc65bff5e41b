"""Matrices as a cohort reads them: names and samples at once, numbers a block at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from recommender.cohort.job import Chunk
from recommender.cohort.scoring.exchange import to_arrow, to_numpy
from recommender.errors import InputError, Problem
from recommender.kernel import Array
from recommender.readers.names import looks_like_mirna
from recommender.readers.samples import ID_COLUMNS, SURELY_IDS
from recommender.readers.table import limited

CHUNK_SAMPLES = 4096  # scored at once, where nothing else is asked for
_BUFFER = 1 << 16  # bytes read ahead of each column
_UNNAMED = "__index_level_0__"  # how pandas writes an index without a name


class Source(Protocol):
    """An open matrix."""

    @property
    def where(self) -> str:
        """Names the matrix in messages."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of miRNAs, as in the file."""
        ...

    @property
    def samples(self) -> int:
        """How many there are."""
        ...

    def ids(self, start: int, stop: int) -> list[str]:
        """Return samples' names; the position, as text, of one without."""
        ...

    def faults(self, start: int, stop: int) -> Mapping[int, str]:
        """Return, by position, why some samples cannot be read."""
        ...

    def values(self, names: Sequence[str], start: int, stop: int) -> Array:
        """Return numbers, shape (names, samples); NaN: not measured."""
        ...

    def chunks(self, size: int) -> tuple[Chunk, ...]:
        """Return how the samples are best taken, about `size` at a time."""
        ...


def even_chunks(samples: int, size: int) -> tuple[Chunk, ...]:
    """Return chunks of one size, the last one smaller."""
    return tuple(Chunk(i, start, min(start + size, samples)) for i, start in enumerate(range(0, samples, size)))


@dataclass(frozen=True)
class ArraySource:
    """A matrix in memory.

    Attributes
    ----------
    sample_ids : tuple of str
        In the order of the input, those that cannot be used among them.
    numbers : array, shape (names, samples)
        NaN of samples that cannot be used.
    refused : mapping of int to str
        By position, why samples cannot be used.
    """

    where: str
    names: tuple[str, ...]
    sample_ids: tuple[str, ...]
    numbers: Array
    refused: Mapping[int, str] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many there are, unusable ones among them."""
        return len(self.sample_ids)

    def ids(self, start: int, stop: int) -> list[str]:
        """Return samples' names."""
        return list(self.sample_ids[start:stop])

    def faults(self, start: int, stop: int) -> Mapping[int, str]:
        """Return why some samples cannot be used."""
        return {position: reason for position, reason in self.refused.items() if start <= position < stop}

    def values(self, names: Sequence[str], start: int, stop: int) -> Array:
        """Return numbers, shape (names, samples); NaN of samples that are set aside."""
        index = {name: i for i, name in enumerate(self.names)}
        return self.numbers[[index[name] for name in names], start:stop]

    def chunks(self, size: int) -> tuple[Chunk, ...]:
        """Return chunks of one size."""
        return even_chunks(self.samples, size)


class ParquetSource:
    """A Parquet file with samples in rows; only the columns that are asked for are read.

    Row groups are read in order, each once: blocks should be asked for in order too.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        Not Parquet, no column of sample names, or a column printed twice.
    """

    def __init__(self, path: str | Path) -> None:
        self.where = str(path)
        try:
            # a mapped file, or row groups fetched ahead, would fill the memory with all that was read
            self._file = parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER)
        except (pa.ArrowException, OSError, ValueError) as error:
            found = f"damaged Parquet: {str(error).splitlines()[0][:80]}"
            raise InputError(Problem(self.where, found, "a whole Parquet file", "write the file again")) from None
        schema = self._file.schema_arrow
        self._id = id_column(schema, self.where)
        names: list[str] = schema.names
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            remedy = "keep one, or add up"
            problems = [Problem(f"{self.where}, column {n}", "a name printed twice", "once", remedy) for n in twice]
            raise InputError(problems)
        numeric = {field.name for field in schema if _is_number(field.type)}
        self.names = tuple(name for name in names if name in numeric and name != self._id)
        self.left_out = tuple(name for name in names if name not in numeric and name != self._id)
        unread = [
            name for name in self.left_out if looks_like_mirna(name) and not pa.types.is_null(schema.field(name).type)
        ]
        if unread:
            remedy = "write the numbers as numbers, nulls where nothing was measured"
            problems = [
                Problem(f"{self.where}, column {n}", str(schema.field(n).type), "numbers", remedy) for n in unread
            ]
            raise InputError(limited(problems, self.where))
        if not self.names or not self.samples:
            found = f"{self.samples} rows, {len(self.names)} columns of numbers"
            raise InputError(Problem(self.where, found, "samples in rows, miRNAs in columns", "check the file"))
        self._ids = _as_ids(self._file.read(columns=[self._id], use_pandas_metadata=False)[self._id], self.where)
        self._faults = id_faults(self._ids)
        self._starts = np.cumsum([0, *(self._file.metadata.row_group(i).num_rows for i in range(self._groups))])
        self._open: _Reading | None = None

    @property
    def _groups(self) -> int:
        return int(self._file.metadata.num_row_groups)

    @property
    def samples(self) -> int:
        """How many rows there are."""
        return int(self._file.metadata.num_rows)

    def ids(self, start: int, stop: int) -> list[str]:
        """Return samples' names."""
        found = self._ids.slice(start, stop - start).to_pylist()
        return [name if name else f"row {start + i + 1}" for i, name in enumerate(found)]

    def faults(self, start: int, stop: int) -> Mapping[int, str]:
        """Return why some samples cannot be read."""
        return {position: self._faults[position] for position in range(start, stop) if position in self._faults}

    def chunks(self, size: int) -> tuple[Chunk, ...]:
        """Return row groups, small ones together and large ones cut."""
        bounds: list[tuple[int, int]] = []
        for start, stop in zip(self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True):
            if bounds and stop - bounds[-1][0] <= size:
                bounds[-1] = (bounds[-1][0], stop)
            else:
                bounds += [(at, min(at + size, stop)) for at in range(start, stop, size)]
        return tuple(Chunk(i, start, stop) for i, (start, stop) in enumerate(bounds))

    def values(self, names: Sequence[str], start: int, stop: int) -> Array:
        """Return numbers, shape (names, samples); NaN: null."""
        found = np.empty((len(names), stop - start))
        at = start
        while at < stop:
            batch = self._batch(tuple(names), at, stop)
            for i, column in enumerate(batch.columns):
                found[i, at - start : at - start + batch.num_rows] = _floats(column)
            at += batch.num_rows
        return found

    def _batch(self, names: tuple[str, ...], start: int, stop: int) -> pa.RecordBatch:
        """Return rows from `start`, at least one and none beyond `stop`, from the row group being read."""
        group = int(np.searchsorted(self._starts, start, side="right")) - 1
        if self._open is None or not self._open.can_give(group, names, start):
            batches = self._file.iter_batches(
                batch_size=CHUNK_SAMPLES, row_groups=[group], columns=list(names), use_pandas_metadata=False
            )
            self._open = _Reading(group, names, batches, int(self._starts[group]))
        return self._open.take(start, stop)


class _Reading:
    """A row group as it is read, from its beginning on."""

    def __init__(self, group: int, names: tuple[str, ...], batches: Any, start: int) -> None:
        self._group = group
        self._names = names
        self._batches = batches
        self._start = start  # of what is held
        self._held: pa.RecordBatch | None = None

    def can_give(self, group: int, names: tuple[str, ...], start: int) -> bool:
        return group == self._group and names == self._names and start >= self._start

    def take(self, start: int, stop: int) -> pa.RecordBatch:
        while self._held is None or start >= self._start + self._held.num_rows:
            if self._held is not None:
                self._start += self._held.num_rows
            self._held = next(self._batches).select(list(self._names))
        offset = start - self._start
        return self._held.slice(offset, min(self._held.num_rows - offset, stop - start))


def id_column(schema: pa.Schema, where: str) -> str:
    """Return the column of sample names: the index that pandas wrote, else one called so, else the first of text.

    Raises
    ------
    InputError
        There is none.
    """
    named = [name for known in ID_COLUMNS for name in schema.names if name.strip().lower() == known]
    sure = [name for name in named if name.strip().lower() in SURELY_IDS]
    kinds = {name: schema.field(name).type for name in schema.names if schema.names.count(name) == 1}
    texts = [name for name, kind in kinds.items() if _is_text(kind)]
    numbered = [name for name in named if name in kinds and pa.types.is_integer(kinds[name])]
    for name in [_UNNAMED, *_pandas_index(schema), *sure, *texts, *numbered]:
        if name in texts or (name in numbered and (name in sure or not texts)):
            return str(name)
    if _UNNAMED in schema.names:
        return _UNNAMED
    expected = "a column of text that names the samples, as sample_id"
    raise InputError(Problem(where, "no column of sample names", expected, "write the names as text"))


def _pandas_index(schema: pa.Schema) -> list[str]:
    found = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in found if isinstance(name, str)]


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view")


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _floats(column: pa.Array) -> Array:
    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)  # a whole number beyond 2^53 is no measurement: refused later
    return np.asarray(to_numpy(column, np.nan))


_CONTROL = "[\\x00-\\x1f\\x7f-\\x{9f}\\x{2028}\\x{2029}]"
_LONGEST = 200


def _as_ids(column: pa.ChunkedArray, where: str) -> pa.Array:
    """Return sample names as text, without outer space.

    Raises
    ------
    InputError
        Bytes that are no text.
    """
    try:
        found = pc.utf8_trim_whitespace(column.cast(pa.string())).combine_chunks()
        found.validate(full=True)
    except pa.ArrowException as error:
        problem = Problem(where, f"sample names that are no text: {error}", "UTF-8 text", "write the file again")
        raise InputError(problem) from None
    return found


def id_faults(ids: pa.Array) -> dict[int, str]:
    """Return, by position, what is wrong with samples' names."""
    faults: dict[int, str] = {}
    counts = pc.value_counts(ids)
    twice = counts.field("values").filter(to_arrow(to_numpy(counts.field("counts")) > 1))
    length = to_numpy(pc.utf8_length(ids))
    tests: list[tuple[Any, str, str]] = [
        (length == 0, "no name", "a sample name"),
        (length > _LONGEST, f"a name of more than {_LONGEST} characters", "a shorter one"),
        (to_numpy(pc.match_substring_regex(ids, _CONTROL)), "control characters in a name", "plain text"),
        (to_numpy(pc.is_in(ids, value_set=twice)), "a sample name printed twice", "unique names"),
    ]
    for mask, found, expected in tests:
        for position in np.flatnonzero(mask).tolist():
            reason = f"sample {position + 1}: found {found}; expected {expected}; rename or remove it"
            faults.setdefault(position, reason)
    return faults
