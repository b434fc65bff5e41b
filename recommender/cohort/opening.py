"""Whatever a cohort is given as, opened as a job: a matrix, or profiles."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.cohort.design import REFERENCE, Design, design_of
from recommender.cohort.intake_job import IntakeJob
from recommender.cohort.job import Job
from recommender.cohort.matrix_job import MatrixJob, needed_columns
from recommender.cohort.measuring import impossible
from recommender.cohort.normals import normals_of
from recommender.cohort.profiles_job import open_profiles
from recommender.cohort.soundness import parts_of, refuse_as_a_whole
from recommender.cohort.sources import CHUNK_SAMPLES, ArraySource, ParquetSource, Source
from recommender.errors import InputError, Problem, printable
from recommender.intake.stated import Stated
from recommender.intake.take_in import REVERSED, Intake, compare_samples, understand
from recommender.knowledge import Knowledge
from recommender.model.profile import ReferenceKind
from recommender.pipeline import chosen_settings
from recommender.readers.grids import orientation
from recommender.readers.measurements import Hints, Measurements
from recommender.readers.registry import read_measurements
from recommender.readers.samples import SampleTable, read_samples
from recommender.readers.source import read_source
from recommender.readers.table import Table
from recommender.settings import Settings

_LOOKED_AT = 512  # samples by which the scale of a Parquet file is told and its gates are judged
_MANY_BAD = 0.5  # share of samples with impossible numbers from which the matrix as a whole is at fault
_PARQUET = b"PAR1"


def open_cohort(path: str, options: Mapping[str, Any], knowledge: Knowledge) -> tuple[Job, tuple[str, ...]]:
    """Return the job of a cohort, and notes on how it was understood.

    Parameters
    ----------
    path : str
        A matrix that any reader knows, a JSON Lines file or a folder of profiles.
    options : mapping
        As :func:`recommender.cli.reading.reads_measurements` gives them, with `packs`, `by` and `chunk_size`.

    Raises
    ------
    InputError, SettingsError
        What is wrong with the cohort as a whole; of single samples the run tells.
    """
    settings = chosen_settings(knowledge, options.get("settings"))
    given = Given(path, options, knowledge, settings)
    if Path(path).is_dir() or path.endswith((".jsonl", ".ndjson", ".json")):
        return open_profiles(path, options, knowledge, settings), ()
    if _is_parquet(path):
        source = ParquetSource(path)
        if _samples_in_rows(source, options.get("samples_in")):
            return given.of_parquet(source)
    return given.of_table()


def _is_parquet(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(4) == _PARQUET
    except OSError:
        return False  # the reader tells what is wrong


def _samples_in_rows(source: ParquetSource, stated: str | None) -> bool:
    if stated is not None:
        return stated == "rows"
    some = source.ids(0, min(source.samples, 1000))
    table = Table(source.where, Path(source.where).name, ("", *source.names), [[name] for name in some], [])
    return orientation(table) != "columns"


class Given(NamedTuple):
    """What a user gave: where it stands, options by their names, and what it is to be understood by."""

    path: str
    options: Mapping[str, Any]
    knowledge: Knowledge
    settings: Settings

    def of_parquet(self, source: ParquetSource) -> tuple[Job, tuple[str, ...]]:
        """Return the job of a Parquet file with samples in rows, judged by its first samples."""
        digests = hashing([self.path, *self._files()])
        start, stop = _looked_at(source)
        faults = source.faults(start, stop)
        usable = [i - start for i in range(start, stop) if i not in faults]
        ids = source.ids(start, stop)
        values = source.values(source.names, start, stop)[:, usable]
        found = Measurements(
            format="matrix",
            kind="relative",
            scale=self.options.get("scale") or _detected(values),
            samples=tuple(ids[i] for i in usable),
            names=source.names,
            values=values.T,
            where=source.where,
            has_axes=True,
            detected=("Parquet, samples in rows", *_judged_by(stop - start, source), *_left_out(source)),
        )
        _, intake = self._understood(found, Path(self.path).name)
        return self._job(str(self.path), source, intake, None, digests)

    def of_table(self) -> tuple[Job, tuple[str, ...]]:
        """Return the job of a table that some reader knows."""
        source = read_source(self.path)
        if not source.is_table:
            return open_profiles(self.path, self.options, self.knowledge, self.settings), ()
        digests = hashing(self._files(), source.content)
        hints = Hints(self.options.get("scale"), self.options.get("samples_in"))
        found = read_measurements(source, hints, self.options.get("read_as"))
        return self.of_measurements(found, source.name, digests)

    def of_measurements(
        self, found: Measurements, file: str, digests: Callable[[], Mapping[str, str]]
    ) -> tuple[Job, tuple[str, ...]]:
        """Return the job of what some reader gave."""
        if found.adjusted_p is not None:  # tests that the file brings: few samples, of a profile each
            stated = self._stated()._replace(samples=self._samples())
            intake = understand(found, file, stated, self.knowledge, self.settings)
            return IntakeJob.of(intake, self.options, self.knowledge, self.settings, digests()), intake.notes
        found, intake = self._understood(found, file)
        names = found.samples if found.samples != ("",) else (*intake.samples, *intake.set_aside)
        kept = [i for i, name in enumerate(names) if name not in intake.set_aside]
        matrix = ArraySource(
            found.where,
            found.names,
            tuple(names[i] for i in kept),
            np.ascontiguousarray(found.values[kept].T),
            tuple((name, str(problem)) for name, problem in intake.set_aside.items()),
        )
        sizes = None
        if found.library_sizes is not None:
            sizes = np.concatenate([found.library_sizes[kept], np.full(len(matrix.set_aside), np.nan)])
        return self._job(matrix, matrix, intake, sizes, digests)

    def _files(self) -> list[str]:
        files = [self.options.get("samples"), self.options.get("settings"), self.options.get("reference")]
        return [str(file) for file in files if file and Path(str(file)).is_file()]

    def _stated(self) -> Stated:
        fields = {name: self.options.get(name) for name in Stated._fields if name not in ("samples", "accept_names")}
        return Stated(**fields, accept_names=bool(self.options.get("accept_names")))

    def _understood(self, found: Measurements, file: str) -> tuple[Measurements, Intake]:
        """Return a matrix and its intake; samples of impossible numbers are set aside where most are sound."""
        scale = found.scale or self.options.get("scale")
        if scale is not None and len(found.samples) > 1:
            columns = needed_columns(found.names, scale, self.knowledge)
            index = {name: i for i, name in enumerate(found.names)}
            values = found.values[:, [index[name] for name in columns.names]].T
            fault = impossible(values, columns, scale, self.settings)
            if fault.samples.any() and fault.samples.mean() < _MANY_BAD:
                aside = {
                    found.samples[i]: Problem(f"{found.where}, sample {found.samples[i]}", *parts_of(fault.tell(i)))
                    for i in np.flatnonzero(fault.samples).tolist()
                }
                found = _without(found, fault.samples, aside)
        return found, understand(found, file, self._stated(), self.knowledge, self.settings)

    def _design(self, source: Source) -> tuple[Design, list[str]]:
        """Return what is stated of the samples, and notes on the table that states it."""
        table, names = self._samples(), source.ids(0, source.samples)
        notes = [] if table is None else compare_samples(names, table)
        return design_of(names, table, self.options, self.settings), notes

    def _samples(self) -> SampleTable | None:
        given, by = self.options.get("samples"), tuple(self.options.get("by") or ())
        if given is not None:
            return given if isinstance(given, SampleTable) else read_samples(str(given), by, (REFERENCE,))
        if by:
            raise InputError(Problem("--by", ", ".join(by), "a table of samples with it", "give --samples TABLE"))
        return None

    def _job(
        self,
        source: ArraySource | str,
        opened: Source,
        intake: Intake,
        sizes: Any,
        digests: Callable[[], Mapping[str, str]],
    ) -> tuple[MatrixJob, tuple[str, ...]]:
        stated = intake.reference or {}
        kind: ReferenceKind = stated.get("kind", "not_stated")
        said = self.options.get("reference_kind")
        if said is not None:
            if kind not in ("not_stated", said):
                raise InputError(Problem("--reference-kind", said, f"{kind}, as --contrast says", "leave one out"))
            kind = said
        design, notes = self._design(opened)
        normals = normals_of(design, self.options, intake.scale, kind, self.knowledge, self.settings)
        job = MatrixJob(
            source,
            normals.design,
            intake.scale,
            kind,
            self.settings,
            self.knowledge.sha256,
            tuple(map(str, self.options.get("packs") or ())),
            normals.references,
            stated.get("samples"),
            sizes,
            int(self.options.get("chunk_size") or CHUNK_SAMPLES),
            self.options.get("contrast") == REVERSED,
            {**digests(), **normals.digests},
        )
        refuse_as_a_whole(job, opened.names, self.knowledge)
        return job, (*intake.notes, *map(printable, (*notes, *normals.notes)))


def _without(found: Measurements, bad: NDArray[np.bool_], aside: Mapping[str, Problem]) -> Measurements:
    kept = np.flatnonzero(~bad)
    return dataclasses.replace(
        found,
        samples=tuple(found.samples[i] for i in kept.tolist()),
        values=found.values[kept],
        library_sizes=None if found.library_sizes is None else found.library_sizes[kept],
        set_aside={**found.set_aside, **aside},
    )


def _looked_at(source: ParquetSource) -> tuple[int, int]:
    """Return the bounds of the samples by which a file is judged: the first one that is named properly, and on.

    Raises
    ------
    InputError
        None is.
    """
    faults = source.faults(0, source.samples)
    start = next((i for i in range(source.samples) if i not in faults), None)
    if start is None:
        found = f"{source.samples:,} samples, none of them usable, such as {next(iter(faults.values()))}"
        raise InputError(Problem(source.where, found, "samples with names of their own", "name the samples"))
    return start, min(source.samples, start + _LOOKED_AT)


def _judged_by(some: int, source: ParquetSource) -> tuple[str, ...]:
    return (f"judged by {some:,} of {source.samples:,} samples, the first ones",) if some < source.samples else ()


def _left_out(source: ParquetSource) -> tuple[str, ...]:
    return (f"left out, as they hold no numbers: {', '.join(source.left_out)}",) if source.left_out else ()


def _detected(values: Any) -> str | None:
    """Return the scale where the numbers leave no doubt."""
    from recommender.readers.grids import sums_to_a_million, whole_numbers

    by_sample = np.nan_to_num(values.T)
    if sums_to_a_million(by_sample):
        return "reads_per_million"
    return "counts" if whole_numbers(by_sample) else None


def hashing(files: Sequence[str], content: bytes = b"") -> Callable[[], Mapping[str, str]]:
    """Begin to hash some files, and return what gives the hash of all."""
    pool = ThreadPoolExecutor(1)
    found = pool.submit(_digests, files, content)
    pool.shutdown(wait=False)
    return found.result


def _digests(files: Sequence[str], content: bytes) -> Mapping[str, str]:
    total = hashlib.sha256(content)
    for file in files:
        with open(file, "rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return {"input": total.hexdigest()}
