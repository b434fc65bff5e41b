"""One pack read whole: every row, rule and setting it defines and every id it disables, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.knowledge import TABLES, key_columns, key_of
from recommender.packs.folder import MANIFEST, SETTINGS, Files, read_folder
from recommender.packs.manifest import RULES, WEIGHTS, Manifest, parse_manifest, parse_toml
from recommender.rulebook import parse_rules
from recommender.tables import LIST_SEPARATOR, columns_of, list_columns, parse_table


class Entry(NamedTuple):
    """Something a pack defines or disables.

    Attributes
    ----------
    kind : str
        A table, ``rules`` or ``weights``: settings, whose id is ``table.key``.
    key : str
    value : Any
        A row, a rule or a number; None where the pack disables it.
    where : str
        Its place, for a message.
    file : str
        Of a rule, the name of its file.
    """

    kind: str
    key: str
    value: Any
    where: str
    file: str = ""


class Pack(NamedTuple):
    """A pack by itself: well-formed, and not yet compared with anything.

    Attributes
    ----------
    place : str
        The folder as it was given; for messages, never in an output.
    digest : str
        SHA-256 over names and texts of its files.
    entries : tuple of Entry
        An entry an id.
    """

    name: str
    version: str
    description: str
    place: str
    digest: str
    entries: tuple[Entry, ...]


_EMPTY: Final = Manifest("", "", "", ())


def read_pack(folder: Path | str) -> Pack:
    """Return a pack.

    Raises
    ------
    KnowledgeError
        Every problem of every file.
    """
    files = read_folder(folder)
    problems: list[Problem] = []
    manifest, entries = _EMPTY, list[Entry]()
    for name in sorted(files.texts):
        try:
            if name == MANIFEST:
                manifest = parse_manifest(files.texts[name], files.place)
            else:
                entries += _entries(name, files)
        except KnowledgeError as error:
            problems += error.problems
    where = f"{files.place}/{MANIFEST}, [disable]"
    entries += [Entry(kind, key, None, f"{where} {kind}") for kind, key in manifest.disable]
    problems += _twice(entries)
    if problems:
        raise KnowledgeError(problems)
    return Pack(manifest.name, manifest.version, manifest.description, files.place, files.digest, tuple(entries))


def _twice(entries: Iterable[Entry]) -> Iterable[Problem]:
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        other = first.setdefault((entry.kind, entry.key), entry)
        if other is entry:
            continue
        if (other.value is None) != (entry.value is None):
            found = f"{entry.key}, which the pack defines too ({other.where})"
            yield Problem(entry.where, found, "an id defined or disabled", "leave out one of both")
        else:
            yield Problem(entry.where, f"{entry.key} again", "an id once a pack", f"first: {other.where}")


def _entries(name: str, files: Files) -> list[Entry]:
    path = PurePosixPath(name)
    place, text = f"{files.place}/{name}", files.texts[name]
    if path.suffix == ".tsv":
        return _rows(path.stem, text, place)
    if name in SETTINGS:
        return _settings(parse_toml(text, place), place)
    return _rules(name, text, place)


def _rows(table: str, text: str, place: str) -> list[Entry]:
    model = TABLES[table]
    problems = list(_odd_cells(table, text.removesuffix("\n").split("\n")[1:], place))
    if problems:
        raise KnowledgeError(problems)
    rows: list[Any] = parse_table(text, place, model)
    return [Entry(table, key_of(table, row), row, f"{place}, line {line}") for line, row in enumerate(rows, start=2)]


def _odd_cells(table: str, lines: list[str], place: str) -> Iterable[Problem]:
    """Yield what people and spreadsheets put into a cell and no reader of it would expect."""
    columns, lists = columns_of(TABLES[table]), list_columns(TABLES[table])
    for number, line in enumerate(lines, start=2):
        where = f"{place}, line {number}"
        if not line:
            yield Problem(where, "an empty line", "a row", "remove it")
            continue
        for i, cell in enumerate(line.split("\t")[: len(columns)]):
            at = f"{where}, column {columns[i]}"
            items = cell.split(LIST_SEPARATOR) if i in lists and cell else [cell]
            if len(cell) > 1 and cell[0] == cell[-1] == '"':
                yield Problem(at, shorten(cell), "text without quotes", "save it as plain tab-separated text")
            elif any(item != item.strip() for item in items):
                yield Problem(at, shorten(cell), "no space at either end")
            elif len(items) > 1 and (not all(items) or len(set(items)) != len(items)):
                yield Problem(at, shorten(cell), f"items that differ, {LIST_SEPARATOR} between them and not at the end")
            elif columns[i] in key_columns(table) and LIST_SEPARATOR in cell:
                yield Problem(at, shorten(cell), f"an id without {LIST_SEPARATOR}")


def _settings(data: Mapping[str, Any], place: str) -> list[Entry]:
    problems = [
        Problem(f"{place}, [{table}]", shorten(values), "a table of settings")
        for table, values in data.items()
        if not isinstance(values, Mapping)
    ]
    if problems:
        raise KnowledgeError(problems)
    return [
        Entry(WEIGHTS, f"{table}.{key}", value, f"{place}, {table}.{key}")
        for table, values in data.items()
        for key, value in values.items()
    ]


def _rules(name: str, text: str, place: str) -> list[Entry]:
    parse_toml(text, place)
    rules = parse_rules(text, place)
    stem = PurePosixPath(name).stem
    problems = [
        Problem(
            f"{place}, rule {rule.id}", rule.id, f"an id starting with {stem}.", "or move it to the file of its stem"
        )
        for rule in rules
        if rule.id.split(".")[0] != stem
    ]
    if problems:
        raise KnowledgeError(problems)
    return [Entry(RULES, rule.id, rule, f"{place}, rule {rule.id}", name) for rule in rules]
