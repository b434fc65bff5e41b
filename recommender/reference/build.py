"""``reference build``: from a matrix and what is known of its samples to a summary."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.readers.matrix import Matrix
from recommender.reference.figures import summarize
from recommender.reference.opening import as_matrix
from recommender.reference.samples import ReferenceSamples, platforms, select
from recommender.reference.scale import check_stated, detect_scale
from recommender.reference.summary import About, Summary
from recommender.settings import Settings, number

LEAST = 2  # samples: one has no spread


def build_summary(
    given: Any,
    about: About,
    knowledge: Knowledge,
    settings: Settings,
    *,
    names: list[str] | None = None,
    table: ReferenceSamples | None = None,
    level: Literal["auto", "hairpin", "mature"] = "auto",
    scale: str | None = None,
) -> Summary:
    """Return the summary of the reference samples in a matrix.

    Parameters
    ----------
    given : path or pandas.DataFrame
    about : About
        What is stated of the samples; an empty platform is taken from the table.
    knowledge : Knowledge
    settings : Settings
    names : list of str, optional
        The samples to take.
    table : ReferenceSamples, optional
        What the samples are, and their batches and sequencers.
    level : {"auto", "hairpin", "mature"}
        What the names must be.
    scale : str, optional
        What the matrix holds, where its numbers do not tell.

    Raises
    ------
    InputError
        The matrix cannot be read or used, or fewer than two samples are left.
    """
    whole_matrix, known_scale = as_matrix(given, knowledge.resolver)
    matrix = select(whole_matrix, names, table)
    _refuse_few(matrix.origin, len(matrix.samples), f"of {len(whole_matrix.samples)} in the file")
    scale = _scale(matrix, settings, scale, known_scale)
    if not about.platform:
        about = about._replace(platform=platforms(table, matrix.samples))
    if not about.platform:
        remedy = "give --platform, or --samples TABLE with a column platform or machine"
        raise InputError(Problem("platform", "nothing", "what the samples were measured with", remedy))
    batch_of = table.batches if table is not None and table.batches else None
    found = summarize(matrix, knowledge.resolver, settings, scale, about, batch_of)
    _refuse_few(matrix.origin, found.samples, f"after the quality control removed {len(found.removed)}")
    if level not in ("auto", found.level):
        remedy = "leave out --level, or give the other file"
        raise InputError(Problem(f"{matrix.origin}, level", f"{found.level}s", f"{level}s, as stated", remedy))
    return found


def _scale(matrix: Matrix, settings: Settings, stated: str | None, known: str | None) -> str:
    whole = len(matrix.features) >= number(settings, "scaling", "whole_library_min_mirnas")
    if stated is None:
        return known or detect_scale(matrix, None, whole)
    check_stated(matrix, stated, known, "--scale")
    if known is None and stated == "counts" and not np.all(matrix.values == np.floor(matrix.values)):
        raise InputError(Problem(matrix.origin, "fractions", "counts, as stated", "correct --scale"))
    return stated


def _refuse_few(where: str, samples: int, told: str) -> None:
    if samples < LEAST:
        remedy = "give a single normal as it is: recommend --reference FILE --reference-kind matched_normal"
        raise InputError(Problem(where, f"{samples} samples {told}", f"{LEAST} or more", remedy))
