"""Results to standard output or to a file, and nothing half-written."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from recommender.errors import OutputError, Problem


def write(text: str, path: str | None) -> None:
    """Write a result to `path`, whole or not at all, or to standard output.

    Raises
    ------
    OutputError
        Where it cannot be written.
    """
    data = text.encode("utf-8")
    if path is None or path == "-":
        try:
            stream = sys.stdout.buffer
            stream.write(data)
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(Problem("standard output", error.strerror or str(error), "a writable stream")) from None
        return
    target = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise OutputError(Problem(path, error.strerror or str(error), "a writable folder")) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OutputError(Problem(path, error.strerror or str(error), "a writable file")) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def wants_color() -> bool:
    """Tell whether standard output is a terminal that may be colored."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
