"""What a tumor's abundances are compared with: the summary of reference samples, however they were given."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recommender.errors import InputError, Problem
from recommender.features import Level, feature_keys, members_of_matures, refuse_repeats, whole_library
from recommender.model.profile import ReferenceKind
from recommender.nomenclature import NotUnderstood, Resolver
from recommender.readers.matrix import Matrix, make_matrix, read_matrix
from recommender.readers.source import read_source, stem_of
from recommender.reference_file import NOTHING_STATED, About, Summary, is_summary, parse_summary
from recommender.settings import Settings, number

MAX_SUMMARY_BYTES = 64 * 1024**2
_HEAD = 8192
_PLAIN = "matrix"  # the reader of matrices that no tool wrote


@dataclass(frozen=True)
class Reference:
    """Reference samples as calls need them; made of a :class:`~recommender.reference_file.Summary` in one way.

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
    scale = scale or known_scale
    if scale is None:
        from recommender.reference_figures import detect_scale

        whole = len(matrix.features) >= number(settings, "scaling", "whole_library_min_mirnas")
        scale = detect_scale(matrix, profile_scale, whole)
    from recommender.reference_figures import summarize

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
    from recommender.reference_figures import summarize

    return of_summary(summarize(matrix, resolver, settings, scale, about), resolver, settings)


def find_summary(given: Any) -> Summary | None:
    """Return the summary behind ``builtin:NAME`` or in a file; None where what is given is none.

    Raises
    ------
    InputError
        No such built-in reference, or a summary that cannot be used.
    """
    if isinstance(given, str):
        from recommender.reference_builtin import PREFIX, load_builtin

        if given.startswith(PREFIX):
            return load_builtin(given)
    if not isinstance(given, (str, Path)):
        return None
    head = _unpacked(Path(given), _HEAD)
    if head is None or not is_summary(head.decode("utf-8", "replace")):
        return None
    where = str(given)
    raw = _unpacked(Path(given), MAX_SUMMARY_BYTES + 1)
    if raw is None or len(raw) > MAX_SUMMARY_BYTES:
        raise InputError(Problem(where, "damaged, or more than 64 MiB", "a summary", "build it anew"))
    try:
        return parse_summary(raw.decode("utf-8"), where)
    except UnicodeDecodeError:
        raise InputError(Problem(where, "bytes that are not UTF-8", "UTF-8 text", "build it anew")) from None


def _unpacked(path: Path, most: int) -> bytes | None:
    """Return up to `most` bytes of a file, unpacked; None where it cannot be read: who reads it whole says why."""
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
            stream.seek(0)
            if start != b"\x1f\x8b":
                return stream.read(most)
            with gzip.open(stream) as packed:
                return packed.read(most)
    except (OSError, EOFError, ValueError, zlib.error):
        return None


def as_matrix(given: Any, resolver: Resolver) -> tuple[Matrix, str | None]:
    """Return the matrix in a file or a pandas.DataFrame, and its scale where the format of the file tells it.

    What a quantifier wrote of one sample is a matrix of one; names it did not measure in every sample are left out.

    Raises
    ------
    InputError
        Where it cannot be read as one.
    """

    def is_name(name: str) -> bool:
        found = resolver.resolve(name)
        return not isinstance(found, NotUnderstood) or found.reason in ("retired_entry", "not_human")

    if isinstance(given, (str, Path)):
        return _quantified(given) or (read_matrix(Path(given), is_name), None)
    rows, columns = [str(n) for n in given.index], [str(n) for n in given.columns]
    return make_matrix(rows, columns, given.to_numpy(), "reference", is_name), None


def _quantified(path: str | Path) -> tuple[Matrix, str | None] | None:
    """Return the matrix and scale of a file some tool wrote; None for plain matrices and all else."""
    from recommender.readers.measurements import Hints
    from recommender.readers.registry import detect
    from recommender.readers.table import parse_table

    if not Path(path).is_file():
        return None
    try:
        source = read_source(path)
        table = parse_table(source)
        reader, _ = detect(table)
    except InputError:
        return None  # read_matrix tells what is wrong with it
    if reader.id == _PLAIN:
        return None
    found = reader.read(table, Hints())
    if found.kind != "abundance":
        expected = "abundances of normal samples"
        raise InputError(Problem(str(path), f"ratios: {reader.title}", expected, "give counts, or reads per million"))
    if found.set_aside:
        raise InputError(list(found.set_aside.values()))
    samples = found.samples if found.samples != ("",) else (stem_of(source.name),)
    whole = [i for i, missing in enumerate((found.values != found.values).any(axis=0)) if not missing]
    return Matrix(samples, tuple(found.names[i] for i in whole), found.values[:, whole], str(path)), found.scale


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
