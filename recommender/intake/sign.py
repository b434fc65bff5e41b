"""Whether a file's ratios look turned round: normal over tumor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.intake.names import listed
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.settings import Settings, number

if TYPE_CHECKING:
    from recommender.calling import CallSheet


def flipped_sign(profile: Profile, sheet: CallSheet, knowledge: Knowledge, settings: Settings) -> str | None:
    """Return a warning where most documented directions of this tumor are reversed; else None."""
    from recommender.dossier import dossiers

    tumor = knowledge.vocabulary.resolve(profile.cancer)
    against: list[str] = []
    judged = 0
    for name, dossier in dossiers(knowledge, tumor, profile.metastatic).items():
        call = sheet.calls.get(name)
        if dossier.kind != "mirna" or dossier.level != "documented_here" or call is None:
            continue
        if {call.call, dossier.documented} == {"up", "down"}:
            against.append(name)
        judged += call.call in ("up", "down") and dossier.documented in ("up", "down")
    if judged < number(settings, "input_sign", "min_documented"):
        return None
    if len(against) < number(settings, "input_sign", "min_reversed_share") * judged:
        return None
    return (
        f"{len(against)} of {judged} changed miRNAs go against what is documented in {tumor.tumor.name.lower()} "
        f"({listed(sorted(against))}): the sign may be flipped, normal over tumor"
    )


def sign_note(profile: Profile, knowledge: Knowledge, settings: Settings) -> str | None:
    """Return a warning where a relative profile's sign looks flipped."""
    from recommender.calling import call_profile

    if profile.scale in ABUNDANCE_SCALES:
        return None
    return flipped_sign(profile, call_profile(profile, knowledge.resolver, settings), knowledge, settings)
