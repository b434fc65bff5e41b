"""The later of two profiles with parts as the earlier one has them: appraised, and remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from recommender.appraisal import Appraisal, conclude
from recommender.calling import CallSheet, call_families, call_profile
from recommender.causes import Outcome
from recommender.changes import Shift, standings
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Measurement, Profile
from recommender.profile_parts import Part, parts, put_back
from recommender.ranking import cluster_mates, rank
from recommender.settings import number


class Outcomes(NamedTuple):
    """What follows from a profile: standings by id, and the notes on the whole."""

    standings: Outcome
    notes: frozenset[tuple[str, str]]


def outcomes(appraisal: Appraisal) -> Outcomes:
    """Return what follows from an appraised profile."""
    notes = [*((note.id, note.message) for note in appraisal.inference.notes)]
    return Outcomes(standings(appraisal), frozenset(notes))


def tests_jointly(profile: Profile) -> bool:
    """Tell whether the test of one miRNA depends on the others: p-values are adjusted here, not given."""
    entries = profile.expression.values()
    scored = any(
        isinstance(e, Measurement) and (e.z_score is not None or e.standard_error is not None) for e in entries
    )
    return scored or profile.scale != "log2_fold_change"


def _words(sheet: CallSheet) -> dict[str, tuple[Any, ...]]:
    """Return what of the calls reaches the facts: every word, no number."""
    return {
        name: (call.call, call.measured_as, call.members, call.members_called) for name, call in sheet.calls.items()
    }


class Counterfactuals:
    """Two appraised profiles, the parts in which they differ, and what follows where some are put back.

    Parameters
    ----------
    before, after : Appraisal
        Under one knowledge and the same settings.
    normals : mapping of str to Reference or None
        By scale.
    """

    def __init__(self, before: Appraisal, after: Appraisal, knowledge: Knowledge, normals: Mapping[str, Any]) -> None:
        self.before, self.after, self.knowledge = before, after, knowledge
        self._normals = normals
        both = (before.profile, after.profile)
        # abundances of two libraries are not exchanged as they stand, but as what was called of them
        self._abundances = all(profile.scale in ABUNDANCE_SCALES for profile in both)
        self._one_by_one = self._abundances or not any(map(tests_jointly, both))
        called = (before.sheet.calls, after.sheet.calls) if self._abundances else None
        self.parts: dict[str, Part] = {part.name: part for part in parts(*both, knowledge.resolver, called)}
        self._said = _words(after.sheet)
        self._found: dict[frozenset[str], Outcomes] = {frozenset(): outcomes(after)}

    def put_back(self, names: frozenset[str]) -> Outcomes:
        """Return what follows from the later profile with some parts as the earlier one has them."""
        if names not in self._found:
            self._found[names] = outcomes(self._appraise([self.parts[name] for name in sorted(names)]))
        return self._found[names]

    def _appraise(self, changed: list[Part]) -> Appraisal:
        exchanged = [part for part in changed if self._as_called(part)]
        paths = [path for part in changed if part not in exchanged for path in part.paths]
        profile = put_back(self.after.profile, self.before.profile, paths)
        tumor = self.knowledge.vocabulary.resolve(profile.cancer)
        settings = self.after.settings
        sheet = self.after.sheet
        if paths:
            sheet = call_profile(profile, self.knowledge.resolver, settings, self._normals.get(profile.scale))
        if exchanged:
            sheet = self._exchange(sheet, {mirna for part in exchanged for mirna in part.mirnas})
        if not paths and _words(sheet) == self._said:
            return self._reranked(sheet)
        return conclude(profile, tumor, sheet, self.knowledge, settings)

    def _as_called(self, part: Part) -> bool:
        """Tell whether putting back what was called of a part is the same as putting back its fields, and quicker."""
        if self._abundances or not self._one_by_one or not part.mirnas:
            return self._abundances and bool(part.mirnas)
        named = (self.before.profile.expression, self.after.profile.expression)
        return all(path[1] in names for path in part.paths for names in named)

    def _exchange(self, sheet: CallSheet, mirnas: Iterable[str]) -> CallSheet:
        """Return the calls with those of some miRNAs as before, and families called anew."""
        resolver, settings = self.knowledge.resolver, self.after.settings
        calls = {name: call for name, call in sheet.calls.items() if name not in resolver.families}
        for mirna in mirnas:
            calls.pop(mirna, None)
            if mirna in self.before.sheet.calls:
                calls[mirna] = self.before.sheet.calls[mirna]
        calls = dict(sorted(calls.items()))
        calls.update(call_families(calls, resolver, settings, number(settings, "fold_change", "min_abs_log2_ratio")))
        return sheet._replace(calls={name: calls[name] for name in sorted(calls)})

    def _reranked(self, sheet: CallSheet) -> Appraisal:
        """Return the later appraisal with other numbers under the same words.

        Facts are words alone, so every rule matches as it did; of the points only the terms of what has other
        numbers are made anew.
        """
        then = self.after
        decisions = tuple(
            d if sheet.calls[d.call.mirna] == d.call else replace(d, call=sheet.calls[d.call.mirna])
            for d in then.inference.decisions
        )
        same = {d.id for d in decisions if sheet.calls[d.call.mirna] == then.sheet.calls[d.call.mirna]}
        known = {found.decision.id: found.components for found in then.ranked if found.decision.id in same}
        inference = then.inference._replace(decisions=decisions)
        ranked = rank(decisions, sheet, then.tumor, then.profile.scale, self.knowledge, then.settings, known)
        return then._replace(sheet=sheet, inference=inference, ranked=ranked)

    def likely(self, shift: Shift) -> list[str]:
        """Return the parts that can matter to a change: every field, and the miRNAs that touch it.

        Its own miRNA or family with its members; and others the facts or the points speak of, where their
        call changed.
        """
        own, touching = self._own(shift), self._touching(shift)
        then, now = self.before.sheet.calls, self.after.sheet.calls
        recalled = {
            mirna
            for mirna in touching - own
            if (then[mirna].call if mirna in then else None) != (now[mirna].call if mirna in now else None)
        }
        wanted = own | recalled
        return [name for name, part in self.parts.items() if not name.startswith("expression.") or part.mirnas & wanted]

    def _own(self, shift: Shift) -> set[str]:
        mirna = shift.id.partition(":")[2]
        own = {mirna, *self.knowledge.members_of.get(mirna, ())}
        return own | {
            member
            for family in (mirna, *self.knowledge.family_of.get(mirna, ()))
            for member in self.knowledge.members_of.get(family, ())
        }

    def _touching(self, shift: Shift) -> set[str]:
        acted = self._own(shift)
        words = {mate for mirna in acted for mate in cluster_mates(mirna, self.knowledge)}
        for appraisal in (self.before, self.after):
            for fact in appraisal.inference.second:
                values = set(fact.values())
                if values & acted or shift.id in values:
                    words |= values
        for standing in (shift.before, shift.after):
            words |= {key for component in (standing.components if standing else ()) for key in component.inputs}
        return words & self.knowledge.resolver.mirnas.keys()
