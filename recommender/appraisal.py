"""One profile read, called, inferred and ranked: all that is known before it is written up.

:func:`recommender.recommend` writes an appraisal up; explanations and counterfactuals look into it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from recommender.calling import CallSheet, call_profile
from recommender.cancers import Tumor
from recommender.inference import Inference, infer
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.ranking import Ranked, rank
from recommender.settings import Settings


class Appraisal(NamedTuple):
    """Everything concluded from one profile.

    Attributes
    ----------
    ranked : tuple of Ranked
        Accepted decisions, strategies and exploratory ones, in order.
    digest : str
        SHA-256 of the validated profile; empty where nobody asked for it.
    """

    profile: Profile
    tumor: Tumor
    sheet: CallSheet
    inference: Inference
    ranked: tuple[Ranked, ...]
    settings: Settings
    digest: str = ""


def appraise(profile: Profile, knowledge: Knowledge, settings: Settings, reference: Any = None) -> Appraisal:
    """Call, infer and rank one profile.

    Parameters
    ----------
    profile : Profile
    knowledge : Knowledge
    settings : Settings
    reference : Reference, optional
        Normals, loaded; for abundances.

    Raises
    ------
    InputError
        The tumor is unknown, or the profile does not fit the reference.
    """
    tumor = knowledge.vocabulary.resolve(profile.cancer)
    return conclude(profile, tumor, call_profile(profile, knowledge.resolver, settings, reference), knowledge, settings)


def conclude(profile: Profile, tumor: Tumor, sheet: CallSheet, knowledge: Knowledge, settings: Settings) -> Appraisal:
    """Infer and rank from calls that were made before."""
    inference = infer(profile, tumor, sheet, knowledge, settings)
    ranked = rank(inference.decisions, sheet, tumor, profile.scale, knowledge, settings)
    return Appraisal(profile, tumor, sheet, inference, ranked, settings)


def load_normals(given: Any, profile: Profile, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference as :func:`appraise` takes it; as given where the profile is already relative."""
    if given is None or profile.scale not in ABUNDANCE_SCALES:
        return given
    from recommender.normals import open_reference  # numpy and scipy: only where they are needed

    return open_reference(given, knowledge, settings, profile.scale)
