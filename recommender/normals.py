"""The reference of a command, from whatever file it was given in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recommender.errors import InputError
from recommender.knowledge import Knowledge
from recommender.readers.matrix import Matrix
from recommender.readers.registry import read_measurements
from recommender.readers.source import read_source, stem_of
from recommender.reference import build_reference, load_reference
from recommender.settings import Settings

_PLAIN = "matrix"  # what load_reference reads itself


def open_reference(
    given: Any, knowledge: Knowledge, settings: Settings, profile_scale: str, scale: str | None = None
) -> Any:
    """Return a reference: a file of one normal, as quantifiers write it, is a cohort of one.

    Parameters
    ----------
    given : path, pandas.DataFrame or Reference
        As :func:`recommender.recommend` takes it.
    profile_scale : str
        The profile's scale, shared by a matrix whose numbers say nothing else.
    scale : str, optional
        The reference's own scale, where it is known.

    Raises
    ------
    InputError
        Where it cannot be read or used.
    """
    matrix = _quantifier_matrix(given) if isinstance(given, (str, Path)) else None
    if matrix is None:
        return load_reference(given, knowledge.resolver, settings, profile_scale, scale)
    return build_reference(matrix[0], knowledge.resolver, settings, scale or matrix[1])


def _quantifier_matrix(path: str | Path) -> tuple[Matrix, str] | None:
    """Return the matrix and scale of a file some tool wrote; None for plain matrices and all else."""
    if not Path(path).is_file():
        return None
    try:
        source = read_source(path)
        found = read_measurements(source)
    except InputError:
        return None
    if found.format == _PLAIN or found.kind != "abundance" or found.scale is None:
        return None
    samples = found.samples if found.samples != ("",) else (stem_of(source.name),)
    return Matrix(samples, found.names, found.values, str(path)), found.scale
