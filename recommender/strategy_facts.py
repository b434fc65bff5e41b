"""The facts of the second stratum: strategies, what they act on, and all that those could meet.

Flat, categories only, sorted and without doubles. What holds of a class of drug hangs on an `action`, once
for all strategies that propose it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recommender.calling import CallSheet
from recommender.cancers import Tumor
from recommender.class_facts import agent_fact, class_facts, combination_facts, patient_fact
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers, reach
from recommender.facts import STATED
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.measurement import effect
from recommender.model.options import TargetRow
from recommender.model.profile import Profile
from recommender.model.recommendation import CallState, Documented
from recommender.precedents import trials_of
from recommender.ranking import cluster_mates
from recommender.settings import Settings, number
from recommender.siblings import Sibling, siblings
from recommender.vocabulary import EXACT


def second_stratum_facts(
    decisions: Sequence[Decision],
    profile: Profile,
    tumor: Tumor,
    sheet: CallSheet,
    knowledge: Knowledge,
    settings: Settings,
) -> list[Fact]:
    """Return every fact of the second stratum for some accepted decisions."""
    touched = {decision.id: list(acts_on(decision, knowledge)) for decision in decisions}
    relations: dict[str, set[str]] = {}
    for found in touched.values():
        for mirna, relation in found:
            relations.setdefault(mirna, set()).add(relation)
    acted = {mirna for mirna, found in relations.items() if found & EXACT}
    patient = patient_fact(profile.patient)
    facts: list[Fact] = []
    for decision in decisions:
        facts.append(strategy_fact(decision, tumor, profile.disease_state, profile.metastatic))
        facts += (acts_on_fact(decision, mirna, relation) for mirna, relation in touched[decision.id])
    for action in sorted({decision.action for decision in decisions}):
        facts += class_facts(action, tumor, patient, knowledge, relations)
    trials = trials_of(knowledge)  # agents of the other action too: what they do not do is an answer
    facts += (agent_fact(agent, tumor, knowledge, trials) for agent in knowledge.agents if agent.mirna in relations)
    facts += work_facts(relations, knowledge)
    facts += combination_facts(tumor, knowledge, relations)
    facts += target_facts(acted, profile.target_expression, tumor, knowledge, settings)
    facts += sibling_facts(acted, tumor, sheet, knowledge, profile.metastatic)
    facts += relation_facts(decisions, knowledge)
    unique = {tuple(sorted(fact.items())) for fact in facts}
    return [dict(fact) for fact in sorted(unique)]


def strategy_fact(decision: Decision, tumor: Tumor, disease_state: str, metastatic: bool | None) -> Fact:
    """Return the fact of one strategy."""
    return {
        "type": "strategy",
        "strategy": decision.id,
        "action": decision.action,
        "kind": decision.kind,
        "timing": decision.dossier.contexts.get("timing", "none"),
        "disease_state": disease_state,
        "metastatic": STATED[metastatic],
        "cancer": tumor.tumor.cancer,
    }


def acts_on_fact(decision: Decision, mirna: str, relation: str) -> Fact:
    """Return the fact of one miRNA that a strategy touches, and how."""
    return {
        "type": "acts_on",
        "strategy": decision.id,
        "mirna": mirna,
        "relation": relation,
        "exact": "yes" if relation in EXACT else "no",
        "gates": "no" if relation == "family" else "yes",
    }


def work_facts(met: Iterable[str], knowledge: Knowledge) -> Iterable[Fact]:
    """Yield laboratory work on the identities that strategies touch."""
    names = set(met)
    for work in knowledge.preclinical:
        identity = knowledge.identity_of[work.mirna_as_printed].identity
        if identity in names:
            name = work.preclinical_id
            yield {"type": "preclinical", "preclinical": name, "mirna": identity, "action": work.action}
    for row in knowledge.option_work:
        identity = knowledge.identity_of[row.mirna_as_printed].identity
        if identity in names:
            yield {
                "type": "option_work",
                "option_work": row.option_work,
                "axis": row.axis,
                "option": row.option,
                "mirna": identity,
                "action": row.action,
            }


def relation_facts(decisions: Sequence[Decision], knowledge: Knowledge) -> Iterable[Fact]:
    """Yield what the miRNAs of two proposed strategies have in common; a family and its member are one matter."""
    proposed = [d for d in decisions if d.kind == "strategy"]
    acted = {d.id: {m for m, relation in acts_on(d, knowledge) if relation in EXACT} for d in proposed}
    genes: dict[str, set[str]] = {}
    for row, reached in targets_of(knowledge):
        if row.kind == "gene" and row.effect == "represses" and row.pharmacodynamic != "outside_oncology":
            for mirna in reached:
                genes.setdefault(mirna, set()).add(row.target)
    for one in proposed:
        for other in proposed:
            if acted[one.id] & acted[other.id]:
                continue
            for first in sorted(acted[one.id]):
                mates = set(cluster_mates(first, knowledge))
                alike = {s.mirna for s in siblings(knowledge, first) if s.seed == "seed_2_8"}
                for second in sorted(acted[other.id]):
                    ties = [("cluster", "none")] if second in mates else []
                    ties += [("seed", "none")] if second in alike else []
                    ties += [("target", gene) for gene in genes.get(first, set()) & genes.get(second, set())]
                    for common, via in ties:
                        yield {
                            "type": "relation",
                            "strategy": one.id,
                            "partner": other.id,
                            "common": common,
                            "first": first,
                            "second": second,
                            "via": via,
                        }


def target_facts(
    mirnas: set[str], expression: Mapping[str, float | None], tumor: Tumor, knowledge: Knowledge, settings: Settings
) -> Iterable[Fact]:
    """Yield the genes, processes and readouts of some miRNAs, and how each gene moves in this tumor."""
    limit = number(settings, "target_expression", "min_abs_log2_ratio")
    for row, reached in targets_of(knowledge):
        for mirna in sorted(reached & mirnas):
            value = expression.get(row.target)
            change = "not_measured" if value is None else ("down", "flat", "up")[effect(float(value), limit)]
            yield {
                "type": "target",
                "target": row.target,
                "mirna": mirna,
                "kind": row.kind,
                "documented": documented_for(row, tumor),
                "effect": row.effect,
                "pharmacodynamic": row.pharmacodynamic,
                "moves": change,
            }


def documented_for(row: TargetRow, tumor: Tumor) -> Documented:
    """Return whether a target is documented in this tumor, in none in particular, or in others."""
    if not row.cancer:
        return "in_general"
    return "this_tumor" if row.cancer in tumor.lineage_ids else "other_tumors"


def targets_of(knowledge: Knowledge) -> Sequence[tuple[TargetRow, frozenset[str]]]:
    """Return genes, processes and readouts, each with the identities its miRNA's name reaches."""

    def index() -> list[tuple[TargetRow, frozenset[str]]]:
        return [
            (row, frozenset(to.entity for to in reach(knowledge, knowledge.identity_of[row.mirna_as_printed])))
            for row in knowledge.targets
        ]

    found: Sequence[tuple[TargetRow, frozenset[str]]] = knowledge.remember("targets", index)
    return found


_STATES = {"up": "retained", "unchanged": "retained", "down": "lost", "low_abundance": "lost"}


def sibling_facts(
    mirnas: set[str], tumor: Tumor, sheet: CallSheet, knowledge: Knowledge, metastatic: bool | None
) -> Iterable[Fact]:
    """Yield the seed siblings of some miRNAs that any document speaks of, and what this tumor says of them."""
    documents = dossiers(knowledge, tumor, metastatic)
    for mirna in sorted(mirnas):
        for sibling in siblings(knowledge, mirna):
            if sibling.mirna in documents:
                call = sheet.calls.get(sibling.mirna)
                yield sibling_fact(mirna, sibling, documents[sibling.mirna], sibling_state(call.call if call else None))


def sibling_state(call: CallState | None) -> str:
    """Return whether a tumor retains a sibling, by its call; None: no name of it is in the profile."""
    return _STATES.get(call or "", "unknown")


def sibling_fact(mirna: str, sibling: Sibling, dossier: Dossier, state: str) -> Fact:
    """Return the fact of one seed sibling of a miRNA."""
    return {
        "type": "sibling",
        "sibling": sibling.mirna,
        "of": mirna,
        "seed": sibling.seed,
        "documented": _documented_as(dossier),
        "state": state,
    }


def _documented_as(dossier: Dossier) -> str:
    """Return what a sibling is in this tumor: by its established role, or by its direction documented here."""
    if dossier.role in ("suppressor", "oncomir", "both"):
        return dossier.role
    if dossier.level == "documented_here":
        return {"down": "suppressor", "up": "oncomir", "both": "both"}[dossier.documented]
    return "neither"


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
