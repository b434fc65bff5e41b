"""The facts of the first stratum: one for the profile, and one flat fact a candidate; categories only."""

from __future__ import annotations

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.dossier import Dossier
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.profile import Profile
from recommender.model.recommendation import IdentityMatch
from recommender.settings import Settings, number

STATED = {True: "yes", False: "no", None: "unknown"}

_CERTAINTY: tuple[IdentityMatch, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown", "family_member")


def purity_word(profile: Profile, settings: Settings) -> str:
    """Return whether enough of the sample is tumor cells, as far as it is stated."""
    if profile.purity is None:
        return "not_stated"
    return "low" if profile.purity < number(settings, "purity", "min_tumor_cells") else "sufficient"


def profile_fact(profile: Profile, sheet: CallSheet, settings: Settings) -> Fact:
    """Return the fact that stands for the profile as a whole."""
    return {
        "type": "profile",
        "disease_state": profile.disease_state,
        "specimen": profile.specimen,
        "comparison": sheet.comparison,
        "measurement_level": sheet.measurement_level,
        "purity": purity_word(profile, settings),
    }


def candidate_fact(
    profile: Profile, tumor: Tumor, sheet: CallSheet, dossier: Dossier, knowledge: Knowledge, settings: Settings
) -> Fact:
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
        "metastatic": STATED[profile.metastatic],
        "cancer": tumor.tumor.cancer,
        "timing": contexts.get("timing", "none"),
        "protective": contexts.get("protective", "no"),
        "immune_stress": contexts.get("immune_stress", "no"),
        "metastasis_driver": contexts.get("metastasis_driver", "no"),
        "purity": purity_word(profile, settings),
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
