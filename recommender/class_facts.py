"""The facts that hang on an action: agents, what they are made of, options, combinations, the patient.

They do not depend on what was measured, and are made once for all strategies that propose the action.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Final, get_args

from recommender.cancers import Tumor
from recommender.facts import STATED
from recommender.knowledge import BASKET, UNSPECIFIED, Knowledge
from recommender.matcher import Fact
from recommender.model.options import Axis, ChemistryRow, DeliveryRow, Maturity, ModalityRow
from recommender.model.profile import Patient
from recommender.model.records import AgentRow, TrialRow
from recommender.precedents import best_match, trials_of

ANY_MIRNA: Final = "any"  # of a combination proposed for no miRNA in particular
OptionRow = ModalityRow | ChemistryRow | DeliveryRow
_MATURITY: tuple[Maturity, ...] = get_args(Maturity)  # the ripest first


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


def patient_fact(patient: Patient) -> Fact:
    """Return what is known of the patient."""
    return {"type": "patient", **{name: STATED[known] for name, known in patient.model_dump().items()}}


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
