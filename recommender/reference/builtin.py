"""The references that ship: summaries of normal tissue, for those who have no normals of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from recommender.errors import InputError, Problem
from recommender.reference.file import parse_summary
from recommender.reference.summary import Summary

PREFIX = "builtin:"


def load_builtin(given: str) -> Summary:
    """Return the summary behind ``builtin:NAME``.

    Raises
    ------
    InputError
        No such reference ships: with those that do, and what to do without.
    """
    name = given.removeprefix(PREFIX).strip().lower().replace("-", "_").replace(" ", "_")
    names = builtin_names()
    if name not in names:
        shipped = ", ".join(PREFIX + known for known in names) or "none"
        remedy = (
            "of another tissue give normals measured as the tumor was (a matrix, or a summary by `reference build`), "
            "or the patient's own normal tissue; see `reference list`"
        )
        raise InputError(Problem("reference", given, f"one that ships: {shipped}", remedy))
    return _parsed(names[name])


def builtin_names() -> Mapping[str, Path]:
    """Return the references that ship, by name."""
    from recommender.knowledge import data_folder

    return {path.stem: path for path in sorted(data_folder("references").glob("*.tsv"))}


@cache
def _parsed(path: Path) -> Summary:
    """Return a shipped summary, read once: what ships does not change."""
    return parse_summary(path.read_text(encoding="utf-8"), f"{PREFIX}{path.stem}")
