"""``pack.toml``: what a pack is called, and what it disables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import tomli

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.knowledge import TABLES
from recommender.packs.folder import MANIFEST, nearest

RULES: Final = "rules"
WEIGHTS: Final = "weights"
_KINDS: Final = (*TABLES, RULES, WEIGHTS)
_WORDING: Final = {
    "name": (re.compile(r"[a-z][a-z0-9_-]{0,59}"), 'lower-case letters, digits, - and _, as "lab-findings"'),
    "version": (re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}"), 'text of letters, digits, . + _ and -, as "1.0"'),
    "description": (re.compile(r"\S.{0,499}"), "a line of at most 500 characters"),
}


class Manifest(NamedTuple):
    """A pack's own words.

    Attributes
    ----------
    disable : tuple of (kind, id)
        What the pack switches off; a kind is a table, ``rules`` or ``weights``.
    """

    name: str
    version: str
    description: str
    disable: tuple[tuple[str, str], ...]


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a TOML text, in which every string is printable.

    Raises
    ------
    KnowledgeError
        No TOML, or control characters behind escapes.
    """
    try:
        data = tomli.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, a number beyond all sense, or nested too deeply
        raise KnowledgeError(Problem(where, str(error), "readable TOML")) from None
    problems = [
        Problem(where, f"the text {shorten(found)}", "printable characters on one line")
        for found in _strings(data)
        if not found.isprintable()
    ]
    if problems:
        raise KnowledgeError(problems)
    return data


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def parse_manifest(text: str, place: str) -> Manifest:
    """Return what ``pack.toml`` says.

    Raises
    ------
    KnowledgeError
        With every missing, unknown or malformed field.
    """
    where = f"{place}/{MANIFEST}"
    data = parse_toml(text, where)
    problems: list[Problem] = []
    for field in data.keys() - {*_WORDING, "disable"}:
        remedy = nearest(field, [*_WORDING, "disable"])
        problems.append(Problem(where, f"the unknown field {field}", "name, version, description, [disable]", remedy))
    for field, (pattern, expected) in _WORDING.items():
        value = data.get(field)
        if value is None:
            problems.append(Problem(f"{where}, {field}", "nothing", expected))
        elif not isinstance(value, str) or not pattern.fullmatch(value):
            remedy = "put it in quotes" if isinstance(value, (int, float)) else ""
            problems.append(Problem(f"{where}, {field}", shorten(value), expected, remedy))
    disabled, wrong = _disabled(data.get("disable", {}), f"{where}, [disable]")
    problems += wrong
    if problems:
        raise KnowledgeError(sorted(problems))
    return Manifest(data["name"], data["version"], data["description"], tuple(disabled))


def _disabled(data: Any, where: str) -> tuple[list[tuple[str, str]], list[Problem]]:
    if not isinstance(data, Mapping):
        return [], [Problem(where, shorten(data), 'lists of ids, as rules = ["caveat.an_id"]')]
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for kind, keys in data.items():
        if kind not in _KINDS:
            problems.append(Problem(where, f"the unknown table {kind}", ", ".join(_KINDS), nearest(kind, _KINDS)))
        elif not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
            problems.append(Problem(f"{where} {kind}", shorten(keys), "a list of ids in quotes"))
        else:
            found += [(kind, key) for key in keys]
    return found, problems
