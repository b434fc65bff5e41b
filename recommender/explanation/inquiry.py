"""What every rule said of one miRNA, family or cluster: those that matched, and why the others did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recommender.appraisal import Appraisal
from recommender.calling import Call
from recommender.class_facts import ANY_MIRNA, class_facts
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers
from recommender.explanation.cuts import Silence, silences
from recommender.explanation.subject import Subject
from recommender.facts import called_families, candidate_fact, circumstances
from recommender.inference import DYSREGULATED, matches
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.rule import Rule


class Fired(NamedTuple):
    """A rule that matched.

    Attributes
    ----------
    matches : tuple of dict
        The fact behind each alias, once for every match.
    effective : bool
        False where it matched and no action was proposed to which its conclusion could belong.
    """

    rule: Rule
    matches: tuple[dict[str, Fact], ...]
    effective: bool


class Inquiry(NamedTuple):
    """What every rule said.

    Attributes
    ----------
    candidate : Fact
        The subject as the rules of the first stratum see it.
    asked : Decision or None
        The accepted decision of which the rules of the second stratum were asked; None where there is none.
    """

    candidate: Fact
    fired: tuple[Fired, ...]
    silent: tuple[Silence, ...]
    asked: Decision | None


def call_of(entity: str, appraisal: Appraisal) -> Call:
    """Return the call of a miRNA, family or cluster; ``not_measured`` where the profile does not name it."""
    return appraisal.sheet.calls.get(entity) or Call(entity, (), "not_measured")


def dossier_of(subject: Subject, appraisal: Appraisal, knowledge: Knowledge) -> Dossier:
    """Return what the documents say of the subject in this tumor; ``none`` throughout where they are silent."""
    found = dossiers(knowledge, appraisal.tumor, appraisal.profile.metastatic).get(subject.entity)
    return found or Dossier(
        subject.entity, subject.kind, *("none",) * 5, speaking=(), others=(), agents=(), roles=(), contexts={},
        through_family=False,
    )  # fmt: skip


def candidate_of(subject: Subject, appraisal: Appraisal, knowledge: Knowledge) -> Fact:
    """Return the subject as the rules of the first stratum would see it, however it was measured."""
    sheet, call = appraisal.sheet, call_of(subject.entity, appraisal)
    dossier = dossier_of(subject, appraisal, knowledge)
    around = circumstances(appraisal.profile, appraisal.tumor, sheet, appraisal.settings)
    families = called_families(dossier, sheet, knowledge)
    return candidate_fact(dossier, call.call, call.measured_as, families, around)


def inquire(subject: Subject, appraisal: Appraisal, knowledge: Knowledge) -> Inquiry:
    """Ask every rule that could look at the subject; none can where the knowledge does not hold it."""
    if not subject.known:
        return Inquiry({}, (), (), None)
    candidate = candidate_of(subject, appraisal, knowledge)
    decisions = [d for d in appraisal.inference.decisions if d.call.mirna == subject.entity]
    traced = {rule for decision in decisions for rule, _ in decision.trace}
    was_candidate = candidate["call"] in DYSREGULATED and candidate["level"] != "none"
    asked = next((d for d in decisions if d.accepted and subject.action in (None, d.action)), None)
    fired, silent = _ask(1, [candidate], knowledge)
    fired = [
        found._replace(effective=found.rule.id in traced or bool(was_candidate and found.rule.then.note))
        for found in fired
    ]
    if asked:
        second = appraisal.inference.second
        patient = next(fact for fact in second if fact["type"] == "patient")
        of_class = class_facts(asked.action, appraisal.tumor, patient, knowledge)
        for facts, strategy in ((facts_about(asked.id, second), asked.id), (of_class, "")):
            more, still = _ask(2, facts, knowledge, strategy)
            fired, silent = fired + more, silent + still
    return Inquiry(candidate, tuple(fired), tuple(silent), asked)


def _ask(
    stratum: int, facts: Sequence[Fact], knowledge: Knowledge, strategy: str = ""
) -> tuple[list[Fired], list[Silence]]:
    """Return the rules that match, and of the others why not; only rules that begin with a fact given here."""
    met: dict[str, list[dict[str, Fact]]] = {}
    for rule, matched, _ in matches(stratum, facts, knowledge):
        first = matched[rule.when[0].alias]
        if not strategy or first.get("strategy") == strategy:
            met.setdefault(rule.id, []).append(matched)
    first_type = "strategy" if strategy else facts[0]["type"]
    rules = [r for r in knowledge.rule_list() if r.stratum == stratum and r.when[0].type == first_type]
    fired = [Fired(rule, tuple(met[rule.id]), effective=True) for rule in rules if rule.id in met]
    return fired, silences([rule for rule in rules if rule.id not in met], facts, knowledge, strategy)


def facts_about(strategy: str, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the second stratum that bear on one strategy.

    Those that name it, or a strategy it is tied to; of the rest those of its action, or of no action, that speak
    of what it acts on, or of no miRNA at all (options, the patient).
    """
    own = next(fact for fact in facts if fact["type"] == "strategy" and fact["strategy"] == strategy)
    partners = {fact["partner"] for fact in facts if fact["type"] == "relation" and fact["strategy"] == strategy}
    kept = [fact for fact in facts if fact.get("strategy") == strategy]
    kept += [fact for fact in facts if fact["type"] == "strategy" and fact["strategy"] in partners]
    touched = {fact["mirna"] for fact in kept if fact["type"] == "acts_on"} | {ANY_MIRNA}
    agents = {fact["agent"] for fact in facts if fact["type"] == "agent" and fact["mirna"] in touched}
    for fact in facts:
        other_action = fact["type"] != "agent" and fact.get("action", own["action"]) != own["action"]
        if "strategy" in fact or other_action:
            continue
        of_mirna = fact.get("mirna", fact.get("of") if fact["type"] == "sibling" else None)
        if (of_mirna is None or of_mirna in touched) and (fact["type"] != "uses" or fact["agent"] in agents):
            kept.append(fact)
    return kept
