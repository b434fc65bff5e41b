"""What the samples of a cohort are compared with: one reference of all, or one a row of the table of samples."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recommender.cohort.design import REFERENCE, Design
from recommender.cohort.scoring.columns import Columns
from recommender.cohort.soundness import other_library
from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.readers.source import STDIN
from recommender.readers.table import limited
from recommender.reference.builtin import PREFIX
from recommender.reference.load import Reference, load_reference
from recommender.settings import Settings, number


class Normals(NamedTuple):
    """What a cohort is compared with.

    Attributes
    ----------
    design : Design
        Samples without a reference, where others have one, with the fault.
    references : mapping of str to Reference
        By the keys of the statements.
    notes : tuple of str
        What a user must know of each.
    digests : mapping of str to str
        Hash of the files that the table of samples names, if any.
    """

    design: Design
    references: Mapping[str, Reference]
    notes: tuple[str, ...] = ()
    digests: Mapping[str, str] = {}


def normals_of(
    design: Design,
    options: Mapping[str, Any],
    scale: str,
    kind: ReferenceKind,
    columns: Columns,
    where: str,
    knowledge: Knowledge,
    settings: Settings,
) -> Normals:
    """Return what each statement's samples are compared with, every file read once.

    A path in the table of samples is taken from the table's folder, wherever the command is run. Samples that have
    nothing they can be compared with, where others have, get the fault.

    Parameters
    ----------
    columns : Columns
        Of the matrix `where`, whose level and size decide which references fit.

    Raises
    ------
    InputError
        Relative values with a reference, or abundances none of which has one that can be used.
    """
    keys = sorted({statement.reference for statement in design.statements if not statement.fault})
    if scale not in ABUNDANCE_SCALES:
        if any(keys):
            found, expected = "a reference", f"none: {scale} is already relative"
            raise InputError(Problem("reference", found, expected, "leave it out"))
        return Normals(design, {})
    references: dict[str, Reference] = {}
    problems: dict[str, Problem] = {}
    declared = options.get("reference_scale")
    for key in keys:
        try:
            if not key:
                raise InputError(_none(scale))
            given = _given(key, options)
            found_ = load_reference(given, knowledge.resolver, settings, declared or scale, declared, kind)
        except InputError as error:
            problems[key] = error.problems[0]
            continue
        unlike = other_library(columns, found_, key, kind, settings, where)
        if unlike is None:
            references[key] = found_
        else:
            problems[key] = unlike
    if problems and not references:
        raise InputError(limited(list(problems.values()), where))
    statements = tuple(
        s._replace(fault=_fault(problems[s.reference], s.reference, options))
        if not s.fault and s.reference in problems
        else s
        for s in design.statements
    )
    notes = tuple(note for key, found_ in references.items() for note in _told(key, found_, settings))
    notes = (*notes, *_other_platforms(design, references))
    files = [given for key in references if isinstance(given := _given(key, options), str)]
    files = [file for file in files if not file.startswith(PREFIX)]
    digests = {"references": _digest(files)} if files else {}
    return Normals(dataclasses.replace(design, statements=statements), references, notes, digests)


def _other_platforms(design: Design, references: Mapping[str, Reference]) -> Iterable[str]:
    """Yield how many samples were measured with something else than what they are compared with."""
    for (key, platform), samples in sorted(design.platforms.items()):
        normal = references[key].about.platform if key in references else ""
        if normal and normal.casefold() != platform.casefold():
            told = f"{samples:,} samples were measured with {platform}, the reference {key} with {normal}"
            yield f"{told}: what differs between the two is taken for the tumor's"


def _fault(problem: Problem, key: str, options: Mapping[str, Any]) -> str:
    """Return a problem as a result tells it: a file as the table names it, without the path of this machine."""
    given = _given(key, options) if key else key
    where = problem.where.replace(given, key) if isinstance(given, str) and given else problem.where
    return str(dataclasses.replace(problem, where=where))


def _none(scale: str) -> Problem:
    remedy = "give --reference MATRIX, or fill the column reference of --samples TABLE"
    return Problem("reference", "none", f"normal samples, for {scale}", remedy)


def _given(key: str, options: Mapping[str, Any]) -> Any:
    """Return what to load: the option's reference, a built-in one, or a file named in the table of samples."""
    if key == REFERENCE and REFERENCE in options and options[REFERENCE] is not None:
        return options[REFERENCE]
    table = options.get("samples")
    if key.startswith(PREFIX) or not isinstance(table, str) or table == STDIN:
        return key
    return str(Path(table).parent / key)


def _told(key: str, reference: Reference, settings: Settings) -> Iterable[str]:
    """Yield what holds of a reference, whichever tumor is compared with it."""
    removed = f", {len(reference.excluded)} removed by the quality control" if reference.excluded else ""
    yield f"reference {key}: {reference.samples} samples, {reference.level} level{removed}"
    if reference.samples < number(settings, "reference", "min_samples"):
        yield f"reference {key}: too few samples for a test, the ratio decides"
    for note in reference.notes:
        yield f"reference {key}: {note}"


def _digest(files: Iterable[str]) -> str:
    total = hashlib.sha256()
    for file in files:
        with open(file, "rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()
