"""Why no change of a profile reaches a goal: what still stands in the way when everything that helps is done."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.appraisal import Appraisal
from recommender.counterfactual.case import Case
from recommender.counterfactual.search import Goal
from recommender.cuts import Silence, silences
from recommender.inquiry import candidate_of
from recommender.reasons import Reason, gated, outranked, traced
from recommender.subject import Subject, kind_of
from recommender.withholding import phrases
from recommender.wording import failed


def obstacles(goal: Goal, case: Case, best: Appraisal) -> list[Reason]:
    """Return what keeps a strategy from a goal.

    Parameters
    ----------
    best : Appraisal
        Of the profile with every change that helps.
    """
    strategy, knowledge = f"{case.action}:{case.entity}", case.knowledge
    decision = next((d for d in best.inference.decisions if d.id == strategy), None)
    if decision is None or (not decision.reasons and decision.kind != "strategy"):
        return list(_unproposed(case, best))
    if decision.reasons:
        rules, told = traced(decision, knowledge), phrases(decision, knowledge)
        return [Reason(tuple(r.id for r in rules if r.then.withhold == word), _sentence(text)) for word, text in told]
    if goal == "clear":
        return list(gated(decision, knowledge))
    before = outranked((r for r in best.ranked if r.decision.kind == "strategy"), strategy)
    first, by = before[0]
    rank = Reason((), f"Rank {len(before) + 1} with all that helps: {first} stands first by {by}.")
    if by.startswith("points"):
        return [rank, Reason((), f"Its value alone cannot do it: beyond {case.cap:g} a value counts no further.")]
    return [rank, *gated(decision, knowledge)] if by.startswith("gate") else [rank]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _unproposed(case: Case, best: Appraisal) -> Iterable[Reason]:
    """Yield, for the rules that could propose it, the first condition that fails even then."""
    subject = Subject(case.entity, kind_of(case.entity, case.knowledge), case.action, case.entity)
    proposing = [rule for rule in case.knowledge.rule_list() if rule.then.strategy == case.action]
    stopped: dict[tuple[str, tuple[str, ...]], list[Silence]] = {}
    for silence in silences(proposing, [candidate_of(subject, best, case.knowledge)], case.knowledge):
        stopped.setdefault((silence.step.field, silence.found), []).append(silence)
    for alike in stopped.values():
        wanted = dict.fromkeys(word for silence in alike for word in silence.expected)
        rules = tuple(silence.rule.id for silence in alike)
        yield Reason(rules, f"No rule proposes it ({failed(alike[0].step, alike[0].found, wanted)}).")
