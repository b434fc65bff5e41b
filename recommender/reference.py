"""What a tumor's abundances are compared with: a summary of normal samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recommender import kernel
from recommender.errors import InputError, Problem
from recommender.kernel import Array
from recommender.nomenclature import Identity, NotUnderstood, Resolver
from recommender.readers.matrix import Matrix, make_matrix, read_matrix
from recommender.settings import Settings, number

Level = Literal["hairpin", "mature"]

_RPM_TOLERANCE = 0.02
_MAX_LOG2_RPM = 25.0


@dataclass(frozen=True)
class Reference:
    """Normal samples, summarized.

    Attributes
    ----------
    features : mapping of str to float
        Feature key to ln of its geometric mean RPM; only features every normal expresses. For scaling.
    mirnas : mapping of str to (float, float)
        Mature to mean and SD (n - 1) of log2(RPM + 1) over the normals, hairpins added up before.
    sources : mapping of str to frozenset of str
        Mature to the feature keys that were added up.
    samples : int
        Normals kept.
    level : {"hairpin", "mature"}
    scale : str
        How the matrix was read.
    excluded : tuple of (str, str)
        Normals the quality control removed, with the reason.
    """

    features: Mapping[str, float]
    mirnas: Mapping[str, tuple[float, float]]
    sources: Mapping[str, frozenset[str]]
    samples: int
    level: Level
    scale: str
    excluded: tuple[tuple[str, str], ...] = ()
    origin: str = ""


def feature_keys(names: list[str], resolver: Resolver) -> list[tuple[str, Identity | None]]:
    """Return each name's key for matching two libraries, and its identity where the knowledge has one."""
    keys: list[tuple[str, Identity | None]] = []
    for name, found in zip(names, resolver.resolve_all(names), strict=True):
        if isinstance(found, Identity):
            keys.append((found.key, found))
        else:
            keys.append((name.strip().lower(), None))
    return keys


def load_reference(
    given: Any, resolver: Resolver, settings: Settings, profile_scale: str, scale: str | None = None
) -> Reference:
    """Return a reference from a path, a data frame or a :class:`Reference`.

    Parameters
    ----------
    given : Reference, path or pandas.DataFrame
        A matrix has normal samples on one axis and miRNAs on the other.
    profile_scale : str
        The profile's scale; the matrix is taken to share it unless its numbers say otherwise.
    scale : str, optional
        The matrix's scale, where it is known.

    Raises
    ------
    InputError
        Where the matrix cannot be read or used.
    """
    if isinstance(given, Reference):
        return given

    def is_name(name: str) -> bool:
        return not isinstance(found := resolver.resolve(name), NotUnderstood) or found.reason == "retired_entry"

    if isinstance(given, (str, Path)):
        matrix = read_matrix(Path(given), is_name)
    else:
        matrix = make_matrix(
            [str(n) for n in given.index],
            [str(n) for n in given.columns],
            given.to_numpy(),
            "reference",
            is_name,
        )
    whole = len(matrix.features) >= number(settings, "scaling", "whole_library_min_mirnas")
    return build_reference(matrix, resolver, settings, scale or detect_scale(matrix, profile_scale, whole))


def detect_scale(matrix: Matrix, assumed: str, whole: bool) -> str:
    """Return counts or RPM where the numbers of whole libraries leave no doubt, else `assumed`.

    Raises
    ------
    InputError
        Where the numbers contradict `assumed` and prove nothing else.
    """
    values = matrix.values
    sums = values.sum(axis=1)
    if np.all(np.abs(sums / kernel.RPM - 1) < _RPM_TOLERANCE):
        return "reads_per_million"
    if whole and np.all(values >= 0) and np.all(values == np.floor(values)):
        return "counts"
    if assumed != "log2_reads_per_million" and values.max() <= _MAX_LOG2_RPM:
        raise _contradiction(matrix, assumed)
    _refuse_contradiction(matrix, assumed)
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


def _refuse_contradiction(matrix: Matrix, scale: str) -> None:
    is_log = scale == "log2_reads_per_million"
    if (is_log and matrix.values.max() > _MAX_LOG2_RPM) or (not is_log and np.any(matrix.values < 0)):
        raise _contradiction(matrix, scale)


def _contradiction(matrix: Matrix, scale: str) -> InputError:
    found = f"values from {matrix.values.min():g} to {matrix.values.max():g}"
    remedy = "declare the reference's own scale (--reference-scale)"
    return InputError(Problem(matrix.origin, found, f"{scale}, as the profile has", remedy))


def build_reference(matrix: Matrix, resolver: Resolver, settings: Settings, scale: str) -> Reference:
    """Return the summary of a matrix of normals, after the quality control of its samples.

    Raises
    ------
    InputError
        Where two rows are one miRNA, hairpins and matures are mixed, or a sample is empty.
    """
    _refuse_contradiction(matrix, scale)
    matrix = _sorted(matrix)
    keys = feature_keys(list(matrix.features), resolver)
    _refuse_repeats(keys, matrix)
    level = level_of([identity for _, identity in keys if identity], matrix.origin)
    sums = matrix.values.sum(axis=1)
    empty = [s for s, total in zip(matrix.samples, sums, strict=True) if not total > 0]
    if empty and scale != "log2_reads_per_million":
        raise InputError(
            [Problem(f"{matrix.origin}, sample {s}", "no reads", "a sample with reads", "leave it out") for s in empty]
        )
    rpm = kernel.to_rpm(matrix.values, scale)
    kept, excluded = quality_control(rpm, sums if scale == "counts" else None, matrix.samples, settings)
    rpm = rpm[kept]
    log_means = kernel.log_geometric_mean(rpm)
    if whole_library(len(keys), settings) and not np.isnan(log_means).all():
        rpm = rpm / kernel.size_factors(rpm, log_means)[:, None]
    sources = members_of_matures(keys)
    index = {key: i for i, (key, _) in enumerate(keys)}
    mirnas: dict[str, tuple[float, float]] = {}
    for mirna, parts in sources.items():
        log = kernel.log2_abundance(rpm[:, [index[part] for part in sorted(parts)]].sum(axis=1))
        sd = float(log.std(ddof=1)) if len(log) > 1 else 0.0
        mirnas[mirna] = (float(log.mean()), sd)
    features = {key: float(v) for (key, _), v in zip(keys, log_means, strict=True) if not np.isnan(v)}
    return Reference(features, mirnas, sources, len(rpm), level, scale, excluded, matrix.origin)


def _sorted(matrix: Matrix) -> Matrix:
    """Return the matrix with samples and features by name: the order of a sum decides its last bits."""
    rows = sorted(range(len(matrix.samples)), key=matrix.samples.__getitem__)
    columns = sorted(range(len(matrix.features)), key=matrix.features.__getitem__)
    return Matrix(
        tuple(matrix.samples[i] for i in rows),
        tuple(matrix.features[i] for i in columns),
        np.ascontiguousarray(matrix.values[np.ix_(rows, columns)]),
        matrix.origin,
    )


def whole_library(names: int, settings: Settings) -> bool:
    """Tell whether a list of so many miRNAs may be scaled as a whole library."""
    enough = names >= number(settings, "scaling", "whole_library_min_mirnas")
    return enough and settings["scaling"]["method"] == "median_of_ratios"


def members_of_matures(keys: list[tuple[str, Identity | None]]) -> dict[str, frozenset[str]]:
    """Return, per mature, the features whose abundances add up to it."""
    parts: dict[str, set[str]] = {}
    for key, identity in keys:
        for mirna in identity.mirnas if identity else ():
            parts.setdefault(mirna, set()).add(key)
    return {mirna: frozenset(parts[mirna]) for mirna in sorted(parts)}


def level_of(identities: list[Identity], where: str) -> Level:
    """Return whether hairpins or matures were measured.

    Raises
    ------
    InputError
        Where one file holds both to a notable share.
    """
    hairpins = sum(identity.measured_as in ("hairpin", "arm_unknown") for identity in identities)
    share = hairpins / len(identities) if identities else 0.0
    if 0.2 < share < 0.8:
        raise InputError(Problem(where, f"{share:.0%} hairpins among matures", "one level", "split the file"))
    return "hairpin" if share >= 0.5 else "mature"


def quality_control(
    rpm: Array, library_sizes: Array | None, samples: tuple[str, ...], settings: Settings
) -> tuple[Array, tuple[tuple[str, str], ...]]:
    """Return which samples to keep (a mask) and the others with the reason.

    A sample is out where its library size, or its correlation with the samples' median profile of
    log2(RPM + 1), lies more than ``reference.outlier_mads`` MADs under the median. Cohorts smaller than
    ``reference.outlier_min_samples`` are kept whole: they have no spread to judge by.
    """
    kept = np.ones(len(samples), dtype=bool)
    reasons: list[tuple[str, str]] = []
    if len(samples) >= number(settings, "reference", "outlier_min_samples"):
        limit = number(settings, "reference", "outlier_mads")
        tests = [
            (
                "correlation with the median profile",
                kernel.correlation_with_median(kernel.log2_abundance(rpm)),
            )
        ]
        if library_sizes is not None:
            tests.insert(0, ("library size", np.log(library_sizes)))
        for what, values in tests:
            for i in np.flatnonzero(kernel.below_mad(values, limit)):
                if kept[i]:
                    reasons.append((samples[i], f"{what} more than {limit:g} MAD under the median"))
                kept[i] = False
    return kept, tuple(reasons)


def _refuse_repeats(keys: list[tuple[str, Identity | None]], matrix: Matrix) -> None:
    first: dict[str, str] = {}
    problems: list[Problem] = []
    for (key, _), name in zip(keys, matrix.features, strict=True):
        if key in first:
            where = f"{matrix.origin}, {name}"
            problems.append(Problem(where, f"the miRNA of {first[key]} again", "one row a miRNA", "keep one"))
        first.setdefault(key, name)
    if problems:
        raise InputError(problems)
