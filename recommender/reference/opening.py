"""Whatever a reference is given as, opened: a summary, or a matrix of samples."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

from recommender.errors import InputError, Problem
from recommender.nomenclature import NotUnderstood, Resolver
from recommender.readers.matrix import Matrix, make_matrix, matrix_of
from recommender.readers.source import read_source, stem_of
from recommender.readers.table import Table, parse_table
from recommender.reference.file import is_summary, parse_summary
from recommender.reference.summary import Summary

MAX_SUMMARY_BYTES = 64 * 1024**2
_HEAD = 8192
_PLAIN = "matrix"  # the reader of matrices that no tool wrote


def find_summary(given: Any) -> Summary | None:
    """Return the summary behind ``builtin:NAME`` or in a file; None where what is given is none.

    Raises
    ------
    InputError
        No such built-in reference, or a summary that cannot be used.
    """
    if isinstance(given, str):
        from recommender.reference.builtin import PREFIX, load_builtin

        if given.startswith(PREFIX):
            return load_builtin(given)
    if not isinstance(given, (str, Path)):
        return None
    head = _unpacked(Path(given), _HEAD)
    if head is None or not is_summary(head.decode("utf-8", "replace")):
        return None
    where = str(given)
    raw = _unpacked(Path(given), MAX_SUMMARY_BYTES + 1)
    if raw is None or len(raw) > MAX_SUMMARY_BYTES:
        raise InputError(Problem(where, "damaged, or more than 64 MiB", "a summary", "build it anew"))
    try:
        return parse_summary(raw.decode("utf-8"), where)
    except UnicodeDecodeError:
        raise InputError(Problem(where, "bytes that are not UTF-8", "UTF-8 text", "build it anew")) from None


def _unpacked(path: Path, most: int) -> bytes | None:
    """Return up to `most` bytes of a file, unpacked; None where it cannot be read: who reads it whole says why."""
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
            stream.seek(0)
            if start != b"\x1f\x8b":
                return stream.read(most)
            with gzip.open(stream) as packed:
                return packed.read(most)
    except (OSError, EOFError, ValueError, zlib.error):
        return None


def as_matrix(given: Any, resolver: Resolver) -> tuple[Matrix, str | None]:
    """Return the matrix in a file or a pandas.DataFrame, and its scale where the format of the file tells it.

    What a quantifier wrote of one sample is a matrix of one; names it did not measure in every sample are left out.

    Raises
    ------
    InputError
        Where it cannot be read as one.
    """

    def is_name(name: str) -> bool:
        found = resolver.resolve(name)
        return not isinstance(found, NotUnderstood) or found.reason in ("retired_entry", "not_human")

    if isinstance(given, (str, Path)):
        table = parse_table(read_source(given))
        return _quantified(table) or (matrix_of(table, is_name), None)
    rows, columns = [str(n) for n in given.index], [str(n) for n in given.columns]
    return make_matrix(rows, columns, given.to_numpy().tolist(), "reference", is_name), None


def _quantified(table: Table) -> tuple[Matrix, str | None] | None:
    """Return the matrix and scale of what some tool wrote; None for plain matrices and all else."""
    from recommender.readers.measurements import Hints
    from recommender.readers.registry import detect

    try:
        reader, _ = detect(table)
    except InputError:
        return None  # what is wrong with it as a matrix is told then
    if reader.id == _PLAIN:
        return None
    found = reader.read(table, Hints())
    if found.kind != "abundance":
        expected = "abundances of normal samples"
        raise InputError(Problem(table.where, f"ratios: {reader.title}", expected, "give counts, or reads per million"))
    if found.set_aside:
        raise InputError(list(found.set_aside.values()))
    samples = found.samples if found.samples != ("",) else (stem_of(table.name),)
    whole = [i for i, missing in enumerate((found.values != found.values).any(axis=0)) if not missing]
    return Matrix(samples, tuple(found.names[i] for i in whole), found.values[:, whole], table.where), found.scale
