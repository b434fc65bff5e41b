"""The files of a pack: found, read once, and refused where they are no plain text of the right name."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.knowledge import TABLES

MANIFEST: Final = "pack.toml"
SETTINGS: Final = ("calling.toml", "ranking.toml")
MAX_BYTES: Final = 8 * 1024**2  # of one file: the largest of the bundled knowledge has 60 kB
MAX_FILES: Final = 200
# told to people, not read
_PROSE: Final = frozenset({"README.md", "README.txt", "CHANGELOG.md", "LICENSE", "LICENSE.md", "LICENSE.txt"})
_TABLES: Final = "knowledge"
_RULES: Final = re.compile(r"[a-z][a-z_]*\.toml")
_BOM: Final = b"\xef\xbb\xbf"
_DOCS: Final = "see docs/packs.md"


class Files(NamedTuple):
    """What is in a pack's folder.

    Attributes
    ----------
    place : str
        The folder as it was given.
    texts : mapping of str to str
        By path inside the folder; line ends are ``\\n``.
    digest : str
        SHA-256 over names and texts: a checkout with other line ends has the same.
    """

    place: str
    texts: Mapping[str, str]
    digest: str


def read_folder(given: Path | str) -> Files:
    """Return the texts of a pack.

    Raises
    ------
    KnowledgeError
        No folder, no ``pack.toml``, files of unknown names, files that are no UTF-8 text: every problem.
    """
    folder = Path(given)
    place = str(folder)
    problems: list[Problem] = []
    names = _names(folder, place)
    if MANIFEST not in names:
        remedy = f"write one ({_DOCS}); a complete folder of rules is no pack: in Python it is rules="
        problems.append(Problem(f"{place}/{MANIFEST}", "no such file", "name, version and description", remedy))
    wanted: list[str] = []
    tables = [f"{table}.tsv" for table in TABLES]
    for name in names:
        if name == _TABLES:
            try:
                inside = _names(folder / name, f"{place}/{name}")
            except KnowledgeError as error:
                problems += error.problems
                continue
            wanted += [f"{name}/{file}" for file in inside if file in tables]
            problems += [_unknown(f"{place}/{name}/{file}", tables) for file in inside if file not in tables]
        elif _RULES.fullmatch(name):
            wanted.append(name)
        elif name not in _PROSE:
            problems.append(_unknown(f"{place}/{name}", [_TABLES, MANIFEST, *SETTINGS, *sorted(_PROSE)]))
    texts: dict[str, str] = {}
    for name in wanted:
        try:
            texts[name] = _read(folder / name, f"{place}/{name}")
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(name.encode() + b"\0" + texts[name].encode() + b"\0")
    return Files(place, texts, digest.hexdigest())


def _names(folder: Path, place: str) -> list[str]:
    """Return the names in a folder, sorted; those with a dot in front belong to other tools."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise KnowledgeError(Problem(place, found, "a folder", f"check the path; {_DOCS}")) from None
    if len(names) > MAX_FILES:
        raise KnowledgeError(Problem(place, f"{len(names)} files", f"at most {MAX_FILES}", "is this the right folder?"))
    return names


def _unknown(place: str, known: list[str]) -> Problem:
    name = place.rpartition("/")[2]
    remedy = "; ".join(filter(None, (nearest(name, known), "remove it, or begin its name with a dot")))
    expected = "tables in knowledge/; rule files of lower-case letters and _, with .toml"
    return Problem(place, "an unknown file", expected, remedy)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return which known names look like `name`, as a remedy; empty where none does."""
    import difflib  # slow to import, and needed for mistakes alone

    near = difflib.get_close_matches(name, list(known), 3, 0.75)
    return f"nearest: {', '.join(near)}" if near else ""


def _read(path: Path, place: str) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise KnowledgeError(Problem(place, "no regular file", "a text file"))
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        found = error.strerror or str(error)
        raise KnowledgeError(Problem(place, found, "a readable file", "check the file and its rights")) from None
    if len(raw) > MAX_BYTES:
        raise KnowledgeError(Problem(place, f"more than {MAX_BYTES // 1024**2} MiB", "a curated file"))
    if raw.startswith(_BOM):
        found = "a byte order mark"
        raise KnowledgeError(Problem(place, found, "plain UTF-8", "save it as UTF-8 without a byte order mark"))
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x} at position {error.start}"
        raise KnowledgeError(Problem(place, found, "UTF-8 text", "convert the file to UTF-8")) from None
    problems = [
        Problem(f"{place}, line {number}", f"a control character in {shorten(line)}", "printable text")
        for number, line in enumerate(text.split("\n"), start=1)
        if not line.replace("\t", "").isprintable()
    ]
    if problems:
        raise KnowledgeError(problems)
    return text
