"""From measurements to calls: what is up, down, unchanged, or not to be told, and why.

Absence is five things, and none of them is evidence: not measured, low abundance, untested, unchanged,
ambiguous. Abundances and z-scores go through :mod:`recommender.kernel`; the last step, from effect,
significance and abundance to a call, is one small table that serves one number and arrays alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import InputError, Problem
from recommender.model.profile import ABUNDANCE_SCALES, Measurement, Profile
from recommender.model.recommendation import CallState, Unresolved
from recommender.nomenclature import Identity, MeasuredAs, Outside, Resolver
from recommender.settings import Settings, number

if TYPE_CHECKING:
    from recommender.reference import Reference

DECIMALS = 1e6  # numbers are rounded to six decimals before they meet a threshold

# significance of a change
PASSES, FAILS, NOT_TESTED, UNTESTED = range(4)
# CALL[effect, down to up][significance], for what is abundant enough
CALLS: tuple[tuple[CallState, ...], ...] = (
    ("down", "unchanged", "down", "untested"),
    ("unchanged", "unchanged", "unchanged", "untested"),
    ("up", "unchanged", "up", "untested"),
)
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
    comparison: str
    measurement_level: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Entry:
    """One name of the profile with what was measured, before names of one miRNA are joined."""

    name: str
    identity: Identity
    value: float | None
    adjusted_p: float | None = None
    significance: int = NOT_TESTED
    rpm: float | None = None
    normal_rpm: float | None = None
    forced: CallState | None = None  # a call that no number decides
    call: CallState = "not_measured"
    note: str = ""


@dataclass(slots=True)
class _Names:
    known: list[tuple[str, Identity, Any]] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def round6(value: Any) -> Any:
    """Return a number or array rounded to six decimals, ties to even.

    One formula for floats and arrays, so that both give the same bits.

    >>> round6(2.0000005)
    2.0
    """
    scaled = value * DECIMALS
    return (round(scaled) if isinstance(scaled, float) else scaled.round()) / DECIMALS


def effect(value: Any, threshold: float) -> Any:
    """Return 0 for down, 1 for no effect, 2 for up; for a number or an array.

    >>> effect(-1.0, 1.0), effect(0.99, 1.0), effect(1.0, 1.0)
    (0, 1, 2)
    """
    rounded = round6(value)
    return (rounded >= threshold) * 1 - (rounded <= -threshold) * 1 + 1


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
        Where abundances have no reference, counts no library size, or levels do not fit.
    """
    names = _resolve_names(profile, resolver)
    if profile.scale in ABUNDANCE_SCALES:
        if reference is None:
            raise InputError(
                Problem("reference", "none", f"normal samples, for {profile.scale}", "give --reference MATRIX")
            )
        from recommender.abundance import measure  # numpy and scipy: only where they are needed

        entries, notes = measure(profile, names.known, resolver, settings, reference)
        comparison = _comparison(profile, settings, reference.samples)
    else:
        if reference is not None:
            raise InputError(
                Problem("reference", "a reference", f"none: {profile.scale} is already relative", "leave it out")
            )
        entries, notes = _given(profile, names.known, settings), ()
        comparison = _comparison(profile, settings, profile.reference.samples)
    threshold = (
        number(settings, "z_score", "min_abs_z_score")
        if profile.scale == "z_score"
        else number(settings, "fold_change", "min_abs_log2_ratio")
    )
    floor = number(settings, "abundance", "min_reads_per_million")
    for entry in entries:
        entry.call = _decide(entry, threshold, floor)
    calls = _join(entries)
    calls.update(call_families(calls, resolver, settings))
    levels = {"hairpin" if e.identity.measured_as in ("hairpin", "arm_unknown") else "mature" for e in entries}
    return CallSheet(
        {mirna: calls[mirna] for mirna in sorted(calls)},
        tuple(sorted(names.unresolved, key=lambda u: u.as_given)),
        tuple(sorted(set(names.outside))),
        comparison,
        "mixed" if len(levels) > 1 else levels.pop() if levels else "mature",
        tuple(notes),
    )


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


def _comparison(profile: Profile, settings: Settings, samples: int | None) -> str:
    kind = profile.reference.kind
    if kind in ("tumor_cohort", "other_group"):
        return "other_group"
    stated = kind == "normal_cohort" or (profile.scale in ABUNDANCE_SCALES and kind == "not_stated")
    enough = samples is not None and samples >= number(settings, "reference", "min_samples")
    return "normal_cohort" if stated and enough else "ratio_only"


def _given(profile: Profile, known: list[tuple[str, Identity, Any]], settings: Settings) -> list[_Entry]:
    """Return the entries of a profile that is already relative, tests included."""
    is_z = profile.scale == "z_score"
    entries: list[_Entry] = []
    scores: list[tuple[_Entry, float]] = []
    for name, identity, given in known:
        measured = given if isinstance(given, Measurement) else None
        value = measured.value if measured else given
        entry = _Entry(name, identity, value)
        entries.append(entry)
        if value is None:
            continue
        score = float(value) if is_z else None
        if measured:
            entry.rpm = measured.reads_per_million
            if entry.rpm is not None and not is_z:
                entry.normal_rpm = entry.rpm / 2.0 ** max(min(value, 60.0), -60.0)
            if measured.is_untested:
                entry.significance = UNTESTED
                continue
            entry.adjusted_p = measured.adjusted_p_value
            if score is None and measured.z_score is not None:
                score = measured.z_score
            elif score is None and measured.standard_error:
                score = value / measured.standard_error
        if entry.adjusted_p is None and score is not None:
            scores.append((entry, score))
    if scores:
        _test_scores(scores, number(settings, "abundance", "min_reads_per_million"))
    limit = number(settings, "adjusted_p_value", "max")
    for entry in entries:
        if entry.adjusted_p is not None:
            entry.significance = PASSES if round6(entry.adjusted_p) <= limit else FAILS
    return entries


def _test_scores(scores: list[tuple[_Entry, float]], floor: float) -> None:
    import numpy as np

    from recommender import kernel

    p = kernel.normal_p_values(np.array([[score for _, score in scores]]))
    low = np.array([_is_low(entry, floor) for entry, _ in scores])
    p[0, low] = 1.0
    for (entry, _), q in zip(scores, kernel.benjamini_hochberg(p)[0], strict=True):
        entry.adjusted_p = float(q)


def _is_low(entry: _Entry, floor: float) -> bool:
    known = [rpm for rpm in (entry.rpm, entry.normal_rpm) if rpm is not None]
    return bool(known) and max(map(round6, known)) < floor


def _decide(entry: _Entry, threshold: float, floor: float) -> CallState:
    if entry.forced:
        return entry.forced
    if entry.value is None:
        return "not_measured"
    if entry.significance != UNTESTED and _is_low(entry, floor):
        return "low_abundance"
    change: int = effect(float(entry.value), threshold)
    return CALLS[change][entry.significance]


def _join(entries: list[_Entry]) -> dict[str, Call]:
    """Join the names of each miRNA to one call."""
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        for mirna in entry.identity.mirnas:
            groups.setdefault(mirna, []).append(entry)
    return {mirna: _join_one(mirna, group) for mirna, group in groups.items()}


def _join_one(mirna: str, group: list[_Entry]) -> Call:
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
    first = min(entries, key=lambda e: (_CERTAINTY.index(e.identity.measured_as), e.name))
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


def _only(mirna: str, entry: _Entry) -> Call:
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


_CERTAINTY: tuple[MeasuredAs, ...] = ("exact", "arm_assumed", "hairpin", "arm_unknown")


def _as_call(base: Call, entry: _Entry, value: float | None) -> Call:
    return base._replace(
        call=entry.call,
        value=None if value is None else round6(float(value)),
        adjusted_p_value=entry.adjusted_p,
        reads_per_million=None if entry.rpm is None else round6(float(entry.rpm)),
    )


def _clean(notes: list[str]) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


def median(values: list[float]) -> float:
    """Return the median of sorted values, the mean of the middle two where their number is even."""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2.0


def call_families(calls: Mapping[str, Call], resolver: Resolver, settings: Settings) -> dict[str, Call]:
    """Return the call of every family and cluster of which the profile names a member.

    Members pointing both ways: ambiguous. Under half of the comparable members changed: unchanged. Else
    the direction, and as value the median of the members that changed.
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
        certainty = max((call.measured_as for call in named), key=_CERTAINTY.index)
        ids = tuple(call.mirna for call in measured)
        base = Call(name, as_given, "not_measured", measured_as=certainty, members=ids)
        directions = {call.call for call in measured} - {"unchanged"}
        changed = sorted(call.value or 0.0 for call in measured if call.call != "unchanged")
        if len(measured) < least:
            families[name] = base._replace(notes=("fewer than two members measured",))
        elif len(directions) > 1:
            both = ", ".join(f"{call.mirna} {call.call}" for call in measured if call.call != "unchanged")
            families[name] = base._replace(call="ambiguous", notes=(f"members point both ways: {both}",))
        elif len(changed) < share * len(measured) or not changed:
            note = f"{len(changed)} of {len(measured)} members changed"
            families[name] = base._replace(call="unchanged", notes=(note,) if changed else ())
        else:
            called = tuple(call.mirna for call in measured if call.call != "unchanged")
            families[name] = base._replace(call=directions.pop(), value=round6(median(changed)), members_called=called)
    return families
