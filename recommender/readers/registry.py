"""The formats there are, and which of them a file is."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping

from recommender.errors import InputError, Problem
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.source import Source
from recommender.readers.table import Table, parse_table

# the matrix comes last: it takes whatever has miRNA names
MODULES = (
    "gdc",
    "smrnaseq",
    "mirtop",
    "mirge3",
    "mirdeep2",
    "excerpt",
    "seqbuster",
    "differential",
    "qpcr",
    "generic",
)


def readers() -> tuple[Reader, ...]:
    """Return every reader, in order."""
    return tuple(
        reader for name in MODULES for reader in importlib.import_module(f"recommender.readers.{name}").READERS
    )


def format_ids() -> list[str]:
    """Return the id of every format."""
    return [reader.id for reader in readers()]


def detect(table: Table, given: str | None = None) -> tuple[Reader, Match]:
    """Return the format of a table, and why.

    Parameters
    ----------
    table : Table
    given : str, optional
        The format the user names: it must fit.

    Raises
    ------
    InputError
        No format fits, or several do.
    """
    found: dict[str, tuple[Reader, Match]] = {}
    for reader in readers():
        match = reader.sniff(table)
        if match is not None:
            found[reader.id] = (reader, match)
    if given is not None:
        return _as_given(table, given, found)
    sure = [pair for pair in found.values() if pair[1].sure]
    if len(sure) == 1:
        return sure[0]
    if len(sure) > 1 or len(found) > 1:
        ids = sorted(pair[0].id for pair in sure or found.values())
        raise InputError(
            Problem(table.where, "a table that may be " + " or ".join(ids), "one format", f"give --read-as {ids[0]}")
        )
    if found:
        return next(iter(found.values()))
    columns = ", ".join(cell.strip() or "(no name)" for cell in table.header[:8])
    expected = "miRNA names in the first column or in the header, or the columns of a known format"
    raise InputError(Problem(table.where, f"columns {columns}", expected, "see docs/formats for what is read"))


def _as_given(table: Table, given: str, found: Mapping[str, tuple[Reader, Match]]) -> tuple[Reader, Match]:
    if given in found:
        return found[given]
    if given not in format_ids():
        remedy = f"give one of {', '.join(format_ids())}"
        raise InputError(Problem("--read-as", given, "a format there is", remedy))
    others = f"; it looks like {' or '.join(sorted(found))}" if found else ""
    columns = ", ".join(cell.strip() or "(no name)" for cell in table.header[:8])
    raise InputError(
        Problem(table.where, f"columns {columns}", f"those of {given}{others}", "leave out --read-as, or name another")
    )


def read_measurements(source: Source, hints: Hints | None = None, given: str | None = None) -> Measurements:
    """Return what a file measured, whatever tool wrote it.

    Parameters
    ----------
    source : Source
    hints : Hints, optional
        What the user states of it.
    given : str, optional
        The format, where the user names it.

    Raises
    ------
    InputError
        With file, line and column of every problem.
    """
    table = parse_table(source)
    reader, match = detect(table, given)
    found = reader.read(table, hints or Hints())
    first = f"read as {reader.title}: {match.why}"
    return dataclasses.replace(found, format=reader.id, detected=(first, *found.detected))
