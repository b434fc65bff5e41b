"""From a quantifier's or a differential-expression file to profiles, with everything that was decided on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import InputError, Problem, RecommenderError, printable, shorten
from recommender.intake.gates import check_libraries, check_samples, check_scale
from recommender.intake.names import check_names, check_others, is_human, listed, release
from recommender.intake.profiles import build_profile
from recommender.intake.stated import CONTRASTS, Stated
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.readers.measurements import Hints, Measurements
from recommender.readers.registry import read_measurements
from recommender.readers.samples import SampleTable
from recommender.readers.source import Source, stem_of
from recommender.settings import Settings

if TYPE_CHECKING:
    from recommender.kernel import Array

REVERSED = "normal_vs_tumor"
_MIXED_NOTE = "differential expression of groups: the calls are a group's, not one patient's"


class Intake(NamedTuple):
    """A file as taken in.

    Attributes
    ----------
    samples : tuple of str
        Those that can be used, in the order of the file.
    notes : tuple of str
        What was detected, declared and doubted.
    set_aside : mapping of str to Problem
        Samples that cannot be used.
    build : callable
        From a sample's name to its profile; an :class:`InputError` says why there is none.
    scale : str
    values : array, shape (samples, names)
        In `scale`, tumor over normal where relative; rows as the reader gave them.
    reference : dict or None
        What is stated of what relative values were compared with.
    """

    samples: tuple[str, ...]
    notes: tuple[str, ...]
    set_aside: dict[str, Problem]
    build: Callable[[str], Profile]
    scale: str
    values: Array
    reference: dict[str, Any] | None

    def profiles(self, wanted: str | None = None) -> Iterator[tuple[str, Profile | RecommenderError]]:
        """Yield usable samples, or the one that is wanted, with the profile or with what is wrong with it."""
        for name in self.samples:
            if wanted not in (None, name):
                continue
            try:
                yield name, self.build(name)
            except RecommenderError as error:
                yield name, error

    def set_aside_problems(self, wanted: str | None = None) -> Iterator[tuple[str, RecommenderError]]:
        """Yield samples that cannot be used, or the one that is wanted, with the reason."""
        for name, problem in self.set_aside.items():
            if wanted in (None, name):
                yield name, InputError(problem)


def take_in(source: Source, stated: Stated, knowledge: Knowledge, settings: Settings) -> Intake:
    """Return the samples of a table that any supported tool wrote.

    Raises
    ------
    InputError
        The file as a whole cannot be used, or an option says otherwise than the file, or is missing.
    """
    found = read_measurements(source, Hints(stated.scale, stated.samples_in), stated.read_as)
    if stated.samples_in is not None and not found.has_axes:
        told, remedy = f"--samples-in with {found.format}", "leave out --samples-in"
        raise InputError(Problem(found.where, told, "a matrix", remedy))
    return understand(found, source.name, stated, knowledge, settings)


def understand(found: Measurements, file: str, stated: Stated, knowledge: Knowledge, settings: Settings) -> Intake:
    """Return the samples of what a reader gave; `file` is the file's name, empty for standard input.

    Raises
    ------
    InputError
        As :func:`take_in`.
    """
    if not all(found.names):
        found_text = f"{found.names.count(''):,} values without a miRNA's name"
        raise InputError(Problem(found.where, found_text, "a name for each", "name the miRNA, or remove the row"))
    notes = list(found.detected)
    notes += check_names(found, knowledge, settings, stated.accept_names)
    notes.append(release(file, found.names, knowledge))
    scale = _scale(found, stated, notes)
    values = found.values
    if stated.contrast == REVERSED:
        values = -values
        notes.append("declared as normal against tumor: every sign is turned")
    if found.kind != "differential":
        notes += check_scale(_of_mirnas(values, found.names, knowledge), scale, found.where, settings)
        if scale in ABUNDANCE_SCALES:
            notes += check_others(found.names, knowledge)
        notes += check_libraries(found.samples, found.names, values, scale, knowledge, settings)
    notes += check_samples(found.samples, values)
    reference = _reference(found, scale, stated, notes)
    names = _sample_names(found, file, stated, notes)
    set_aside = dict(found.set_aside)
    if scale == "counts":
        _set_aside_empty(names, values, found.where, set_aside)
    if stated.samples is not None:
        notes += compare_samples([*names, *set_aside], stated.samples)
    index = {name: i for i, name in enumerate(names)}
    usable = tuple(name for name in names if name not in set_aside)
    notes = [printable(note) for note in notes]
    description = "; ".join(notes)

    def build(name: str) -> Profile:
        return build_profile(name, index[name], found, values, scale, reference, description, stated, knowledge)

    return Intake(usable, tuple(notes), set_aside, build, scale, values, reference)


def _of_mirnas(values: Array, names: tuple[str, ...], knowledge: Knowledge) -> Array:
    """Return the columns that tell a scale: an age among them is no measurement."""
    kept = [i for i, found in enumerate(knowledge.resolver.resolve_all(names)) if is_human(found)]
    return values if len(kept) == len(names) else values[:, kept]


def _scale(found: Measurements, stated: Stated, notes: list[str]) -> str:
    if found.scale is None:
        if stated.scale is None:
            known = found.values[found.values == found.values]
            span = f"numbers from {known.min():g} to {known.max():g}" if known.size else "no number"
            raise InputError(
                Problem(
                    found.where,
                    f"{span} that could be of several scales" if known.size else span,
                    "counts, reads_per_million, log2_reads_per_million, log2_fold_change or z_score",
                    "give --scale",
                )
            )
        notes.append(f"scale {stated.scale}, as declared")
        return stated.scale
    if stated.scale is not None and stated.scale != found.scale:
        remedy = f"leave out --scale, or give {found.scale}"
        raise InputError(Problem(found.where, found.scale, f"{stated.scale}, as --scale says", remedy))
    notes.append(f"scale {found.scale}")
    return found.scale


def _reference(found: Measurements, scale: str, stated: Stated, notes: list[str]) -> dict[str, Any] | None:
    """Return the profile's statement on its reference; None where nothing is stated."""
    if stated.reference_samples is not None and stated.contrast is None:
        remedy = "give --contrast, or leave out --reference-samples"
        found_ = "--reference-samples without a contrast"
        raise InputError(Problem(found.where, found_, "what the values are relative to", remedy))
    if scale in ABUNDANCE_SCALES:
        if stated.contrast is not None:
            remedy = "leave out --contrast; give normal samples with --reference"
            raise InputError(Problem(found.where, f"--contrast with {scale}", "relative values", remedy))
        return None
    if stated.contrast is None:
        if found.kind == "differential":
            raise InputError(
                Problem(
                    found.where,
                    "a contrast that the file does not name",
                    "what was compared with what",
                    f"give --contrast: {', '.join(CONTRASTS)}",
                )
            )
        notes.append("reference not stated: see --contrast")
        return None
    reference: dict[str, Any] = {"kind": CONTRASTS[stated.contrast]}
    if stated.reference_samples is not None:
        reference["samples"] = stated.reference_samples
    size = f", {stated.reference_samples} samples" if stated.reference_samples else ", of unknown size"
    notes.append(f"compared with {reference['kind']}{size}, as declared")
    if found.kind == "differential":
        notes.append(_MIXED_NOTE)
        reference["description"] = _MIXED_NOTE
    return reference


def _sample_names(found: Measurements, file: str, stated: Stated, notes: list[str]) -> tuple[str, ...]:
    if found.samples != ("",):
        if stated.sample is not None and stated.sample not in (*found.samples, *found.set_aside):
            near = listed(sorted(found.samples))
            raise InputError(
                Problem(found.where, f"no sample {shorten(stated.sample)}", f"one of {near}", "check --sample")
            )
        return found.samples
    name = stated.sample or stem_of(file)
    if not name:
        raise InputError(Problem(found.where, "a sample without a name", "its name", "give --sample NAME"))
    notes.append(f"the file does not name its sample: {name}, " + ("as declared" if stated.sample else "from its name"))
    return (name,)


def _set_aside_empty(names: tuple[str, ...], values: Array, where: str, set_aside: dict[str, Problem]) -> None:
    import numpy as np

    for name, total in zip(names, np.nansum(values, axis=1), strict=True):
        if not total > 0:
            set_aside[name] = Problem(f"{where}, sample {name}", "no reads", "a library with reads", "leave it out")


def compare_samples(names: Sequence[str], table: SampleTable) -> list[str]:
    """Return notes on samples of which their table says nothing, and on rows that are of no sample."""
    notes = list(table.notes)
    without = [name for name in names if name not in table.rows]
    unknown = sorted(set(table.rows) - set(names))
    if without:
        notes.append(f"{len(without):,} samples without a row in the samples table: {listed(without)}")
    if unknown:
        notes.append(f"{len(unknown):,} rows of the samples table without a sample here: {listed(unknown)}")
    return notes
