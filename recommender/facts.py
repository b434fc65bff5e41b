"""The facts of the first stratum: one for the profile, and one flat fact a candidate; categories only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from recommender.calling import CallSheet
from recommender.cancers import Tumor
from recommender.dossier import Dossier
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.profile import Profile
from recommender.model.recommendation import CallState, IdentityMatch
from recommender.nomenclature import MeasuredAs
from recommender.settings import Settings, number

STATED = {True: "yes", False: "no", None: "unknown"}

_CERTAINTY: tuple[IdentityMatch, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown", "family_member")


def purity_word(purity: float | None, settings: Settings) -> str:
    """Return whether enough of the sample is tumor cells, as far as it is stated."""
    if purity is None:
        return "not_stated"
    return "low" if purity < number(settings, "purity", "min_tumor_cells") else "sufficient"


def profile_fact(profile: Profile, sheet: CallSheet, settings: Settings) -> Fact:
    """Return the fact that stands for the profile as a whole."""
    return {
        "type": "profile",
        "disease_state": profile.disease_state,
        "specimen": profile.specimen,
        "comparison": sheet.comparison,
        "measurement_level": sheet.measurement_level,
        "purity": purity_word(profile.purity, settings),
    }


class Circumstances(NamedTuple):
    """What of a profile reaches the fact of every candidate.

    Attributes
    ----------
    cancer : str
        Id of what the tumor counts as.
    comparison, disease_state, purity : str
        Words of the candidate's fields.
    """

    cancer: str
    comparison: str
    disease_state: str
    metastatic: bool | None
    purity: str


def circumstances(profile: Profile, tumor: Tumor, sheet: CallSheet, settings: Settings) -> Circumstances:
    """Return what of a profile reaches the fact of every candidate."""
    purity = purity_word(profile.purity, settings)
    return Circumstances(tumor.tumor.cancer, sheet.comparison, profile.disease_state, profile.metastatic, purity)


def called_families(dossier: Dossier, sheet: CallSheet, knowledge: Knowledge) -> dict[str, CallState]:
    """Return the calls of the families through which alone a member is documented."""
    return {name: sheet.calls[name].call for name in documented_families(dossier, knowledge) if name in sheet.calls}


def candidate_fact(
    dossier: Dossier,
    call: CallState,
    measured_as: MeasuredAs,
    families: Mapping[str, CallState],
    around: Circumstances,
) -> Fact:
    """Return the flat fact of one candidate; every field a word of its declared set.

    Parameters
    ----------
    call : str
        Its call.
    families : mapping
        As :func:`called_families` returns them.
    """
    contexts = dossier.contexts
    return {
        "type": "candidate",
        "mirna": dossier.entity,
        "kind": dossier.kind,
        "call": call,
        "level": dossier.level,
        "speaks": "for_others_only" if dossier.level == "elsewhere" else "for_this_tumor",
        "documented": dossier.documented,
        "elsewhere": dossier.elsewhere,
        "same_lineage": dossier.same_lineage,
        "role": dossier.role,
        "identity": identity_match(measured_as, dossier),
        "measured_as": measured_as,
        "family": family_word(families),
        # a member that only repeats a family that is called alike and documented itself
        "folded": "yes" if call != "ambiguous" and call in families.values() else "no",
        "comparison": around.comparison,
        "against": "other_group" if around.comparison == "other_group" else "normal",
        "disease_state": around.disease_state,
        "metastatic": STATED[around.metastatic],
        "cancer": around.cancer,
        "timing": contexts.get("timing", "none"),
        "protective": contexts.get("protective", "no"),
        "immune_stress": contexts.get("immune_stress", "no"),
        "metastasis_driver": contexts.get("metastasis_driver", "no"),
        "purity": around.purity,
        "cell_mix": contexts.get("cell_mix", "none"),
    }


def identity_match(measured_as: MeasuredAs, dossier: Dossier, match: IdentityMatch | None = None) -> IdentityMatch:
    """Return how surely the measured miRNA is the documented one: the best of the speaking claims.

    With `match`, of that one claim.
    """
    matches = [match] if match else [use.match for use in dossier.speaking] or ["exact"]
    best = min(matches, key=_CERTAINTY.index)
    measured = measured_as if dossier.kind == "mirna" else "exact"
    return max(best, measured, key=_CERTAINTY.index)


def documented_families(dossier: Dossier, knowledge: Knowledge) -> frozenset[str]:
    """Return the families through which alone a member is documented; none where it is named itself."""
    if not dossier.through_family:
        return frozenset()
    return frozenset(knowledge.identity_of[use.claim.mirna_as_printed].identity for use in dossier.speaking)


def family_word(families: Mapping[str, CallState]) -> str:
    """Return how the documented families of a member stand.

    >>> family_word({}), family_word({"let-7-family": "down"})
    ('none', 'agrees')
    """
    calls = set(families.values())
    if calls & {"up", "down"}:
        return "agrees"
    return next((word for word in ("ambiguous", "unchanged") if word in calls), "none")


def label(fact: Fact) -> str:
    """Return a fact's name in a trace: its type and what it is about."""
    kind = fact["type"]
    about = fact.get(kind) or fact.get("mirna") or ""
    if kind == "acts_on":
        about = f"{fact['mirna']} ({fact.get('relation', '')})"
    return f"{kind}/{about}" if about else kind
