"""The facts of both strata: flat, categories only, sorted and without doubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.dossier import Dossier, dossiers, reach
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.measurement import effect
from recommender.model.options import TargetRow
from recommender.model.profile import Profile
from recommender.model.recommendation import IdentityMatch
from recommender.model.records import AgentRow, TrialRow
from recommender.precedents import best_match, trials_of
from recommender.settings import Settings, number
from recommender.siblings import siblings

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
        "measured_as": call.measured_as,
        "family": family_word(dossier, sheet, knowledge),
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


def family_word(dossier: Dossier, sheet: CallSheet, knowledge: Knowledge) -> str:
    """Return how the documented family of a member stands, where the member is documented through it alone."""
    if not dossier.through_family:
        return "none"
    documented = {knowledge.identity_of[use.claim.mirna_as_printed].identity for use in dossier.speaking}
    calls = {sheet.calls[name].call for name in documented if name in sheet.calls}
    if calls & {"up", "down"}:
        return "agrees"
    return next((word for word in ("ambiguous", "unchanged") if word in calls), "none")


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
        about = f"{fact['mirna']} ({fact.get('relation', '')})"
    return f"{kind}/{about}" if about else kind


def second_stratum_facts(
    decisions: Sequence[Decision],
    profile: Profile,
    tumor: Tumor,
    sheet: CallSheet,
    knowledge: Knowledge,
    settings: Settings,
) -> list[Fact]:
    """Return the strategies, what they act on, and all that those could meet: agents, work, targets, siblings."""
    facts: list[Fact] = []
    met: dict[str, set[str]] = {}
    for decision in decisions:
        own = {mirna for mirna, relation in acts_on(decision, knowledge) if relation in ("self", "called_member")}
        known = any(a.mirna in own and a.action == decision.action and a.oncology == "yes" for a in knowledge.agents)
        carrier = "known" if known else "open"
        facts.append({"type": "strategy", "strategy": decision.id, "action": decision.action, "carrier": carrier})
        for mirna, relation in acts_on(decision, knowledge):
            facts.append(
                {
                    "type": "acts_on",
                    "strategy": decision.id,
                    "mirna": mirna,
                    "relation": relation,
                    "exact": "yes" if relation in ("self", "called_member") else "no",
                    "gates": "no" if relation == "family" else "yes",
                }
            )
            met.setdefault(mirna, set()).add(relation)
    trials = trials_of(knowledge)
    facts += [agent_fact(agent, tumor, knowledge, trials) for agent in knowledge.agents if agent.mirna in met]
    for work in knowledge.preclinical:
        identity = knowledge.identity_of[work.mirna_as_printed].identity
        if identity in met:
            name = work.preclinical_id
            facts.append({"type": "preclinical", "preclinical": name, "mirna": identity, "action": work.action})
    acted = {mirna for mirna, relations in met.items() if relations & {"self", "called_member"}}
    facts.append(patient_fact(profile))
    facts += target_facts(acted, profile, knowledge, settings)
    facts += sibling_facts(acted, tumor, sheet, knowledge, profile)
    unique = {tuple(sorted(fact.items())) for fact in facts}
    return [dict(fact) for fact in sorted(unique)]


def patient_fact(profile: Profile) -> Fact:
    """Return what is known of the patient."""
    words = {True: "yes", False: "no", None: "unknown"}
    return {"type": "patient", **{name: words[known] for name, known in profile.patient.model_dump().items()}}


def target_facts(mirnas: set[str], profile: Profile, knowledge: Knowledge, settings: Settings) -> Iterable[Fact]:
    """Yield the genes and readouts of some miRNAs, and how each moves in this tumor."""
    limit = number(settings, "target_expression", "min_abs_log2_ratio")
    for row, reached in targets_of(knowledge):
        for mirna in sorted(reached & mirnas):
            value = profile.target_expression.get(row.target)
            change = "not_measured" if value is None else ("down", "flat", "up")[effect(float(value), limit)]
            yield {
                "type": "target",
                "target": row.target,
                "mirna": mirna,
                "effect": row.effect,
                "pharmacodynamic": row.pharmacodynamic,
                "moves": change,
            }


def targets_of(knowledge: Knowledge) -> Sequence[tuple[TargetRow, frozenset[str]]]:
    """Return the genes and readouts, each with the identities its miRNA's name reaches; pathways left out."""

    def index() -> list[tuple[TargetRow, frozenset[str]]]:
        return [
            (row, frozenset(to.entity for to in reach(knowledge, knowledge.identity_of[row.mirna_as_printed])))
            for row in knowledge.targets
            if row.kind != "pathway"
        ]

    found: Sequence[tuple[TargetRow, frozenset[str]]] = knowledge.remember("targets", index)
    return found


_STATES = {"up": "retained", "unchanged": "retained", "down": "lost", "low_abundance": "lost"}


def sibling_facts(
    mirnas: set[str], tumor: Tumor, sheet: CallSheet, knowledge: Knowledge, profile: Profile
) -> Iterable[Fact]:
    """Yield the seed siblings of some miRNAs that any document speaks of, and what this tumor says of them."""
    documents = dossiers(knowledge, tumor, profile.metastatic)
    for mirna in sorted(mirnas):
        for sibling in siblings(knowledge, mirna):
            if sibling.mirna not in documents:
                continue
            call = sheet.calls.get(sibling.mirna)
            yield {
                "type": "sibling",
                "sibling": sibling.mirna,
                "of": mirna,
                "seed": sibling.seed,
                "documented": _documented_as(documents[sibling.mirna]),
                "state": _STATES.get(call.call, "unknown") if call else "unknown",
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
    carrier = next((row for row in knowledge.delivery if row.delivery == agent.delivery), None)
    return {
        "type": "agent",
        "agent": agent.agent,
        "mirna": agent.mirna,
        "action": agent.action,
        "oncology": agent.oncology,
        "modality": agent.modality,
        "delivery": agent.delivery,
        "lipid": "yes" if carrier and carrier.kind == "lipid" else "no",
        "liver_accumulating": carrier.liver_accumulating if carrier else "unknown",
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
