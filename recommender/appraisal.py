"""One profile read, called, inferred and ranked: all that is known before it is written up.

:func:`recommender.recommend` writes an appraisal up; explanations and counterfactuals look into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.calling import CallSheet, call_profile
from recommender.cancers import CancerVocabulary, Tumor
from recommender.errors import InputError, Problem
from recommender.inference import Inference, infer
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.ranking import Ranked, rank
from recommender.settings import Settings

if TYPE_CHECKING:
    from recommender.reference.load import Reference


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
    sheet = call_profile(profile, knowledge.resolver, settings, reference)
    if reference is not None:
        sheet = sheet._replace(notes=(*sheet.notes, *made_for(reference, tumor, knowledge.vocabulary)))
    return conclude(profile, tumor, sheet, knowledge, settings)


def made_for(reference: Reference, tumor: Tumor, vocabulary: CancerVocabulary) -> tuple[str, ...]:
    """Return a note where a reference was made for another kind of this tumor than the profile's.

    Raises
    ------
    InputError
        Where it was made for other tumors: calls would tell tissues apart.
    """
    cancers = [name for name in reference.about.cancers if name in vocabulary.rows]
    if not cancers or tumor.lineage_ids.intersection(cancers):
        return ()
    names = ", ".join(vocabulary.rows[name].name for name in cancers)
    if tumor.tumor.cancer in {vocabulary.tumor(name).tumor.cancer for name in cancers}:
        told = f"the reference is of {reference.about.tissue}, made for {names}: this tumor is {tumor.row.name}"
        return (f"{told}, and another kind's normals move calls",)
    remedy = "give normal samples of the tissue this tumor comes from"
    raise InputError(Problem(reference.origin, f"normals for {names}", f"normals for {tumor.row.name}", remedy))


def conclude(profile: Profile, tumor: Tumor, sheet: CallSheet, knowledge: Knowledge, settings: Settings) -> Appraisal:
    """Infer and rank from calls that were made before."""
    inference = infer(profile, tumor, sheet, knowledge, settings)
    ranked = rank(inference.decisions, sheet, tumor, profile.scale, knowledge, settings)
    return Appraisal(profile, tumor, sheet, inference, ranked, settings)


def load_normals(given: Any, profile: Profile, knowledge: Knowledge, settings: Settings) -> Any:
    """Return the reference as :func:`appraise` takes it; as given where the profile is already relative."""
    if given is None or profile.scale not in ABUNDANCE_SCALES:
        return given
    from recommender.reference.load import load_reference  # numpy and scipy: only where they are needed

    return load_reference(given, knowledge.resolver, settings, profile.scale, kind=profile.reference.kind)
