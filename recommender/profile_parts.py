"""In which parts two profiles differ, and one profile with parts of the other.

Parts are derived from the fields of the model: a field that is added to it is compared too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from recommender.calling import Call
from recommender.model.profile import Measurement, Profile
from recommender.nomenclature import Identity, Resolver

Path = tuple[str, ...]
Called = tuple[Mapping[str, Call], Mapping[str, Call]]

# what names a profile and is never interpreted
_NAMING: Final = frozenset({"schema_", "sample_id", "patient_id", "description"})
# what the values are; of two scales they can only be exchanged together
_MEASUREMENT: Final = ("scale", "library_size", "reference", "expression")
_NOT_READ: Final[frozenset[Path]] = frozenset({("reference", "description")})


class FieldChange(NamedTuple):
    """A field by its JSON name, and what it holds in either profile; None where it is absent."""

    field: str
    before: Any
    after: Any


class Part(NamedTuple):
    """Fields that are put back together.

    Attributes
    ----------
    name : str
        The first field's JSON name.
    paths : tuple of tuple of str
        Of the fields, as the model nests them.
    mirnas : frozenset of str
        Matures whose measurement it is, where it is one.
    """

    name: str
    paths: tuple[Path, ...]
    changes: tuple[FieldChange, ...]
    mirnas: frozenset[str] = frozenset()


def parts(before: Profile, after: Profile, resolver: Resolver, called: Called | None = None) -> list[Part]:
    """Return the parts in which two profiles differ: fields in the model's order, then miRNAs by name.

    All names of one miRNA are one part. Where the scales differ, scale, reference and expression are one.

    Parameters
    ----------
    called : pair of mapping of str to Call, optional
        Of abundances, what was called of each miRNA before and after: raw abundances of two libraries say less.
    """
    found: list[Part] = []
    rescaled = before.scale != after.scale
    for field in type(after).model_fields:
        # a library's size shows in what is called of each miRNA
        if field in _NAMING or field in ("expression", "library_size") or (rescaled and field in _MEASUREMENT):
            continue
        paths = _leaves(field, getattr(before, field), getattr(after, field))
        differing = [path for path in paths if _at(before, path) != _at(after, path) and path not in _NOT_READ]
        for group in [differing] if field == "reference" else [[path] for path in differing]:
            found += _part(group, before, after)
    if rescaled:
        fields: list[Path] = [(field,) for field in _MEASUREMENT if getattr(before, field) != getattr(after, field)]
        return [*found, *_part(fields, before, after)]
    return found + list(_expression(before, after, resolver, called))


def _leaves(field: str, old: Any, new: Any) -> list[Path]:
    if isinstance(new, BaseModel):
        return [(field, name) for name in type(new).model_fields]
    if isinstance(new, dict):
        return [(field, name) for name in sorted({*old, *new})]
    return [(field,)]


def _at(profile: Profile, path: Path) -> Any:
    value: Any = profile
    for name in path:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def _part(paths: list[Path], before: Profile, after: Profile, mirnas: Iterable[str] = ()) -> Iterable[Part]:
    if paths:
        yield Part(".".join(paths[0]), tuple(paths), _changes(paths, before, after), frozenset(mirnas))


def _changes(paths: Iterable[Path], before: Profile, after: Profile) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(".".join(path), _plain(_at(before, path)), _plain(_at(after, path))) for path in paths)


def _plain(value: Any) -> Any:
    """Return a field as JSON has it; of a whole expression only how many names it has."""
    if isinstance(value, dict):
        return f"{len(value)} names"
    if isinstance(value, Measurement) and value.model_fields_set == {"value"}:
        return value.value
    return value.model_dump(mode="json", exclude_unset=True) if isinstance(value, BaseModel) else value


def _expression(before: Profile, after: Profile, resolver: Resolver, called: Called | None) -> Iterable[Part]:
    """Yield a part for every miRNA that was not measured alike, and one for every name of no known miRNA."""
    reached: dict[str, set[str]] = {}
    for profile in (before, after):
        names = list(profile.expression)
        for name, understood in zip(names, resolver.resolve_all(names), strict=True):
            reached.setdefault(name, set()).update(understood.mirnas if isinstance(understood, Identity) else ())
    groups: dict[str, tuple[set[str], set[str]]] = {}  # a mature to the names and matures it is measured with
    for name in sorted(reached):
        joined = ({name}, set(reached[name]))
        for mirna in sorted(reached[name]):
            for mine, others in zip(joined, groups.get(mirna, ()), strict=False):
                mine |= others
        for mirna in joined[1] or (name,):
            groups[mirna] = joined
    for _, (members, mirnas) in sorted({min(group[0]): group for group in groups.values()}.items()):
        paths: list[Path] = [("expression", name) for name in sorted(members)]
        if called:
            differs = any(_told(called[0].get(mirna)) != _told(called[1].get(mirna)) for mirna in mirnas)
        else:
            differs = any(_plain(_at(before, path)) != _plain(_at(after, path)) for path in paths)
        if differs:
            yield from _part(paths, before, after, mirnas)


def _told(call: Call | None) -> tuple[Any, ...]:
    return (call.call, call.value, call.adjusted_p_value) if call else ()


def put_back(after: Profile, before: Profile, paths: Iterable[Path]) -> Profile:
    """Return the profile of after with some fields as before; what was absent is null: not measured."""
    changed: dict[str, Any] = {}
    for path in paths:
        field = path[0]
        held = changed.get(field, getattr(after, field))
        if len(path) == 1:
            changed[field] = getattr(before, field)
        elif isinstance(held, BaseModel):
            changed[field] = held.model_copy(update={path[1]: _at(before, path)})
        else:
            changed[field] = {**held, path[1]: _at(before, path)}
    for field, value in changed.items():
        if isinstance(value, dict):
            changed[field] = dict(sorted(value.items()))
    return after.model_copy(update=changed)
