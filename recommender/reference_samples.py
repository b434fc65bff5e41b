"""Which samples of a matrix are the reference: by a list of names, a table of samples, or TCGA barcodes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from recommender.barcodes import SOLID_NORMAL, read_barcode
from recommender.errors import InputError, Problem, shorten
from recommender.readers.matrix import Matrix

NAME_COLUMNS = ("sample_id", "sample", "barcode")
TYPE_COLUMN = "sample_type"
NORMAL_TYPES = frozenset({SOLID_NORMAL, "normal", "solid tissue normal"})
BATCH_COLUMNS = ("batch", "plate")
PLATFORM_COLUMNS = ("platform", "machine", "sequencer")
_MAX_BYTES = 64 * 1024**2
_MAX_PROBLEMS = 20


class SampleTable(NamedTuple):
    """What a table says of samples, by name; a column that is missing leaves its mapping empty."""

    where: str
    names: tuple[str, ...]
    types: Mapping[str, str]
    batches: Mapping[str, str]
    platforms: Mapping[str, str]


def read_sample_table(path: str) -> SampleTable:
    """Read a table of samples, tab or comma separated.

    The name of a sample stands in ``sample_id``, ``sample`` or ``barcode``; what it is in ``sample_type``; its batch in
    ``batch`` or ``plate``; its sequencer in ``platform``, ``machine`` or ``sequencer``. Cells stay text as they are.

    Raises
    ------
    InputError
        Unreadable, ragged, without a column of names, or a sample named twice.
    """
    text = _read_text(path)
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head or "," not in head else ",")
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except csv.Error as error:
        raise InputError(Problem(f"{path}, line {reader.line_num}", str(error), "a table", "check it")) from None
    header = [name.lower() for name in rows[0][1]] if rows else []
    found = _column(header, NAME_COLUMNS)
    if found is None:
        expected = f"a column {', '.join(NAME_COLUMNS[:-1])} or {NAME_COLUMNS[-1]}"
        raise InputError(Problem(f"{path}, line 1", shorten(", ".join(header)), expected, "name the column of samples"))
    problems: list[Problem] = []
    lines: dict[str, list[str]] = {}
    for line, row in rows[1:]:
        where = f"{path}, line {line}"
        if len(row) != len(header):
            problems.append(Problem(where, f"{len(row)} cells", f"{len(header)} cells, as the header has"))
        elif not row[found] or row[found] in lines:
            given = f"{shorten(row[found])} again" if row[found] else "no name"
            problems.append(Problem(where, given, "one row a sample", "keep one, named"))
        else:
            lines[row[found]] = row
    if problems:
        raise InputError(problems[:_MAX_PROBLEMS])

    def values(columns: Iterable[str]) -> dict[str, str]:
        column = _column(header, columns)
        return {} if column is None else {name: row[column] for name, row in lines.items() if row[column]}

    return SampleTable(path, tuple(lines), values((TYPE_COLUMN,)), values(BATCH_COLUMNS), values(PLATFORM_COLUMNS))


def _column(header: list[str], names: Iterable[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def read_selection(given: Iterable[str]) -> list[str] | None:
    """Return sample names from ``--select``: names joined with commas, or ``@FILE`` with one a line.

    Raises
    ------
    InputError
        A file that cannot be read.
    """
    names: list[str] = []
    for text in given:
        if text.startswith("@"):
            names += [line.strip() for line in _read_text(text[1:]).splitlines() if line.strip()]
        else:
            names += [name.strip() for name in text.split(",") if name.strip()]
    return list(dict.fromkeys(names)) or None


def select(matrix: Matrix, names: list[str] | None = None, table: SampleTable | None = None) -> Matrix:
    """Return the reference samples of a matrix.

    The names decide; else the table's normals (``sample_type`` 11, normal, or Solid Tissue Normal; every sample it
    names where it has no such column); else, where all samples have TCGA barcodes, the solid tissue normals among
    them; else every sample.

    Raises
    ------
    InputError
        Unknown samples, none left, or barcodes beside other names.
    """
    if names is not None:
        wanted, why = names, "as --select names them"
    elif table is not None:
        kinds = table.types
        wanted = [name for name in table.names if not kinds or kinds.get(name, "").lower() in NORMAL_TYPES]
        wanted = [name for name in wanted if name in matrix.samples] if kinds else wanted
        why = f"as {table.where} names them"
        if not wanted:
            told = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(kinds.values()).items()))
            expected = f"samples of the matrix with sample_type {SOLID_NORMAL} or normal"
            raise InputError(Problem(table.where, told or "no samples", expected, "name the samples with --select"))
    else:
        return _by_barcode(matrix)
    unknown = [name for name in wanted if name not in matrix.samples]
    if unknown:
        raise InputError(
            [Problem(f"{matrix.origin}, sample {name}", "nothing", f"a sample, {why}") for name in unknown][
                :_MAX_PROBLEMS
            ]
        )
    return take(matrix, wanted)


def _by_barcode(matrix: Matrix) -> Matrix:
    barcodes = {name: found for name in matrix.samples if (found := read_barcode(name))}
    if not barcodes:
        return matrix
    if len(barcodes) < len(matrix.samples):
        other = next(name for name in matrix.samples if name not in barcodes)
        found_ = f"TCGA barcodes beside other names, such as {shorten(other)}"
        raise InputError(Problem(matrix.origin, found_, "one kind of names", "pick samples with --select or --samples"))
    normals = [name for name, found in barcodes.items() if found.sample_type == SOLID_NORMAL]
    if not normals:
        expected = f"normals: sample type {SOLID_NORMAL}, as in TCGA-XX-XXXX-{SOLID_NORMAL}A"
        raise InputError(
            Problem(matrix.origin, "no normal among the barcodes", expected, "pick samples with --select or --samples")
        )
    return take(matrix, normals)


def take(matrix: Matrix, names: Iterable[str]) -> Matrix:
    """Return some samples of a matrix, by name."""
    place = {name: i for i, name in enumerate(matrix.samples)}
    wanted = tuple(names)
    return Matrix(wanted, matrix.features, matrix.values[[place[name] for name in wanted]], matrix.origin)


def platforms(table: SampleTable | None, samples: Iterable[str]) -> str:
    """Return the sequencers a table names for some samples, the most frequent first, joined with `` and ``."""
    counts = Counter(table.platforms[name] for name in samples if name in table.platforms) if table else Counter[str]()
    return " and ".join(sorted(counts, key=lambda name: (-counts[name], name)))


def _read_text(path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise InputError(Problem(path, "more than 64 MiB", "a table of samples", "check the path"))
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem(path, "bytes that are not UTF-8", "UTF-8 text", "convert the file")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(path, reason, "a readable file", "check the path")) from None
