"""A matrix of reference samples to its summary: quality control, sums of hairpins, figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from recommender import kernel
from recommender.errors import InputError, Problem
from recommender.features import feature_keys, level_of, members_of_matures, refuse_repeats, whole_library
from recommender.kernel import Array
from recommender.nomenclature import NotUnderstood, Resolver
from recommender.readers.barcodes import read_barcode
from recommender.readers.matrix import Matrix
from recommender.reference.scale import refuse_contradiction
from recommender.reference.summary import DECIMALS, NOTHING_STATED, About, Figures, Summary
from recommender.settings import Settings, number

NOT_NORMAL = frozenset({"tumor_cohort", "other_group"})

_NAMED = 3  # examples in a message


def summarize(
    matrix: Matrix,
    resolver: Resolver,
    settings: Settings,
    scale: str,
    about: About | None = None,
    batch_of: Mapping[str, str] | None = None,
) -> Summary:
    """Return the summary of a matrix of reference samples, after the quality control of its samples.

    Parameters
    ----------
    matrix : Matrix
    resolver : Resolver
    settings : Settings
    scale : str
        What the matrix holds.
    about : About, optional
        What is stated of the samples.
    batch_of : mapping of str to str, optional
        Sample to batch; plates of TCGA barcodes where absent.

    Raises
    ------
    InputError
        Where two rows are one miRNA, hairpins and matures are mixed, a sample is empty, the samples are tumors or
        another species', or the quality control leaves none.
    """
    about = about or NOTHING_STATED
    refuse_contradiction(matrix, scale)
    _refuse_other_species(matrix, resolver)
    warnings = sample_warnings(matrix.samples, about.kind, matrix.origin)
    matrix = _sorted(matrix)
    keys = feature_keys(list(matrix.features), resolver)
    refuse_repeats(keys, list(matrix.features), matrix.origin)
    level = level_of([identity for _, identity in keys if identity], matrix.origin)
    sums = matrix.values.sum(axis=1)
    empty = [s for s, total in zip(matrix.samples, sums, strict=True) if not total > 0]
    if empty and scale != "log2_reads_per_million":
        raise InputError(
            [Problem(f"{matrix.origin}, sample {s}", "no reads", "a sample with reads", "leave it out") for s in empty]
        )
    rpm = kernel.to_rpm(matrix.values, scale)
    kept, removed = quality_control(rpm, sums if scale == "counts" else None, matrix.samples, settings)
    if not kept.any():
        found = f"{len(kept)} samples, all removed by the quality control"
        remedy = "check reference.outlier_mads in the settings"
        raise InputError(Problem(matrix.origin, found, "samples that resemble each other", remedy))
    rpm = rpm[kept]
    log_means = kernel.log_geometric_mean(rpm)
    scaled = whole_library(len(keys), settings) and not np.isnan(log_means).all()
    if scaled:
        rpm = rpm / kernel.size_factors(rpm, log_means)[:, None]
    index = {key: i for i, (key, _) in enumerate(keys)}
    sources = members_of_matures(keys)
    parts = {mirna: sorted(index[key] for key in members) for mirna, members in sources.items()}
    sums_of_parts = np.stack([rpm[:, columns].sum(axis=1) for columns in parts.values()], axis=1) if parts else None
    names = [name.strip() for name in matrix.features]
    samples = tuple(s for s, keep in zip(matrix.samples, kept, strict=True) if keep)
    return Summary(
        features=_figures(names, rpm, log_means),
        mirnas={}
        if sums_of_parts is None
        else {
            mirna: found._replace(summed_from=tuple(names[i] for i in parts[mirna]))
            for mirna, found in _figures(list(parts), sums_of_parts).items()
        },
        samples=len(rpm),
        level=level,
        scale=scale,
        scaling="median_of_ratios" if scaled else "none",
        outlier_mads=number(settings, "reference", "outlier_mads"),
        outlier_min_samples=number(settings, "reference", "outlier_min_samples"),
        removed=removed,
        batches=batches(samples, batch_of),
        warnings=warnings,
        about=about,
        where=matrix.origin,
    )


def _figures(names: list[str], rpm: Array, log_means: Array | None = None) -> dict[str, Figures]:
    """Return what is kept of each column, rounded so that every machine keeps the same.

    Parameters
    ----------
    rpm : array, shape (samples, names)
    log_means : array, shape (names,), optional
    """
    log = kernel.log2_abundance(rpm)
    median = np.median(log, axis=0)
    rows = [
        log.mean(axis=0),
        log.std(axis=0, ddof=1) if len(log) > 1 else np.zeros(log.shape[1]),
        median,
        kernel.MAD_TO_SD * np.median(np.abs(log - median), axis=0),
        (rpm > 0).mean(axis=0),
    ]
    found: dict[str, Figures] = {}
    for i, (name, values) in enumerate(zip(names, zip(*(row.tolist() for row in rows), strict=True), strict=True)):
        geometric = None if log_means is None or np.isnan(log_means[i]) else round(float(log_means[i]), DECIMALS)
        mean, sd, middle, mad, rate = (round(value, DECIMALS) for value in values)
        found[name] = Figures(mean, sd, middle, mad, rate, geometric)
    return found


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


def _refuse_other_species(matrix: Matrix, resolver: Resolver) -> None:
    foreign = [
        name
        for name in matrix.features
        if isinstance(found := resolver.resolve(name), NotUnderstood) and found.reason == "not_human"
    ]
    if 2 * len(foreign) > len(matrix.features):
        where = f"{matrix.origin}, {foreign[0]}"
        found_ = f"miRNAs of another species in {len(foreign)} of {len(matrix.features)} names"
        raise InputError(Problem(where, found_, "human miRNAs", "give normal samples of people"))


def sample_warnings(samples: tuple[str, ...], kind: str, where: str) -> tuple[str, ...]:
    """Return what the barcodes of normal samples warn of: tumors among them, and patients that count twice.

    Raises
    ------
    InputError
        Where most are tumors.
    """
    barcodes = {sample: found for sample in sorted(samples) if (found := read_barcode(sample))}
    warnings: list[str] = []
    tumors = [sample for sample, found in barcodes.items() if found.is_tumor]
    if kind not in NOT_NORMAL and tumors:
        told = f"{len(tumors)} of {len(samples)} samples are tumors by their barcodes"
        if 2 * len(tumors) > len(samples):
            remedy = (
                "pick the normals (`reference build --samples` or `--select`), or give --reference-kind tumor_cohort"
            )
            raise InputError(Problem(where, told, "normal samples", remedy))
        warnings.append(f"{told}: {_some(tumors)}")
    times = Counter(found.patient for found in barcodes.values())
    twice = [patient for patient, count in times.items() if count > 1]
    if twice:
        warnings.append(f"several samples of one patient, which are not independent: {_some(twice)}")
    return tuple(warnings)


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest


def batches(samples: tuple[str, ...], batch_of: Mapping[str, str] | None) -> str:
    """Return how many samples each batch has; without stated batches, each plate of TCGA barcodes.

    >>> batches(("a", "b", "c"), {"a": "run 2", "b": "run 1", "c": "run 2"})
    'run 1: 1, run 2: 2'
    """
    if batch_of is None:
        plates = {sample: found.plate for sample in samples if (found := read_barcode(sample)) and found.plate}
        batch_of = {sample: f"plate {plate}" for sample, plate in plates.items()}
    counts = Counter(batch_of[sample] for sample in samples if batch_of.get(sample))
    return ", ".join(f"{batch}: {counts[batch]}" for batch in sorted(counts))


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
