"""Calls of a cohort beside what documents and agents say of their miRNAs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recommender.cohort.answers.labels import Codes, Labels, crossed, labels, text_labels
from recommender.cohort.scoring.exchange import texts, to_numpy
from recommender.dossier import DIRECTION_OF, dossiers
from recommender.knowledge import Knowledge
from recommender.model.recommendation import CallState

CALLS: Final[tuple[str, ...]] = get_args(CallState)
NOT_IN_PROFILE: Final = "not_in_profile"
NOT_COMPARABLE: Final = "not_comparable"
_STATES: Final = (*CALLS, NOT_IN_PROFILE, NOT_COMPARABLE)
_ABSENT: Final = _STATES.index(NOT_IN_PROFILE)
_OTHERS: Final = "other_group"  # a comparison with other tumors, or another group
_DOCUMENTED: Final = ("up", "down", "both")


class Target(NamedTuple):
    """What at least one oncology agent does: an action on a miRNA, and the call it answers."""

    strategy: str
    mirna: str
    direction: str


def targets(knowledge: Knowledge) -> tuple[Target, ...]:
    """Return what oncology agents do, by strategy."""

    def make() -> tuple[Target, ...]:
        rows = (row for row in knowledge.agents if row.oncology == "yes")
        found = {Target(f"{row.action}:{row.mirna}", row.mirna, DIRECTION_OF[row.action]) for row in rows}
        return tuple(sorted(found))

    made: tuple[Target, ...] = knowledge.remember("agents' targets", make)
    return made


class Calls:
    """How every sample calls every miRNA, family or cluster that documents or agents speak of.

    Attributes
    ----------
    cancer : Labels
        Of the samples.
    variant : integer array, shape (samples,)
        Of each sample, the row of `directions` that holds for it: a tumor, metastatic or not.
    directions : integer array, shape (variants, entities)
        Position in up, down, both; -1 where nothing is documented here.
    states : integer array, shape (samples, entities)
        Position among calls, or not in the profile.
    not_comparable : boolean array, shape (samples,)
        Samples whose calls say nothing of tumor against normal.
    """

    def __init__(self, table: pa.Table, rows: Codes, samples: pa.Table, cancer: Labels, knowledge: Knowledge) -> None:
        size = len(samples)
        self.cancer = cancer
        metastatic = np.zeros(size, bool)
        if "metastatic" in samples.column_names:
            metastatic = to_numpy(samples["metastatic"].cast(pa.bool_()))
        variants, self.variant = np.unique(2 * cancer.codes.astype(np.int64) + metastatic, return_inverse=True)
        says = [_documented(knowledge, cancer.paths[v // 2][0], bool(v % 2)) for v in variants.tolist()]
        self.entities = sorted({*(e for found in says for e in found), *(t.mirna for t in targets(knowledge))})
        self.place = {entity: at for at, entity in enumerate(self.entities)}
        self.directions = np.full((len(says), len(self.entities)), -1, np.int8)
        for at, found in enumerate(says):
            for entity, direction in found.items():
                self.directions[at, self.place[entity]] = _DOCUMENTED.index(direction)
        self.states = self._states(table, rows, size)
        self.not_comparable = np.zeros(size, bool)
        if "comparison" in samples.column_names:
            self.not_comparable = to_numpy(
                pc.is_in(samples["comparison"].cast(pa.string()), value_set=texts([_OTHERS]))
            )

    def _states(self, table: pa.Table, rows: Codes, size: int) -> npt.NDArray[np.int8]:
        """Return the calls as a matrix; most rows speak of entities that nobody asks for and are passed over."""
        call = text_labels(table["call"], "call")
        unknown = {word for (word,) in call.paths} - {*CALLS, ""}
        if unknown:
            raise ValueError(f"column call has {sorted(unknown)[0]!r}, which is no call")
        state = np.array([_STATES.index(word or NOT_IN_PROFILE) for (word,) in call.paths], np.int8)
        mirna = text_labels(table["mirna"], "mirna")
        entity = np.array([self.place.get(word, -1) for (word,) in mirna.paths], np.int32)[mirna.codes]
        kept = np.flatnonzero(entity >= 0)
        states = np.full((size, len(self.entities)), _ABSENT, np.int8)
        states[rows[kept], entity[kept]] = state[call.codes[kept]]
        if np.count_nonzero(states != _ABSENT) != len(kept):
            raise ValueError("columns sample_id and mirna have one miRNA of a sample twice")
        return states

    def answered(self, wanted: Sequence[Target]) -> npt.NDArray[np.bool_]:
        """Return whether each sample calls the miRNA of each target in its direction; shape (samples, targets)."""
        calls = np.array([_STATES.index(target.direction) for target in wanted], np.int8)
        found: npt.NDArray[np.bool_] = self.of(wanted) == calls
        return found

    def of(self, wanted: Sequence[Target]) -> npt.NDArray[np.int8]:
        """Return the states of the targets' miRNAs; shape (samples, targets)."""
        found: npt.NDArray[np.int8] = self.states[:, [self.place[target.mirna] for target in wanted]]
        return found


def _documented(knowledge: Knowledge, cancer: str, metastatic: bool) -> dict[str, str]:
    """Return the direction documented in this very tumor, for each identity that has one."""
    if cancer not in knowledge.vocabulary.rows:
        raise ValueError(f"column cancer has {cancer!r}, which is no tumor of the knowledge")
    found = dossiers(knowledge, knowledge.vocabulary.tumor(cancer), metastatic)
    return {name: d.documented for name, d in found.items() if d.level == "documented_here"}


def documented(calls: Calls) -> tuple[Codes, Labels]:
    """Return samples, and below ``documented`` tumor, identity, direction and how it is called."""
    here = calls.directions[calls.variant]
    samples, entity = np.nonzero(here >= 0)
    state = calls.states[samples, entity]
    state[calls.not_comparable[samples]] = _STATES.index(NOT_COMPARABLE)
    found = crossed(
        calls.cancer.at(samples).under("documented"),
        labels(entity, calls.entities),
        labels(here[samples, entity], _DOCUMENTED),
        labels(state, _STATES),
    )
    return samples, found


def eligibility_calls(calls: Calls, wanted: Sequence[Target]) -> tuple[Codes, Labels]:
    """Return samples, and below ``eligibility`` the target and how its miRNA is called."""
    states = calls.of(wanted)
    samples, target = np.indices(states.shape).reshape(2, -1)
    found = crossed(
        labels(target, [t.strategy for t in wanted]).under("eligibility"),
        labels(states.ravel(), _STATES).under("calls"),
    )
    return samples, found
