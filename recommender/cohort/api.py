"""``recommend_cohort()``: a matrix in memory, or in a file, to data frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from recommender.cohort.adding import add, quarantined
from recommender.cohort.design import REFERENCE
from recommender.cohort.frames import SCHEMAS, TEXT, TEXTS
from recommender.cohort.job import Refused
from recommender.cohort.matrix_job import MatrixJob, OpenMatrix
from recommender.cohort.opening import Given, open_cohort
from recommender.cohort.summary import finish
from recommender.errors import InputError, Problem, shorten
from recommender.knowledge import Knowledge, load_knowledge
from recommender.pipeline import chosen_settings
from recommender.readers.measurements import Measurements
from recommender.readers.samples import SampleTable, samples_of
from recommender.readers.table import Table

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
    by: tuple[str, ...] = (),
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
    by : tuple of str
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
    options: dict[str, Any] = {
        "scale": scale,
        "cancer": cancer,
        "samples": _sample_table(samples, by),
        "reference": str(reference) if isinstance(reference, Path) else reference,
        "reference_kind": reference_kind,
        "reference_samples": reference_samples,
        "by": by,
    }
    if reference_kind is not None and scale in ("log2_fold_change", "z_score"):
        options |= {"contrast": _CONTRAST_OF[reference_kind]}
    if isinstance(expression, pd.DataFrame):
        if scale is None:
            raise InputError(Problem(_WHERE, "no scale", "what the numbers are", "give scale="))
        given = Given("", options, known, chosen_settings(known, settings))
        job, notes = given.of_measurements(_measurements(expression, scale, samples_in), "", dict)
    else:
        overrides = {"settings": settings} if settings is not None else {}
        job, notes = open_cohort(str(expression), {**options, **overrides}, known)
    opened = OpenMatrix(job, known) if isinstance(job, MatrixJob) else job.open()
    parts = [opened.run(chunk) for chunk in opened.chunks]
    counts: dict[str, Any] = {}
    for part in parts:
        counts = add(add(counts, part.counts), quarantined(refused.category for refused in part.refused))
    tables = {name: _frame([part.tables[name] for part in parts], schema) for name, schema in SCHEMAS.items()}
    refused = [one._asdict() for part in parts for one in part.refused]
    quarantine = pd.DataFrame(refused, columns=list(Refused._fields))
    return CohortResult(**tables, quarantine=quarantine, summary=finish(counts, known), notes=notes)


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


def _measurements(frame: pd.DataFrame, scale: str, samples_in: str) -> Measurements:
    """Return a data frame as a reader would; samples with one name are set aside."""
    if samples_in == "columns":
        frame = frame.T
    elif samples_in != "rows":
        raise InputError(Problem("samples_in", shorten(samples_in), "columns or rows"))
    names = [str(name) for name in frame.columns]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(
            [Problem(f"{_WHERE}, {name}", "a miRNA twice", "one row a miRNA", "keep one") for name in twice]
        )
    if frame.empty:
        raise InputError(Problem(_WHERE, f"{frame.shape[0]} samples, {frame.shape[1]} miRNAs", "one or more of each"))
    try:
        values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        found = f"cells that are no numbers ({shorten(str(error))})"
        raise InputError(Problem(_WHERE, found, "numbers, NaN where not measured", "mend the data frame")) from None
    samples = [str(name) for name in frame.index]
    times = Counter(samples)
    kept = [i for i, name in enumerate(samples) if times[name] == 1 and name]
    aside = {
        name: Problem(f"{_WHERE}, sample {name}", "a sample name printed twice", "unique names", "rename or remove one")
        for name in samples
        if times[name] > 1
    }
    return Measurements(
        format="data frame",
        kind="relative",
        scale=scale,
        samples=tuple(samples[i] for i in kept),
        names=tuple(names),
        values=values[kept],
        where=_WHERE,
        set_aside=aside,
    )


def _sample_table(given: pd.DataFrame | str | Path | None, by: tuple[str, ...]) -> SampleTable | str | None:
    """Return a table of samples as options have it."""
    if not isinstance(given, pd.DataFrame):
        return None if given is None else str(given)
    frame = given if "sample_id" in given.columns else given.rename_axis("sample_id").reset_index()
    header = tuple(str(name) for name in frame.columns)
    rows = [[_text(cell) for cell in row] for row in frame.itertuples(index=False)]
    return samples_of(Table("samples", "", header, rows, list(range(1, len(rows) + 1))), by, (REFERENCE,))


def _text(cell: Any) -> str:
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    return str(cell).lower() if isinstance(cell, (bool, np.bool_)) else str(cell)
