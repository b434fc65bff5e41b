"""Where a strategy stands in a result: proposed, explored, withheld or not there, and how far up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from recommender.appraisal import Appraisal
from recommender.decision import Decision
from recommender.knowledge import Knowledge
from recommender.model.recommendation import ClaimMatch, Gate, Tier
from recommender.ranking import GATE_ORDER, MATCH_ORDER, TIER_ORDER, Ranked, claim_match

Status = Literal["proposed", "exploratory", "withheld", "not_proposed"]
STATUSES: tuple[Status, ...] = ("proposed", "exploratory", "withheld", "not_proposed")


class Standing(NamedTuple):
    """Where a strategy stands.

    Attributes
    ----------
    rank, of : int
        Among those of its status; 0 where it is neither proposed nor exploratory.
    gate, tier, claim_match, points
        None where there is no rank.
    value : float or None
        Its call's value: a log2 ratio, or on a z-score profile the score.
    held : int
        How many rules keep its gate from being clear.
    """

    status: Status
    rank: int = 0
    of: int = 0
    gate: Gate | None = None
    tier: Tier | None = None
    claim_match: ClaimMatch | None = None
    points: int | None = None
    value: float | None = None
    held: int = 0

    @property
    def order(self) -> tuple[int, int, int, int, int, int]:
        """The better, the smaller; the rank, which others decide as well, left out."""
        if self.gate is None or self.tier is None or self.claim_match is None:
            return (STATUSES.index(self.status), 0, 0, 0, 0, 0)
        return (
            STATUSES.index(self.status),
            GATE_ORDER.index(self.gate),
            self.held,
            TIER_ORDER.index(self.tier),
            MATCH_ORDER.index(self.claim_match),
            -(self.points or 0),
        )


def standing(strategy: str, decisions: Sequence[Decision], ranked: Sequence[Ranked], knowledge: Knowledge) -> Standing:
    """Return where a strategy stands among the decisions on a profile."""
    decision = next((d for d in decisions if d.id == strategy), None)
    if decision is None:
        return Standing("not_proposed")
    if not decision.accepted:
        return Standing("withheld" if decision.reasons else "not_proposed")
    found = next(r for r in ranked if r.decision.id == strategy)
    of = sum(r.decision.kind == decision.kind for r in ranked)
    status: Status = "proposed" if decision.kind == "strategy" else "exploratory"
    gating = knowledge.remember("gating rules", lambda: {r.id for r in knowledge.rule_list() if r.then.gate})
    held = len(gating & {rule for rule, _ in decision.trace})
    match, value = claim_match(decision), decision.call.value
    return Standing(status, found.rank, of, decision.gate, decision.tier, match, found.points, value, held)


def standing_in(strategy: str, appraisal: Appraisal, knowledge: Knowledge) -> Standing:
    """Return where a strategy stands in an appraisal."""
    return standing(strategy, appraisal.inference.decisions, appraisal.ranked, knowledge)
