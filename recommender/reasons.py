"""What set a strategy's gate, and what puts one strategy before another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recommender.conclusions import cite
from recommender.decision import Decision
from recommender.knowledge import Knowledge
from recommender.model.rule import Rule
from recommender.ranking import GATE_ORDER, Ranked, claim_match


class Reason(NamedTuple):
    """Something that holds a strategy back.

    Attributes
    ----------
    rules : tuple of str
        The rules that set it; empty where the order of strategies does.
    """

    rules: tuple[str, ...]
    message: str


def traced(decision: Decision, knowledge: Knowledge) -> list[Rule]:
    """Return the rules behind a decision, in the order of the files."""
    fired = {rule for rule, _ in decision.trace}
    return [rule for rule in knowledge.rule_list() if rule.id in fired]


def gated(decision: Decision, knowledge: Knowledge) -> Iterable[Reason]:
    """Yield what keeps a gate from being clear, the gravest first."""
    rules = [(rule, rule.then.gate) for rule in traced(decision, knowledge) if rule.then.gate not in (None, "clear")]
    for rule, gate in sorted(rules, key=lambda pair: -GATE_ORDER.index(pair[1] or "clear")):
        said = sorted(flag.message for flag in decision.flags.values() if flag.source == cite(rule))
        message = " ".join(said) or rule.title
        yield Reason((rule.id,), f"Gate {gate}: {message}{'' if message.endswith('.') else '.'}")


def outranked(ranked: Iterable[Ranked], strategy: str) -> list[tuple[str, str]]:
    """Return every strategy before one, and the first criterion by which it stands there, in words.

    Parameters
    ----------
    ranked : iterable of Ranked
        In order, of one kind.
    """
    found = list(ranked)
    place = next(i for i, one in enumerate(found) if one.decision.id == strategy)
    own = _criteria(found[place])
    before = [(one.decision.id, _criteria(one)) for one in found[:place]]
    return [
        (id_, next(f"{name}, {a} against {b}" for name, a, b in zip(_NAMES, theirs, own, strict=True) if a != b))
        for id_, theirs in before
    ]


_NAMES = ("gate", "tier", "claim match", "points", "id")


def _criteria(ranked: Ranked) -> tuple[str, ...]:
    decision = ranked.decision
    match = claim_match(decision).replace("_", " ")
    return (decision.gate, decision.tier, match, str(ranked.points), decision.id)
