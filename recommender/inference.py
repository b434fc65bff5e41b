"""The two strata: candidates to decisions, strategies to precedents, gates and caveats.

Python builds the facts of each stratum as sorted sets and reads the conclusions of the rules that
matched; which rules match is decided by the matcher alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.dossier import Dossier, dossiers
from recommender.knowledge import Knowledge
from recommender.matcher import Fact, Matcher
from recommender.model.profile import Profile
from recommender.model.recommendation import (
    Action,
    Flag,
    Gate,
    IdentityMatch,
    Note,
    Tier,
    TraceStep,
    WithheldReason,
)
from recommender.model.records import AgentRow, TrialRow
from recommender.model.rule import Rule
from recommender.precedents import best_match, nct_ids, trials_of
from recommender.rulebook import VARIANT, compile_rules

DYSREGULATED = frozenset({"up", "down", "ambiguous"})
_CERTAINTY: tuple[IdentityMatch, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown", "family_member")
_GATES: tuple[Gate, ...] = ("clear", "caution", "adverse")


@dataclass
class Decision:
    """What the rules concluded on one action for one identity."""

    action: Action
    call: Call
    dossier: Dossier
    kind: str  # "strategy" or "exploratory"; "" where only reasons to withhold fired
    reasons: set[WithheldReason] = field(default_factory=set)
    gate: Gate = "clear"
    tier: Tier = "T5"
    flags: dict[str, Flag] = field(default_factory=dict)
    caveats: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    preclinical: set[str] = field(default_factory=set)
    trace: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The strategy's id."""
        return f"{self.action}:{self.call.mirna}"

    def worsen(self, gate: Gate) -> None:
        """Set the gate unless a worse one is set."""
        self.gate = max(self.gate, gate, key=_GATES.index)

    def steps(self) -> list[TraceStep]:
        """Return the trace, sorted."""
        return [TraceStep.model_construct(rule=rule, facts=list(facts)) for rule, facts in sorted(self.trace)]


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


def profile_fact(profile: Profile, sheet: CallSheet) -> Fact:
    """Return the fact that stands for the profile as a whole."""
    return {
        "type": "profile",
        "disease_state": profile.disease_state,
        "specimen": profile.specimen,
        "comparison": sheet.comparison,
        "measurement_level": sheet.measurement_level,
    }


def candidate_fact(profile: Profile, tumor: Tumor, sheet: CallSheet, dossier: Dossier, knowledge: Knowledge) -> Fact:
    """Return the flat fact of one candidate; every field a word of its declared set."""
    call = sheet.calls[dossier.entity]
    contexts = dossier.contexts
    return {
        "type": "candidate",
        "mirna": dossier.entity,
        "kind": dossier.kind,
        "call": call.call,
        "level": dossier.level,
        "speaks": "for_others_only" if dossier.level == "elsewhere" else "for_this_tumor",
        "documented": dossier.documented,
        "elsewhere": dossier.elsewhere,
        "same_lineage": dossier.same_lineage,
        "role": dossier.role,
        "identity": identity_match(call, dossier),
        "folded": "yes" if is_folded(call, dossier, sheet, knowledge) else "no",
        "comparison": sheet.comparison,
        "against": "other_group" if sheet.comparison == "other_group" else "normal",
        "disease_state": profile.disease_state,
        "metastatic": {True: "yes", False: "no", None: "unknown"}[profile.metastatic],
        "cancer": tumor.tumor.cancer,
        "timing": contexts.get("timing", "none"),
        "protective": contexts.get("protective", "no"),
        "immune_stress": contexts.get("immune_stress", "no"),
        "metastasis_driver": contexts.get("metastasis_driver", "no"),
        "cell_mix": contexts.get("cell_mix", "none"),
    }


def identity_match(call: Call, dossier: Dossier, match: IdentityMatch | None = None) -> IdentityMatch:
    """Return how surely the measured miRNA is the documented one: the best of the speaking claims.

    With `match`, of that one claim.
    """
    matches = [match] if match else [use.match for use in dossier.speaking] or ["exact"]
    best = min(matches, key=_CERTAINTY.index)
    measured = call.measured_as if dossier.kind == "mirna" else "exact"
    return max(best, measured, key=_CERTAINTY.index)


def is_folded(call: Call, dossier: Dossier, sheet: CallSheet, knowledge: Knowledge) -> bool:
    """Tell whether a member only repeats a family that is called alike and documented itself."""
    if not dossier.through_family:
        return False
    documented = {knowledge.identity_of[use.claim.mirna_as_printed].identity for use in dossier.speaking}
    return any(name in sheet.calls and sheet.calls[name].call == call.call != "ambiguous" for name in documented)


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


def label(fact: Fact) -> str:
    """Return a fact's name in a trace: its type and what it is about."""
    kind = fact["type"]
    about = fact.get(kind) or fact.get("mirna") or ""
    if kind == "acts_on":
        about = f"{fact['mirna']} ({fact['relation']})"
    return f"{kind}/{about}" if about else kind


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


def second_stratum_facts(
    decisions: Sequence[Decision], tumor: Tumor, knowledge: Knowledge, trials: Mapping[str, list[TrialRow]]
) -> list[Fact]:
    """Return the strategies, what they act on, and the agents and preclinical work those could meet."""
    facts: set[tuple[tuple[str, str], ...]] = set()
    met: set[str] = set()
    for decision in decisions:
        facts.add((("type", "strategy"), ("strategy", decision.id), ("action", decision.action)))
        for mirna, relation in acts_on(decision, knowledge):
            facts.add((("type", "acts_on"), ("strategy", decision.id), ("mirna", mirna), ("relation", relation)))
            met.add(mirna)
    for agent in knowledge.agents:
        if agent.mirna in met:
            facts.add(tuple(agent_fact(agent, tumor, knowledge, trials).items()))
    for work in knowledge.preclinical:
        identity = knowledge.identity_of[work.mirna_as_printed].identity
        if identity in met:
            fact = {
                "type": "preclinical",
                "preclinical": work.preclinical_id,
                "mirna": identity,
                "action": work.action,
            }
            facts.add(tuple(fact.items()))
    return [dict(fact) for fact in sorted(facts)]


def agent_fact(agent: AgentRow, tumor: Tumor, knowledge: Knowledge, trials: Mapping[str, list[TrialRow]]) -> Fact:
    """Return the flat fact of one agent, seen from one tumor."""
    return {
        "type": "agent",
        "agent": agent.agent,
        "mirna": agent.mirna,
        "action": agent.action,
        "oncology": agent.oncology,
        "modality": agent.modality,
        "delivery": agent.delivery,
        "evidence_level": agent.evidence_level,
        "safety_level": agent.safety_level,
        "eligibility_marker": "yes" if agent.eligibility_marker else "no",
        "conflict_of_interest": "yes" if agent.conflict_of_interest else "no",
        "best_match": best_match(trials[agent.agent], tumor, knowledge),
    }


def acts_on(decision: Decision, knowledge: Knowledge) -> Iterable[tuple[str, str]]:
    """Yield each miRNA, family and relative a strategy touches, with the relation."""
    mirna = decision.call.mirna
    yield mirna, "self"
    for member in knowledge.members_of.get(mirna, ()):
        yield member, "called_member" if member in decision.call.members_called else "relative"
    for family in knowledge.family_of.get(mirna, ()):
        yield family, "family"
        for relative in knowledge.members_of[family]:
            if relative != mirna:
                yield relative, "relative"
