"""What packs may not do to names: a name that was understood still means the same, and new names can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from recommender.cancers import CancerVocabulary, fold
from recommender.errors import InputError, Problem
from recommender.knowledge import BASKET, PAN_CANCER, Knowledge
from recommender.nomenclature import Identity, NotUnderstood, Resolver, well_formed

_RESERVED: Final = frozenset({BASKET, PAN_CANCER, "general"})  # words that stand where an id of a tumor may
_MIRNAS: Final = re.compile(r"hsa-(?:miR|let)-\S+")
_HAIRPINS: Final = re.compile(r"hsa-(?:mir|let)-\S+")
_TABLES: Final = ("mirnas", "hairpins", "families", "retired")


def check_names(base: Knowledge, whole: Knowledge) -> Iterable[Problem]:
    """Yield names of tumors and miRNAs that packs take away from others, or that lead nowhere.

    Parameters
    ----------
    base, whole : Knowledge
        Without and with the packs; the records of both are sound.
    """
    if "cancers" in whole.origins.rows:
        yield from _check_cancers(base, whole)
    if any(table in whole.origins.rows for table in _TABLES):
        yield from _check_mirnas(base, whole)


# --- tumors ---------------------------------------------------------------------------------------------------------


def _cancer_names(row: Any) -> list[str]:
    codes = [(space, code) for space in ("tcga", "oncotree") for code in getattr(row, space)]
    return [row.cancer, row.name, *row.synonyms, *(f"{s}:{c}" for s, c in codes), *(c for _, c in codes)]


def _meaning(vocabulary: CancerVocabulary, name: str) -> str:
    """Return the id of the row a name leads to, or nothing."""
    try:
        return vocabulary.resolve(name).row.cancer
    except InputError:
        return ""


def _check_cancers(base: Knowledge, whole: Knowledge) -> Iterable[Problem]:
    old, new = base.vocabulary, whole.vocabulary
    added = [(where, row) for where, row in whole.placed("cancers") if old.rows.get(row.cancer) != row]
    holders = {fold(name): where for where, row in added for name in _cancer_names(row)}
    taken: set[str] = set()
    for row in base.cancers:
        if new.rows.get(row.cancer) == row:
            for name in _cancer_names(row):
                meant = _meaning(old, name)
                if meant and meant in new.rows and _meaning(new, name) != meant and fold(name) not in taken:
                    taken.add(fold(name))
                    where = holders.get(fold(name.rpartition(":")[2]), "cancers.tsv")
                    yield Problem(where, f"the name {name}, which means {meant}", "names no other tumor has")
    for where, row in added:
        known = _cancer_names(old.rows[row.cancer]) if row.cancer in old.rows else []
        if row.cancer in _RESERVED:
            yield Problem(where, row.cancer, "another id: this word has a meaning of its own")
        for name in dict.fromkeys([row.cancer, row.name, *row.synonyms]):
            if not fold(name):
                yield Problem(where, f"the name {name}", "Latin letters or digits: names of others all look alike")
            elif name not in known and fold(name) not in taken and _meaning(new, name) != row.cancer:
                yield Problem(where, f"the name {name}, which others have too", "names no other tumor has")


# --- miRNAs ---------------------------------------------------------------------------------------------------------


def _mirna_names(table: str, row: Any) -> list[str]:
    if table == "families":
        return list(row.aliases)
    if table == "retired":
        return [row.name, row.accession]
    return [row[0], row.accession, *row.previous_names]


class _Reading(NamedTuple):
    """What a name is taken for: a key with its miRNAs, or why it is none of those it might be."""

    word: str
    mirnas: tuple[str, ...] = ()
    measured_as: str = ""


def _reading(resolver: Resolver, name: str) -> _Reading:
    found = resolver.resolve(name)
    if isinstance(found, Identity):
        return _Reading(found.key, found.mirnas, found.measured_as)
    if isinstance(found, NotUnderstood):
        return _Reading(found.reason, found.suggestions if found.reason == "ambiguous_name" else ())
    return _Reading("")


def _check_mirnas(base: Knowledge, whole: Knowledge) -> Iterable[Problem]:
    old, new = base.resolver, whole.resolver
    before = {(table, row[0]): row for table in _TABLES for row in base.tables[table]}
    after = {(table, row[0]): row for table in _TABLES for row in whole.tables[table]}
    changed = {name for name, row in before.items() if after.get(name) != row}
    changed_keys = {key for _, key in changed}
    added = [(t, where, row) for t in _TABLES for where, row in whole.placed(t) if before.get((t, row[0])) != row]
    holders = {name.lower(): where for table, where, row in added for name in (row[0], *_mirna_names(table, row))}
    taken: set[str] = set()
    for (table, key), row in before.items():
        if (table, key) in changed:
            continue
        for name in _mirna_names(table, row):
            was, now = _reading(old, name), _reading(new, name)
            if was == now or not _leads_to(old, table, row, name) or changed_keys & {*was.mirnas, was.word}:
                continue
            taken.add(name.lower())
            found = (name, key, now.word, *now.mirnas)
            where = next((holders[n.lower()] for n in found if n.lower() in holders), f"{table}.tsv")
            yield Problem(where, f"the name {name}, which would be {_told(now)}", f"names that leave it {_told(was)}")
    for table, where, row in added:
        known = _mirna_names(table, before[table, row[0]]) if (table, row[0]) in before else []
        form = {"mirnas": _MIRNAS, "hairpins": _HAIRPINS}.get(table)
        if form and not (form.fullmatch(row[0]) and well_formed(row[0])):
            yield Problem(where, f"the name {row[0]}", "a human name as miRBase writes it, hsa- in front")
        twin = next((t for t in _TABLES[:3] if t != table != "retired" and (t, row[0]) in after), "")
        if twin:
            yield Problem(where, f"{row[0]}, which {twin}.tsv has", "an id of its own")
        for name in _mirna_names(table, row):
            if name not in known and name.lower() not in taken and not _leads_to(new, table, row, name):
                yield Problem(where, f"the name {name}, which is {_told(_reading(new, name))}", "a name of its own")


def _told(reading: _Reading) -> str:
    names, how = " or ".join(reading.mirnas), (reading.measured_as or reading.word).replace("_", " ")
    return f"{names or 'no miRNA'} ({how})" if how else "outside the knowledge"


def _leads_to(resolver: Resolver, table: str, row: Any, name: str) -> bool:
    if table == "mirnas" and row.status == "retired":
        return True
    found = resolver.resolve(name)
    if table == "retired":
        return found == NotUnderstood("retired_entry")
    if table == "families":
        return found == NotUnderstood("ambiguous_name", row.members)
    return isinstance(found, Identity) and (found.key == row[0] or row[0] in found.mirnas)
