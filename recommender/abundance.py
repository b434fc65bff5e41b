"""One tumor's abundances against a reference: scaled, added up, compared and tested."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from recommender import kernel
from recommender.errors import InputError, Problem
from recommender.features import feature_keys, level_of, members_of_matures, whole_library
from recommender.measurement import FAILS, NOT_TESTED, PASSES, Entry, round6
from recommender.model.profile import Measurement, Profile
from recommender.nomenclature import Identity, Resolver
from recommender.reference.load import Reference
from recommender.settings import Settings, number


class Measured(NamedTuple):
    """One entry a mature, notes on how the library was read, and why the reference is no fair one; empty: it is."""

    entries: list[Entry]
    notes: tuple[str, ...]
    doubt: str = ""


def measure(
    profile: Profile,
    known: list[tuple[str, Identity, Any]],
    resolver: Resolver,
    settings: Settings,
    reference: Reference,
) -> Measured:
    """Return what was measured against the reference.

    Raises
    ------
    InputError
        Counts without a library size, negative abundances, hairpins against matures, or a part of a library against
        a built-in reference.
    """
    notes: list[str] = []
    names = list(profile.expression)
    whole = whole_library(len(names), settings)
    values = np.array([[_value(profile.expression[name]) for name in names]])
    _refuse_impossible(profile, names, values)
    level = level_of([identity for _, identity, _ in known], "expression")
    if known and level != reference.level:
        raise InputError(
            Problem(
                "expression",
                f"{level}s",
                f"{reference.level}s, as the reference has",
                f"compare like with like: give the tumor's {reference.level}s, or normals measured as {level}s",
            )
        )
    builtin = reference.about.builtin
    if builtin and not whole:
        least = number(settings, "scaling", "whole_library_min_mirnas")
        expected = f"a whole library, {least:g} names or more, to scale it to a built-in reference"
        raise InputError(Problem("expression", f"{len(names)} names", expected, "give all miRNAs that were measured"))
    rpm = kernel.to_rpm(values, profile.scale, _library_size(profile, settings, len(names)))
    keys = feature_keys(names, resolver)
    log_means = np.array([reference.features.get(key, np.nan) for key, _ in keys])
    if whole and reference.features:
        factor = kernel.size_factors(rpm, log_means)[0]
        if np.isfinite(factor):
            rpm = rpm / factor
            notes.append(f"scaled to the reference by the median of ratios, factor {factor:.3f}")
    else:
        notes.append("not scaled beyond library size: not a whole library")
    notes.append(f"reference read as {reference.scale}, {reference.samples} samples, {reference.level} level")
    if reference.excluded and reference.samples < number(settings, "reference", "min_samples"):
        notes.append(f"the quality control left {reference.samples} normals: too few for a test, the ratio decides")
    if builtin:
        notes.append(f"reference builtin:{builtin}, without the {len(reference.excluded)} its quality control removed")
    else:
        notes += [f"reference sample {sample} left out: {reason}" for sample, reason in reference.excluded]
    notes += reference.notes
    doubt = ""
    if builtin:
        alike = round6(kernel.correlation(kernel.log2_abundance(rpm[0]), kernel.log2_abundance(np.exp(log_means))))
        least = number(settings, "reference", "builtin_min_correlation")
        told = f"the library correlates {alike:.3f} with the normals of builtin:{builtin}"
        doubt = "" if alike >= least else f"{told}, under {least:g}: {_UNLIKE}"
        notes.append(doubt or told)
    return Measured(_entries(known, keys, rpm[0], settings, reference), tuple(notes), doubt)


_UNLIKE = "measured otherwise, or of other tissue, so that all calls are taken as relative to another group"


def _entries(
    known: list[tuple[str, Identity, Any]],
    keys: list[tuple[str, Identity | None]],
    rpm: kernel.Array,
    settings: Settings,
    reference: Reference,
) -> list[Entry]:
    by_name: dict[str, list[tuple[str, Identity]]] = {}
    for name, identity, _ in known:
        by_name.setdefault(identity.key, []).append((name, identity))
    abundance: dict[str, list[float]] = {}
    for (key, found), value in zip(keys, rpm, strict=True):
        if found is not None:
            abundance.setdefault(key, []).append(float(value))
    entries: list[Entry] = []
    compared: list[tuple[Entry, float, float]] = []
    sums: list[float] = []
    for mirna, parts in members_of_matures(keys).items():
        given = [pair for part in sorted(parts) for pair in by_name[part]]
        first = min(given)[1]
        identity = Identity(first.key, (mirna,), first.measured_as, first.note)
        entry = Entry("\n".join(sorted(name for name, _ in given)), identity, None)
        entries.append(entry)
        measured = [{v for v in abundance[part] if not np.isnan(v)} for part in sorted(parts)]
        if any(len(values) > 1 for values in measured):
            entry.forced, entry.note = "ambiguous", "several names of one miRNA with different abundances"
            continue
        if not any(measured):
            continue
        if not all(measured):
            entry.forced, entry.note = "untested", "a hairpin of it was not measured"
            continue
        if mirna not in reference.mirnas or reference.sources[mirna] != parts:
            entry.forced = "untested"
            entry.note = "not in the reference, or summed from other hairpins there"
            continue
        compared.append((entry, *reference.mirnas[mirna]))
        sums.append(sum(value for values in measured for value in values))
    _test(compared, np.array([sums]), settings, reference.samples)
    return entries


def _test(compared: list[tuple[Entry, float, float]], rpm: kernel.Array, settings: Settings, samples: int) -> None:
    if not compared:
        return
    mean = np.array([m for _, m, _ in compared])
    sd = np.array([s for _, _, s in compared])
    x = kernel.log2_abundance(rpm)
    ratio = round6(x - mean)[0]
    normal = np.exp2(mean) - kernel.PSEUDOCOUNT
    floor = number(settings, "abundance", "min_reads_per_million")
    low = np.maximum(round6(rpm[0]), round6(normal)) < floor
    tested = samples >= number(settings, "reference", "min_samples")
    q = np.full(len(compared), np.nan)
    if tested:
        p = kernel.prediction_p_values(x, mean, sd, samples, number(settings, "reference", "min_sd"))
        p[0, low] = 1.0
        q = kernel.benjamini_hochberg(p)[0]
    limit = number(settings, "adjusted_p_value", "max")
    for i, (entry, _, _) in enumerate(compared):
        entry.value = float(ratio[i])
        entry.rpm, entry.normal_rpm = float(rpm[0, i]), float(normal[i])
        entry.adjusted_p = float(q[i]) if tested else None
        entry.significance = NOT_TESTED if not tested else PASSES if round6(float(q[i])) <= limit else FAILS


def _value(given: Any) -> float:
    value = given.value if isinstance(given, Measurement) else given
    return np.nan if value is None else float(value)


def _library_size(profile: Profile, settings: Settings, names: int) -> kernel.Array | None:
    if profile.scale != "counts":
        return None
    if profile.library_size is not None:
        return np.array([profile.library_size])
    if names < number(settings, "scaling", "whole_library_min_mirnas"):
        raise InputError(
            Problem("library_size", "none", "the library's mapped reads: counts of a partial profile need them")
        )
    return None


# more of it is another scale
MOST = {"counts": 1e12, "reads_per_million": 1.001 * kernel.RPM, "log2_reads_per_million": 25.0}


def _refuse_impossible(profile: Profile, names: list[str], values: kernel.Array) -> None:
    least = -np.inf if profile.scale == "log2_reads_per_million" else 0.0
    most = MOST[profile.scale]
    problems = [
        Problem(f"expression.{name}", f"{value:g}", f"{profile.scale} up to {most:g}, not negative", "check the scale")
        for name, value in zip(names, values[0], strict=True)
        if value < least or value > most
    ]
    if problems:
        raise InputError(problems)
    whole = profile.scale == "counts" and profile.library_size is None
    if whole and not np.isnan(values).all() and not np.nansum(values) > 0:
        raise InputError(Problem("expression", "no reads at all", "a library with reads", "leave this sample out"))
