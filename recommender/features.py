"""What a file's names are, taken together: keys to match two libraries by, sums that make matures, one level."""

from __future__ import annotations

from typing import Literal

from recommender.errors import InputError, Problem
from recommender.nomenclature import Identity, Resolver
from recommender.settings import Settings, number

Level = Literal["hairpin", "mature"]
Keys = list[tuple[str, Identity | None]]


def feature_keys(names: list[str], resolver: Resolver) -> Keys:
    """Return each name's key for matching two libraries, and its identity where the knowledge has one."""
    keys: Keys = []
    for name, found in zip(names, resolver.resolve_all(names), strict=True):
        if isinstance(found, Identity):
            keys.append((found.key, found))
        else:
            keys.append((name.strip().lower(), None))
    return keys


def refuse_repeats(keys: Keys, names: list[str], where: str) -> None:
    """Refuse two names of one miRNA: nobody can tell which of them is its abundance.

    Raises
    ------
    InputError
        With every name that repeats an earlier one.
    """
    first: dict[str, str] = {}
    problems: list[Problem] = []
    for (key, _), name in zip(keys, names, strict=True):
        if key in first:
            found = f"the miRNA of {first[key]} again"
            problems.append(Problem(f"{where}, {name}", found, "one row a miRNA", "keep one"))
        first.setdefault(key, name)
    if problems:
        raise InputError(problems)


def whole_library(names: int, settings: Settings) -> bool:
    """Tell whether a list of so many miRNAs may be scaled as a whole library."""
    enough = names >= number(settings, "scaling", "whole_library_min_mirnas")
    return enough and settings["scaling"]["method"] == "median_of_ratios"


def members_of_matures(keys: Keys) -> dict[str, frozenset[str]]:
    """Return, per mature, the features whose abundances add up to it."""
    parts: dict[str, set[str]] = {}
    for key, identity in keys:
        for mirna in identity.mirnas if identity else ():
            parts.setdefault(mirna, set()).add(key)
    return {mirna: frozenset(parts[mirna]) for mirna in sorted(parts)}


def level_of(identities: list[Identity], where: str) -> Level:
    """Return whether hairpins or matures were measured.

    Raises
    ------
    InputError
        Where one file holds both to a notable share.
    """
    hairpins = sum(identity.measured_as in ("hairpin", "arm_unknown") for identity in identities)
    share = hairpins / len(identities) if identities else 0.0
    if 0.2 < share < 0.8:
        raise InputError(Problem(where, f"{share:.0%} hairpins among matures", "one level", "split the file"))
    return "hairpin" if share >= 0.5 else "mature"
