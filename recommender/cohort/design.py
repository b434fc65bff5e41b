"""What is stated of the samples of a cohort: by options, and by a table of samples."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from recommender.errors import Problem, shorten
from recommender.facts import purity_word
from recommender.model.profile import DiseaseState, Specimen
from recommender.readers.samples import SampleTable
from recommender.settings import Settings

_REMEDY = "write one of these, or leave it empty"
REFERENCE: Final = "reference"  # the column that names what a sample is compared with
PLATFORM: Final = "platform"  # the column that names what a sample was measured with


class Statement(NamedTuple):
    """What is stated of samples, as far as it decides anything.

    Attributes
    ----------
    cancer : str
        As given.
    purity : str
        A word of the candidate's field.
    reference : str
        Key of the reference they are compared with; empty: none.
    fault : str
        Why these samples cannot be used; empty: they can.
    """

    cancer: str
    disease_state: str = "unknown"
    metastatic: bool | None = None
    purity: str = "not_stated"
    reference: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Design:
    """What is stated of the samples of a cohort.

    Attributes
    ----------
    statements : tuple of Statement
        Each different one once.
    codes : array of int, shape (samples,), or None
        Position of each sample's statement; None: all have the first.
    groups : mapping of str to tuple of str
        Column to group by, to its text for each sample; empty: not stated.
    platforms : mapping of (str, str) to int
        Reference and platform, to how many samples state both.
    """

    statements: tuple[Statement, ...]
    codes: NDArray[np.int32] | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    platforms: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def digest(self) -> str:
        """Return the hash of everything that is stated."""
        codes = None if self.codes is None else self.codes.tolist()
        return sha256_of([self.statements, codes, dict(self.groups)])

    def of(self, start: int, stop: int) -> NDArray[np.intp]:
        """Return the positions of some samples' statements."""
        if self.codes is None:
            return np.zeros(stop - start, dtype=np.intp)
        return self.codes[start:stop].astype(np.intp)


def sha256_of(data: object) -> str:
    """Return the hash of data as canonical JSON."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def design_of(
    samples: Sequence[str], table: SampleTable | None, options: Mapping[str, Any], settings: Settings
) -> Design:
    """Return what options and the table of samples state of each sample.

    Parameters
    ----------
    samples : sequence of str
        Their ids, in the order of the input.
    options : mapping
        `cancer`, `disease_state`, `specimen`, `reference` and `by`, where they are given.
    """
    if table is None:
        return Design((_statement({}, None, {}, options, settings),))
    distinct: dict[Statement, int] = {}
    platforms: Counter[tuple[str, str]] = Counter()
    codes = np.empty(len(samples), dtype=np.int32)
    for i, name in enumerate(samples):
        row, fault, also = table.rows.get(name, {}), table.faults.get(name), table.also.get(name, {})
        statement = _statement(row, fault, also, options, settings, table.where)
        codes[i] = distinct.setdefault(statement, len(distinct))
        platforms[statement.reference, also.get(PLATFORM, "").strip()] += 1
    columns = tuple(options.get("by") or ())
    groups = {column: tuple(table.also.get(name, {}).get(column, "") for name in samples) for column in columns}
    stated = {(reference, name): times for (reference, name), times in platforms.items() if name}
    return Design(tuple(distinct), codes, groups, stated)


def _statement(
    row: Mapping[str, Any],
    fault: Problem | None,
    also: Mapping[str, str],
    options: Mapping[str, Any],
    settings: Settings,
    where: str = "",
) -> Statement:
    stated = {name: options.get(name) for name in ("cancer", "disease_state", "specimen")}
    fields = {name: value for name, value in stated.items() if value is not None}
    problems = [str(fault)] if fault else []
    for name, value in row.items():
        if name in fields and fields[name] != value:
            option = f"--{name.replace('_', '-')}"
            remedy = f"leave out {option}, or mend the table"
            problems.append(str(Problem(f"{where}, {name}", shorten(value), f"{fields[name]!r}, as {option}", remedy)))
        fields[name] = value
    reference = also.get(REFERENCE) or options.get(REFERENCE)
    return Statement(
        str(fields.get("cancer", "")),
        str(fields.get("disease_state", "unknown")),
        fields.get("metastatic"),
        purity_word(fields.get("purity"), settings),
        "" if reference is None else str(reference) if isinstance(reference, str) else REFERENCE,
        "; ".join([*problems, *_faults_of(fields, where if set(row) & {"disease_state", "specimen"} else "")]),
    )


def _any_of(words: Sequence[str]) -> str:
    return f"one of {', '.join(words)}"


def _faults_of(fields: Mapping[str, Any], where: str) -> list[str]:
    """Return what is wrong with the words that are stated of a sample."""
    if not fields.get("cancer"):
        return ["found no tumor; expected the tumor this is; give --cancer, or a column cancer in --samples TABLE"]
    words = {"disease_state": get_args(DiseaseState), "specimen": get_args(Specimen)}
    return [
        str(Problem(f"{where}, {field}" if where else field, shorten(fields[field]), _any_of(allowed), _REMEDY))
        for field, allowed in words.items()
        if field in fields and fields[field] not in allowed
    ]
