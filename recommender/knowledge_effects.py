"""Whose recommendations change from one version of the knowledge to another, and what of it changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recommender.appraisal import Appraisal, appraise, load_normals
from recommender.causes import Outcome, causes
from recommender.change_assembly import differences, order_of, rules_of, standing_of
from recommender.changes import LISTS, ListName, Shift, Standing, shifts, standings
from recommender.errors import InputError, KnowledgeError, Problem
from recommender.knowledge import Knowledge, data_folder
from recommender.knowledge_diff import RULES, SETTINGS, Piece
from recommender.knowledge_mixtures import Mixtures
from recommender.model.knowledge_diff import Cause, CohortChanges, Effect, Moved, Refused, SampleChanges
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.pipeline import chosen_settings
from recommender.settings import load_settings
from recommender.vocabulary import FACTS


class Sample(NamedTuple):
    """A profile of a cohort and its place in it; without a profile where it is refused, with the reasons."""

    position: str
    sample_id: str | None
    profile: Profile | None
    reasons: tuple[str, ...] = ()


class Versions(NamedTuple):
    """Both versions of the knowledge, their mixtures, and what the user adds to either."""

    old: Knowledge
    new: Knowledge
    mixtures: Mixtures
    settings: dict[str, Any] | str | Path | None = None
    reference: Any = None

    def appraise(self, profile: Profile, knowledge: Knowledge, normals: dict[Any, Any], name: Any) -> Appraisal:
        """Return a profile under one version or mixture; its normals are kept under its `name`.

        The reference is for abundances: a profile of a cohort that is relative already needs none.
        """
        settings = chosen_settings(knowledge, self.settings)
        key = (name, profile.scale)
        if key not in normals:
            reference = self.reference if profile.scale in ABUNDANCE_SCALES else None
            normals[key] = load_normals(reference, profile, knowledge, settings)
        return appraise(profile, knowledge, settings, normals[key])


def cohort_changes(samples: Iterable[Sample], versions: Versions) -> CohortChanges:
    """Return whose recommendations differ between two versions, and why.

    Raises
    ------
    KnowledgeError
        Where a version lacks a weight or threshold that is needed.
    """
    _refuse_incomplete(versions)
    changed: list[SampleChanges] = []
    refused: list[Refused] = []
    total = 0
    normals: dict[Any, Any] = {}
    for sample in samples:
        total += 1
        reasons = sample.reasons
        if sample.profile is not None:
            try:
                found = _sample_changes(sample, sample.profile, versions, normals)
                changed += [found] if found else []
                continue
            except InputError as error:
                reasons = tuple(dict.fromkeys(map(str, error.problems)))
        refused.append(
            Refused.model_construct(position=sample.position, sample_id=sample.sample_id, reasons=list(reasons))
        )
    unchanged = total - len(changed) - len(refused)
    return CohortChanges.model_construct(
        profiles=total, unchanged=unchanged, records=_records(changed), changed=changed, quarantine=refused
    )


def _records(changed: Iterable[SampleChanges]) -> list[Moved]:
    """Return what moved any profile, with the number of profiles."""
    count: Counter[str] = Counter()
    for sample in changed:
        effects = (*sample.strategies, *sample.withheld, *sample.exploratory)
        count.update({record for effect in effects for cause in effect.causes for record in cause.records})
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return [Moved.model_construct(record=record, profiles=number) for record, number in ordered]


def _refuse_incomplete(versions: Versions) -> None:
    """Refuse a version without a setting that the shipped knowledge has: nothing can be appraised under it."""
    needed = load_settings(data_folder("rules"))
    problems = [
        Problem(f"{side} version, [{table}] {key}", "nothing", "a value", "take it over from the bundled rules")
        for side, knowledge in (("old", versions.old), ("new", versions.new))
        for table, values in needed.items()
        for key in values
        if key not in knowledge.settings.get(table, {})
    ]
    if problems:
        raise KnowledgeError(problems)


def _sample_changes(
    sample: Sample, profile: Profile, versions: Versions, normals: dict[Any, Any]
) -> SampleChanges | None:
    appraisals = _both(profile, versions, normals)
    then, now = map(standings, appraisals)
    found = shifts(then, now)
    if not found:
        return None
    every = list(versions.mixtures.pieces)
    tried: dict[frozenset[str], Outcome | None] = {frozenset(every): then}

    def put_back(ids: frozenset[str]) -> Outcome | None:
        if ids not in tried:
            tried[ids] = _outcome(profile, ids, versions, normals)
        return tried[ids]

    effects: dict[ListName, list[Effect]] = {name: [] for name in LISTS}
    for shift in found:
        likely = [p.id for p in versions.mixtures.pieces.values() if _concerns(p, _cited(shift, appraisals, versions))]
        why = causes(shift, likely, every, put_back, by_halves=True)
        told = [
            Cause.model_construct(
                records=list(c.parts), together=len(c.parts) > 1, reverts=list(c.reverts), partly=list(c.partly)
            )
            for c in why
        ]
        for name in dict.fromkeys(s.listed for s in (shift.before, shift.after) if s):
            effects[name].append(_effect(shift, name, told, then, now))
    return SampleChanges.model_construct(
        position=sample.position,
        sample_id=profile.sample_id,
        strategies=sorted(effects["strategies"], key=_place),
        withheld=effects["withheld"],
        exploratory=sorted(effects["exploratory"], key=_place),
    )


def _both(profile: Profile, versions: Versions, normals: dict[Any, Any]) -> tuple[Appraisal, Appraisal]:
    """Return the profile under either version; what both refuse is told once."""
    found: list[Appraisal] = []
    problems: list[Problem] = []
    for name, knowledge in (("old", versions.old), ("new", versions.new)):
        try:
            found.append(versions.appraise(profile, knowledge, normals, name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found[0], found[1]


def _outcome(profile: Profile, ids: frozenset[str], versions: Versions, normals: dict[Any, Any]) -> Outcome | None:
    mixed = versions.mixtures.mixed(ids)
    try:
        return standings(versions.appraise(profile, mixed, normals, ids)) if mixed else None
    except InputError:  # a mixture that does not know the tumor, say
        return None


def _place(effect: Effect) -> tuple[int, str]:
    standing = effect.after or effect.before
    return (standing.rank if standing and standing.rank else 0, effect.id)


def _effect(
    shift: Shift, listed: ListName, told: list[Cause], then: Mapping[str, Standing], now: Mapping[str, Standing]
) -> Effect:
    was, is_ = (standing is not None and standing.listed == listed for standing in (shift.before, shift.after))
    decision = (shift.after or shift.before).decision  # type: ignore[union-attr]
    return Effect.model_construct(
        id=shift.id,
        action=decision.action,
        mirna=decision.call.mirna,
        kind="moved" if was and is_ else "appeared" if is_ else "disappeared",
        before=standing_of(shift.before),
        after=standing_of(shift.after),
        differences=differences(shift),
        causes=told,
        order=order_of(shift, then, now),
        rules=rules_of(shift),
    )


class _Cited(NamedTuple):
    """What may have moved an action: rules that fired, tumors it counts as, and identities it met."""

    rules: frozenset[str]
    cancers: frozenset[str]
    identities: frozenset[str]


def _cited(shift: Shift, appraisals: Sequence[Appraisal], versions: Versions) -> _Cited:
    """Return what the trace, the evidence and the points of either side cite, and the facts around them."""
    rules: set[str] = set()
    cancers: set[str] = set()
    found: set[str] = {shift.id}
    mirna = shift.id.partition(":")[2]
    for knowledge in (versions.old, versions.new):
        found |= {mirna, *knowledge.members_of.get(mirna, ()), *knowledge.family_of.get(mirna, ())}
    for standing, appraisal in zip((shift.before, shift.after), appraisals, strict=True):
        cancers |= appraisal.tumor.lineage_ids
        found |= _met(found & {*appraisal.sheet.calls, shift.id, mirna}, appraisal)
        if standing is None:
            continue
        decision = standing.decision
        rules |= {rule for rule, _ in (*decision.of_class.trace, *decision.trace)}
        uses = (*decision.dossier.speaking, *decision.dossier.others)
        found |= {use.claim.claim_id for use in uses} | {use.claim.mirna_as_printed for use in uses}
        found |= {role.role_id for role in decision.dossier.roles} | {*decision.dossier.agents}
        found |= decision.agents | decision.caveats | decision.of_class.caveats | decision.biomarkers
        found |= {record for component in standing.components for record in component.records}
    return _Cited(frozenset(rules), frozenset(cancers), frozenset(found))


def _met(own: set[str], appraisal: Appraisal) -> set[str]:
    """Return the identities of the facts that share one with an action: agents, work, targets, siblings."""
    found: set[str] = set()
    for fact in appraisal.inference.second:
        names = {value for field, value in fact.items() if field != "type" and not FACTS[fact["type"]][field]}
        if names & own:
            found |= names
    return found


def _concerns(piece: Piece, cited: _Cited) -> bool:
    """Tell whether a piece may have moved an action; a weight or threshold always may."""
    if piece.kind == SETTINGS:
        return True
    if piece.kind == RULES:
        return piece.key in cited.rules
    if piece.kind == "cancers":
        return piece.key in cited.cancers
    cells = [cell for row in (*piece.old, *piece.new) for cell in row]
    return any(
        not cited.identities.isdisjoint(cell) if isinstance(cell, tuple) else cell in cited.identities for cell in cells
    )
