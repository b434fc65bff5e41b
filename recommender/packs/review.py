"""What ``knowledge check`` tells the author of a pack: what it changes, and what deserves a second look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recommender.knowledge import TABLES, Knowledge
from recommender.model.rule import Rule
from recommender.packs import read_packs
from recommender.packs.manifest import RULES, WEIGHTS
from recommender.packs.merge import change, existing, rule_references
from recommender.packs.pack import Entry, Pack

_GUARDS = ("withhold", "gate")  # conclusions that hold a strategy back


def review(base: Knowledge, whole: Knowledge, folders: Sequence[Path | str]) -> list[str]:
    """Return lines on packs that loaded.

    Parameters
    ----------
    base, whole : Knowledge
        Without and with the packs.
    folders : sequence of path
        The packs, in the order they were given.
    """
    known = existing(base)
    lines: list[str] = []
    for pack in read_packs(folders):
        lines += ["", f"{pack.name} {pack.version}: {pack.description}"]
        told = [*_changes(pack, known), *(f"look: {line}" for line in _looks(pack, known, base, whole))]
        lines += [f"  {line}" for line in told or ["changes nothing"]]
    return lines


def _changes(pack: Pack, known: Mapping[tuple[str, str], Any]) -> Iterable[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in pack.entries:
        word = change(entry, known)
        told = entry.key
        if word == "overridden":
            told += f" ({_difference(entry, known[entry.kind, entry.key])})"
        elif entry.kind == WEIGHTS and word == "added":
            told += f" ({entry.value})"
        groups.setdefault((word, entry.kind), []).append(told)
    kinds = (*TABLES, RULES, WEIGHTS)
    for word in ("added", "overridden", "disabled"):
        for kind in kinds:
            if (word, kind) in groups:
                yield f"{word} {kind}: {', '.join(sorted(groups[word, kind]))}"


def _difference(entry: Entry, old: Any) -> str:
    """Return what an override changes: the columns of a row, the parts of a rule, both values of a setting."""
    if entry.kind == WEIGHTS:
        return f"{old} to {entry.value}" if entry.value != old else "as it was"
    names = Rule.model_fields if isinstance(old, Rule) else old._fields
    changed = [name for name in names if getattr(entry.value, name) != getattr(old, name)]
    return ", ".join(changed) or "as it was"


def _looks(pack: Pack, known: Mapping[tuple[str, str], Any], base: Knowledge, whole: Knowledge) -> Iterable[str]:
    cited = _cited(whole)
    for entry in pack.entries:
        old = known.get((entry.kind, entry.key))
        if entry.kind == RULES and old is not None:
            yield from _weaker_guards(entry, old)
        elif entry.kind == "claims" and entry.value is not None:
            yield from _contradictions(entry.value, whole)
        elif entry.kind == "sources" and entry.value is not None and entry.key not in cited:
            yield f"source {entry.key} is cited by nothing"
        elif entry.kind == "mirnas" and old is None:
            yield (
                f"miRNA {entry.key} joins the miRNAs over which p-values are adjusted: "
                "abundances and z-scores of others may be called differently"
            )


def _weaker_guards(entry: Entry, old: Rule) -> Iterable[str]:
    for name in _GUARDS:
        was, now = getattr(old.then, name), getattr(entry.value.then, name) if entry.value else None
        if was and was != now:
            yield f"rule {entry.key} no longer concludes {name} {was}: what it held back may pass"


def _contradictions(claim: Any, whole: Knowledge) -> Iterable[str]:
    identity = whole.identity_of[claim.mirna_as_printed].identity
    against = [
        other.claim_id
        for other in whole.claims
        if other.cancer == claim.cancer
        and other.direction != claim.direction
        and whole.identity_of[other.mirna_as_printed].identity == identity
    ]
    if against:
        yield (
            f"claim {claim.claim_id} contradicts {', '.join(sorted(against))}: "
            "actions on this miRNA will be withheld there as conflicting evidence"
        )


def _cited(whole: Knowledge) -> set[str]:
    """Return everything that a row or a rule names, sources among it."""
    found = {name for rule in whole.rule_list() for _, name in rule_references(rule)}
    for table, rows in whole.tables.items():
        for row in rows if table != "sources" else ():
            for cell in row:
                found.update(cell if isinstance(cell, tuple) else (cell,))
    return found
