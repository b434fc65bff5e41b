"""The two strata: candidates to decisions, strategies to precedents, gates and caveats.

Python builds the facts of each stratum as sorted sets and reads the conclusions of the rules that
matched; which rules match is decided by the matcher alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers
from recommender.facts import candidate_fact, label, profile_fact, second_stratum_facts
from recommender.knowledge import Knowledge
from recommender.matcher import Fact, Matcher
from recommender.model.profile import Profile
from recommender.model.recommendation import (
    Action,
    Flag,
    Note,
)
from recommender.model.records import AgentRow, TrialRow
from recommender.model.rule import Rule
from recommender.precedents import nct_ids, trials_of
from recommender.rulebook import VARIANT, compile_rules

DYSREGULATED = frozenset({"up", "down", "ambiguous"})


class Inference(NamedTuple):
    """All decisions on one profile, sorted by id, and notes on the whole."""

    decisions: tuple[Decision, ...]
    notes: tuple[Note, ...]


def infer(profile: Profile, tumor: Tumor, sheet: CallSheet, knowledge: Knowledge) -> Inference:
    """Run both strata."""
    documents = dossiers(knowledge, tumor, profile.metastatic)
    facts = [profile_fact(profile, sheet)]
    names = ["profile"]
    for mirna, call in sheet.calls.items():
        if call.call in DYSREGULATED and mirna in documents:
            facts.append(candidate_fact(profile, tumor, sheet, documents[mirna], knowledge))
            names.append(mirna)
    decisions, notes = _first_stratum(facts, names, sheet, documents, knowledge)
    _second_stratum([d for d in decisions if d.kind and not d.reasons], tumor, knowledge)
    return Inference(tuple(sorted(decisions, key=lambda d: d.id)), tuple(notes))


def matcher_of(knowledge: Knowledge) -> Matcher:
    """Return the matcher of a knowledge, built once."""

    def build() -> Matcher:
        rules = knowledge.rule_list()
        return Matcher({f"stratum{n}": compile_rules(r for r in rules if r.stratum == n) for n in (1, 2)})

    found: Matcher = knowledge.remember("matcher", build)
    return found


def _rules(knowledge: Knowledge) -> Mapping[str, Rule]:
    found: Mapping[str, Rule] = knowledge.remember("rules", lambda: {r.id: r for r in knowledge.rule_list()})
    return found


def _matches(
    stratum: int, facts: Sequence[Fact], knowledge: Knowledge
) -> Iterable[tuple[Rule, dict[str, Fact], tuple[str, ...]]]:
    rules = _rules(knowledge)
    for variant, bound in matcher_of(knowledge).match(f"stratum{stratum}", facts):
        matched = {alias: facts[index] for alias, index in bound}
        yield rules[variant.split(VARIANT)[0]], matched, tuple(map(label, matched.values()))


def _first_stratum(
    facts: list[Fact],
    names: list[str],
    sheet: CallSheet,
    documents: Mapping[str, Dossier],
    knowledge: Knowledge,
) -> tuple[list[Decision], list[Note]]:
    fired: dict[str, list[tuple[Rule, Fact]]] = {}
    for rule, matched, _ in _matches(1, facts, knowledge):
        fact = matched[rule.when[0].alias]
        fired.setdefault(fact.get("mirna", "profile"), []).append((rule, fact))
    notes: dict[str, tuple[str, list[str]]] = {}
    decisions: list[Decision] = []
    for name in names:
        matches = fired.get(name, [])
        for rule, _ in matches:
            if rule.then.note:
                notes.setdefault(rule.then.note.id, (rule.then.note.message, []))[1].append(name)
        if name != "profile":
            decisions += _decide(matches, sheet.calls[name], documents[name], knowledge)
    return decisions, [
        Note.model_construct(id=key, message=message.format(mirnas=", ".join(about)))
        for key, (message, about) in sorted(notes.items())
    ]


def _decide(matches: list[tuple[Rule, Fact]], call: Call, dossier: Dossier, knowledge: Knowledge) -> list[Decision]:
    """Gather what the rules concluded on one candidate, an action each."""
    found: dict[Action, Decision] = {}
    for rule, fact in matches:
        then = rule.then
        action = then.strategy or then.exploratory or then.action
        if action:
            decision = found.setdefault(action, Decision(action, call, dossier, ""))
            decision.trace.add((rule.id, (label(fact),)))
            if then.withhold:
                decision.reasons.add(then.withhold)
            elif not decision.kind:
                decision.kind = "strategy" if then.strategy else "exploratory"
    for rule, fact in matches:
        then = rule.then
        for decision in found.values():
            if then.gate:
                decision.worsen(then.gate)
            if then.flag:
                _raise_flag(decision, rule, _words(decision, fact, knowledge))
            if then.gate or then.flag:
                decision.trace.add((rule.id, (label(fact),)))
    return list(found.values())


def _raise_flag(decision: Decision, rule: Rule, words: Mapping[str, str]) -> None:
    flag = rule.then.flag
    assert flag is not None
    message = flag.message.format(**words)
    key = f"{flag.id}\0{message}"
    decision.flags[key] = Flag.model_construct(id=flag.id, severity=flag.severity, message=message, source=cite(rule))


def cite(rule: Rule) -> str:
    """Return a rule's sources in one line."""
    return "; ".join(f"{c.cite}: {c.where}" if c.where else c.cite for c in rule.source)


def tumor_names(knowledge: Knowledge, cancers: Iterable[str]) -> str:
    """Return tumors by name, for a message."""
    rows = knowledge.vocabulary.rows
    return ", ".join(sorted({rows[c].name if c in rows else "cancers in general" for c in cancers}))


def _words(decision: Decision, fact: Fact, knowledge: Knowledge) -> dict[str, str]:
    dossier = decision.dossier
    opposite = [u.claim.cancer for u in dossier.others if u.claim.direction != dossier.documented]
    where = tumor_names(knowledge, (u.claim.cancer for u in dossier.speaking))
    trial = f"by the trials of {', '.join(dossier.agents)}" if dossier.agents else ""
    return {
        **fact,
        "action": decision.action,
        "here": f"in {where}" if where else trial,
        "opposite": f"in {tumor_names(knowledge, opposite)}",
    }


def _second_stratum(decisions: list[Decision], tumor: Tumor, knowledge: Knowledge) -> None:
    if not decisions:
        return
    agents = {agent.agent: agent for agent in knowledge.agents}
    trials = trials_of(knowledge)
    by_id = {decision.id: decision for decision in decisions}
    facts = second_stratum_facts(decisions, tumor, knowledge, trials)
    for rule, matched, labels in _matches(2, facts, knowledge):
        strategy = matched[rule.when[0].alias]
        decision = by_id[strategy["strategy"]]
        then = rule.then
        decision.trace.add((rule.id, labels))
        fact = next((f for f in matched.values() if f["type"] == "agent"), None)
        agent = agents[fact["agent"]] if fact else None
        if then.tier:
            decision.tier = min(decision.tier, then.tier)
            decision.preclinical |= {f["preclinical"] for f in matched.values() if f["type"] == "preclinical"}
        if then.precedent and agent:
            decision.agents.add(agent.agent)
        if then.gate:
            decision.worsen(then.gate)
        if then.caveat:
            decision.caveats.add(then.caveat)
        if then.flag:
            words = {key: value for f in matched.values() for key, value in f.items()}
            words |= {"action": decision.action, "mirnas": matched_mirna(matched)}
            _raise_flag(decision, rule, words | (_agent_words(agent, trials) if agent else {}))


def matched_mirna(matched: Mapping[str, Fact]) -> str:
    """Return the miRNA on which a strategy and an agent met."""
    return next((fact["mirna"] for fact in matched.values() if fact["type"] == "acts_on"), "")


def _agent_words(agent: AgentRow, trials: Mapping[str, list[TrialRow]]) -> dict[str, str]:
    return {
        "agent_name": agent.name,
        "nct_ids": nct_ids(trials[agent.agent]),
        "safety": agent.safety_summary,
        "marker": agent.eligibility_marker,
        "conflict": agent.conflict_of_interest,
    }
