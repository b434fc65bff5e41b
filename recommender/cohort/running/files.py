"""Files that are whole or not there, and stay after the power fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import OutputError, Problem

_REMEDY = "make room or leave to write there, then run the same command with --resume"


def partial(name: str) -> str:
    """Return the name under which a file is written until it is whole."""
    return f".{name}.partial"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is seen whole or not at all."""
    temporary = path.with_name(partial(path.name))
    write_synced(temporary, data)
    temporary.replace(path)
    sync(path.parent)


def write_synced(path: Path, data: bytes | memoryview) -> None:
    """Write a file, and wait until it is on the disk."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell an error of the disk as what it means to a run: it can be resumed."""
    try:
        yield
    except OSError as error:
        found = error.strerror or " ".join(str(error).split())
        raise OutputError(Problem(str(folder), found, "a folder with room, that can be written", _REMEDY)) from None
