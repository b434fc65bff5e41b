"""Tab-separated knowledge tables: read, checked row by row, every problem with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.model.records import Row

R = TypeVar("R", bound=Row)

LIST_SEPARATOR = ";"


def read_table(path: Path, model: type[R]) -> list[R]:
    """Return the rows of a knowledge table.

    Parameters
    ----------
    path : Path
        UTF-8, tab separated, no quoting; the header names the model's fields in order.
    model : type of Row
        Fields typed as tuples are list cells, joined with ``;``.

    Raises
    ------
    KnowledgeError
        With every malformed row: file, line, column, what was found and what was expected.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            Problem(str(path.name), str(error), "a readable UTF-8 table", "restore the file")
        ) from None
    columns = list(model.model_fields)
    header = lines[0].split("\t") if lines else []
    if header != columns:
        raise KnowledgeError(
            Problem(f"{path.name}, line 1", shorten("\t".join(header)), "the header " + ", ".join(columns))
        )
    lists = [i for i, field in enumerate(model.model_fields.values()) if field.annotation == tuple[str, ...]]
    problems: list[Problem] = []
    raw: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines[1:], start=2):
        cells: list[Any] = line.split("\t")
        if len(cells) != len(columns):
            problems.append(Problem(f"{path.name}, line {number}", f"{len(cells)} cells", f"{len(columns)} cells"))
            continue
        for i in lists:
            cells[i] = tuple(filter(None, cells[i].split(LIST_SEPARATOR)))
        raw.append(dict(zip(columns, cells, strict=True)))
        numbers.append(number)
    rows: list[R] = []
    try:
        rows = TypeAdapter(list[model]).validate_python(raw)  # type: ignore[valid-type]
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            index, *field = detail["loc"]
            where = f"{path.name}, line {numbers[int(index)]}, column {'.'.join(map(str, field))}"
            problems.append(Problem(where, shorten(detail["input"]), detail["msg"]))
    if problems:
        raise KnowledgeError(sorted(problems))
    return rows


def write_table(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Return rows as TSV text, list cells joined with ``;``."""
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (row[column] for column in columns)
        lines.append("\t".join(LIST_SEPARATOR.join(c) if isinstance(c, (list, tuple)) else str(c) for c in cells))
    return "\n".join(lines) + "\n"
