"""Abundances against normals, as a profile of log2 ratios with adjusted p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.abundance import measure
from recommender.appraisal import made_for
from recommender.calling import one_kind
from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.measurement import NOT_TESTED, Entry, round6
from recommender.model.profile import ABUNDANCE_SCALES, Profile, ReferenceKind
from recommender.nomenclature import Identity
from recommender.readers.profile import validate_profile
from recommender.settings import Settings

if TYPE_CHECKING:
    from recommender.reference.load import Reference


class Related(NamedTuple):
    """A profile of log2 ratios, notes on how it was made, and what speaks against the reference."""

    profile: Profile
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def relate(profile: Profile, reference: Reference, knowledge: Knowledge, settings: Settings) -> Related:
    """Return a profile of log2 ratios tumor/normal, called as the abundances would be.

    Names outside the knowledge have no ratio and are left out. What cannot be compared (not in the reference,
    contradictory names) has the value null.

    Parameters
    ----------
    profile : Profile
        Of abundances.
    reference : Reference

    Raises
    ------
    InputError
        A profile that is already relative, or does not fit the reference.
    """
    if profile.scale not in ABUNDANCE_SCALES:
        found = f"a reference for {profile.scale}"
        raise InputError(Problem("reference", found, "none: the values are already relative", "leave it out"))
    resolved = knowledge.resolver.resolve_all(profile.expression)
    known = [
        (name, identity, given)
        for (name, given), identity in zip(profile.expression.items(), resolved, strict=True)
        if isinstance(identity, Identity)
    ]
    if not known:
        remedy = "recommend the file itself: its result says how every name was read"
        raise InputError(Problem("expression", "no miRNA the knowledge holds", "one or more", remedy))
    tumor = knowledge.vocabulary.resolve(profile.cancer)
    entries, notes, doubt = measure(profile, known, knowledge.resolver, settings, reference)
    notes = (*notes, *made_for(reference, tumor, knowledge.vocabulary))
    expression = _expression(entries)
    left_out = len(profile.expression) - len(known)
    notes = (*notes, f"{left_out:,} names outside the knowledge left out: no ratio is made of them")
    data = profile.model_dump(by_alias=True, exclude_unset=True, exclude={"expression", "library_size", "reference"})
    data |= {
        "scale": "log2_fold_change",
        "description": "; ".join(filter(None, (profile.description, *notes))),
        "reference": {
            "kind": _kind(profile.reference.kind, reference, not doubt),
            "samples": reference.samples,
            "description": _described(reference),
        },
        "expression": expression,
    }
    told = tuple(note for note in notes if note != doubt)
    return Related(validate_profile(data, f"sample {profile.sample_id}"), told, (doubt,) if doubt else ())


def _kind(stated: ReferenceKind, reference: Reference, comparable: bool) -> ReferenceKind:
    """Return what the ratios are relative to.

    A ratio cannot say that its normals were a built-in cohort; without a stated kind it is at best called with
    caution, as it would have been.
    """
    kind = one_kind(stated, reference)
    if not comparable:
        return "other_group"
    if reference.about.builtin:
        return "not_stated"
    return "normal_cohort" if kind == "not_stated" else kind


def _described(reference: Reference) -> str:
    told = f"{reference.samples} samples, {reference.level} level"
    return f"builtin:{reference.about.builtin}, {told}" if reference.about.builtin else told


def _expression(entries: list[Entry]) -> dict[str, Any]:
    """Return what each given name measured; a name that speaks of matures with different ratios is theirs."""
    expression: dict[str, Any] = {}
    for entry in entries:
        value = None if entry.value is None or entry.forced else _measured(entry)
        for name in entry.name.split("\n"):
            if name not in expression:
                expression[name] = value
            elif expression[name] != value:
                expression.update(dict.fromkeys(entry.identity.mirnas, value))
    return expression


def _measured(entry: Entry) -> dict[str, Any]:
    assert entry.value is not None
    measured: dict[str, Any] = {"value": round6(float(entry.value))}
    if entry.significance != NOT_TESTED:
        measured["adjusted_p_value"] = entry.adjusted_p
    if entry.rpm is not None:
        measured["reads_per_million"] = entry.rpm
    return measured
