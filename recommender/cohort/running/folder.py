"""The folder of results: what may stand in it, what a run does with what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal

from recommender.cohort.job import TABLES
from recommender.cohort.running.encoding import FORMATS
from recommender.cohort.running.files import partial, sync, writing
from recommender.cohort.running.manifest import MANIFEST, differences, read_manifest
from recommender.errors import InputError, OutputError, Problem

QUARANTINE: Final = "quarantine.jsonl"
SUMMARY: Final = "summary.json"
SUMMARY_TABLE: Final = "summary.tsv"
SUMMARY_TEXT: Final = "summary.txt"
PARTS: Final = ".parts"
LOCK: Final = ".lock"
_SUMMARIES = (SUMMARY, SUMMARY_TABLE, SUMMARY_TEXT)
_RESULTS = (*(f"{table}.{format_}" for format_ in FORMATS for table in TABLES), QUARANTINE, *_SUMMARIES)
_HIDDEN = (PARTS, LOCK, *(partial(name) for name in (*_RESULTS, MANIFEST)))
Task = Literal["new", "continue", "finished"]


def result_files(format_: str) -> tuple[str, ...]:
    """Return the files a finished run of a format holds, but for the manifest."""
    return (*(f"{table}.{format_}" for table in TABLES), QUARANTINE, SUMMARY)


def check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that a run may not write to, before anything is opened.

    Raises
    ------
    InputError
        It is not empty; or it holds files that no run wrote.
    OutputError
        It is a file.
    """
    where = str(folder)
    with writing(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputError(Problem(where, "a file", "a folder", "choose another folder with --output"))
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if set(names) <= {LOCK, partial(MANIFEST)}:
        return
    manifest = read_manifest(folder)
    foreign = [name for name in names if name not in (*_RESULTS, *_HIDDEN, MANIFEST)]
    if not (resume or overwrite):
        remedy = "choose another folder, or continue with --resume, or replace what is there with --overwrite"
        if manifest is None:
            remedy = "choose another folder"
        raise InputError(Problem(where, f"a folder that is not empty ({_few(names)})", "a new or empty one", remedy))
    if manifest is None:
        found = f"{_few(foreign or names)}, and no {MANIFEST} of a run"
        raise InputError(Problem(where, found, "a folder a run wrote", "choose another folder"))
    if overwrite and foreign:
        remedy = "move them away, or choose another folder"
        raise InputError(Problem(where, f"files that no run wrote: {_few(foreign)}", "none", remedy))


def task_of(folder: Path, planned: Mapping[str, Any], *, resume: bool) -> Task:
    """Return what there is to do in a folder that was checked.

    Raises
    ------
    InputError
        A run is to be resumed whose input, knowledge, settings, format or versions were others.
    """
    manifest = read_manifest(folder)
    if manifest is None or not resume:
        return "new"
    found = differences(manifest, planned)
    if found:
        expected = "what the run was started with"
        remedy = "give that again, or start anew in another folder or with --overwrite"
        raise InputError(
            Problem(f"{folder}, {name}", f"{now} now, {before} before", expected, remedy) for name, before, now in found
        )
    done = manifest.get("state") == "finished"
    if done and all((folder / name).is_file() for name in result_files(str(planned["format"]))):
        return "finished"
    return "continue"


def clear(folder: Path) -> None:
    """Remove what a run wrote; the manifest last, so that the folder stays known as a run's."""
    with writing(folder):
        shutil.rmtree(folder / PARTS, ignore_errors=True)
        for name in (*_RESULTS, *(partial(name) for name in _RESULTS), MANIFEST):
            (folder / name).unlink(missing_ok=True)
        sync(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second run out of a folder while this one lasts; made where it is missing.

    Raises
    ------
    InputError
        Another run writes there.
    """
    try:
        import fcntl
    except ImportError:  # pragma: no cover  # Windows: two runs in one folder are then on the user
        fcntl = None  # type: ignore[assignment]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("w")
    with stream:
        if fcntl is not None:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                remedy = "wait for it, or end it"
                raise InputError(Problem(str(folder), "another run at work there", "none", remedy)) from None
            except OSError:
                pass  # a file system without locks
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what a finished run no longer needs; where that fails, nothing is wrong."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    for name in (LOCK, *(partial(name) for name in _RESULTS)):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def _few(names: list[str]) -> str:
    return ", ".join(json.dumps(name, ensure_ascii=False) for name in names[:3]) + (", …" if len(names) > 3 else "")
