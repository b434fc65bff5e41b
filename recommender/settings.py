"""Thresholds and weights: ``rules/calling.toml`` and ``rules/ranking.toml``, and overrides of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import tomli

from recommender.errors import KnowledgeError, Problem, SettingsError, shorten

Value = float | int | str
Table = Mapping[str, Value]
Settings = Mapping[str, Table]

_REMEDY = "see rules/calling.toml and rules/ranking.toml"
FILES = ("calling.toml", "ranking.toml")
CHOICES: Mapping[str, tuple[str, ...]] = {"scaling.method": ("median_of_ratios", "rpm")}
# tables of ranking.toml whose keys are ids: of flags, of warnings
FLAG_PENALTIES = ("context", "safety")
WARNING_PENALTIES = ("off_target", "delivery")
NO_IDS = frozenset({"still_open_percent"})  # but this: a share
# a value may not leave these bounds: (least, greatest)
BOUNDS: Mapping[str, tuple[float, float]] = {
    "adjusted_p_value.max": (0.0, 1.0),
    "family.min_dysregulated_share": (0.0, 1.0),
    "family.min_measured_members": (2, 100),
    "reference.min_samples": (2, 1_000_000),
    "reference.builtin_min_correlation": (-1.0, 1.0),
}


def load_settings(rules: Path) -> Settings:
    """Return the shipped tables of both files, by table name.

    Raises
    ------
    KnowledgeError
        Where a file is not TOML or a table occurs in both.
    """
    merged: dict[str, Table] = {}
    for name in FILES:
        try:
            tables = tomli.loads((rules / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
            raise KnowledgeError(Problem(name, str(error), "readable TOML")) from None
        for table, values in tables.items():
            if table in merged or not isinstance(values, dict):
                raise KnowledgeError(Problem(f"{name}, [{table}]", shorten(values), "tables that occur once"))
            for key, value in values.items():
                if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                    raise KnowledgeError(Problem(f"{name}, {table}.{key}", shorten(value), "a number or a word"))
            merged[table] = MappingProxyType(values)
    return MappingProxyType(merged)


def read_overrides(path: Path) -> dict[str, Any]:
    """Return the tables of a user's settings file, unchecked.

    Raises
    ------
    SettingsError
        Where it cannot be read as TOML.
    """
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError(Problem(str(path), str(error), "readable TOML", "see rules/calling.toml")) from None


def override(settings: Settings, overrides: Mapping[str, Any], origin: str = "settings") -> Settings:
    """Return `settings` with some values replaced.

    Raises
    ------
    SettingsError
        With every unknown table or key, and every value of another kind or out of bounds.
    """
    problems: list[Problem] = []
    merged: dict[str, dict[str, Value]] = {table: dict(values) for table, values in settings.items()}
    for table, values in overrides.items():
        if table not in merged or not isinstance(values, Mapping):
            known = ", ".join(sorted(merged))
            problems.append(Problem(f"{origin}, [{table}]", "an unknown table", f"one of {known}", _REMEDY))
            continue
        for key, value in values.items():
            where = f"{origin}, {table}.{key}"
            if key not in merged[table]:
                problems.append(Problem(where, "an unknown key", "one of " + ", ".join(sorted(merged[table])), _REMEDY))
                continue
            wrong = fault(f"{table}.{key}", merged[table][key], value)
            if wrong:
                problems.append(Problem(where, shorten(value), wrong, _REMEDY))
            else:
                merged[table][key] = value
    if problems:
        raise SettingsError(problems)
    return MappingProxyType({table: MappingProxyType(values) for table, values in merged.items()})


def fault(name: str, old: Value, new: object) -> str | Literal[False]:
    """Return what was expected in place of a setting's new value, given its old one; False where it may stand."""
    if isinstance(old, str):
        allowed = CHOICES.get(name)
        if allowed is not None and new not in allowed:
            return "one of " + ", ".join(allowed)
        return False
    if isinstance(new, bool) or not isinstance(new, (int, float)):
        return "a number"
    if isinstance(old, int) and not isinstance(new, int):
        return "a whole number"
    low, high = BOUNDS.get(name, (0.0, 1e12))
    if not low <= new <= high:
        return f"a number from {low:g} to {high:g}"
    return False


def number(settings: Settings, table: str, key: str) -> float:
    """Return one numeric setting."""
    value = settings[table][key]
    assert not isinstance(value, str)
    return value
