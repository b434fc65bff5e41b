"""What each chunk gave, on disk: the truth from which an interrupted run goes on."""

from __future__ import annotations

import json
import shutil
import uuid
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from recommender.cohort.answers.adding import total
from recommender.cohort.job import TABLES, Chunk, Part, Refused
from recommender.cohort.running.encoding import encode, joined, suffix
from recommender.cohort.running.files import sync, write_synced, writing
from recommender.errors import OutputError, Problem

_ABOUT = "part.json"
_TEMPORARY = "."  # what a name starts with until all is written


class Parts(NamedTuple):
    """A folder of parts, and the run they belong to.

    Attributes
    ----------
    folder : Path
    key : str
        Of the run: a part of another one is not taken for its own.
    format : str
        Of the results.
    """

    folder: Path
    key: str
    format: str


class Stored(NamedTuple):
    """A part as it was written.

    Attributes
    ----------
    rows : mapping of str to int
        By table; empty where all samples made the scoring fail.
    data : mapping of str to buffer
        By table, as :func:`recommender.cohort.running.encoding.encode` gave it.
    """

    rows: Mapping[str, int]
    refused: tuple[Refused, ...]
    counts: Mapping[str, Any]
    data: Mapping[str, Any]


def packed(part: Part, format_: str) -> Stored:
    """Return a part as it is written."""
    rows = {name: len(table) for name, table in part.tables.items()}
    return Stored(rows, tuple(part.refused), part.counts, encode(part, format_))


def store(parts: Parts, chunk: Chunk, stored: Stored, *, whole: bool = True) -> None:
    """Write a part, synced, under a temporary name, and give it its own: it is there whole, or not at all.

    Parameters
    ----------
    whole : bool
        False for a piece of a chunk, whose bounds are in its name.

    Raises
    ------
    OutputError
        The disk is full, or the folder cannot be written.
    """
    temporary = parts.folder / f"{_TEMPORARY}{name_of(chunk, whole)}.{uuid.uuid4().hex}"
    with writing(parts.folder.parent):
        try:
            temporary.mkdir()
            for name, data in stored.data.items():
                write_synced(temporary / f"{name}.{suffix(parts.format)}", data)
            write_synced(temporary / _ABOUT, _about(parts, chunk, stored))
            sync(temporary)
            _put(parts, chunk, temporary, whole)
            sync(parts.folder)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def load(parts: Parts, chunk: Chunk, *, whole: bool = True) -> Stored | None:
    """Return a part; None where it is missing, cut short, damaged, or of another run."""
    folder = parts.folder / name_of(chunk, whole)
    try:
        text, _, check = (folder / _ABOUT).read_bytes().rpartition(b"\n")
        if check != _check(text):
            return None
        about = json.loads(text)
        if (about["key"], about["start"], about["stop"]) != (parts.key, chunk.start, chunk.stop):
            return None
        data = {name: _read(folder / f"{name}.{suffix(parts.format)}") for name in TABLES if name in about["rows"]}
        if any(about["checks"][name] != zlib.crc32(found) for name, found in data.items()):
            return None
    except (OSError, ValueError):
        return None
    refused = tuple(Refused(*one) for one in about["refused"])
    return Stored(about["rows"], refused, about["counts"], data)


def join(parts: Parts, chunk: Chunk, pieces: Iterable[Chunk]) -> None:
    """Store the pieces of a chunk, which are stored, as the one part of it.

    Raises
    ------
    OutputError
        A piece is damaged, or the folder cannot be written.
    """
    pieces = sorted(pieces)
    found = [stored for piece in pieces if (stored := load(parts, piece, whole=False)) is not None]
    if len(found) < len(pieces):
        remedy = "run the same command with --resume: it is scored again"
        where = str(parts.folder.parent)
        raise OutputError(Problem(where, f"a piece of chunk {chunk.index} damaged", "whole", remedy))
    names = [name for name in TABLES if any(name in one.data for one in found)]
    data = {name: joined([one.data[name] for one in found if name in one.data], parts.format) for name in names}
    rows = {name: sum(one.rows.get(name, 0) for one in found) for name in names}
    refused = tuple(one for stored in found for one in stored.refused)
    store(parts, chunk, Stored(rows, refused, total(one.counts for one in found), data))
    for piece in pieces:
        remove(parts, piece, whole=False)


def remove(parts: Parts, chunk: Chunk, *, whole: bool = True) -> None:
    """Remove a part."""
    shutil.rmtree(parts.folder / name_of(chunk, whole), ignore_errors=True)


def tidy(parts: Parts, chunks: Iterable[Chunk]) -> list[Chunk]:
    """Remove what is no whole part of this run, and return the chunks whose parts are there."""
    wanted = {name_of(chunk, True) for chunk in chunks}
    with writing(parts.folder.parent):
        for path in parts.folder.iterdir():
            if path.name not in wanted:
                # a Dask worker may be at work for the run before this one: what it writes comes and goes
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    found = []
    for chunk in chunks:
        if load(parts, chunk) is None:
            remove(parts, chunk)
        else:
            found.append(chunk)
    return found


def name_of(chunk: Chunk, whole: bool) -> str:
    """Return the folder of a part, or of a piece of one.

    Examples
    --------
    >>> name_of(Chunk(12, 600, 650), True), name_of(Chunk(12, 600, 625), False)
    ('000012', '000012.600-625')
    """
    return f"{chunk.index:06d}" if whole else f"{chunk.index:06d}.{chunk.start}-{chunk.stop}"


def _about(parts: Parts, chunk: Chunk, stored: Stored) -> bytes:
    about = {
        "key": parts.key,
        "start": chunk.start,
        "stop": chunk.stop,
        "rows": stored.rows,
        "checks": {name: zlib.crc32(data) for name, data in stored.data.items()},
        "refused": stored.refused,
        "counts": stored.counts,
    }
    text = json.dumps(about).encode()
    return text + b"\n" + _check(text)


def _check(text: bytes) -> bytes:
    return f"{zlib.crc32(text):08x}".encode()


def _read(path: Path) -> Any:
    """Return a file's content, mapped where it can be: the memory it takes is the system's to give back."""
    if not path.stat().st_size:
        return b""
    with pa.memory_map(str(path)) as file:
        return file.read_buffer()


def _put(parts: Parts, chunk: Chunk, temporary: Path, whole: bool) -> None:
    """Give a part its name, unless a worker that was taken for dead wrote the same."""
    target = parts.folder / name_of(chunk, whole)
    try:
        temporary.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        if load(parts, chunk, whole=whole) is not None:
            shutil.rmtree(temporary)
            return
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
