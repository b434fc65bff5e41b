"""``recommend_cohort()``: a matrix in memory, or in a file, to data frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from recommender.cohort.answers.adding import add, quarantined
from recommender.cohort.answers.summary import finish
from recommender.cohort.design import PLATFORM, REFERENCE
from recommender.cohort.job import Job, OpenJob, Refused
from recommender.cohort.jobs.intake import IntakeJob, OpenIntake
from recommender.cohort.jobs.matrix import MatrixJob, OpenMatrix
from recommender.cohort.jobs.profiles import OpenProfiles, ProfilesJob
from recommender.cohort.opening import Given, are_profiles, open_cohort
from recommender.cohort.scoring.frames import SCHEMAS, TEXT, TEXTS
from recommender.errors import InputError, Problem, shorten
from recommender.kernel import Array
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import Scale
from recommender.pipeline import chosen_settings
from recommender.readers.measurements import Measurements
from recommender.readers.samples import ID_COLUMNS, SampleTable, samples_of
from recommender.readers.table import MAX_PROBLEMS, Table, limited

if TYPE_CHECKING:
    from recommender.model.summary import Summary

_WHERE = "expression"


@dataclass(frozen=True)
class CohortResult:
    """What `recommend` says of every sample, as data frames with the columns of the files that `batch` writes.

    Attributes
    ----------
    strategies, exploratory, withheld : pandas.DataFrame
        A row a sample and strategy.
    calls : pandas.DataFrame
        A row a sample and covered miRNA, family or cluster.
    quarantine : pandas.DataFrame
        A row a sample that was refused: position, sample_id, reason.
    summary : Summary
        How many samples each strategy serves, and more.
    notes : tuple of str
        How the matrix was understood.
    """

    strategies: pd.DataFrame
    withheld: pd.DataFrame
    exploratory: pd.DataFrame
    calls: pd.DataFrame
    quarantine: pd.DataFrame
    summary: Summary
    notes: tuple[str, ...]


def recommend_cohort(
    expression: pd.DataFrame | str | Path,
    *,
    scale: str | None = None,
    cancer: str | None = None,
    samples: pd.DataFrame | str | Path | None = None,
    reference: Any = None,
    knowledge: Knowledge | None = None,
    settings: Mapping[str, Any] | str | Path | None = None,
    samples_in: str = "columns",
    reference_kind: str | None = None,
    reference_samples: int | None = None,
    by: str | tuple[str, ...] = (),
) -> CohortResult:
    """Return strategies for every sample of a matrix. Research use only.

    Parameters
    ----------
    expression : pandas.DataFrame or path
        Numbers, miRNA names in the index and samples in the columns (see `samples_in`); NaN: not measured. A file is
        read as ``batch`` reads it.
    scale : str
        ``log2_fold_change`` (tumor over normal), ``z_score``, ``counts``, ``reads_per_million`` or
        ``log2_reads_per_million``; of a file, where it does not say it.
    cancer : str, optional
        Of all samples; or a column of `samples`.
    samples : pandas.DataFrame or path, optional
        ``sample_id`` (a column, or the index), ``cancer``, ``disease_state``, ``metastatic``, ``purity``,
        ``reference`` and columns to group by.
    reference : path, pandas.DataFrame or Reference, optional
        Normals, for abundances; as :func:`recommender.recommend` takes it.
    settings : mapping or path, optional
        Overrides of the thresholds and weights.
    samples_in : {"columns", "rows"}
        Of a data frame.
    reference_kind : str, optional
        What the values are relative to, where nothing says it: ``normal_cohort``, ``matched_normal``,
        ``tumor_cohort`` or ``other_group``.
    reference_samples : int, optional
        Of relative values: how many samples they were compared with.
    by : str or tuple of str
        Columns of `samples` to summarize by.

    Raises
    ------
    InputError, SettingsError
        The matrix as a whole cannot be used; a single sample that cannot is in ``quarantine``.

    Examples
    --------
    >>> import pandas as pd
    >>> ratios = pd.DataFrame({"T1": [2.4, -1.8], "T2": [0.1, -2.5]}, index=["hsa-miR-221-3p", "hsa-miR-122-5p"])
    >>> found = recommend_cohort(
    ...     ratios, scale="log2_fold_change", cancer="LIHC", reference_kind="normal_cohort", reference_samples=50
    ... )
    >>> found.strategies[["sample_id", "rank", "strategy"]].values.tolist()
    [['T1', 1, 'inhibit:hsa-miR-221-3p'], ['T1', 2, 'restore:hsa-miR-122-5p'], ['T2', 1, 'restore:hsa-miR-122-5p']]
    """
    known = knowledge if knowledge is not None else load_knowledge()
    by = (by,) if isinstance(by, str) else tuple(by)
    _check_words(expression, scale=scale, samples_in=samples_in, reference_kind=reference_kind)
    options: dict[str, Any] = {
        "scale": scale,
        "cancer": cancer,
        "samples": _sample_table(samples, by),
        "reference": str(reference) if isinstance(reference, Path) else reference,
        "reference_kind": reference_kind,
        "reference_samples": reference_samples,
        "by": by,
    }
    profiles = isinstance(expression, (str, Path)) and are_profiles(str(expression))
    if reference_kind is not None and scale in ("log2_fold_change", "z_score") and not profiles:
        options |= {"contrast": _CONTRAST_OF[reference_kind]}
    if isinstance(expression, pd.DataFrame):
        if scale is None:
            raise InputError(Problem(_WHERE, "no scale", "what the numbers are", "give scale="))
        given = Given("", options, known, chosen_settings(known, settings))
        job, notes = given.of_measurements(_measurements(expression, scale, samples_in), "", dict)
    else:
        overrides = {"settings": settings} if settings is not None else {}
        job, notes = open_cohort(str(expression), {**options, **overrides}, known)
    opened = _opened(job, known)
    parts = [opened.run(chunk) for chunk in opened.chunks]
    counts: dict[str, Any] = {}
    for part in parts:
        counts = add(add(counts, part.counts), quarantined(refused.category for refused in part.refused))
    tables = {name: _frame([part.tables[name] for part in parts], schema) for name, schema in SCHEMAS.items()}
    refused = [one._asdict() for part in parts for one in part.refused]
    quarantine = pd.DataFrame(refused, columns=list(Refused._fields))
    return CohortResult(**tables, quarantine=quarantine, summary=finish(counts, known), notes=notes)


def _opened(job: Job, knowledge: Knowledge) -> OpenJob:
    """Open a job with the knowledge that is here, packs and all."""
    if isinstance(job, MatrixJob):
        return OpenMatrix(job, knowledge)
    if isinstance(job, ProfilesJob):
        return OpenProfiles(job, knowledge)
    return OpenIntake(job, knowledge) if isinstance(job, IntakeJob) else job.open()


_CONTRAST_OF = {
    "normal_cohort": "tumor_vs_normal",
    "matched_normal": "tumor_vs_matched_normal",
    "tumor_cohort": "tumor_cohort",
    "other_group": "other_group",
}


_PLAIN = {TEXT: pa.string(), TEXTS: pa.list_(pa.string())}


def _frame(tables: list[pa.Table], schema: pa.Schema) -> pd.DataFrame:
    plain = pa.schema([f.with_type(_PLAIN.get(f.type, f.type)) for f in schema])
    found: pd.DataFrame = pa.concat_tables([table.cast(plain) for table in tables] or [plain.empty_table()]).to_pandas()
    return found


def _check_words(expression: object, **given: str | None) -> None:
    """Refuse words that mean nothing, and what is no matrix."""
    allowed = {"scale": get_args(Scale), "samples_in": ("columns", "rows"), "reference_kind": tuple(_CONTRAST_OF)}
    problems = [
        Problem(name, shorten(word), f"one of {', '.join(allowed[name])}", "mend the argument")
        for name, word in given.items()
        if word is not None and word not in allowed[name]
    ]
    if not isinstance(expression, (pd.DataFrame, str, Path)):
        remedy = "give pandas.DataFrame(numbers, index=mirnas, columns=samples)"
        problems.append(Problem(_WHERE, f"a {type(expression).__name__}", "a pandas.DataFrame, or a path", remedy))
    if problems:
        raise InputError(problems)


def _measurements(frame: pd.DataFrame, scale: str, samples_in: str) -> Measurements:
    """Return a data frame as a reader would; samples with one name are set aside."""
    for axis, index in (("index", frame.index), ("columns", frame.columns)):
        if isinstance(index, pd.MultiIndex):
            found = f"{index.nlevels} levels of names ({', '.join(map(str, index.names))})"
            raise InputError(Problem(f"{_WHERE}.{axis}", found, "one name each", "keep the level that names them"))
    if samples_in == "columns":
        frame = frame.T.infer_objects()
    names = ["" if _is_missing(name) else str(name) for name in frame.columns]
    twice = sorted(name for name, times in Counter(names).items() if times > 1 and name)
    if twice:
        raise InputError(
            [Problem(f"{_WHERE}, {name}", "a miRNA printed twice", "one row a miRNA", "keep one") for name in twice]
        )
    if frame.empty:
        found = f"{frame.shape[0]} samples, {frame.shape[1]} miRNAs"
        raise InputError(Problem(_WHERE, found, "one or more of each", "check samples_in, and what the frame holds"))
    samples = ["" if _is_missing(name) else str(name).strip() for name in frame.index]
    order = tuple(name or f"sample {i + 1}" for i, name in enumerate(samples))
    times = Counter(order)
    aside = {
        name: Problem(f"{_WHERE}, sample {name}", "a sample name printed twice", "unique names", "rename or remove one")
        for name in order
        if times[name] > 1
    }
    for named, given in zip(order, samples, strict=True):
        if not given:
            aside[named] = Problem(f"{_WHERE}, {named}", "no name", "a sample name", "name the sample")
    kept = [i for i, name in enumerate(order) if name not in aside]
    return Measurements(
        format="data frame",
        kind="relative",
        scale=scale,
        samples=tuple(order[i] for i in kept),
        names=tuple(names),
        values=_numbers(frame, names, order)[kept],
        where=_WHERE,
        set_aside=aside,
        order=order,
    )


def _numbers(frame: pd.DataFrame, names: Sequence[str], samples: Sequence[str]) -> Array:
    """Return the numbers of a data frame, shape (samples, names); nothing is taken for a number that is none.

    Raises
    ------
    InputError
        With the first cells that are none.
    """
    values = np.empty(frame.shape)
    problems: list[Problem] = []
    for i, (name, (_, column)) in enumerate(zip(names, frame.items(), strict=True)):
        if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
            for sample, cell in zip(samples, column, strict=True):
                if not (_is_missing(cell) or _is_number(cell)) and len(problems) <= MAX_PROBLEMS:
                    expected, remedy = "a number, NaN where not measured", "convert it, or leave it out"
                    problems.append(Problem(f"{_WHERE}, {name}, sample {sample}", shorten(cell), expected, remedy))
        elif column.dtype.kind == "c":
            problems.append(Problem(f"{_WHERE}, {name}", "complex numbers", "real ones", "give the real part"))
        if not problems:
            values[:, i] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if problems:
        raise InputError(limited(problems, _WHERE))
    return values


def _is_missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)


def _is_number(cell: object) -> bool:
    return isinstance(cell, (Real, Decimal)) and not isinstance(cell, (bool, np.bool_))


def _sample_table(given: pd.DataFrame | str | Path | None, by: tuple[str, ...]) -> SampleTable | str | None:
    """Return a table of samples as options have it."""
    if not isinstance(given, pd.DataFrame):
        return None if given is None else str(given)
    frame = given
    if not any(str(name).strip().lower() in ID_COLUMNS for name in given.columns):
        if isinstance(given.index, pd.MultiIndex):
            remedy = "give a column sample_id"
            raise InputError(Problem("samples.index", f"{given.index.nlevels} levels of names", "one", remedy))
        frame = given.rename_axis("sample_id").reset_index()
    header = tuple(str(name) for name in frame.columns)
    rows = [[_text(cell) for cell in row] for row in frame.itertuples(index=False)]
    return samples_of(Table("samples", "", header, rows, list(range(1, len(rows) + 1))), by, (REFERENCE, PLATFORM))


def _text(cell: Any) -> str:
    if _is_missing(cell):
        return ""
    return str(cell).lower() if isinstance(cell, (bool, np.bool_)) else str(cell)
