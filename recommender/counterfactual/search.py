"""The smallest change of a profile by which a strategy would appear, become clear, or lead.

Everything that can help is turned as far as it helps; what that does not reach, no change reaches. What it
reaches is then reduced to the fewest and smallest changes. A change is reported only after the whole profile
was appraised with it.
"""

from __future__ import annotations

import itertools
import math
from typing import Final, Literal, NamedTuple, get_args

from recommender.appraisal import Appraisal, appraise
from recommender.counterfactual.case import Case
from recommender.counterfactual.dials import Move, fully, measured_dials, merged
from recommender.counterfactual.edits import Edit, Edits, apply_edits, listed
from recommender.counterfactual.probe import Probe
from recommender.counterfactual.reduction import Moves, fewest, nearest, without_needless
from recommender.counterfactual.surroundings import shared_dials, tried_dials
from recommender.standing import Standing, standing_in

Goal = Literal["appear", "clear", "lead"]
GOALS: Final[tuple[Goal, ...]] = get_args(Goal)
_MOST: Final = 3  # how many ways to one goal are told


def reaches(goal: Goal, found: Standing) -> bool:
    """Tell whether a standing is what a goal asks for."""
    if found.status != "proposed":
        return False
    return goal == "appear" or (goal == "clear" and found.gate == "clear") or (goal == "lead" and found.rank == 1)


class Way(NamedTuple):
    """A set of changes that does it, what kinds of change they are, and where the strategy then stands.

    Attributes
    ----------
    loses_gate : bool
        True where its own gate gets worse: it leads because others fall behind.
    """

    edits: tuple[Edit, ...]
    moves: tuple[str, ...]
    standing: Standing
    loses_gate: bool


class Outcome(NamedTuple):
    """What was found for one goal.

    Attributes
    ----------
    ways : tuple of Way
        Fewest changes first, then the smallest, those that cost a gate last; empty where the goal is met, or
        cannot be.
    best : Appraisal or None
        Where it cannot be: the profile with every change that helps.
    """

    goal: Goal
    met: bool
    ways: tuple[Way, ...] = ()
    best: Appraisal | None = None


def search(case: Case) -> list[Outcome]:
    """Return, for every goal, the smallest changes by which a strategy would reach it."""
    found = Search(case)
    return [found.outcome(goal) for goal in GOALS]


class Search:
    """Looks for changes that move one strategy.

    Attributes
    ----------
    own : tuple of Move
        Changes of its own measurement, each as far as it helps.
    shared : list of list of Move
        Changes of what other strategies depend on as well, alternatives together.
    combined : list of tuple of Move
        Their combinations, none of them first.
    chosen : tuple of Move
        All that make the strategy stand best by itself; `helping` are those of them tried one by one.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.strategy = f"{case.action}:{case.entity}"
        self.probe = Probe(case)
        self.now = standing_in(self.strategy, case.base, case.knowledge)
        self.own: Moves = tuple(map(fully, measured_dials(case)))
        self.shared = [list(map(fully, group)) for group in shared_dials(case)]
        if all(reaches(goal, self.now) for goal in GOALS):
            return
        choices: list[list[Moves]] = [[(), *((move,) for move in group)] for group in self.shared]
        self.combined = sorted((tuple(itertools.chain(*parts)) for parts in itertools.product(*choices)), key=len)
        # one change of the tumor may do nothing without another: all their combinations are tried
        best = min(((*self.own, *moves) for moves in self.combined), key=lambda moves: self._alone(moves).order)
        self.chosen = self._climb(best, [list(map(fully, group)) for group in tried_dials(case)])
        self.helping = self.chosen[len(best) :]
        self.best = self._appraise(merged(self.chosen))
        self.probe.face([*self._ahead(case.base), *self._ahead(self.best)])

    def outcome(self, goal: Goal) -> Outcome:
        """Return what was found for a goal."""
        if reaches(goal, self.now):
            return Outcome(goal, met=True)
        sets = self._sets(goal)
        ways = self._verified(goal, sets)
        if sets and not ways:  # another strategy stands in the way that was not looked at: look at all
            self.probe.look_at_all()
            sets = self._sets(goal)
            ways = self._verified(goal, sets)
        if ways:
            return Outcome(goal, met=False, ways=tuple(ways[:_MOST]))
        return Outcome(goal, met=False, best=self.best)

    def _climb(self, moves: Moves, groups: list[list[Move]]) -> Moves:
        """Return some moves and of each group that which helps the strategy most, where one does."""
        reached = self._alone(moves)
        for group in groups:
            tried = [(self._alone((*moves, move)), move) for move in group]
            better, move = min(tried, key=lambda pair: pair[0].order)
            if better.order < reached.order:
                reached, moves = better, (*moves, move)
        return moves

    def _alone(self, moves: Moves) -> Standing:
        return self.probe.alone(merged(moves))

    def _reached(self, goal: Goal, moves: Moves) -> bool:
        return self._reached_by(goal, merged(moves))

    def _reached_by(self, goal: Goal, edits: Edits) -> bool:
        if goal == "lead":
            return all(reaches(goal, self.probe.among(rivals, edits)) for rivals in self.probe.rivals)
        return reaches(goal, self.probe.alone(edits))

    def _sets(self, goal: Goal) -> list[Moves]:
        """Return the smallest sets of moves that seem to reach a goal, none of them turned back yet."""
        single = [(move,) for move in (*self.own, *itertools.chain(*self.shared), *self.helping)]
        alone: list[Moves] = [moves for moves in single if self._reached(goal, moves)]
        if alone:
            return alone
        together = self._first() if goal == "lead" else self.chosen
        if together is None or not self._reached(goal, together):
            return []
        return fewest(together, lambda moves: self._reached(goal, moves))

    def _first(self) -> Moves | None:
        """Return moves with which the strategy stands first, those with fewest shared ones before others.

        What the tumor and the reference are moves its rivals as well: what helps it may help them more.
        """
        tried = ((*self.own, *moves, *more) for moves in self.combined for more in dict.fromkeys((self.helping, ())))
        return next((moves for moves in tried if self._reached("lead", moves)), None)

    def _verified(self, goal: Goal, sets: list[Moves]) -> list[Way]:
        """Return the sets, each turned back as far as may be, that reach the goal on the whole profile."""
        ways: dict[str, Way] = {}
        for moves in sets:
            little = nearest(moves, lambda moves: self._reached(goal, moves))
            edits = without_needless(merged(little), lambda edits: self._reached_by(goal, edits))
            end = standing_in(self.strategy, self._appraise(edits), self.case.knowledge)
            if reaches(goal, end):
                told = tuple(listed(self.case.base.profile, edits))
                kinds = tuple(move.dial.key for move in little if move.edits().keys() & edits.keys())
                loses = self.now.gate is not None and end.order[1] > self.now.order[1]
                ways.setdefault(str(told), Way(told, kinds, end, loses))
        return [ways[key] for key in sorted(ways, key=lambda key: (*self._cost(ways[key]), key))]

    def _cost(self, way: Way) -> tuple[bool, int, float]:
        """Return what makes a way worse: a gate lost by it, many changes, large ones."""
        return way.loses_gate, len(way.moves), self._size(way)

    def _size(self, way: Way) -> float:
        """Return how large changes are: in thresholds for ratios and scores, in log2 for reads, one for all else."""
        return round(sum(map(self._size_of, way.edits)), 6)

    def _size_of(self, edit: Edit) -> float:
        if edit.path[0] != "expression" or edit.path[-1] == "adjusted_p_value" or edit.after is None:
            return 1.0
        before, after = float(edit.before or 0.0), float(edit.after)
        if edit.path[-1] != "reads_per_million" and (self.case.relative or min(before, after) < 0):
            return min(abs(after - before) / self.case.unit, 1e6)
        return abs(math.log2((after + 1.0) / (before + 1.0)))

    def _appraise(self, edits: Edits) -> Appraisal:
        case = self.case
        profile = apply_edits(case.base.profile, edits)
        return appraise(profile, case.knowledge, case.base.settings, case.reference)

    def _ahead(self, appraisal: Appraisal) -> list[str]:
        """Return the miRNAs of the strategies before it, the first first, and of those withheld.

        Of all strategies where it is not one.
        """
        own = standing_in(self.strategy, appraisal, self.case.knowledge)
        last = own.rank if own.status == "proposed" else len(appraisal.ranked)
        before = (r.decision for r in appraisal.ranked if r.decision.kind == "strategy" and r.rank <= last)
        withheld = (d for d in appraisal.inference.decisions if d.reasons and d.kind == "strategy")
        return [decision.call.mirna for decision in (*before, *withheld) if decision.id != self.strategy]
