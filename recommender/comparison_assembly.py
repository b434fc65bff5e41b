"""Two appraised profiles to the published comparison: every change with its causes, rules, terms and flags."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from recommender.appraisal import Appraisal
from recommender.assembly import assemble
from recommender.call_changes import call_change
from recommender.causes import Cause, causes
from recommender.change_assembly import differences, order_of, rules_of, sided, standing_of
from recommender.changes import ListName, Shift, Standing, shifts
from recommender.counterfactuals import Counterfactuals, Outcomes, outcomes
from recommender.knowledge import Knowledge
from recommender.model import comparison as model
from recommender.model.options import Axis
from recommender.model.recommendation import (
    Combination,
    Component,
    Flag,
    KnowledgeStamp,
    Note,
    Recommendation,
    SoftwareStamp,
)
from recommender.pipeline import input_digest
from recommender.strategies import caveats, combinations, options
from recommender.version import __version__

NOTES = "notes"  # what a field moves where it changes the notes on the whole result


def assemble_comparison(pair: Counterfactuals) -> model.Comparison:
    """Return the comparison of two appraised profiles."""
    then, now = outcomes(pair.before), outcomes(pair.after)
    found = shifts(then.standings, now.standings)
    why = {
        shift.id: causes(shift, pair.likely(shift), list(pair.parts), lambda parts: pair.put_back(parts).standings)
        for shift in found
    }
    changes = {shift.id: _change(shift, why[shift.id], pair, then, now) for shift in found}
    results = [_write_up(appraisal, pair.knowledge) for appraisal in (pair.before, pair.after)]
    after = results[1]
    return model.Comparison.model_construct(
        before=_side(pair.before, then, results[0]),
        after=_side(pair.after, now, results[1]),
        notes=list(_notes(pair)),
        strategies=_changes("strategies", changes, then.standings, now.standings),
        withheld=_changes("withheld", changes, then.standings, now.standings),
        exploratory=_changes("exploratory", changes, then.standings, now.standings),
        result_notes=_result_notes(*results),
        fields=_fields(pair, why, then),
        settings=after.settings,
        knowledge=after.knowledge,
        software=after.software,
    )


def _write_up(appraisal: Appraisal, knowledge: Knowledge) -> Recommendation:
    return assemble(
        appraisal._replace(digest=input_digest(appraisal.profile)),
        knowledge,
        KnowledgeStamp.model_construct(version=knowledge.version, sha256=knowledge.sha256, packs=list(knowledge.packs)),
        SoftwareStamp.model_construct(version=__version__),
    )


def _side(appraisal: Appraisal, found: Outcomes, result: Recommendation) -> model.Side:
    count = Counter(standing.listed for standing in found.standings.values())
    return model.Side.model_construct(
        sample_id=result.sample_id,
        patient_id=appraisal.profile.patient_id,
        outcome=result.outcome,
        cancer=result.cancer,
        context=result.context,
        input_sha256=result.input_sha256,
        strategies=count["strategies"],
        withheld=count["withheld"],
        exploratory=count["exploratory"],
    )


def _notes(pair: Counterfactuals) -> Iterable[Note]:
    """Yield what the reader must know about the comparison as such."""
    before, after = pair.before, pair.after
    old, new = before.profile, after.profile
    if None in (old.patient_id, new.patient_id):
        yield _note("patient_not_stated", "The profiles are not stated to be of one patient: patient_id is missing.")
    elif old.patient_id != new.patient_id:
        yield _note("different_patients", "Two patients: what differs between them is no course of a disease.")
    if before.tumor.tumor != after.tumor.tumor:
        names = f"{before.tumor.tumor.name} and {after.tumor.tumor.name}"
        yield _note("different_cancers", f"Two tumors, {names}: different claims and trials speak of them.")
    if old.scale != new.scale:
        yield _note(
            "different_scales",
            f"Values are {old.scale} before and {new.scale} after: they do not compare, nor do points; gates, tiers "
            "and reasons do. What the measurements moved is told of all of them together.",
        )
    elif (old.reference.kind, old.reference.samples) != (new.reference.kind, new.reference.samples):
        yield _note(
            "different_references",
            "The references are not stated to be the same: values and points compare only roughly; gates, tiers and "
            "reasons do.",
        )


def _note(id_: str, message: str) -> Note:
    return Note.model_construct(id=id_, message=message)


def _result_notes(before: Recommendation, after: Recommendation) -> model.Notes:
    return model.Notes.model_construct(
        only_before=[note for note in before.notes if note not in after.notes],
        only_after=[note for note in after.notes if note not in before.notes],
    )


def _changes(
    name: ListName, changes: Mapping[str, model.Change], then: Mapping[str, Standing], now: Mapping[str, Standing]
) -> model.Changes:
    """Return what changed in one list, in the list's order."""
    old, new = ([id_ for id_, standing in held.items() if standing.listed == name] for held in (then, now))
    both = [id_ for id_ in new if id_ in old]
    return model.Changes.model_construct(
        appeared=[changes[id_] for id_ in new if id_ not in old],
        disappeared=[changes[id_] for id_ in old if id_ not in new],
        moved=[changes[id_] for id_ in both if id_ in changes],
        unchanged=[id_ for id_ in both if id_ not in changes],
    )


def _change(shift: Shift, why: list[Cause], pair: Counterfactuals, then: Outcomes, now: Outcomes) -> model.Change:
    before, after = shift.before, shift.after
    decision = (after or before).decision  # type: ignore[union-attr]
    sides = (before, after)
    stays = before is not None and after is not None and before.listed == after.listed
    combined = sided(*map(_combinations, sides, itertools.repeat(pair.knowledge)))
    raised = sided(*map(_flags, sides))
    warned = sided(*map(_caveats, sides, itertools.repeat(pair.knowledge)))
    return model.Change.model_construct(
        id=shift.id,
        action=decision.action,
        mirna=decision.call.mirna,
        before=standing_of(before),
        after=standing_of(after),
        differences=differences(shift),
        causes=[_cause(cause, pair) for cause in why],
        order=order_of(shift, then.standings, now.standings),
        call=call_change(decision.call.mirna, pair.before, pair.after, pair.knowledge),
        rules=rules_of(shift),
        components=_components(before, after),
        flags=model.Flags.model_construct(only_before=raised[0], only_after=raised[1]),
        caveats=model.Flags.model_construct(only_before=warned[0], only_after=warned[1]),
        options=_options(before, after, pair.knowledge) if before and after and stays else [],
        combinations=model.Combinations.model_construct(only_before=combined[0], only_after=combined[1]),
    )


def _flags(standing: Standing | None) -> dict[str, Flag]:
    return dict(sorted(standing.decision.flags.items())) if standing and standing.listed != "withheld" else {}


def _caveats(standing: Standing | None, knowledge: Knowledge) -> dict[tuple[str, str], Flag]:
    if standing is None or standing.listed == "withheld":
        return {}
    return {(flag.id, flag.message): flag for flag in caveats(standing.decision, knowledge)}


def _combinations(standing: Standing | None, knowledge: Knowledge) -> dict[tuple[str, str], Combination]:
    if standing is None or standing.listed == "withheld":
        return {}
    return {(found.id, found.message): found for found in combinations(standing.decision, knowledge)}


def _options(before: Standing, after: Standing, knowledge: Knowledge) -> list[model.OptionOrder]:
    """Return the orders of options that differ."""
    found = []
    for axis in get_args(Axis) if after.listed != "withheld" else ():
        old, new = ([option.id for option in options(s.decision, axis, knowledge)] for s in (before, after))
        if old != new:
            found.append(model.OptionOrder.model_construct(axis=axis, before=old, after=new))
    return found


def _components(before: Standing | None, after: Standing | None) -> list[model.ComponentChange]:
    """Return the terms of the points that differ, by name; of a strategy that came or went there is no difference."""
    if before is None or after is None or before.listed != after.listed:
        return []
    old, new = ({c.name: c for c in standing.components} for standing in (before, after))
    return [
        model.ComponentChange.model_construct(before=old.get(name), after=new.get(name))
        for name in dict.fromkeys((*old, *new))
        if _points(old.get(name)) != _points(new.get(name))
    ]


def _points(component: Component | None) -> int:
    return component.points if component else 0


def _cause(cause: Cause, pair: Counterfactuals) -> model.Cause:
    found = [pair.parts[name] for name in cause.parts]
    return model.Cause.model_construct(
        fields=[_field(change) for part in found for change in part.changes],
        together=len(found) > 1,
        reverts=list(cause.reverts),
        partly=list(cause.partly),
        listed=cause.listed,
        calls=[
            call_change(mirna, pair.before, pair.after, pair.knowledge)
            for part in found
            for mirna in sorted(part.mirnas)
        ],
    )


def _field(change: Any) -> model.FieldChange:
    return model.FieldChange.model_construct(**change._asdict())


def _fields(pair: Counterfactuals, why: Mapping[str, list[Cause]], then: Outcomes) -> list[model.ChangedField]:
    """Return every field that differs, with what it is a cause of."""
    moved: dict[str, list[str]] = {name: [] for name in pair.parts}
    for id_, found in why.items():
        for cause in found:
            for name in cause.parts:
                moved[name].append(id_)
    for name, part in pair.parts.items():
        if not part.mirnas and _moves_notes(name, pair, then):
            moved[name].append(NOTES)
    return [
        model.ChangedField.model_construct(**change._asdict(), moved=list(dict.fromkeys(moved[name])))
        for name, part in pair.parts.items()
        for change in part.changes
    ]


def _moves_notes(name: str, pair: Counterfactuals, then: Outcomes) -> bool:
    """Tell whether a field brings the notes on the whole result nearer to what they were."""
    now = outcomes(pair.after).notes
    return now != then.notes and len(pair.put_back(frozenset((name,))).notes ^ then.notes) < len(now ^ then.notes)
