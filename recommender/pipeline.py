"""From a profile to a recommendation: read, resolve, call, infer, rank. One direction, no way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recommender.appraisal import appraise, load_normals
from recommender.assembly import assemble
from recommender.intake.opening import open_profile
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import Profile
from recommender.model.recommendation import Note, Recommendation
from recommender.readers.profile import as_profile
from recommender.settings import Settings, override, read_overrides


def recommend(
    profile: Profile | dict[str, Any] | str | Path,
    *,
    reference: Any = None,
    knowledge: Knowledge | None = None,
    settings: Mapping[str, Any] | str | Path | None = None,
    **stated: Any,
) -> Recommendation:
    """Return ranked, sourced miRNA-therapy strategies for one tumor. Research use only.

    Parameters
    ----------
    profile : Profile, dict or path
        See :class:`Profile`; a path is a profile in JSON, or a file a quantifier or a differential-expression tool
        wrote, of one sample.
    reference : path, pandas.DataFrame or Reference, optional
        Normal samples, for abundances: a matrix with miRNAs on one axis.
    knowledge : Knowledge, optional
        By default the bundled one.
    settings : mapping or path, optional
        Tables of ``calling.toml`` and ``ranking.toml`` to override.
    **stated
        What such a file does not say: ``cancer``, ``disease_state``, ``specimen``, ``scale``, ``sample``,
        ``contrast`` and the other fields of :class:`recommender.intake.stated.Stated`.

    Returns
    -------
    Recommendation
        The same profile, reference, knowledge and settings give the same value.

    Raises
    ------
    InputError
        The profile or the reference is refused; every problem found is listed.
    SettingsError, KnowledgeError
        Settings or knowledge are refused.

    Examples
    --------
    >>> result = recommend({
    ...     "sample_id": "HCC-0042", "cancer": "hepatocellular carcinoma", "disease_state": "relapsed_refractory",
    ...     "scale": "log2_fold_change", "reference": {"kind": "normal_cohort", "samples": 50},
    ...     "expression": {"hsa-miR-221-3p": 2.7}})
    >>> result.strategies[0].id, result.strategies[0].gate, result.strategies[0].tier
    ('inhibit:hsa-miR-221-3p', 'clear', 'T2')
    """
    known = knowledge if knowledge is not None else load_knowledge()
    used = chosen_settings(known, settings)
    notes: tuple[str, ...] = ()
    if isinstance(profile, (str, Path)):
        given, notes = open_profile(profile, stated, known, used)
    elif stated:
        raise TypeError(f"only a file can be told its {', '.join(sorted(stated))}")
    else:
        given = as_profile(profile, known.vocabulary)
    appraisal = appraise(given, known, used, load_normals(reference, given, known, used))
    result = assemble(appraisal._replace(digest=input_digest(given)), known)
    return with_notes(result, notes)


def with_notes(result: Recommendation, notes: Iterable[str]) -> Recommendation:
    """Return a recommendation that also tells how its file was read."""
    told = [Note.model_construct(id="input", message=note[:1].upper() + note[1:] + ".") for note in notes]
    if not told:
        return result
    return result.model_copy(update={"notes": sorted([*result.notes, *told], key=lambda n: (n.id, n.message))})


def chosen_settings(knowledge: Knowledge, given: Mapping[str, Any] | str | Path | None) -> Settings:
    """Return the knowledge's settings with the given tables, or those of a TOML file, over them."""
    if given is None:
        return knowledge.settings
    if isinstance(given, (str, Path)):
        return override(knowledge.settings, read_overrides(Path(given)), str(given))
    return override(knowledge.settings, given)


def input_digest(profile: Profile) -> str:
    """Return the SHA-256 of the validated profile as canonical JSON: sorted keys, no spaces.

    Of a measurement only what was given counts: an absent adjusted p-value and a null one differ.
    """
    rest = profile.model_dump(mode="json", by_alias=True, exclude={"expression"}) | {"expression": None}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expression = profile.model_dump_json(include={"expression"}, exclude_unset=True)  # names and fields are sorted
    canonical = canonical.replace('"expression":null', expression[1:-1], 1)
    return hashlib.sha256(canonical.encode()).hexdigest()
