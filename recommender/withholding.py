"""Why an action is withheld, in words."""

from __future__ import annotations

from recommender.decision import Decision
from recommender.inference import tumor_names
from recommender.knowledge import Knowledge
from recommender.model.recommendation import WithheldReason
from recommender.vocabulary import ROLE_NAMES, WITHHELD_ORDER, WITHHELD_PHRASES


def phrases(decision: Decision, knowledge: Knowledge) -> list[tuple[WithheldReason, str]]:
    """Return the reasons to withhold an action, in the published order, each with what it means here."""
    call, dossier = decision.call, decision.dossier
    sides = {
        side: tumor_names(knowledge, (u.claim.cancer for u in dossier.speaking if u.claim.direction == side))
        for side in ("up", "down")
    }
    words = {
        "mirna": call.mirna,
        "call": call.call,
        "role": ROLE_NAMES[dossier.role],
        "where": "; ".join(f"{side} in {names}" for side, names in sides.items() if names),
        "action": decision.action,
    }
    reasons = [reason for reason in WITHHELD_ORDER if reason in decision.reasons]
    return [(reason, WITHHELD_PHRASES[reason].format(**words)) for reason in reasons]
