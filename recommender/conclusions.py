"""What the rules of the second stratum add to the decisions they matched."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.class_facts import options_of
from recommender.decision import ClassFindings, Decision, Offer
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.recommendation import Combination, Flag
from recommender.model.records import AgentRow, TrialRow
from recommender.model.rule import PARTNER, FlagConclusion, Rule
from recommender.precedents import nct_ids, trials_of
from recommender.siblings import siblings


def conclude(holder: ClassFindings, rule: Rule, matched: Mapping[str, Fact], knowledge: Knowledge) -> None:
    """Add what one match of a rule concludes, to a decision or to what its class of action brings."""
    then = rule.then
    of_type = {fact["type"]: fact for fact in matched.values()}
    words = _words(matched, of_type, knowledge) if then.flag or then.warning or then.pair else {}
    offer = _offer(holder, of_type["option"]) if "option" in of_type else None
    about = offer if offer is not None else holder  # what a rule says of an option belongs to that option
    if then.option and offer is not None:
        agent = {of_type["agent"]["agent"]} if "agent" in of_type else set()
        offer.precedents.setdefault(then.option, set()).update(agent)
        offer.work.update(of_type[kind][kind] for kind in ("option_work", "preclinical") if kind in of_type)
    if then.caveat:
        about.caveats.add(then.caveat)
    if then.combination:
        holder.combinations.add(of_type["combination"]["combination"])
    if then.warning:
        raise_flag(about.warnings, then.warning, rule, words)
    if isinstance(holder, Decision):
        _decide(holder, rule, matched, of_type, words)


def _decide(
    decision: Decision,
    rule: Rule,
    matched: Mapping[str, Fact],
    of_type: Mapping[str, Fact],
    words: Mapping[str, str],
) -> None:
    then = rule.then
    if then.tier:
        decision.tier = min(decision.tier, then.tier)
        if "preclinical" in of_type:
            decision.preclinical.add(of_type["preclinical"]["preclinical"])
    if then.precedent:
        decision.agents.add(of_type["agent"]["agent"])
    if then.gate:
        decision.worsen(then.gate)
    if then.biomarker:
        decision.biomarkers.add(of_type["target"]["target"])
    if then.pair:
        _pair(decision, rule, matched[PARTNER]["strategy"], words)
    if then.flag:
        raise_flag(decision.flags, then.flag, rule, words)


def _offer(holder: ClassFindings, option: Fact) -> Offer:
    axis, name = option["axis"], option["option"]
    return holder.options.setdefault((axis, name), Offer())  # type: ignore[arg-type]


def _pair(decision: Decision, rule: Rule, partner: str, words: Mapping[str, str]) -> None:
    pair = rule.then.pair
    assert pair is not None
    message = pair.message.format(**words)
    decision.pairs[f"{pair.id}\0{partner}\0{message}"] = Combination.model_construct(
        id=f"{pair.id}:{partner}",
        kind="strategy",
        partner=partner,
        goal=pair.id,
        evidence="hypothesis",
        message=message,
        source=cite(rule),
    )


def raise_flag(flags: dict[str, Flag], raised: FlagConclusion, rule: Rule, words: Mapping[str, str]) -> None:
    """Add a flag or warning with its message filled in; the same message once."""
    message = raised.message.format(**words)
    flags[f"{raised.id}\0{message}"] = Flag.model_construct(
        id=raised.id, severity=raised.severity, message=message, source=cite(rule)
    )


def cite(rule: Rule) -> str:
    """Return a rule's sources in one line."""
    return "; ".join(f"{c.cite}: {c.where}" if c.where else c.cite for c in rule.source)


def _words(matched: Mapping[str, Fact], of_type: Mapping[str, Fact], knowledge: Knowledge) -> dict[str, str]:
    """Return what a message may name: every field of the matched facts, and names behind identities."""
    words = {key: value for fact in matched.values() for key, value in fact.items()}
    words["action"] = next(iter(matched.values()))["action"]  # the strategy's: it comes first in every rule
    if "acts_on" in of_type:
        words["mirnas"] = of_type["acts_on"]["mirna"]
    if "agent" in of_type:
        agent = next(row for row in knowledge.agents if row.agent == of_type["agent"]["agent"])
        words |= _agent_words(agent, trials_of(knowledge))
    if "sibling" in of_type:
        words |= _sibling_words(of_type["sibling"], knowledge)
    if "option" in of_type:
        option = of_type["option"]
        words["option_name"] = options_of(knowledge)[option["axis"], option["option"]].name  # type: ignore[index]
    return words


def _agent_words(agent: AgentRow, trials: Mapping[str, list[TrialRow]]) -> dict[str, str]:
    return {
        "agent_name": agent.name,
        "nct_ids": nct_ids(trials[agent.agent]),
        "safety": agent.safety_summary,
        "marker": agent.eligibility_marker,
        "conflict": agent.conflict_of_interest,
    }


def _sibling_words(fact: Fact, knowledge: Knowledge) -> dict[str, str]:
    sibling = next(s for s in siblings(knowledge, fact["of"]) if s.mirna == fact["sibling"])
    first, bars, second = sibling.alignment
    return {"matches": str(sibling.matches), "alignment": f"{first} / {bars.replace(' ', '.')} / {second}"}
