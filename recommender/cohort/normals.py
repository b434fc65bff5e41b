"""What the samples of a cohort are compared with: one reference of all, or one a row of the table of samples."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recommender.cohort.design import REFERENCE, Design, Statement
from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.readers.source import STDIN
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
    knowledge: Knowledge,
    settings: Settings,
) -> Normals:
    """Return what each statement's samples are compared with, every file read once.

    A path in the table of samples is taken from the table's folder, wherever the command is run.

    Raises
    ------
    InputError
        Abundances without any reference, relative values with one, or files that cannot be used, all of them.
    """
    keys = sorted({statement.reference for statement in design.statements if not statement.fault})
    if scale not in ABUNDANCE_SCALES:
        if any(keys):
            found, expected = "a reference", f"none: {scale} is already relative"
            raise InputError(Problem("reference", found, expected, "leave it out"))
        return Normals(_with(design, (s._replace(reference="") for s in design.statements)), {})
    if keys == [""]:
        expected = f"normal samples, for {scale}"
        remedy = "give --reference MATRIX, or a column reference in --samples TABLE"
        raise InputError(Problem("reference", "none", expected, remedy))
    declared = options.get("reference_scale")
    references: dict[str, Reference] = {}
    problems: list[Problem] = []
    given_as = {key: _given(key, options) for key in keys if key}
    for key, given in given_as.items():
        try:
            references[key] = load_reference(given, knowledge.resolver, settings, declared or scale, declared, kind)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    notes = tuple(note for key, found in references.items() for note in _told(key, found, settings))
    files = [given for key, given in given_as.items() if key != REFERENCE and not given.startswith(PREFIX)]
    digests = {"references": _digest(files)} if files else {}
    return Normals(_with(design, map(_faulted, design.statements)), references, notes, digests)


def _with(design: Design, statements: Iterable[Statement]) -> Design:
    return dataclasses.replace(design, statements=tuple(statements))


def _faulted(statement: Statement) -> Statement:
    """Return a statement, with what is wrong with it where its samples have nothing to be compared with."""
    if statement.reference or statement.fault:
        return statement
    fault = (
        "reference: found none; expected normal samples; fill the column reference of the table of samples, or give "
        "--reference MATRIX for those without"
    )
    return statement._replace(fault=fault)


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
