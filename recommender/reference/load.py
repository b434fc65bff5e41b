"""What a tumor's abundances are compared with: the summary of reference samples, however they were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from recommender.errors import InputError, Problem
from recommender.features import Level, feature_keys, members_of_matures, refuse_repeats, whole_library
from recommender.model.profile import ReferenceKind
from recommender.nomenclature import Resolver
from recommender.readers.matrix import Matrix
from recommender.reference.opening import as_matrix, find_summary
from recommender.reference.summary import NOTHING_STATED, About, Summary
from recommender.settings import Settings, number


@dataclass(frozen=True)
class Reference:
    """Reference samples as calls need them; made of a :class:`~recommender.reference.summary.Summary` in one way.

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
    notes : tuple of str
        What a user of the reference must know of its samples.
    about : About
        What is stated of them.
    """

    features: Mapping[str, float]
    mirnas: Mapping[str, tuple[float, float]]
    sources: Mapping[str, frozenset[str]]
    samples: int
    level: Level
    scale: str
    excluded: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    notes: tuple[str, ...] = ()
    about: About = NOTHING_STATED


def load_reference(
    given: Any,
    resolver: Resolver,
    settings: Settings,
    profile_scale: str,
    scale: str | None = None,
    kind: ReferenceKind = "not_stated",
) -> Reference:
    """Return a reference from whatever it was given as.

    Parameters
    ----------
    given : Reference, Summary, str, path or pandas.DataFrame
        ``builtin:NAME`` is a reference that ships; a file is a summary or a matrix. A matrix has samples on one axis
        and miRNAs on the other.
    profile_scale : str
        The profile's scale; a matrix is taken to share it unless its numbers say otherwise.
    scale : str, optional
        The matrix's scale, where it is known.
    kind : str, optional
        What the profile states of the reference.

    Raises
    ------
    InputError
        Where it cannot be read or used.
    """
    if isinstance(given, Reference):
        return given
    summary = given if isinstance(given, Summary) else find_summary(given)
    if summary is not None:
        if scale is not None:
            found = f"the scale {scale} declared for a summary"
            raise InputError(Problem(summary.where, found, "a matrix", "leave out --reference-scale"))
        return of_summary(summary, resolver, settings)
    matrix, known_scale = as_matrix(given, resolver)
    from recommender.reference.scale import check_stated, detect_scale

    whole = len(matrix.features) >= number(settings, "scaling", "whole_library_min_mirnas")
    if scale is not None:
        check_stated(matrix, scale, known_scale, "--reference-scale")
    scale = scale or known_scale or detect_scale(matrix, profile_scale, whole)
    from recommender.reference.figures import summarize

    summary = summarize(matrix, resolver, settings, scale, About(kind=kind))
    # what a profile states holds for that profile: the matrix itself states nothing
    return of_summary(replace(summary, about=NOTHING_STATED), resolver, settings)


def build_reference(
    matrix: Matrix, resolver: Resolver, settings: Settings, scale: str, about: About | None = None
) -> Reference:
    """Return the reference of a matrix, by way of its summary.

    Raises
    ------
    InputError
        Where the matrix cannot be summarized.
    """
    from recommender.reference.figures import summarize

    return of_summary(summarize(matrix, resolver, settings, scale, about), resolver, settings)


def of_summary(summary: Summary, resolver: Resolver, settings: Settings) -> Reference:
    """Return what calls need of a summary, its names understood as this knowledge understands them.

    Raises
    ------
    InputError
        Where the settings in use would have scaled the samples otherwise.
    """
    names = list(summary.features)
    keys = feature_keys(names, resolver)
    refuse_repeats(keys, names, summary.where)
    _refuse_other_scaling(summary, settings)
    key_of = {name: key for name, (key, _) in zip(names, keys, strict=True)}
    name_of = {key: name for name, key in key_of.items()}
    sources = members_of_matures(keys)
    mirnas: dict[str, tuple[float, float]] = {}
    for mirna, parts in sources.items():
        found = summary.mirnas.get(mirna)
        if found is None or {key_of.get(name) for name in found.summed_from} != parts:
            # a miRNA of other knowledge than the summary was built with: what one name alone measured is known
            found = summary.features[name_of[next(iter(parts))]] if len(parts) == 1 else None
        if found is not None:
            mirnas[mirna] = (found.mean, found.sd)
    return Reference(
        features={
            key_of[name]: found.ln_geometric_mean
            for name, found in summary.features.items()
            if found.ln_geometric_mean is not None
        },
        mirnas=mirnas,
        sources=sources,
        samples=summary.samples,
        level=summary.level,
        scale=summary.scale,
        excluded=summary.removed,
        origin=summary.where,
        notes=(*summary.warnings, *_other_control(summary, settings)),
        about=summary.about,
    )


def _refuse_other_scaling(summary: Summary, settings: Settings) -> None:
    """Refuse a summary of samples scaled as the tumor will not be, or the reverse."""
    scalable = any(found.ln_geometric_mean is not None for found in summary.features.values())
    wanted = "median_of_ratios" if scalable and whole_library(len(summary.features), settings) else "none"
    if summary.scaling != wanted:
        remedy = "leave the scaling settings as they were, or build it anew with `reference build --settings`"
        expected = f"scaling {wanted}, as the settings in use ask"
        raise InputError(Problem(f"{summary.where}, scaling", summary.scaling, expected, remedy))


def _other_control(summary: Summary, settings: Settings) -> tuple[str, ...]:
    """Return a note where the settings in use ask for another quality control than the summary had."""
    notes = []
    for name, built_with in (
        ("outlier_mads", summary.outlier_mads),
        ("outlier_min_samples", summary.outlier_min_samples),
    ):
        if built_with != number(settings, "reference", name):
            notes.append(
                f"the reference is a summary whose samples were checked with {name} {built_with:g}, once for all"
            )
    return tuple(notes)
