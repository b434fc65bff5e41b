"""A block of samples to its part of the tables: measured, called, decided, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.appraisal import made_for
from recommender.calling import comparison_of, one_kind
from recommender.cancers import Tumor
from recommender.cohort.design import Statement
from recommender.cohort.job import Refused
from recommender.cohort.scoring.calls import CODE_OF, NOT_MEASURED, Calls, joined
from recommender.cohort.scoring.columns import Columns
from recommender.cohort.scoring.frames import frames
from recommender.cohort.scoring.measuring import (
    Fault,
    impossible,
    measure_abundances,
    measure_relative,
    threshold_of,
    without_reads,
)
from recommender.cohort.scoring.panel import Found, Panel
from recommender.errors import RecommenderError
from recommender.facts import Circumstances
from recommender.kernel import Array, Mask
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.model.recommendation import Comparison, Outcome
from recommender.reference.load import Reference
from recommender.settings import Settings, number

Positions = NDArray[np.intp]


class Block(NamedTuple):
    """Samples as read.

    Attributes
    ----------
    positions : array of int, shape (samples,)
        In the input.
    values : array, shape (columns, samples)
        NaN: not measured.
    stated : array of int, shape (samples,)
        Positions in the list of statements.
    sizes : array, shape (samples,), optional
        Mapped miRNA reads of each library.
    """

    positions: Positions
    samples: Sequence[str]
    values: Array
    stated: Positions
    sizes: Array | None = None

    def of(self, chosen: Positions) -> Block:
        """Return some of the samples."""
        if len(chosen) == len(self.positions):
            return self
        return Block(
            self.positions[chosen],
            [self.samples[i] for i in chosen.tolist()],
            self.values[:, chosen],
            self.stated[chosen],
            None if self.sizes is None else self.sizes[chosen],
        )


class Scored(NamedTuple):
    """A block's tables, the samples they are of, and those that were refused.

    Attributes
    ----------
    tumors, metastatic, comparisons, outcomes : sequence, shape (samples,)
        Of each scored sample: id of its tumor, whether it is stated to be metastatic, what it is compared with, and
        what came of it.
    """

    tables: Mapping[str, pa.Table]
    block: Block
    tumors: Sequence[str]
    metastatic: Sequence[bool | None]
    comparisons: Sequence[Comparison]
    outcomes: Sequence[Outcome]
    refused: tuple[Refused, ...]


class Scorer:
    """Scores blocks of one matrix; keeps what it worked out, for the blocks to come.

    Parameters
    ----------
    references : mapping of str to Reference
        By the keys that statements have.
    kind : str
        What the values are relative to, as stated.
    compared_with : int, optional
        Of relative values: how many samples they were compared with.
    """

    def __init__(
        self,
        columns: Columns,
        scale: str,
        statements: Sequence[Statement],
        references: Mapping[str, Reference],
        kind: ReferenceKind,
        compared_with: int | None,
        knowledge: Knowledge,
        settings: Settings,
    ) -> None:
        self._columns = columns
        self._scale = scale
        self._references = references
        self._kind = kind
        self._compared_with = compared_with
        self._knowledge = knowledge
        self._settings = settings
        self._statements = statements
        self.notes: list[str] = []  # on references that are of another kind of a tumor
        self._tumors: list[Tumor | str] = [self._tumor(statement) for statement in statements]
        self._panels: dict[tuple[int, Comparison], Panel] = {}

    def _tumor(self, statement: Statement) -> Tumor | str:
        """Return a statement's tumor, or why its samples cannot be used."""
        if statement.fault:
            return statement.fault
        try:
            tumor = self._knowledge.vocabulary.resolve(statement.cancer)
            if statement.reference:
                told = made_for(self._references[statement.reference], tumor, self._knowledge.vocabulary)
                self.notes += [note for note in told if note not in self.notes]
        except RecommenderError as error:
            return "; ".join(map(str, error.problems))
        return tumor

    @property
    def unusable(self) -> list[str]:
        """Why samples of some statements cannot be used, whatever they measured."""
        return [tumor for tumor in self._tumors if isinstance(tumor, str)]

    def score(self, block: Block) -> Scored:
        """Return the tables of a block."""
        kept, refused = self._usable(block)
        found: list[Found] = []
        calls, comparison = self._call(kept)
        for code in np.unique(kept.stated).tolist():
            tumor = self._tumors[code]
            assert isinstance(tumor, Tumor)
            for word in sorted(set(comparison)):
                rows = np.flatnonzero((kept.stated == code) & (np.array(comparison) == word))
                if len(rows):
                    found += self._panel(code, tumor, word).score(calls, rows)
        tables = frames(found, calls, kept.samples, int(number(self._settings, "exploratory", "best")))
        tumors = [tumor.row.cancer if isinstance(tumor, Tumor) else "" for tumor in self._tumors]
        of_samples = kept.stated.tolist()
        return Scored(
            tables,
            kept,
            [tumors[code] for code in of_samples],
            [self._statements[code].metastatic for code in of_samples],
            comparison,
            _outcomes(found, calls, len(kept.samples)),
            refused,
        )

    def _usable(self, block: Block) -> tuple[Block, tuple[Refused, ...]]:
        """Return the samples that can be used, and the others with the reason."""
        reasons: dict[int, str] = {}
        bad = np.array([isinstance(tumor, str) for tumor in self._tumors])[block.stated]
        for i in np.flatnonzero(bad).tolist():
            reasons[i] = str(self._tumors[int(block.stated[i])])
        faults: list[Fault] = [impossible(block.values, self._columns, self._scale, self._settings)]
        if self._scale == "counts" and block.sizes is None:
            faults.append(without_reads(block.values))
        for fault in faults:
            for i in np.flatnonzero(fault.samples).tolist():
                reasons.setdefault(i, fault.tell(i))
        kept = np.setdiff1d(np.arange(len(block.positions)), np.array(sorted(reasons), dtype=np.intp))
        refused = (Refused(int(block.positions[i]), block.samples[i], reasons[i]) for i in sorted(reasons))
        return block.of(kept), tuple(refused)

    def _call(self, block: Block) -> tuple[Calls, list[Comparison]]:
        """Return the calls of a block, and what each of its samples is compared with."""
        threshold = threshold_of(self._scale, self._settings)
        if self._scale not in ABUNDANCE_SCALES:
            measured = measure_relative(block.values, self._columns, self._scale, self._settings)
            calls = joined(measured, self._columns, False, self._settings, threshold)
            word = comparison_of(self._scale, self._kind, self._settings, self._compared_with)
            return calls, [word] * len(block.samples)
        keys = [self._statements[code].reference for code in block.stated.tolist()]
        parts: list[tuple[Positions, Calls]] = []
        comparison: list[Comparison] = ["other_group"] * len(block.samples)
        for key in sorted(set(keys)):
            rows = np.flatnonzero(np.array([other == key for other in keys]))
            part = block.of(rows)
            reference = self._references[key]
            measured, comparable = measure_abundances(
                part.values, self._columns, self._scale, part.sizes, reference, self._settings
            )
            parts.append((rows, joined(measured, self._columns, True, self._settings, threshold)))
            kind = one_kind(self._kind, reference)
            builtin = bool(reference.about.builtin)
            word = comparison_of(self._scale, kind, self._settings, reference.samples, builtin)
            for row, fair in zip(rows.tolist(), comparable.tolist(), strict=True):
                comparison[row] = word if fair else "other_group"
        return _put_together(parts, self._columns, len(block.samples)), comparison

    def _panel(self, code: int, tumor: Tumor, comparison: Comparison) -> Panel:
        key = (code, comparison)
        if key not in self._panels:
            stated = self._statements[code]
            around = Circumstances(
                tumor.tumor.cancer, comparison, stated.disease_state, stated.metastatic, stated.purity
            )
            scale = "z_score" if self._scale == "z_score" else "log2_fold_change"
            self._panels[key] = Panel(tumor, around, self._columns, scale, self._knowledge, self._settings)
        return self._panels[key]


def _put_together(parts: Sequence[tuple[Positions, Calls]], columns: Columns, samples: int) -> Calls:
    """Return the calls of all samples, from those of some at a time."""
    if len(parts) == 1:
        return parts[0][1]
    shape = (len(columns.entities), samples)
    whole = Calls(
        columns.entities,
        np.full(shape, NOT_MEASURED, dtype=np.uint8),
        np.zeros(shape, dtype=np.uint8),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
    )
    for rows, calls in parts:
        whole.call[:, rows], whole.measured_as[:, rows], whole.value[:, rows] = (
            calls.call,
            calls.measured_as,
            calls.value,
        )
        for to, of in (
            (whole.adjusted_p, calls.adjusted_p),
            (whole.reads_per_million, calls.reads_per_million),
        ):
            if to is not None and of is not None:
                to[:, rows] = of
    return whole


def _outcomes(found: Sequence[Found], calls: Calls, samples: int) -> list[Outcome]:
    """Return what came of each sample, as a recommendation's outcome has it."""
    proposed, kept_back, explored = (np.zeros(samples, dtype=np.bool_) for _ in range(3))
    for one in found:
        target = kept_back if one.outcome is None else proposed if one.decision.kind == "strategy" else explored
        target[one.rows] = True
    measured: Mask = (calls.call != CODE_OF["not_measured"]).any(axis=0)
    word = np.select([proposed, kept_back, explored, measured], [0, 1, 2, 3], 4)
    words: list[Outcome] = [
        "recommended",
        "all_withheld",
        "exploratory_only",
        "no_rule_matched",
        "insufficient_data",
    ]
    return [words[code] for code in word.tolist()]
