"""What makes a matrix as a whole unfit, whichever of its samples are sound."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.calling import one_kind
from recommender.cohort.columns import Columns
from recommender.cohort.matrix_job import MatrixJob, needed_columns
from recommender.errors import InputError, Problem
from recommender.features import whole_library
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES
from recommender.settings import number


def parts_of(told: str) -> tuple[str, str, str]:
    """Return what was found, expected and the remedy, of a line that tells all three.

    >>> parts_of("found 3; expected 2; count again")
    ('3', '2', 'count again')
    """
    found, _, rest = told.partition("; expected ")
    expected, _, remedy = rest.partition("; ")
    return found.removeprefix("found "), expected, remedy


def refuse_as_a_whole(job: MatrixJob, names: Sequence[str], knowledge: Knowledge) -> None:
    """Refuse a matrix none of whose samples can be used, whatever its numbers."""
    where = job.source if isinstance(job.source, str) else job.source.where
    columns = needed_columns(names, job.scale, knowledge)
    if not columns.known:
        found = f"no miRNA the knowledge holds among {len(names):,} names"
        raise InputError(Problem(where, found, "one or more", "check the column of names"))
    if job.scale in ABUNDANCE_SCALES:
        _refuse_other_libraries(job, columns, where)
    reasons = job.scorer(columns, knowledge).unusable
    if len(reasons) == len(job.design.statements):
        raise InputError([Problem(where, *parts_of(reason)) for reason in sorted(set(reasons))])


def _refuse_other_libraries(job: MatrixJob, columns: Columns, where: str) -> None:
    """Refuse libraries that no reference here can be compared with."""
    level = columns.level(where)
    whole = len(columns.names) >= number(job.settings, "scaling", "whole_library_min_mirnas")
    if job.scale == "counts" and job.sizes is None and not whole:
        found = f"counts of {len(columns.names):,} miRNAs"
        remedy = "give all miRNAs that were measured, or reads per million"
        raise InputError(Problem(where, found, "whole libraries", remedy))
    for key, reference in job.references.items():
        if level != reference.level:
            expected = f"{reference.level}s, as the reference {key} has"
            raise InputError(Problem(where, f"{level}s", expected, "compare like with like"))
        if reference.about.builtin and not whole_library(len(columns.names), job.settings):
            expected = "a whole library, to scale it to a built-in reference"
            remedy = "give all miRNAs that were measured"
            raise InputError(Problem(where, f"{len(columns.names):,} names", expected, remedy))
        one_kind(job.kind, reference)
