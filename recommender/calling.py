"""From measurements to calls: what is up, down, unchanged, or not to be told, and why.

Absence is five things, and none of them is evidence: not measured, low abundance, untested, unchanged,
ambiguous. :mod:`recommender.relative` and :mod:`recommender.abundance` measure each name;
:mod:`recommender.measurement` decides it; here names of one miRNA are joined, and families called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import InputError, Problem
from recommender.measurement import FAILS, Entry, decide, effect, median, round6
from recommender.model.profile import ABUNDANCE_SCALES, Profile, ReferenceKind
from recommender.model.recommendation import CallState, Comparison, Unresolved
from recommender.nomenclature import Identity, MeasuredAs, Outside, Resolver
from recommender.relative import given_entries
from recommender.settings import Settings, number

if TYPE_CHECKING:
    from recommender.reference.load import Reference

COMPARABLE: frozenset[str] = frozenset({"up", "down", "unchanged"})


class Call(NamedTuple):
    """What the profile says of one miRNA, family or cluster.

    Attributes
    ----------
    value : float or None
        log2 ratio tumor/normal, or the z-score on a z-score profile; six decimals.
    adjusted_p_value : float or None
        In [0, 1]; None where no test was made.
    reads_per_million : float or None
        In the tumor, after scaling.
    """

    mirna: str
    as_given: tuple[str, ...]
    call: CallState
    value: float | None = None
    adjusted_p_value: float | None = None
    reads_per_million: float | None = None
    measured_as: MeasuredAs = "exact"
    notes: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # of a family: the comparable ones
    members_called: tuple[str, ...] = ()  # of these: the changed ones


class CallSheet(NamedTuple):
    """Every call of a profile, and every name that gave none."""

    calls: Mapping[str, Call]
    unresolved: tuple[Unresolved, ...]
    not_in_knowledge: tuple[str, ...]
    comparison: Comparison
    measurement_level: str
    notes: tuple[str, ...] = ()
    reference: ReferenceKind = "not_stated"  # what the values are relative to, as the profile or the reference states


@dataclass(slots=True)
class _Names:
    known: list[tuple[str, Identity, Any]] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def call_profile(
    profile: Profile, resolver: Resolver, settings: Settings, reference: Reference | None = None
) -> CallSheet:
    """Return the calls of a profile.

    Parameters
    ----------
    profile : Profile
    resolver : Resolver
    settings : Settings
        Tables of ``calling.toml``.
    reference : Reference, optional
        Normals; required where the scale is an abundance.

    Raises
    ------
    InputError
        Where abundances have no reference, counts no library size, levels do not fit, or profile and reference state
        two kinds of reference.
    """
    names = _resolve_names(profile, resolver)
    kind = profile.reference.kind
    if profile.scale in ABUNDANCE_SCALES:
        if reference is None:
            raise InputError(
                Problem("reference", "none", f"normal samples, for {profile.scale}", "give --reference MATRIX")
            )
        from recommender.abundance import measure  # numpy and scipy: only where they are needed

        kind = one_kind(kind, reference)
        entries, notes, doubt = measure(profile, names.known, resolver, settings, reference)
        comparison = comparison_of(profile.scale, kind, settings, reference.samples, bool(reference.about.builtin))
        comparison = "other_group" if doubt else comparison
    else:
        if reference is not None:
            raise InputError(
                Problem("reference", "a reference", f"none: {profile.scale} is already relative", "leave it out")
            )
        entries, notes = given_entries(profile, names.known, settings), ()
        comparison = comparison_of(profile.scale, kind, settings, profile.reference.samples)
    threshold = (
        number(settings, "z_score", "min_abs_z_score")
        if profile.scale == "z_score"
        else number(settings, "fold_change", "min_abs_log2_ratio")
    )
    floor = number(settings, "abundance", "min_reads_per_million")
    for entry in entries:
        entry.call = decide(entry, threshold, floor)
        if (
            entry.call == "unchanged"
            and entry.significance == FAILS
            and effect(float(entry.value or 0), threshold) != 1
        ):
            entry.note = f"changed, but not significantly (adjusted p {entry.adjusted_p:.2g})"
    calls = _join(entries)
    calls.update(call_families(calls, resolver, settings, threshold))
    measured = [entry.identity.measured_as for entry in entries if entry.call != "not_measured"]
    levels = {"hairpin" if how in ("hairpin", "arm_unknown") else "mature" for how in measured}
    return CallSheet(
        {mirna: calls[mirna] for mirna in sorted(calls)},
        tuple(sorted(names.unresolved, key=lambda u: u.as_given)),
        tuple(sorted(set(names.outside))),
        comparison,
        "mixed" if len(levels) > 1 else levels.pop() if levels else "mature",
        tuple(notes),
        kind,
    )


def one_kind(stated: ReferenceKind, reference: Reference) -> ReferenceKind:
    """Return what the values are relative to, as the profile or the reference states it."""
    of_reference = reference.about.kind
    if "not_stated" in (stated, of_reference) or stated == of_reference:
        return of_reference if stated == "not_stated" else stated
    remedy = "mend the profile or --reference-kind, or give another reference"
    raise InputError(Problem("reference.kind", stated, f"{of_reference}, as the reference itself says", remedy))


def _resolve_names(profile: Profile, resolver: Resolver) -> _Names:
    names = _Names()
    resolved = resolver.resolve_all(profile.expression)
    for (name, entry), found in zip(profile.expression.items(), resolved, strict=True):
        if isinstance(found, Identity):
            names.known.append((name, found, entry))
        elif isinstance(found, Outside):
            names.outside.append(name)
        else:
            names.unresolved.append(
                Unresolved.model_construct(as_given=name, reason=found.reason, suggestions=list(found.suggestions))
            )
    return names


def comparison_of(
    scale: str, kind: ReferenceKind, settings: Settings, samples: int | None, builtin: bool = False
) -> Comparison:
    """Return what the values are compared with, as far as it is stated: decides gates, and what is exploratory."""
    if kind in ("tumor_cohort", "other_group"):
        return "other_group"
    stated = kind == "normal_cohort" or (scale in ABUNDANCE_SCALES and kind == "not_stated")
    enough = samples is not None and samples >= number(settings, "reference", "min_samples")
    if not (stated and enough):
        return "ratio_only"
    return "builtin_cohort" if builtin else "normal_cohort"


def _join(entries: list[Entry]) -> dict[str, Call]:
    """Join the names of each miRNA to one call."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        for mirna in entry.identity.mirnas:
            groups.setdefault(mirna, []).append(entry)
    return {mirna: _join_one(mirna, group) for mirna, group in groups.items()}


def _join_one(mirna: str, group: list[Entry]) -> Call:
    if len(group) == 1 and group[0].value is not None and not group[0].forced:
        return _only(mirna, group[0])
    as_given = tuple(sorted({name for entry in group for name in entry.name.split("\n")}))
    notes = sorted({entry.identity.note for entry in group} | {entry.note for entry in group})
    measured = [entry for entry in group if entry.call != "not_measured"]
    matures = [entry for entry in measured if entry.identity.measured_as in ("exact", "arm_assumed")]
    if matures and len(matures) < len(measured):
        notes.append("measured as mature and as hairpin: the mature counts")
    if not measured:
        entry = group[0]
        return Call(mirna, as_given, "not_measured", measured_as=entry.identity.measured_as, notes=_clean(notes))
    entries = matures or measured
    first = min(entries, key=lambda e: (CERTAINTY.index(e.identity.measured_as), e.name))
    base = Call(mirna, as_given, "ambiguous", measured_as=first.identity.measured_as, notes=_clean(notes))
    if matures:
        if len({(entry.value, entry.adjusted_p, entry.significance) for entry in matures}) > 1:
            return base._replace(notes=_clean([*notes, "several names of one miRNA with different values"]))
        return _as_call(base, first, first.value)
    comparable = [entry for entry in entries if entry.call in COMPARABLE] or entries
    if len({entry.call for entry in comparable}) > 1:
        return base._replace(notes=_clean([*notes, "hairpins of one miRNA that do not agree"]))
    values = sorted(float(entry.value) for entry in comparable if entry.value is not None)
    tested = [entry.adjusted_p for entry in comparable if entry.adjusted_p is not None]
    joined = replace(comparable[0], adjusted_p=max(tested, default=None))
    return _as_call(base, joined, median(values) if values else None)


def _only(mirna: str, entry: Entry) -> Call:
    """Return the call of a miRNA with a single name: the common case, short."""
    return Call(
        mirna,
        tuple(entry.name.split("\n")),
        entry.call,
        round6(float(entry.value or 0.0)),
        entry.adjusted_p,
        None if entry.rpm is None else round6(float(entry.rpm)),
        entry.identity.measured_as,
        _clean([entry.identity.note, entry.note]),
    )


# how surely a measurement is of a mature, surest first
CERTAINTY: tuple[MeasuredAs, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown")


def _as_call(base: Call, entry: Entry, value: float | None) -> Call:
    return base._replace(
        call=entry.call,
        value=None if value is None else round6(float(value)),
        adjusted_p_value=entry.adjusted_p,
        reads_per_million=None if entry.rpm is None else round6(float(entry.rpm)),
    )


def _clean(notes: list[str]) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


def call_families(
    calls: Mapping[str, Call], resolver: Resolver, settings: Settings, threshold: float
) -> dict[str, Call]:
    """Return the call of every family and cluster of which the profile names a member.

    Members pointing both ways: ambiguous. Under half of the comparable members changed: unchanged. Else
    the direction, and as value the members' median, but no less than the threshold of a change: where just
    half of them changed, the median can fall under it.
    """
    least = number(settings, "family", "min_measured_members")
    share = number(settings, "family", "min_dysregulated_share")
    families: dict[str, Call] = {}
    for name, members in resolver.families.items():
        named = [calls[member] for member in members if member in calls]
        if not named:
            continue
        measured = [call for call in named if call.call in COMPARABLE]
        as_given = tuple(sorted({given for call in named for given in call.as_given}))
        certainty = max((call.measured_as for call in measured or named), key=CERTAINTY.index)
        ids = tuple(call.mirna for call in measured)
        base = Call(name, as_given, "not_measured", measured_as=certainty, members=ids)
        directions = {call.call for call in measured} - {"unchanged"}
        called = tuple(call.mirna for call in measured if call.call != "unchanged")
        if len(measured) < least:
            families[name] = base._replace(notes=("fewer than two members measured",))
        elif len(directions) > 1:
            both = ", ".join(f"{call.mirna} {call.call}" for call in measured if call.call != "unchanged")
            families[name] = base._replace(call="ambiguous", notes=(f"members point both ways: {both}",))
        elif len(called) < share * len(measured) or not called:
            note = f"{len(called)} of {len(measured)} members changed"
            families[name] = base._replace(call="unchanged", notes=(note,) if called else ())
        else:
            direction = directions.pop()
            middle = median(sorted(call.value or 0.0 for call in measured))
            value = max(middle, threshold) if direction == "up" else min(middle, -threshold)
            note = f"{len(called)} of {len(measured)} measured members changed"
            given = tuple(sorted({given for call in measured for given in call.as_given}))
            families[name] = base._replace(
                call=direction, value=round6(value), members_called=called, as_given=given, notes=(note,)
            )
    return families
