"""What makes a matrix as a whole unfit, whichever of its samples are sound."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.calling import one_kind
from recommender.cohort.jobs.matrix import MatrixJob, needed_columns
from recommender.cohort.scoring.columns import Columns
from recommender.errors import InputError, Problem
from recommender.features import whole_library
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.readers.table import limited
from recommender.reference.load import Reference
from recommender.settings import Settings, number
from recommender.tabling import refuse_entangled, refuse_untabled


def parts_of(told: str) -> tuple[str, str, str, str]:
    """Return place, what was found, expected and the remedy, of a line that tells all; empty: not told.

    >>> parts_of("cancer: found 3; expected 2; count again")
    ('cancer', '3', '2', 'count again')
    """
    place, _, told = f"; {told}".partition("found ")
    found, _, rest = told.partition("; expected ")
    expected, _, remedy = rest.partition("; ")
    return place.removeprefix("; ").removesuffix(": "), found, expected, remedy


def of_matrix(where: str, told: str) -> Problem:
    """Return a line on a sample as a problem of its matrix, but where it names a file of its own."""
    place, *parts = parts_of(told)
    return Problem(f"{where}, {place}" if place and ", " not in place else place or where, *parts)


def refuse_as_a_whole(job: MatrixJob, names: Sequence[str], knowledge: Knowledge) -> tuple[str, ...]:
    """Refuse a matrix none of whose samples can be used, whatever its numbers; return what else is to be told."""
    refuse_untabled(knowledge)
    refuse_entangled(knowledge)
    where = job.source if isinstance(job.source, str) else job.source.where
    columns = needed_columns(names, job.scale, knowledge)
    if not columns.known:
        found = f"no miRNA the knowledge holds among {len(names):,} names"
        raise InputError(Problem(where, found, "one or more", "check the column of names"))
    if job.scale in ABUNDANCE_SCALES:
        _refuse_part_of_a_library(job, columns, where)
    scorer = job.scorer(columns, knowledge)
    reasons = scorer.unusable
    if len(reasons) == len(job.design.statements):
        raise InputError(limited([of_matrix(where, reason) for reason in sorted(set(reasons))], where))
    return tuple(scorer.notes)


def _refuse_part_of_a_library(job: MatrixJob, columns: Columns, where: str) -> None:
    """Refuse counts whose library nobody knows the size of."""
    whole = len(columns.names) >= number(job.settings, "scaling", "whole_library_min_mirnas")
    if job.scale == "counts" and job.sizes is None and not whole:
        found = f"counts of {len(columns.names):,} miRNAs"
        remedy = "give all miRNAs that were measured, or reads per million"
        raise InputError(Problem(where, found, "whole libraries", remedy))


def other_library(
    columns: Columns, reference: Reference, key: str, kind: ReferenceKind, settings: Settings, where: str
) -> Problem | None:
    """Return why a matrix cannot be compared with a reference; None where it can."""
    level = columns.level(where)
    if level != reference.level:
        expected = f"{reference.level}s, as the reference {key} has"
        remedy = f"compare like with like: give the tumors' {reference.level}s, or normals measured as {level}s"
        return Problem(where, f"{level}s", expected, remedy)
    if reference.about.builtin and not whole_library(len(columns.names), settings):
        least = number(settings, "scaling", "whole_library_min_mirnas")
        expected = f"a whole library, {least:g} names or more, to scale it to a built-in reference"
        return Problem(where, f"{len(columns.names):,} names", expected, "give all miRNAs that were measured")
    try:
        one_kind(kind, reference)
    except InputError as error:
        return error.problems[0]
    return None
