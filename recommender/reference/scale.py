"""What the numbers of a matrix are: proven by themselves, stated, or refused."""

from __future__ import annotations

import numpy as np

from recommender import kernel
from recommender.errors import InputError, Problem
from recommender.readers.matrix import Matrix

_RPM_TOLERANCE = 0.02
_MAX_LOG2_RPM = 25.0
_MAX_RPM = 1.001 * kernel.RPM


def detect_scale(matrix: Matrix, assumed: str | None, whole: bool) -> str:
    """Return counts or RPM where the numbers of whole libraries leave no doubt, else `assumed`.

    Raises
    ------
    InputError
        Where the numbers contradict `assumed` and prove nothing else, or where nothing is assumed.
    """
    values = matrix.values
    sums = values.sum(axis=1)
    if np.all(np.abs(sums / kernel.RPM - 1) < _RPM_TOLERANCE):
        return "reads_per_million"
    if whole and np.all(values >= 0) and np.all(values == np.floor(values)):
        return "counts"
    if assumed is None:
        expected = "counts of whole libraries, or samples that sum to a million"
        raise InputError(Problem(matrix.origin, _range(matrix), expected, "declare the scale (--scale)"))
    if assumed != "log2_reads_per_million" and values.max() <= _MAX_LOG2_RPM:
        raise _contradiction(matrix, assumed)
    refuse_contradiction(matrix, assumed)
    if assumed == "counts" and not whole:
        raise InputError(
            Problem(
                matrix.origin,
                f"counts of {values.shape[1]} miRNAs",
                "whole libraries, or reads per million",
                "give all miRNAs of the normals, or their reads per million",
            )
        )
    return assumed


def check_stated(matrix: Matrix, stated: str, known: str | None, option: str) -> None:
    """Refuse a stated scale that the format of the file contradicts, or that its numbers make impossible.

    Parameters
    ----------
    matrix : Matrix
    stated : str
    known : str or None
        What the format of the file tells.
    option : str
        By which it was stated, for the message.

    Raises
    ------
    InputError
        Another scale than the format's, or numbers that cannot be of it.
    """
    try:
        if stated != known:
            refuse_contradiction(matrix, stated)
    except InputError as error:
        found = error.problems[0].found
        raise InputError(Problem(matrix.origin, found, f"{stated}, as {option} says", f"correct {option}")) from None
    if known not in (None, stated):
        remedy = f"leave out {option}, or give {known}"
        raise InputError(Problem(matrix.origin, str(known), f"{stated}, as {option} says", remedy))


def refuse_contradiction(matrix: Matrix, scale: str) -> None:
    """Refuse a matrix whose numbers cannot be of a scale.

    Raises
    ------
    InputError
        Negative abundances, or more than there can be.
    """
    most, is_log = matrix.values.max(), scale == "log2_reads_per_million"
    impossible = most > _MAX_LOG2_RPM if is_log else bool(np.any(matrix.values < 0))
    if impossible or (scale == "reads_per_million" and most > _MAX_RPM):
        raise _contradiction(matrix, scale)


def _contradiction(matrix: Matrix, scale: str) -> InputError:
    remedy = "declare the reference's own scale (--reference-scale)"
    return InputError(Problem(matrix.origin, _range(matrix), f"{scale}, as the profile has", remedy))


def _range(matrix: Matrix) -> str:
    return f"values from {matrix.values.min():g} to {matrix.values.max():g}"
