"""Whatever a cohort is given as, opened as a job: a matrix, or profiles."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.cohort.design import PLATFORM, REFERENCE, Design, design_of
from recommender.cohort.job import Job
from recommender.cohort.jobs.intake import IntakeJob
from recommender.cohort.jobs.matrix import MatrixJob, needed_columns
from recommender.cohort.jobs.profiles import open_profiles
from recommender.cohort.jobs.sources import CHUNK_SAMPLES, ArraySource, ParquetSource, id_faults
from recommender.cohort.normals import normals_of
from recommender.cohort.scoring.measuring import impossible
from recommender.cohort.soundness import parts_of, refuse_as_a_whole
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
from recommender.readers.table import Table, limited
from recommender.reference.file import TITLE
from recommender.settings import Settings

_LOOKED_AT = 512  # samples by which the scale of a Parquet file is told and its gates are judged
_SPREAD = 64  # samples all over the file, where those are unsound
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
    if are_profiles(path):
        return open_profiles(path, options, knowledge, settings), ()
    if _is_parquet(path):
        source = ParquetSource(path)
        if _samples_in_rows(source, options.get("samples_in")):
            return given.of_parquet(source)
    return given.of_table()


def are_profiles(path: str) -> bool:
    """Tell whether a path is that of profiles in JSON: a folder, or a file called so."""
    return Path(path).is_dir() or path.endswith((".jsonl", ".ndjson", ".json"))


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
        self._refuse_sample()
        digests = hashing([self.path, *self._files()])
        table = self._samples()
        some = range(min(source.samples, _LOOKED_AT))
        try:
            intake = self._looked_at(source, some)
        except InputError:
            if len(some) == source.samples:
                raise
            spread = np.linspace(0, source.samples - 1, _SPREAD).astype(int)  # these may be the bad ones, sorted
            intake = self._looked_at(source, np.unique(spread).tolist())
        notes = list(intake.notes)
        if len(some) < source.samples:
            notes.append(f"the scale and the libraries were judged by {_LOOKED_AT:,} of {source.samples:,} samples")
        ids = source.ids(0, source.samples)
        notes += compare_samples(ids, table) if table else []
        design = design_of(ids, table, self.options, self.settings)
        return self._job(str(self.path), source.names, design, intake, None, digests, notes)

    def _looked_at(self, source: ParquetSource, positions: Sequence[int]) -> Intake:
        """Return the intake of some samples of a Parquet file.

        Raises
        ------
        InputError
            None of them can be used, or not as they are declared.
        """
        faults = source.faults(0, source.samples)
        usable = [i for i in positions if i not in faults]
        if not usable:
            reasons = list(dict.fromkeys(faults[i] for i in positions))
            raise InputError(limited([Problem(*parts_of(f"{source.where}, {r}")) for r in reasons], source.where))
        values = np.concatenate([source.values(source.names, *run) for run in _runs(usable)], axis=1)
        found = Measurements(
            format="matrix",
            kind="relative",
            scale=self.options.get("scale") or _detected(values),
            samples=tuple(name for run in _runs(usable) for name in source.ids(*run)),
            names=source.names,
            values=values.T,
            where=source.where,
            has_axes=True,
            detected=("Parquet, samples in rows", *_left_out(source)),
        )
        return self._understood(found, Path(self.path).name)[1]

    def of_table(self) -> tuple[Job, tuple[str, ...]]:
        """Return the job of a table that some reader knows."""
        source = read_source(self.path)
        if not source.is_table:
            return open_profiles(self.path, self.options, self.knowledge, self.settings), ()
        digests = hashing(self._files(), source.content)
        if source.content.startswith(TITLE.encode()):
            remedy = "give it as --reference"
            raise InputError(Problem(source.where, "a summary of reference samples", "a cohort of tumors", remedy))
        hints = Hints(self.options.get("scale"), self.options.get("samples_in"))
        found = read_measurements(source, hints, self.options.get("read_as"))
        return self.of_measurements(found, source.name, digests)

    def of_measurements(
        self, found: Measurements, file: str, digests: Callable[[], Mapping[str, str]]
    ) -> tuple[Job, tuple[str, ...]]:
        """Return the job of what some reader gave."""
        if self.options.get("samples_in") and file and not found.has_axes:
            remedy = "leave out --samples-in"
            raise InputError(Problem(found.where, f"--samples-in with {found.format}", "a matrix", remedy))
        if found.samples != ("",):
            self._refuse_sample()
        table = self._samples()
        if found.adjusted_p is not None:  # tests that the file brings: few samples, of a profile each
            for option in ("reference", "by"):
                if self.options.get(option) is not None and len(self.options[option]):
                    told, remedy = f"--{option} with {found.format}", f"leave out --{option}"
                    raise InputError(Problem(found.where, told, "a matrix of values without tests", remedy))
            intake = understand(found, file, self._stated()._replace(samples=table), self.knowledge, self.settings)
            return IntakeJob.of(intake, self.options, self.knowledge, self.settings, digests()), intake.notes
        order = found.order or (*found.samples, *found.set_aside)
        found, intake = self._understood(found, file)
        if found.samples == ("",):
            order = (*intake.samples, *intake.set_aside)
            found = dataclasses.replace(found, samples=order)
        rows = {name: i for i, name in enumerate(found.samples) if name not in intake.set_aside}
        faults = {i: str(intake.set_aside[name]) for i, name in enumerate(order) if name in intake.set_aside}
        faults |= {i: f"{found.where}, {told}" for i, told in id_faults(pa.array(order)).items() if i not in faults}
        at = np.array([i for i, name in enumerate(order) if i not in faults], dtype=np.intp)
        of = np.array([rows[order[i]] for i in at.tolist()], dtype=np.intp)
        if not len(at):
            raise InputError(limited([Problem(*parts_of(reason)) for reason in faults.values()], found.where))
        numbers = np.full((len(found.names), len(order)), np.nan)
        numbers[:, at] = found.values[of].T
        sizes = None
        if found.library_sizes is not None:
            sizes = np.full(len(order), np.nan)
            sizes[at] = found.library_sizes[of]
        matrix = ArraySource(found.where, found.names, order, numbers, faults)
        notes = (*intake.notes, *compare_samples(order, table)) if table else intake.notes
        design = design_of(order, table, self.options, self.settings)
        return self._job(matrix, matrix.names, design, intake, sizes, digests, notes)

    def _refuse_sample(self) -> None:
        if self.options.get("sample"):
            remedy = "leave out --sample, or give the file to `recommend`"
            raise InputError(Problem("--sample", str(self.options["sample"]), "a cohort, all of it", remedy))

    def _files(self) -> list[str]:
        files = [self.options.get("samples"), self.options.get("settings"), self.options.get("reference")]
        return [str(file) for file in files if isinstance(file, (str, Path)) and Path(file).is_file()]

    def _stated(self) -> Stated:
        fields = {name: self.options.get(name) for name in Stated._fields if name not in ("samples", "accept_names")}
        return Stated(**fields, accept_names=bool(self.options.get("accept_names")))

    def _understood(self, found: Measurements, file: str) -> tuple[Measurements, Intake]:
        """Return a matrix and its intake; samples of impossible numbers are set aside where most are sound."""
        scale = found.scale or self.options.get("scale")
        if scale is not None:
            columns = needed_columns(found.names, scale, self.knowledge)
            index = {name: i for i, name in enumerate(found.names)}
            values = found.values[:, [index[name] for name in columns.names]].T
            fault = impossible(values, columns, scale, self.settings)
            aside = {
                found.samples[i]: _at(f"{found.where}, sample {found.samples[i]}", fault.tell(i))
                for i in np.flatnonzero(fault.samples).tolist()
            }
            if aside and len(aside) < _MANY_BAD * len(found.samples):
                found = _without(found, fault.samples, aside)
            elif len(aside) == len(found.samples):
                understand(found, file, self._stated(), self.knowledge, self.settings)  # may tell what it is instead
                raise InputError(limited(list(aside.values()), found.where))
        return found, understand(found, file, self._stated(), self.knowledge, self.settings)

    def _samples(self) -> SampleTable | None:
        given, by = self.options.get("samples"), tuple(self.options.get("by") or ())
        if given is not None:
            return given if isinstance(given, SampleTable) else read_samples(str(given), by, (REFERENCE, PLATFORM))
        if by:
            raise InputError(Problem("--by", ", ".join(by), "a table of samples with it", "give --samples TABLE"))
        return None

    def _job(
        self,
        source: ArraySource | str,
        names: tuple[str, ...],
        design: Design,
        intake: Intake,
        sizes: Any,
        digests: Callable[[], Mapping[str, str]],
        notes: Sequence[str],
    ) -> tuple[Job, tuple[str, ...]]:
        stated = intake.reference or {}
        kind: ReferenceKind = stated.get("kind", "not_stated")
        said = self.options.get("reference_kind")
        if said is not None:
            if kind not in ("not_stated", said):
                raise InputError(Problem("--reference-kind", said, f"{kind}, as --contrast says", "leave one out"))
            kind = said
        columns = needed_columns(names, intake.scale, self.knowledge)
        where = source if isinstance(source, str) else source.where
        normals = normals_of(design, self.options, intake.scale, kind, columns, where, self.knowledge, self.settings)
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
        told = refuse_as_a_whole(job, names, self.knowledge)
        return job, tuple(map(printable, (*notes, *normals.notes, *told)))


def _without(found: Measurements, bad: NDArray[np.bool_], aside: Mapping[str, Problem]) -> Measurements:
    kept = np.flatnonzero(~bad)
    return dataclasses.replace(
        found,
        samples=tuple(found.samples[i] for i in kept.tolist()),
        values=found.values[kept],
        library_sizes=None if found.library_sizes is None else found.library_sizes[kept],
        set_aside={**found.set_aside, **aside},
    )


def _at(where: str, told: str) -> Problem:
    """Return a line on one field of a place as a problem of this place."""
    place, *parts = parts_of(told)
    return Problem(f"{where}, {place}", *parts)


def _runs(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending positions as half-open runs.

    >>> _runs([0, 1, 2, 5, 7, 8])
    [(0, 3), (5, 6), (7, 9)]
    """
    ends = [i for i, at in enumerate(positions) if i + 1 == len(positions) or positions[i + 1] != at + 1]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [(positions[start], positions[end] + 1) for start, end in zip(starts, ends, strict=True)]


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
