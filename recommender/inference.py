"""The two strata: candidates to decisions, strategies to precedents, gates and caveats.

Python builds the facts of each stratum as sorted sets and reads the conclusions of the rules that
matched; which rules match is decided by the matcher alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from recommender.model.rule import FlagConclusion, Rule
from recommender.precedents import nct_ids, trials_of
from recommender.rulebook import VARIANT, compile_rules
from recommender.settings import Settings
from recommender.siblings import siblings

DYSREGULATED = frozenset({"up", "down", "ambiguous"})


class Inference(NamedTuple):
    """All decisions on one profile, sorted by id, notes on the whole, and the facts of both strata."""

    decisions: tuple[Decision, ...]
    notes: tuple[Note, ...]
    first: tuple[Fact, ...] = ()
    second: tuple[Fact, ...] = ()


def infer(
    profile: Profile,
    tumor: Tumor,
    sheet: CallSheet,
    knowledge: Knowledge,
    settings: Settings,
    only: Collection[str] | None = None,
) -> Inference:
    """Run both strata; with `only`, on no other candidates than these."""
    documents = dossiers(knowledge, tumor, profile.metastatic)
    facts = [profile_fact(profile, sheet)]
    names = ["profile"]
    for mirna, call in sheet.calls.items():
        if call.call in DYSREGULATED and mirna in documents and (only is None or mirna in only):
            facts.append(candidate_fact(profile, tumor, sheet, documents[mirna], knowledge))
            names.append(mirna)
    decisions, notes = _first_stratum(facts, names, sheet, documents, knowledge)
    accepted = [d for d in decisions if d.accepted]
    met = second_stratum_facts(accepted, profile, tumor, sheet, knowledge, settings) if accepted else []
    _second_stratum(accepted, met, knowledge)
    return Inference(tuple(sorted(decisions, key=lambda d: d.id)), tuple(notes), tuple(facts), tuple(met))


def rulesets(knowledge: Knowledge) -> Mapping[tuple[int, str], list[Rule]]:
    """Return the rules by stratum and file: a ruleset each, so that no fact meets too many tests at once."""

    def group() -> dict[tuple[int, str], list[Rule]]:
        found: dict[tuple[int, str], list[Rule]] = {}
        for file, rules in knowledge.rules.items():
            for rule in rules:
                found.setdefault((rule.stratum, file), []).append(rule)
        return found

    grouped: Mapping[tuple[int, str], list[Rule]] = knowledge.remember("rulesets", group)
    return grouped


def matcher_of(knowledge: Knowledge) -> Matcher:
    """Return the matcher of a knowledge, built once; a ruleset is named ``stratum:file``."""

    def build() -> Matcher:
        return Matcher({f"{n}:{file}": compile_rules(rules) for (n, file), rules in rulesets(knowledge).items()})

    found: Matcher = knowledge.remember("matcher", build)
    return found


def _rules(knowledge: Knowledge) -> Mapping[str, Rule]:
    found: Mapping[str, Rule] = knowledge.remember("rules", lambda: {r.id: r for r in knowledge.rule_list()})
    return found


def matches(
    stratum: int, facts: Sequence[Fact], knowledge: Knowledge
) -> Iterable[tuple[Rule, dict[str, Fact], tuple[str, ...]]]:
    """Yield every match of a stratum: the rule, the fact of each alias, and the facts' labels."""
    rules = _rules(knowledge)
    matcher = matcher_of(knowledge)
    for (number, file), members in rulesets(knowledge).items():
        if number != stratum:
            continue
        types = {condition.type for rule in members for condition in rule.when}
        wanted = [fact for fact in facts if fact["type"] in types]
        for variant, bound in matcher.match(f"{number}:{file}", wanted):
            matched = {alias: wanted[index] for alias, index in bound}
            yield rules[variant.split(VARIANT)[0]], matched, tuple(map(label, matched.values()))


def _first_stratum(
    facts: list[Fact],
    names: list[str],
    sheet: CallSheet,
    documents: Mapping[str, Dossier],
    knowledge: Knowledge,
) -> tuple[list[Decision], list[Note]]:
    fired: dict[str, list[tuple[Rule, Fact]]] = {}
    for rule, matched, _ in matches(1, facts, knowledge):
        fact = matched[rule.when[0].alias]
        fired.setdefault(fact.get("mirna", "profile"), []).append((rule, fact))
    notes: dict[str, tuple[str, list[str]]] = {}
    decisions: list[Decision] = []
    for name in names:
        found = fired.get(name, [])
        for rule, _ in found:
            if rule.then.note:
                notes.setdefault(rule.then.note.id, (rule.then.note.message, []))[1].append(name)
        if name != "profile":
            decisions += _decide(found, sheet.calls[name], documents[name], knowledge)
    return decisions, [
        Note.model_construct(id=key, message=message.format(mirnas=", ".join(about)))
        for key, (message, about) in sorted(notes.items())
    ]


def _decide(fired: list[tuple[Rule, Fact]], call: Call, dossier: Dossier, knowledge: Knowledge) -> list[Decision]:
    """Gather what the rules concluded on one candidate, an action each."""
    found: dict[Action, Decision] = {}
    for rule, fact in fired:
        then = rule.then
        action = then.strategy or then.exploratory or then.action
        if action:
            decision = found.setdefault(action, Decision(action, call, dossier, ""))
            decision.trace.add((rule.id, (label(fact),)))
            if then.withhold:
                decision.reasons.add(then.withhold)
            elif not decision.kind:
                decision.kind = "strategy" if then.strategy else "exploratory"
    for rule, fact in fired:
        then = rule.then
        for decision in found.values():
            if then.gate:
                decision.worsen(then.gate)
            if then.flag:
                _raise(decision.flags, then.flag, rule, _words(decision, fact, knowledge))
            if then.gate or then.flag:
                decision.trace.add((rule.id, (label(fact),)))
    return list(found.values())


def _raise(flags: dict[str, Flag], raised: FlagConclusion, rule: Rule, words: Mapping[str, str]) -> None:
    message = raised.message.format(**words)
    flags[f"{raised.id}\0{message}"] = Flag.model_construct(
        id=raised.id, severity=raised.severity, message=message, source=cite(rule)
    )


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


def _second_stratum(decisions: list[Decision], facts: Sequence[Fact], knowledge: Knowledge) -> None:
    if not decisions:
        return
    agents = {agent.agent: agent for agent in knowledge.agents}
    trials = trials_of(knowledge)
    by_id = {decision.id: decision for decision in decisions}
    for rule, matched, labels in matches(2, facts, knowledge):
        decision = by_id[matched[rule.when[0].alias]["strategy"]]
        then = rule.then
        decision.trace.add((rule.id, labels))
        of_type = {fact["type"]: fact for fact in matched.values()}
        agent = agents[of_type["agent"]["agent"]] if "agent" in of_type else None
        if then.tier:
            decision.tier = min(decision.tier, then.tier)
            if "preclinical" in of_type:
                decision.preclinical.add(of_type["preclinical"]["preclinical"])
        if then.precedent and agent:
            decision.agents.add(agent.agent)
        if then.gate:
            decision.worsen(then.gate)
        if then.caveat:
            decision.caveats.add(then.caveat)
        if then.biomarker:
            decision.biomarkers.add(of_type["target"]["target"])
        if then.flag or then.warning:
            words = {key: value for fact in matched.values() for key, value in fact.items()}
            words |= {"action": decision.action, "mirnas": matched_mirna(matched)}
            words |= _agent_words(agent, trials) if agent else {}
            words |= _sibling_words(of_type["sibling"], knowledge) if "sibling" in of_type else {}
            if then.flag:
                _raise(decision.flags, then.flag, rule, words)
            if then.warning:
                _raise(decision.warnings, then.warning, rule, words)


def _sibling_words(fact: Fact, knowledge: Knowledge) -> dict[str, str]:
    sibling = next(s for s in siblings(knowledge, fact["of"]) if s.mirna == fact["sibling"])
    first, bars, second = sibling.alignment
    return {"matches": str(sibling.matches), "alignment": f"{first} / {bars.replace(' ', '.')} / {second}"}


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
