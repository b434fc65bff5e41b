"""Profiles of a cohort: files, folders of files, JSON Lines; one that cannot be read does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from recommender.errors import InputError, Problem
from recommender.readers.profile import STDIN, read_text

_LINES = (".jsonl", ".ndjson")


class Text(NamedTuple):
    """The JSON of one profile and where it stands: a file's name, and a line where it has several."""

    position: str
    text: str
    problems: tuple[Problem, ...] = ()  # instead of a text


def profile_texts(paths: Iterable[str]) -> Iterator[Text]:
    """Yield every profile of some files, folders and JSON Lines files, in order of names.

    Raises
    ------
    InputError
        A path that is missing, or holds no profile.
    """
    problems: list[Problem] = []
    found: list[Path | str] = []
    for path in paths:
        files: list[Path | str] = [path] if path == STDIN else [*_files(Path(path))]
        if not files:
            remedy = "give profiles in JSON or JSON Lines, or a folder of them"
            what = "no profile" if Path(path).is_dir() else "no such file or folder"
            problems.append(Problem(path, what, "profiles", remedy))
        found += files
    if problems:
        raise InputError(problems)
    for file in found:
        yield from _texts(file)


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in (".json", *_LINES))
    return [path] if path.exists() else []


def _texts(file: Path | str) -> Iterable[Text]:
    name = "standard input" if file == STDIN else Path(file).name
    try:
        text = read_text(str(file))
    except InputError as error:
        yield Text(name, "", tuple(Problem(name, p.found, p.expected, p.remedy) for p in error.problems))
        return
    lines = text.splitlines()
    several = Path(file).suffix in _LINES or (
        file == STDIN and sum(line.startswith("{") and line.rstrip().endswith("}") for line in lines) > 1
    )
    if not several:
        yield Text(name, text)
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Text(f"{name}, line {number}", line)
