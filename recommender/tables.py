"""Tab-separated knowledge tables: read, checked row by row, every problem with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from recommender.errors import KnowledgeError, Problem, shorten

R = TypeVar("R", bound=tuple[Any, ...])

LIST_SEPARATOR = ";"
_LIST_CELL = "Names"


def columns_of(model: type[tuple[Any, ...]]) -> list[str]:
    """Return the columns of a table, in order."""
    return list(model._fields)  # type: ignore[attr-defined]


def list_columns(model: type[tuple[Any, ...]]) -> list[int]:
    """Return the positions of the list cells of a row."""
    return [i for i, kind in enumerate(model.__annotations__.values()) if _LIST_CELL in str(kind)]


def read_table(path: Path, model: type[R], trusted: bool = False) -> list[R]:
    """Return the rows of a knowledge table.

    Parameters
    ----------
    path : Path
        UTF-8, tab separated, no quoting; the header names the model's fields in order.
    model : named tuple type
        Fields typed as tuples are list cells, joined with ``;``.
    trusted : bool
        Do not validate: the file is known to be sound.

    Raises
    ------
    KnowledgeError
        With every malformed row: file, line, column, what was found and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(Problem(path.name, str(error), "a readable UTF-8 table", "restore the file")) from None
    return parse_table(text, path.name, model, trusted)


def parse_table(text: str, name: str, model: type[R], trusted: bool = False) -> list[R]:
    """Return the rows of a table's text; `name` is the file in messages. See :func:`read_table`."""
    lines = text.splitlines()
    columns = columns_of(model)
    header = lines[0].split("\t") if lines else []
    if header != columns:
        found = shorten("\t".join(header))
        raise KnowledgeError(Problem(f"{name}, line 1", found, "the header " + ", ".join(columns)))
    lists = list_columns(model)
    rows: list[list[Any]] = [line.split("\t") for line in lines[1:]]
    for cells in rows:
        for i in lists:
            if i < len(cells):
                cells[i] = tuple(filter(None, cells[i].split(LIST_SEPARATOR)))
    if trusted:
        return [model(*cells) for cells in rows]
    return _validated(name, model, columns, rows)


def _validated(name: str, model: type[R], columns: list[str], rows: list[list[Any]]) -> list[R]:
    from pydantic import TypeAdapter, ValidationError

    problems = [
        Problem(f"{name}, line {number}", f"{len(cells)} cells", f"{len(columns)} cells")
        for number, cells in enumerate(rows, start=2)
        if len(cells) != len(columns)
    ]
    if problems:
        raise KnowledgeError(problems)
    try:
        found: list[R] = TypeAdapter(list[model]).validate_python(rows)  # type: ignore[valid-type]
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            row, column = (int(part) for part in detail["loc"][:2])
            where = f"{name}, line {row + 2}, column {columns[column]}"
            problems.append(Problem(where, shorten(detail["input"]), detail["msg"]))
        raise KnowledgeError(problems) from None
    return found


def write_table(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Return rows as TSV text, list cells joined with ``;``."""
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (row[column] for column in columns)
        lines.append("\t".join(LIST_SEPARATOR.join(c) if isinstance(c, (list, tuple)) else _cell(c) for c in cells))
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).splitlines()).replace("\t", " ")
