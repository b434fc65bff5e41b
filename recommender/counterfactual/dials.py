"""Dials of a strategy's own measurement, turned the way the action needs as far as the numbers count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from recommender.counterfactual.abundances import shifted
from recommender.counterfactual.case import Case, Spelling, spell, spellings
from recommender.counterfactual.edits import Edits, value_of, value_path
from recommender.measurement import round6
from recommender.model.profile import Measurement
from recommender.settings import number

Part = Callable[[float], Edits]
SIX_DECIMALS = 1e-6


class Dial(NamedTuple):
    """One kind of change.

    Attributes
    ----------
    key : str
        Of a key no more than one dial is turned.
    parts : tuple of callable
        Each gives the edits of one miRNA or gene at a point between `start` and `far`; in the order in
        which they are worth changing.
    start, far : float
        As it is, and as far as it may be turned.
    exact : tuple of float
        Points to try before any others: thresholds.
    step : float
        How finely it is turned; 0 where there is only on and off.
    """

    key: str
    parts: tuple[Part, ...]
    start: float = 0.0
    far: float = 1.0
    exact: tuple[float, ...] = ()
    step: float = 0.0


class Move(NamedTuple):
    """A dial turned to a point, on some of its parts, given by their places."""

    dial: Dial
    at: float
    parts: tuple[int, ...]

    def edits(self) -> dict[tuple[str, ...], Any]:
        """Return the fields it changes."""
        return {path: value for place in self.parts for path, value in self.dial.parts[place](self.at).items()}


def fully(dial: Dial) -> Move:
    """Return a dial turned as far as it goes, on all its parts."""
    return Move(dial, dial.far, tuple(range(len(dial.parts))))


def merged(moves: Iterable[Move]) -> dict[tuple[str, ...], Any]:
    """Return the fields that several moves change."""
    return {path: value for move in moves for path, value in move.edits().items()}


def always(edits: Edits) -> Part:
    """Return a part that makes the same edits at every point."""
    return lambda _: edits


def measured_dials(case: Case) -> list[Dial]:
    """Return the dials of the measurement itself, those that would change something."""
    names = spellings(case)
    order = _by_worth(case)
    spelled = {mirna: spell(mirna, case, names) for mirna in order}
    dials = [
        Dial("names", tuple(dropping(spelled[mirna], case) for mirna in order if spelled[mirna].drop)),
        _value_dial(case, spelled) if case.relative else _abundance_dial(case, spelled),
    ]
    if case.relative:
        dials += [
            Dial("adjusted_p_value", tuple(significant(spelled[mirna], case) for mirna in order)),
            _rpm_dial(case, spelled),
        ]
    return [dial for dial in dials if fully(dial).edits()]


def _by_worth(case: Case) -> list[str]:
    """Return the matures to change, first those that stand against the action, then the nearest to it."""
    calls = case.base.sheet.calls
    against = "down" if case.sign > 0 else "up"

    def key(mirna: str) -> tuple[int, float, str]:
        call = calls.get(mirna)
        if call is None or call.value is None:
            return (2, 0.0, mirna)
        return (0 if call.call == against else 1, -case.sign * call.value, mirna)

    return sorted(case.members, key=key)


def dropping(spelling: Spelling, case: Case) -> Part:
    """Return what leaves out the names that contradict the others of one miRNA."""
    profile = case.base.profile
    return lambda _: {value_path(profile, name): None for name in spelling.drop}


def _value_dial(case: Case, spelled: dict[str, Spelling]) -> Dial:
    profile, sign = case.base.profile, case.sign
    values = [value_of(profile, name) or 0.0 for spelling in spelled.values() for name in spelling.keep]
    start = min(values) if sign > 0 else max(values)
    parts = tuple(setting(spelling, case) for spelling in spelled.values())
    return Dial("value", parts, start, sign * case.cap, (sign * case.unit,), SIX_DECIMALS)


def setting(spelling: Spelling, case: Case) -> Part:
    """Return what sets a miRNA's values to a point, those left alone that lie beyond it."""
    profile, sign = case.base.profile, case.sign

    def part(at: float) -> Edits:
        found = {}
        for name in spelling.keep:
            value = value_of(profile, name)
            if value is None or sign * value < sign * at:
                found[value_path(profile, name)] = at
        return found

    return part


def significant(spelling: Spelling, case: Case) -> Part:
    """Return what sets the adjusted p-values that block to the limit, also those a given score implies."""
    limit = number(case.base.settings, "adjusted_p_value", "max")
    found: dict[tuple[str, ...], Any] = {}
    for name in spelling.keep:
        entry = case.base.profile.expression.get(name)
        if isinstance(entry, Measurement):
            p = entry.adjusted_p_value
            given = "adjusted_p_value" in entry.model_fields_set or entry.z_score is not None or entry.standard_error
            if given and (p is None or round6(p) > limit):
                found["expression", name, "adjusted_p_value"] = limit
    return always(found)


def _rpm_dial(case: Case, spelled: dict[str, Spelling]) -> Dial:
    floor = number(case.base.settings, "abundance", "min_reads_per_million")
    expression = case.base.profile.expression
    low: list[dict[str, float]] = []
    for spelling in spelled.values():
        entries = {name: expression.get(name) for name in spelling.keep}
        rpm = {n: e.reads_per_million for n, e in entries.items() if isinstance(e, Measurement)}
        low.append({name: value for name, value in rpm.items() if value is not None and value < floor})
    start = min((value for values in low for value in values.values()), default=floor)

    def part(values: dict[str, float]) -> Part:
        return lambda at: {
            ("expression", name, "reads_per_million"): at for name, value in values.items() if value < at
        }

    return Dial("reads_per_million", tuple(map(part, low)), start, floor, (floor,), SIX_DECIMALS)


def _abundance_dial(case: Case, spelled: dict[str, Spelling]) -> Dial:
    """Return the dial that shifts abundances, in log2 of what was measured (or of the normals' mean)."""
    sign, calls = case.sign, case.base.sheet.calls
    parts, far = [], 0.0
    for mirna, spelling in spelled.items():
        part = shifted(mirna, spelling.keep, case.base.profile, case.reference)
        if part is not None:
            parts.append(part)
            ratio = calls[mirna].value if mirna in calls else None
            far = max(far, case.cap - sign * (ratio or 0.0))
    # a little farther: the other miRNAs of the library share what this one gains
    return Dial("value", tuple(parts), 0.0, sign * (far + 1.0), (), 1e-4)
