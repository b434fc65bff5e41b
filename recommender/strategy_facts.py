"""The facts of the second stratum: strategies, what they act on, and all that those could meet.

Flat, categories only, sorted and without doubles. What holds of a class of drug hangs on an `action`, once
for all strategies that propose it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, get_args

from recommender.calling import CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers, reach
from recommender.facts import STATED
from recommender.knowledge import BASKET, UNSPECIFIED, Knowledge
from recommender.matcher import Fact
from recommender.measurement import effect
from recommender.model.options import Axis, ChemistryRow, DeliveryRow, Maturity, ModalityRow, TargetRow
from recommender.model.profile import Patient, Profile
from recommender.model.recommendation import CallState, Documented
from recommender.model.records import AgentRow, TrialRow
from recommender.precedents import best_match, trials_of
from recommender.ranking import cluster_mates
from recommender.settings import Settings, number
from recommender.siblings import Sibling, siblings
from recommender.vocabulary import EXACT

ANY_MIRNA: Final = "any"  # of a combination proposed for no miRNA in particular
OptionRow = ModalityRow | ChemistryRow | DeliveryRow


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


def class_facts(
    action: str, tumor: Tumor, patient: Fact, knowledge: Knowledge, met: Container[str] | None = None
) -> list[Fact]:
    """Return what one action brings in one tumor: agents, what they are made of, options, combinations, the patient.

    With `met`, only of agents on these identities: a strategy's rules look at no others.
    """

    def make() -> list[tuple[str, Fact]]:
        trials = trials_of(knowledge)
        facts: list[tuple[str, Fact]] = [("", {"type": "action", "action": action})]
        for agent in knowledge.agents:
            if agent.action == action:
                facts.append((agent.mirna, agent_fact(agent, tumor, knowledge, trials)))
                facts += (
                    (agent.mirna, {"type": "uses", "agent": agent.agent, "axis": axis, "option": option})
                    for axis, option in made_of(agent)
                )
        for (axis, _), row in options_of(knowledge).items():
            if action in actions_of(row, knowledge):
                facts.append(("", option_fact(axis, row, action, tumor, knowledge)))
        return facts + [("", fact) for fact in combination_facts(tumor, knowledge) if fact["action"] == action]

    found: list[tuple[str, Fact]] = knowledge.remember(("class facts", action, tumor.row.cancer), make)
    return [*(fact for mirna, fact in found if met is None or not mirna or mirna in met), patient]


def made_of(agent: AgentRow) -> Iterable[tuple[Axis, str]]:
    """Yield the options an agent is known to be made of."""
    yield "modality", agent.modality
    yield from (("chemistry", name) for name in agent.chemistry if name != UNSPECIFIED)
    yield from (("delivery", name) for name in agent.delivery if name != UNSPECIFIED)


def options_of(knowledge: Knowledge) -> Mapping[tuple[Axis, str], OptionRow]:
    """Return every option by axis and id, in the order of the tables."""

    def index() -> dict[tuple[Axis, str], OptionRow]:
        return {
            **{("modality", row.modality): row for row in knowledge.modalities},
            **{("chemistry", row.chemistry): row for row in knowledge.chemistries},
            **{("delivery", row.delivery): row for row in knowledge.delivery},
        }

    found: Mapping[tuple[Axis, str], OptionRow] = knowledge.remember("options", index)
    return found


def actions_of(row: OptionRow, knowledge: Knowledge) -> Iterable[str]:
    """Return the actions an option suits: its own, or those of the modalities it can carry."""
    if isinstance(row, ModalityRow):
        return row.actions
    modalities = {modality.modality: modality.actions for modality in knowledge.modalities}
    return sorted({action for name in row.modalities for action in modalities[name]})


_MATURITY: tuple[Maturity, ...] = get_args(Maturity)  # the ripest first


def option_fact(axis: Axis, row: OptionRow, action: str, tumor: Tumor, knowledge: Knowledge) -> Fact:
    """Return the fact of one option for one action; fields of other axes are `none`.

    An option is no riper than the ripest modality of this action that it can carry.
    """
    carrier = row if isinstance(row, DeliveryRow) else None
    here = {*tumor.lineage_ids, *((BASKET,) if tumor.tumor.lineage == "solid" else ())}
    reaches = carrier is None or not carrier.reaches_only or not here.isdisjoint(carrier.reaches_only)
    carried = [] if isinstance(row, ModalityRow) else row.modalities
    ripest = [m.maturity for m in knowledge.modalities if m.modality in carried and action in m.actions]
    of_modality = min(ripest, key=_MATURITY.index, default=row.maturity)
    return {
        "type": "option",
        "option": row[0],
        "axis": axis,
        "action": action,
        "kind": carrier.kind if carrier else "none",
        "reaches": "yes" if reaches else "no",
        "liver_accumulating": carrier.liver_accumulating if carrier else "none",
        "infusion_reaction": carrier.infusion_reaction if carrier else "none",
        "tlr_active": row.tlr_active if isinstance(row, ChemistryRow) else "none",
        "maturity": max(row.maturity, of_modality, key=_MATURITY.index),
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


def combination_facts(tumor: Tumor, knowledge: Knowledge, met: Iterable[str] | None = None) -> Iterable[Fact]:
    """Yield the combinations proposed for any miRNA or, with `met`, those said of the identities met."""
    names = set(met or ())
    for row in knowledge.combinations:
        identities = {knowledge.identity_of[printed].identity for printed in row.mirnas_as_printed}
        if bool(identities) != (met is not None):
            continue
        for action in row.actions:
            for mirna in sorted(identities & names) if identities else [ANY_MIRNA]:
                yield {
                    "type": "combination",
                    "combination": row.combination,
                    "action": action,
                    "goal": row.goal,
                    "of": "named_mirnas" if identities else "any_mirna",
                    "mirna": mirna,
                    "here": "yes" if not row.cancer or row.cancer in tumor.lineage_ids else "no",
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


def patient_fact(patient: Patient) -> Fact:
    """Return what is known of the patient."""
    return {"type": "patient", **{name: STATED[known] for name, known in patient.model_dump().items()}}


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


def agent_fact(agent: AgentRow, tumor: Tumor, knowledge: Knowledge, trials: Mapping[str, list[TrialRow]]) -> Fact:
    """Return the flat fact of one agent, seen from one tumor."""
    return {
        "type": "agent",
        "agent": agent.agent,
        "mirna": agent.mirna,
        "action": agent.action,
        "oncology": agent.oncology,
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
