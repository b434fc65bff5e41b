"""The facts of both strata: flat, categories only, sorted and without doubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.dossier import Dossier
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.profile import Profile
from recommender.model.recommendation import IdentityMatch
from recommender.model.records import AgentRow, TrialRow
from recommender.precedents import best_match

_CERTAINTY: tuple[IdentityMatch, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown", "family_member")


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


def label(fact: Fact) -> str:
    """Return a fact's name in a trace: its type and what it is about."""
    kind = fact["type"]
    about = fact.get(kind) or fact.get("mirna") or ""
    if kind == "acts_on":
        about = f"{fact['mirna']} ({fact['relation']})"
    return f"{kind}/{about}" if about else kind


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
