"""Short ways to write a knowledge pack into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from recommender import KnowledgeError, load_knowledge
from recommender.knowledge import TABLES, key_of
from recommender.tables import columns_of, write_table

BASE = load_knowledge()
SOURCE = {"source": "lab_a", "kind": "own_analysis", "citation": "Laboratory A, made up", "as_of": "2025"}
CLAIM = {
    "claim_id": "lab_a.hepatocellular_carcinoma.up.miR-182",
    "cancer": "hepatocellular_carcinoma",
    "mirna_as_printed": "miR-182",
    "direction": "up",
    "source": "lab_a",
    "locator": "Series 1",
    "strength": "outright",
}


def like(table: str, key: str, **changes: Any) -> dict[str, Any]:
    """Return a row of the bundled knowledge, some cells changed."""
    (row,) = (row for row in BASE.tables[table] if key_of(table, row) == key)
    assert not changes.keys() - row._asdict().keys()
    return {**row._asdict(), **changes}


def table_text(table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = columns_of(TABLES[table])
    for row in rows:
        assert not row.keys() - set(columns), row
    return write_table([{column: row.get(column, "") for column in columns} for row in rows], columns)


def write_pack(
    folder: Path,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    disable: Mapping[str, Sequence[str]] | None = None,
    name: str = "",
    **toml: str,
) -> Path:
    """Write a pack and return its folder; `toml` holds the text of files by their stem."""
    (folder / "knowledge").mkdir(parents=True)
    lines = [f'name = "{name or folder.name}"', 'version = "1.0"', 'description = "Made up for a test."', "[disable]"]
    lines += [f"{kind} = {json.dumps(list(ids))}" for kind, ids in (disable or {}).items()]
    (folder / "pack.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for table, rows in (tables or {}).items():
        (folder / "knowledge" / f"{table}.tsv").write_text(table_text(table, rows), encoding="utf-8")
    for stem, text in toml.items():
        (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(*packs: Path) -> list[str]:
    """Return the problems with which packs are refused."""
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(*packs)
    return [str(problem) for problem in caught.value.problems]


def rule(
    id_: str,
    when: str = '{ as = "candidate", type = "candidate", call = "up" }',
    then: str = '{ flag = { id = "lab_flag", severity = "info", message = "{mirna} is up." } }',
    fires: str = '{ type = "candidate", call = "up" }',
    silent: str = '{ type = "candidate", call = "down" }',
    stratum: int = 1,
    cite: str = "review",
) -> str:
    """Return the TOML of one rule."""
    return f"""
[[rule]]
id = "{id_}"
stratum = {stratum}
title = "Made for a test"
when = [{when}]
then = {then}
source = [{{ cite = "{cite}", where = "somewhere" }}]
  [[rule.example]]
  name = "one that fires"
  given = [{fires}]
  fires = true
  [[rule.example]]
  name = "one that stays silent"
  given = [{silent}]
  fires = false
"""
