"""Results to standard output or to a file, and nothing half-written."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

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
        _to_standard_output(data)
        return
    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():  # a pipe or a device
            target.write_bytes(data)
        else:
            _replace(target.resolve(), data)  # through a link, the file it points to
    except OSError as error:
        remedy = "choose a file in a folder you may write to"
        raise OutputError(Problem(path, error.strerror or str(error), "a writable file", remedy)) from None


def _to_standard_output(data: bytes) -> None:
    try:
        if sys.stdout is None:
            raise OSError(0, "a closed stream")
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        if sys.stdout is not None:  # or the interpreter would try again at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        remedy = "write to a file with --output"
        raise OutputError(Problem("standard output", error.strerror or str(error), "an open stream", remedy)) from None


def _replace(target: Path, data: bytes) -> None:
    """Write beside the target and put it in its place, so that nobody sees half a file."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def wants_color() -> bool:
    """Tell whether standard output is a terminal that may be colored."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def styling(output: str | None) -> tuple[Callable[[str, str], str], ...]:
    """Return what styles a text, where it goes to a terminal that may be colored; else nothing."""
    if output is not None or not wants_color():
        return ()
    return (lambda text, how: click.style(text, bold=True) if how == "bold" else click.style(text, fg=how),)
