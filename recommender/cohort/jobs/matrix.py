"""A matrix as a job: everything that decides its tables, and can be sent to another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from recommender.cohort.answers.counts import count
from recommender.cohort.design import Design, sha256_of
from recommender.cohort.job import Chunk, Part, Refused
from recommender.cohort.jobs.sources import CHUNK_SAMPLES, ArraySource, ParquetSource, Source
from recommender.cohort.scoring.columns import Columns, resolve_columns
from recommender.cohort.scoring.exchange import texts, to_arrow
from recommender.cohort.scoring.scorer import Block, Scored, Scorer
from recommender.errors import KnowledgeError, Problem
from recommender.kernel import Array
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.reference.load import Reference
from recommender.settings import Settings

_BY = "by "  # before a column to group by, which may be called as one of the columns that are counted


@dataclass(frozen=True)
class MatrixJob:
    """A cohort in a matrix.

    Attributes
    ----------
    source : ArraySource or str
        The matrix, or the path of a Parquet file with samples in rows.
    packs : tuple of str
        Folders of the knowledge packs in use.
    knowledge_sha256 : str
        Of the knowledge the job was made with: another process must load the same.
    references : mapping of str to Reference
        By the keys of the statements.
    kind, compared_with
        Of relative values, what they were compared with, and how many samples.
    sizes : array, shape (samples,), optional
        Mapped miRNA reads, where the file holds whole libraries by its nature.
    is_reversed : bool
        The values are normal over tumor: every sign is turned.
    digests : mapping
        Hash of each part of the input, by name.
    """

    source: ArraySource | str
    design: Design
    scale: str
    kind: ReferenceKind
    settings: Settings
    knowledge_sha256: str
    packs: tuple[str, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    compared_with: int | None = None
    sizes: Array | None = None
    chunk_samples: int = CHUNK_SAMPLES
    is_reversed: bool = False
    digests: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> dict[str, str]:
        """Return hashes of input, knowledge and settings."""
        settings = {table: dict(values) for table, values in sorted(self.settings.items())}
        stated = [self.scale, self.kind, self.compared_with, self.chunk_samples, self.is_reversed]
        return {
            **self.digests,
            "knowledge": self.knowledge_sha256,
            "settings": sha256_of([settings, stated]),
            "samples": self.design.digest(),
            "references": sha256_of({key: _figures(reference) for key, reference in self.references.items()}),
        }

    def scorer(self, columns: Columns, knowledge: Knowledge) -> Scorer:
        """Return what scores the samples, given these columns of each."""
        return Scorer(
            columns,
            self.scale,
            self.design.statements,
            self.references,
            self.kind,
            self.compared_with,
            knowledge,
            self.settings,
        )

    def open(self) -> OpenMatrix:
        """Open the matrix in this process."""
        return OpenMatrix(self, known_as(self.knowledge_sha256, self.packs))


def _figures(reference: Reference) -> list[object]:
    """Return all of a reference that decides a call."""
    return [dict(reference.features), dict(reference.mirnas), reference.samples, reference.level, reference.about.kind]


def known_as(sha256: str, packs: Sequence[str]) -> Knowledge:
    """Return the knowledge a job was made with.

    Raises
    ------
    KnowledgeError
        What is loaded here is another.
    """
    knowledge = load_knowledge(*packs)
    if knowledge.sha256 != sha256:
        expected = f"{sha256[:12]}, with which the run began"
        raise KnowledgeError(Problem("knowledge", knowledge.sha256[:12], expected, "install the same everywhere"))
    return knowledge


class OpenMatrix:
    """A matrix job, open in one process."""

    def __init__(self, job: MatrixJob, knowledge: Knowledge) -> None:
        self._job = job
        self._knowledge = knowledge
        self._source: Source = ParquetSource(job.source) if isinstance(job.source, str) else job.source
        self._columns = needed_columns(self._source.names, job.scale, knowledge)
        self._scorer = job.scorer(self._columns, knowledge)
        self._chunks = self._source.chunks(job.chunk_samples)

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks of the matrix."""
        return self._chunks

    def sample_id(self, position: int) -> str:
        """Return a sample's name."""
        return self._source.ids(position, position + 1)[0]

    def run(self, chunk: Chunk) -> Part:
        """Score a chunk, or a part of one."""
        scored, refused = self.score(chunk.start, chunk.stop)
        by = [_BY + name for name in self._job.design.groups]
        counts = count(scored.tables, self._samples(scored), self._knowledge, by)
        if by and "by" in counts:
            counts["by"] = {name.removeprefix(_BY): groups for name, groups in counts["by"].items()}
        return Part(scored.tables, refused, counts)

    def score(self, start: int, stop: int) -> tuple[Scored, tuple[Refused, ...]]:
        """Return what is scored of some samples, and every one that is refused."""
        ids = self._source.ids(start, stop)
        faults = dict(self._source.faults(start, stop))
        values = self._source.values(self._columns.names, start, stop)
        block = Block(
            np.arange(start, stop),
            ids,
            -values if self._job.is_reversed else values,
            self._job.design.of(start, stop),
            None if self._job.sizes is None else self._job.sizes[start:stop],
        )
        if faults:
            block = block.of(np.array([i for i in range(stop - start) if start + i not in faults], dtype=np.intp))
        scored = self._scorer.score(block)
        unread = [Refused(position, ids[position - start], reason) for position, reason in faults.items()]
        return scored, tuple(sorted([*unread, *scored.refused]))

    def _samples(self, scored: Scored) -> pa.Table:
        positions = scored.block.positions.tolist()
        groups = self._job.design.groups
        spread = scored.metastatic
        return pa.table(
            {
                "sample_id": texts(scored.block.samples),
                "cancer": texts(scored.tumors),
                "metastatic": to_arrow(np.array(spread, np.bool_), np.array([m is not None for m in spread], np.bool_)),
                "outcome": texts(scored.outcomes),
                "comparison": texts(scored.comparisons),
                **{
                    _BY + name: texts([stated[i] if i < len(stated) else "" for i in positions])
                    for name, stated in groups.items()
                },
            }
        )


def needed_columns(names: Sequence[str], scale: str, knowledge: Knowledge) -> Columns:
    """Return the columns to read: of relative values those the knowledge speaks of, else all, which scale them."""
    columns = resolve_columns(names, knowledge.resolver)
    return columns if scale in ABUNDANCE_SCALES else columns.known_alone()
