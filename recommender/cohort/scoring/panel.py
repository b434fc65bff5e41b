"""Samples of one tumor under the same circumstances: from their calls to strategies, explored and withheld ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.calling import CERTAINTY, Call
from recommender.cancers import Tumor
from recommender.cohort.scoring.calls import AMBIGUOUS, CALL_WORDS, CODE_OF, DOWN, UP, Calls, Codes
from recommender.cohort.scoring.columns import Columns
from recommender.cohort.scoring.decision_tables import look_up
from recommender.cohort.scoring.outcomes import Need, Outcome, Prospect, prospects
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers
from recommender.facts import Circumstances, candidate_fact, documented_families
from recommender.inference import decide
from recommender.kernel import Array, Mask
from recommender.knowledge import Knowledge
from recommender.measurement import round6
from recommender.ranking import SIGNIFICANCE_STEPS, cluster_mates
from recommender.settings import Settings, number
from recommender.strategy_facts import sibling_state

Rows = NDArray[np.intp]

_ABSENT = len(CALL_WORDS)  # of a miRNA that no column names
_BASE = _ABSENT + 1
_STATE_OF = [sibling_state(word) for word in CALL_WORDS] + [sibling_state(None)]


class Found(NamedTuple):
    """Samples for which one strategy stands alike.

    Attributes
    ----------
    rows : array of int
        Of the samples.
    value : array, same shape
        NaN: none.
    outcome : Outcome or None
        None: withheld.
    points : array of int, same shape
        Zeros where withheld.
    """

    decision: Decision
    rows: Rows
    value: Array
    outcome: Outcome | None
    points: NDArray[np.int64]


class Panel:
    """One tumor under the same circumstances; keeps what it worked out, for the samples to come.

    Parameters
    ----------
    scale : str
        Of the values, after a reference was applied: ``z_score``, or log2 ratios.
    """

    def __init__(
        self,
        tumor: Tumor,
        around: Circumstances,
        columns: Columns,
        scale: str,
        knowledge: Knowledge,
        settings: Settings,
    ) -> None:
        self._tumor = tumor
        self._around = around
        self._columns = columns
        self._knowledge = knowledge
        self._settings = settings
        unit, cap = (
            ("points_per_z", "max_abs_z_score") if scale == "z_score" else ("points_per_log2", "max_abs_log2_ratio")
        )
        self._per_unit = number(settings, "expression", unit)
        self._most = number(settings, "expression", cap)
        self._decisions: dict[tuple[str, tuple[int, ...]], list[Decision]] = {}
        self._prospects: dict[tuple[str, str, str], Prospect] = {}
        self._outcomes: dict[tuple[int, bytes], Outcome] = {}

    def score(self, calls: Calls, rows: Rows) -> Iterable[Found]:
        """Yield every strategy, exploratory strategy and withheld action of some samples.

        Parameters
        ----------
        rows : array of int
            Of the samples of this panel, ascending.
        """
        documents = dossiers(self._knowledge, self._tumor, self._around.metastatic)
        call = calls.call if len(rows) == calls.call.shape[1] else calls.call[:, rows]
        decided: list[tuple[Decision, Rows]] = []
        for place, entity in enumerate(calls.entities):
            dossier = documents.get(entity)
            if dossier is None:
                continue
            own = call[place]
            at = np.flatnonzero((own == UP) | (own == DOWN) | (own == AMBIGUOUS))
            if len(at):
                for state, chosen in self._by_state(dossier, calls, call, at, rows[at]):
                    decided += [(decision, at[chosen]) for decision in self._decide(dossier, state)]
        self._look_ahead(decision for decision, _ in decided if decision.accepted)
        for decision, at in decided:
            yield from self._stand(decision, calls, call, at, rows[at])

    def _by_state(
        self, dossier: Dossier, calls: Calls, call: Codes, at: Rows, rows: Rows
    ) -> Iterable[tuple[tuple[int, ...], Rows]]:
        """Yield each state of a candidate, all that its fact takes from a sample, with the samples in it."""
        place = calls.row_of[dossier.entity]
        families = [calls.row_of.get(name) for name in sorted(documented_families(dossier, self._knowledge))]
        digits = [call[place, at], calls.measured_as[place, rows]]
        digits += [call[row, at] for row in families if row is not None]
        code = np.zeros(len(rows), dtype=np.int64)
        for digit in digits:
            code = code * _BASE + digit
        for value in np.unique(code).tolist():
            chosen = np.flatnonzero(code == value)
            yield tuple(int(digit[chosen[0]]) for digit in digits), chosen

    def _decide(self, dossier: Dossier, state: tuple[int, ...]) -> list[Decision]:
        """Return what the rules of the first stratum conclude on a candidate in one state."""
        key = (dossier.entity, state)
        if key not in self._decisions:
            code, certainty, *of_families = state
            word, measured_as = CALL_WORDS[code], CERTAINTY[certainty]
            named = [n for n in sorted(documented_families(dossier, self._knowledge)) if n in self._columns.families]
            families = {name: CALL_WORDS[of] for name, of in zip(named, of_families, strict=True)}
            fact = candidate_fact(dossier, word, measured_as, families, self._around)
            members = tuple(self._columns.families.get(dossier.entity, ()))
            stands = Call(dossier.entity, (), word, measured_as=measured_as, members=members)
            fired = [(rule, fact) for rule in look_up(fact, self._knowledge)]
            self._decisions[key] = decide(fired, stands, dossier, self._knowledge)
        return self._decisions[key]

    def _stand(self, decision: Decision, calls: Calls, call: Codes, at: Rows, rows: Rows) -> Iterable[Found]:
        """Yield how a decision stands in the samples it was made for.

        Parameters
        ----------
        call : array
            Of this panel's samples, `at` among them those of the decision.
        """
        value = calls.value[calls.row_of[decision.call.mirna], rows]
        if decision.reasons:
            yield Found(decision, rows, value, None, np.zeros(len(rows), dtype=np.int64))
        if not decision.accepted:
            return
        prospect_ = self._prospects[_key(decision)]
        measured = self._measured_points(decision, calls, call, at, rows, value)
        met = [self._met(needs, calls, call, at) for needs in prospect_.needs]
        for pattern, chosen in _patterns(met, len(at)):
            outcome = self._outcome(decision, prospect_, pattern)
            points = measured[chosen] + outcome.points
            yield Found(decision, rows[chosen], value[chosen], outcome, points)

    def _look_ahead(self, decisions: Iterable[Decision]) -> None:
        """Work out the prospects of accepted decisions that have none yet, all in one session of the matcher."""
        new = {_key(decision): decision for decision in decisions if _key(decision) not in self._prospects}
        if new:
            found = prospects(list(new.values()), self._tumor, self._around, self._knowledge, self._settings)
            self._prospects.update(zip(new, found, strict=True))

    def _outcome(self, decision: Decision, found: Prospect, pattern: tuple[bool, ...]) -> Outcome:
        key = (id(decision), bytes(pattern))
        if key not in self._outcomes:
            self._outcomes[key] = found.outcome(decision, pattern, self._tumor, self._knowledge, self._settings)
        return self._outcomes[key]

    def _met(self, needs: frozenset[Need], calls: Calls, call: Codes, at: Rows) -> Mask:
        met = np.ones(len(at), dtype=np.bool_)
        for need in needs:
            row = calls.row_of.get(need.sibling or need.mirna)
            code = np.full(len(at), _ABSENT, dtype=np.uint8) if row is None else call[row, at]
            if need.sibling:
                met &= np.array([state == need.word for state in _STATE_OF])[code]
            else:
                called = (code == UP) | (code == DOWN)
                met &= called if need.word == "called_member" else ~called
        return met

    def _measured_points(
        self, decision: Decision, calls: Calls, call: Codes, at: Rows, rows: Rows, value: Array
    ) -> NDArray[np.int64]:
        """Return the points that numbers decide: expression, significance, agreement of the cluster."""
        settings = self._settings
        size = np.minimum(np.abs(np.nan_to_num(value)), self._most)
        points = np.floor(round6(self._per_unit * size)).astype(np.int64)
        if calls.adjusted_p is not None:
            p = calls.adjusted_p[calls.row_of[decision.call.mirna], rows]
            points += _significance(p, settings)
        mates = cluster_mates(decision.call.mirna, self._knowledge)
        of_mates = call[np.array([calls.row_of[m] for m in mates if m in calls.row_of], dtype=np.intp)][:, at]
        code = CODE_OF[decision.call.call]
        other = DOWN if code == UP else UP
        agrees, disagrees = (of_mates == code).any(axis=0), (of_mates == other).any(axis=0)
        word = np.where(disagrees, 2, np.where(agrees, 1, 0))
        weights = [_whole(number(settings, "cluster_agreement", name)) for name in ("none", "agrees", "disagrees")]
        return np.asarray(points + np.array(weights)[word], dtype=np.int64)


def _key(decision: Decision) -> tuple[str, str, str]:
    return decision.action, decision.call.mirna, decision.kind


def _patterns(met: list[Mask], samples: int) -> Iterable[tuple[tuple[bool, ...], Rows]]:
    """Yield each combination of needs that are met, with the samples in which it is."""
    if not met:
        yield (), np.arange(samples)
        return
    packed = np.packbits(np.stack(met, axis=1), axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    for number_, sample in enumerate(first.tolist()):
        yield tuple(bool(holds[sample]) for holds in met), np.flatnonzero(which.ravel() == number_)


def _whole(points: float) -> int:
    return int(np.floor(round6(points)))


def _significance(p: Array, settings: Settings) -> NDArray[np.int64]:
    weights = [_whole(number(settings, "significance", key)) for _, key in SIGNIFICANCE_STEPS]
    return np.select([p <= limit for limit, _ in SIGNIFICANCE_STEPS], weights, 0).astype(np.int64)
