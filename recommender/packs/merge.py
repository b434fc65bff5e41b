"""Packs over a knowledge: every id defined or disabled by whom, and the tables, rules and settings that result."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from recommender.errors import Problem, shorten
from recommender.knowledge import IDENTITIES, TABLES, Knowledge, Origins, cross_check, gaps, key_of
from recommender.model.rule import JOIN, Rule
from recommender.packs.folder import nearest
from recommender.packs.manifest import RULES, WEIGHTS
from recommender.packs.pack import Entry, Pack
from recommender.settings import FLAG_PENALTIES, NO_IDS, WARNING_PENALTIES, Value, fault

PENALTIES: Final = (*FLAG_PENALTIES, *WARNING_PENALTIES)
_TOLD: Final = 5  # of those who still name what a pack disables

Ids = dict[tuple[str, str], Entry]


def merge(base: Knowledge, packs: Sequence[Pack]) -> tuple[Knowledge, list[Problem]]:
    """Return the knowledge with packs over it, and what is wrong with it as far as ids go.

    An override stands where the record it replaces stood; additions follow in the order of their ids, so
    that the order of packs changes the hash and no answer.
    """
    problems: list[Problem] = []
    known = existing(base)
    chosen: Ids = {}
    for pack in packs:
        for entry in pack.entries:
            first = chosen.setdefault((entry.kind, entry.key), entry)
            if first is not entry and first.value != entry.value:
                found = f"{entry.key}, which another pack {'disables' if first.value is None else 'defines'} too"
                expected = f"one pack for an id, or the same in both ({first.where})"
                problems.append(Problem(entry.where, found, expected, "use one of the packs, or bring them in line"))
    problems += _unknown_ids(chosen, known)
    settings, wrong = _settings(base, chosen)
    problems += wrong
    digest = hashlib.sha256("\n".join([base.sha256, *(pack.digest for pack in packs)]).encode()).hexdigest()
    tables, places = _tables(base, chosen)
    origins = Origins(
        places,
        {e.key: e.where for e in chosen.values() if e.kind == RULES and e.value is not None},
        {e.key: e.where for e in chosen.values() if e.kind == WEIGHTS and e.value is not None},
    )
    named = tuple(summary(pack, known) for pack in packs)
    whole = Knowledge(tables, _rules(base, chosen), settings, digest, named, base.version, origins)
    gone = frozenset(name for name, entry in chosen.items() if entry.value is None and name in known)
    problems += _dangling(whole, gone, chosen)
    problems += cross_check(whole, gone)
    return whole, problems


def existing(base: Knowledge) -> Mapping[tuple[str, str], Any]:
    """Return every row, rule and setting of a knowledge by kind and id."""
    found: dict[tuple[str, str], Any] = {
        (table, key_of(table, row)): row for table, rows in base.tables.items() for row in rows
    }
    found |= {(RULES, rule.id): rule for rule in base.rule_list()}
    found |= {(WEIGHTS, f"{t}.{key}"): value for t, values in base.settings.items() for key, value in values.items()}
    return found


def summary(pack: Pack, known: Container[tuple[str, str]]) -> str:
    """Return a pack's name, version, how much it changes, and the beginning of its hash."""
    counts = Counter(change(entry, known) for entry in pack.entries)
    told = ", ".join(f"{counts[word]} {word}" for word in ("added", "overridden", "disabled"))
    return f"{pack.name} {pack.version} ({told}; {pack.digest[:12]})"


def change(entry: Entry, known: Container[tuple[str, str]]) -> str:
    """Return what an entry does to its id: ``added``, ``overridden`` or ``disabled``."""
    if entry.value is None:
        return "disabled"
    return "overridden" if (entry.kind, entry.key) in known else "added"


def _unknown_ids(chosen: Ids, known: Mapping[tuple[str, str], Any]) -> Iterable[Problem]:
    for (kind, key), entry in chosen.items():
        if entry.value is not None:
            continue
        ids = [other for of, other in known if of == kind]
        if kind == WEIGHTS:
            ids = [name for name in ids if name.split(".")[0] in PENALTIES and name.split(".")[1] not in NO_IDS]
        if key not in ids:
            expected = {RULES: "the id of a rule", WEIGHTS: f"a key of [{'], ['.join(PENALTIES)}], as table.key"}
            expected_id = expected.get(kind, f"an id of {kind}.tsv")
            yield Problem(entry.where, key, expected_id, nearest(key, ids) or "see `knowledge list`")


def _tables(base: Knowledge, chosen: Ids) -> tuple[Mapping[str, tuple[Any, ...]], Mapping[str, tuple[str, ...]]]:
    tables, places = dict(base.tables), {}
    for table in sorted({kind for kind, _ in chosen} & TABLES.keys()):
        mine = {key: entry for (kind, key), entry in chosen.items() if kind == table}
        lines: list[tuple[str, Any]] = []
        for where, row in base.placed(table):
            entry = mine.pop(key_of(table, row), None)
            if entry is None:
                lines.append((where, row))
            elif entry.value is not None:
                lines.append((entry.where, entry.value))
        lines += [(entry.where, entry.value) for _, entry in sorted(mine.items()) if entry.value is not None]
        places[table] = tuple(where for where, _ in lines)
        tables[table] = tuple(row for _, row in lines)
    return tables, places


def _rules(base: Knowledge, chosen: Ids) -> Mapping[str, list[Rule]]:
    mine = {key: entry for (kind, key), entry in chosen.items() if kind == RULES}
    rules: dict[str, list[Rule]] = {}
    for file, group in base.rules.items():
        kept = ((rule, mine.pop(rule.id, None)) for rule in group)
        found = [rule if entry is None else entry.value for rule, entry in kept]
        rules[file] = [rule for rule in found if rule is not None]
    for entry in sorted(mine.values(), key=lambda entry: (entry.file, entry.key)):
        if entry.value is not None:
            rules.setdefault(entry.file, []).append(entry.value)
    return rules


def _settings(base: Knowledge, chosen: Ids) -> tuple[Mapping[str, Mapping[str, Value]], list[Problem]]:
    problems: list[Problem] = []
    tables = {table: dict(values) for table, values in base.settings.items()}
    mine = [entry for (kind, _), entry in chosen.items() if kind == WEIGHTS]
    for entry in sorted(mine, key=lambda entry: (entry.value is not None, entry.key)):
        name = entry.key
        table, _, key = name.partition(".")
        if entry.value is None:
            tables.get(table, {}).pop(key, None)
        elif table not in base.settings:
            problems.append(Problem(entry.where, "an unknown table", "one of " + ", ".join(sorted(tables))))
        elif key not in base.settings[table] and table not in PENALTIES:
            known = sorted(base.settings[table])
            problems.append(Problem(entry.where, "an unknown key", "one of " + ", ".join(known), nearest(key, known)))
        else:
            others = [other for other in PENALTIES if other != table and key in tables[other]]
            wrong = fault(name, base.settings[table].get(key, 0), entry.value)
            if wrong:
                problems.append(Problem(entry.where, shorten(entry.value), wrong))
            elif key not in base.settings[table] and others:
                problems.append(Problem(entry.where, f"{key}, which weighs in [{others[0]}]", "an id weighed once"))
            else:
                tables[table][key] = entry.value
    frozen = {table: MappingProxyType(values) for table, values in tables.items()}
    return MappingProxyType(frozen), problems


def _dangling(whole: Knowledge, gone: Container[tuple[str, str]], chosen: Ids) -> Iterable[Problem]:
    """Yield the ids packs disable that others still name."""
    naming: dict[tuple[str, str], list[str]] = {}
    for gap in gaps(whole):
        if (gap.table, gap.key) in gone:
            naming.setdefault((gap.table, gap.key), []).append(gap.where)
    for file, rules in whole.rules.items():
        for rule in rules:
            for name in dict.fromkeys(rule_references(rule)):
                if name in gone:
                    where = whole.origins.rules.get(rule.id, f"{file}, rule {rule.id}")
                    naming.setdefault(name, []).append(where)
    for (table, key), places in sorted(naming.items()):
        more = f" and {len(places) - _TOLD} more" if len(places) > _TOLD else ""
        found = f"{key}, which is still named: {'; '.join(places[:_TOLD])}{more}"
        entry = chosen[table, key]
        yield Problem(entry.where, found, "an id that nothing names", "disable or override those too, or keep it")


def rule_references(rule: Rule) -> Iterable[tuple[str, str]]:
    """Yield the records a rule names."""
    for citation in rule.source:
        yield "sources", citation.cite
    if rule.then.caveat:
        yield "caveats", rule.then.caveat
    for condition in rule.when:
        for field, test in condition.tests.items():
            words = [test] if isinstance(test, str) else test
            for table in IDENTITIES.get(field, ()):
                yield from ((table, word) for word in words if not word.startswith(JOIN))
