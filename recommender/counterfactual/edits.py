"""Changes of a profile, field by field: what a counterfactual is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recommender.model.profile import Measurement, Profile

Path = tuple[str, ...]  # of a field in the profile's JSON: ("expression", NAME, "value")
Edits = Mapping[Path, Any]


class Edit(NamedTuple):
    """One field, what it holds, and what it should hold; None where it is absent or null."""

    path: Path
    before: Any
    after: Any


def value_path(profile: Profile, name: str) -> Path:
    """Return where the value of a measurement stands: in the entry's object, or as the entry itself."""
    within = ("value",) if isinstance(profile.expression.get(name), Measurement) else ()
    return ("expression", name, *within)


def value_of(profile: Profile, name: str) -> float | None:
    """Return the value measured under a name; None where it was not measured."""
    entry = profile.expression.get(name)
    return entry.value if isinstance(entry, Measurement) else entry


def apply_edits(profile: Profile, edits: Edits) -> Profile:
    """Return the profile with some fields changed; the edits are trusted to be valid."""
    whole: dict[str, Any] = {}
    within: dict[str, dict[str, Any]] = {}
    measured: dict[str, dict[str, Any]] = {}
    for path, value in edits.items():
        if len(path) == 1:
            whole[path[0]] = value
        elif len(path) == 2:
            within.setdefault(path[0], {})[path[1]] = value
        else:
            measured.setdefault(path[1], {})[path[2]] = value
    for name, fields in measured.items():
        entry = profile.expression[name]
        assert isinstance(entry, Measurement)
        within.setdefault("expression", {})[name] = entry.model_copy(update=fields)
    for field, changes in within.items():
        old = getattr(profile, field)
        if not isinstance(old, dict):
            whole[field] = old.model_copy(update=changes)
        elif changes.keys() <= old.keys():
            whole[field] = {**old, **changes}
        else:
            whole[field] = dict(sorted({**old, **changes}.items()))
    return profile.model_copy(update=whole) if whole else profile


def listed(profile: Profile, edits: Edits) -> list[Edit]:
    """Return the fields that change, sorted by path."""
    found = (Edit(path, _at(profile, path), after) for path, after in sorted(edits.items(), key=lambda item: item[0]))
    return [edit for edit in found if edit.before != edit.after]


def _at(profile: Profile, path: Path) -> Any:
    found: Any = profile
    for step in path:
        found = found.get(step) if isinstance(found, dict) else getattr(found, step)
        if found is None:
            return None
    return found
