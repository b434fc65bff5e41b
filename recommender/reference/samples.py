"""Which samples of a matrix are the reference: by a list of names, a table of samples, or TCGA barcodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recommender.errors import InputError, Problem, shorten
from recommender.readers.barcodes import SOLID_NORMAL, read_barcode
from recommender.readers.matrix import Matrix
from recommender.readers.source import as_text, read_source
from recommender.readers.table import Table, limited, parse_table

NAME_COLUMNS = ("sample_id", "sample", "barcode")
TYPE_COLUMN = "sample_type"
NORMAL_TYPES = frozenset({SOLID_NORMAL, "normal", "solid tissue normal"})
BATCH_COLUMNS = ("batch", "plate")
PLATFORM_COLUMNS = ("platform", "machine", "sequencer")


class ReferenceSamples(NamedTuple):
    """What a table says of samples, by name; a column that is missing leaves its mapping empty."""

    where: str
    names: tuple[str, ...]
    types: Mapping[str, str]
    batches: Mapping[str, str]
    platforms: Mapping[str, str]


def read_reference_samples(path: str) -> ReferenceSamples:
    """Read a table of samples, tab or comma separated.

    The name of a sample stands in ``sample_id``, ``sample`` or ``barcode``; what it is in ``sample_type``; its batch in
    ``batch`` or ``plate``; its sequencer in ``platform``, ``machine`` or ``sequencer``. Cells stay text as they are.

    Raises
    ------
    InputError
        Unreadable, ragged, without a column of names, or a sample named twice.
    """
    table = parse_table(read_source(path))
    column = _column(table, NAME_COLUMNS)
    if column is None:
        expected = f"a column {', '.join(NAME_COLUMNS[:-1])} or {NAME_COLUMNS[-1]}"
        found = shorten(", ".join(table.header))
        raise InputError(Problem(f"{path}, line 1", found, expected, "name the column of samples"))
    names = table.texts(column)
    problems: list[Problem] = []
    seen: set[str] = set()
    for line, name in zip(table.lines, names, strict=True):
        if not name or name in seen:
            given = f"{shorten(name)} again" if name else "no name"
            problems.append(Problem(f"{path}, line {line}", given, "one row a sample", "keep one, named"))
        seen.add(name)
    if problems:
        raise InputError(limited(problems, path))

    def values(columns: Iterable[str]) -> dict[str, str]:
        of = _column(table, columns)
        return {} if of is None else {name: text for name, text in zip(names, table.texts(of), strict=True) if text}

    return ReferenceSamples(path, tuple(names), values((TYPE_COLUMN,)), values(BATCH_COLUMNS), values(PLATFORM_COLUMNS))


def _column(table: Table, names: Iterable[str]) -> int | None:
    return next((found for name in names if (found := table.column(name)) is not None), None)


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
            source = read_source(text[1:])
            names += [line.strip() for line in as_text(source.content, source.where).splitlines() if line.strip()]
        else:
            names += [name.strip() for name in text.split(",") if name.strip()]
    return list(dict.fromkeys(names)) or None


def select(matrix: Matrix, names: list[str] | None = None, table: ReferenceSamples | None = None) -> Matrix:
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
        problems = [Problem(f"{matrix.origin}, sample {name}", "nothing", f"a sample, {why}") for name in unknown]
        raise InputError(limited(problems, matrix.origin))
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


def platforms(table: ReferenceSamples | None, samples: Iterable[str]) -> str:
    """Return the sequencers a table names for some samples, the most frequent first, joined with `` and ``."""
    counts = Counter(table.platforms[name] for name in samples if name in table.platforms) if table else Counter[str]()
    return " and ".join(sorted(counts, key=lambda name: (-counts[name], name)))
