"""Two profiles of one patient at two times: what appeared, disappeared and moved, and what moved it.

The way of :mod:`recommender.pipeline`, twice; then parts in which the profiles differ are put back into the
later as the earlier has them, and what that undoes, they caused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.appraisal import Appraisal, appraise, load_normals
from recommender.counterfactuals import Counterfactuals
from recommender.errors import InputError, Problem, shorten
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.comparison import Comparison
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.pipeline import chosen_settings
from recommender.readers.profile import as_profile
from recommender.remembering import remembering
from recommender.settings import Settings

Given = Profile | dict[str, Any] | str | Path
_SIDES = ("before", "after")


def compare(
    before: Given,
    after: Given,
    *,
    reference: Any = None,
    knowledge: Knowledge | None = None,
    settings: Mapping[str, Any] | str | Path | None = None,
    different_patients: bool = False,
    different_cancers: bool = False,
) -> Comparison:
    """Return what changed between two profiles of one patient, and what changed it. Research use only.

    Parameters
    ----------
    before, after : Profile, dict or path
        As :func:`recommender.recommend` takes them.
    reference : path, pandas.DataFrame or Reference, optional
        Normal samples, for abundances; one for both.
    knowledge, settings
        As :func:`recommender.recommend` takes them; one for both.
    different_patients, different_cancers : bool
        Compare where the patient ids, or the tumors, differ.

    Raises
    ------
    InputError
        A profile is refused, with every problem of both; or they are of two patients or tumors.

    Examples
    --------
    >>> tumor = {"sample_id": "T1", "patient_id": "P", "cancer": "multiple myeloma", "scale": "log2_fold_change",
    ...     "reference": {"kind": "normal_cohort", "samples": 12}, "disease_state": "newly_diagnosed",
    ...     "expression": {"hsa-miR-221-3p": 2.1}}
    >>> relapse = {**tumor, "sample_id": "T2", "disease_state": "relapsed_refractory"}
    >>> change = compare(tumor, relapse).strategies.moved[0]
    >>> change.id, change.before.gate, change.after.gate, change.causes[0].fields[0].field
    ('inhibit:hsa-miR-221-3p', 'adverse', 'clear', 'disease_state')
    """
    known = remembering(knowledge if knowledge is not None else load_knowledge())
    used = chosen_settings(known, settings)
    profiles = _read(before, after, known)
    _refuse_strangers(*profiles, known, different_patients, different_cancers)
    normals = _normals(profiles, reference, known, used)
    appraisals = _appraise(profiles, known, used, normals)
    from recommender.comparison_assembly import assemble_comparison  # models that a refusal does not need

    return assemble_comparison(Counterfactuals(*appraisals, known, normals))


def _read(before: Given, after: Given, knowledge: Knowledge) -> tuple[Profile, Profile]:
    found: list[Profile] = []
    problems: list[Problem] = []
    for given, side in zip((before, after), _SIDES, strict=True):
        try:
            found.append(as_profile(given, knowledge.vocabulary))
        except InputError as error:
            problems += error.problems if isinstance(given, (str, Path)) else _of_side(side, error)
    if problems:
        raise InputError(problems)
    return found[0], found[1]


def _of_side(side: str, error: InputError) -> list[Problem]:
    return [Problem(f"{side}, {p.where}", p.found, p.expected, p.remedy) for p in error.problems]


def _refuse_strangers(
    before: Profile, after: Profile, knowledge: Knowledge, different_patients: bool, different_cancers: bool
) -> None:
    """Refuse two patients or two tumors, unless told that they are meant."""
    problems: list[Problem] = []
    ids = (before.patient_id, after.patient_id)
    if None not in ids and ids[0] != ids[1] and not different_patients:
        found = f"{shorten(ids[0])} before and {shorten(ids[1])} after"
        problems.append(Problem("patient_id", found, "one patient", "give --different-patients if two are meant"))
    tumors = [knowledge.vocabulary.resolve(profile.cancer).tumor for profile in (before, after)]
    if tumors[0] != tumors[1] and not different_cancers:
        found = f"{tumors[0].cancer} before and {tumors[1].cancer} after"
        problems.append(Problem("cancer", found, "one tumor", "give --different-cancers if two are meant"))
    if problems:
        raise InputError(problems)


def _normals(
    profiles: tuple[Profile, Profile], reference: Any, knowledge: Knowledge, settings: Settings
) -> dict[str, Any]:
    """Return the reference for each scale; of two profiles of which one is relative, for the other alone."""
    scales = {profile.scale: profile for profile in profiles}
    needed = {scale: profile for scale, profile in scales.items() if scale in ABUNDANCE_SCALES} or scales
    return {scale: load_normals(reference, profile, knowledge, settings) for scale, profile in needed.items()}


def _appraise(
    profiles: tuple[Profile, Profile], knowledge: Knowledge, settings: Settings, normals: dict[str, Any]
) -> tuple[Appraisal, Appraisal]:
    found: list[Appraisal] = []
    problems: list[Problem] = []
    for profile, side in zip(profiles, _SIDES, strict=True):
        try:
            found.append(appraise(profile, knowledge, settings, normals.get(profile.scale)))
        except InputError as error:
            problems += _of_side(side, error)
    if problems:
        raise InputError(problems)
    return found[0], found[1]
