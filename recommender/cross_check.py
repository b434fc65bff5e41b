"""What must hold between records: keys are unique, names lead somewhere, words are declared, rules bear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, get_args

from recommender.errors import Problem
from recommender.knowledge import BASKET, PAN_CANCER, PLACES, TABLES, UNSPECIFIED, Knowledge, key_columns, key_of
from recommender.lint import lint
from recommender.model.recommendation import Action
from recommender.vocabulary import FACTS

# column of a table -> the table whose key it must name
_REFERENCES: Final = (
    ("claims", "mirna_as_printed", "named_mirnas"),
    ("claims", "cancer", "cancers"),
    ("claims", "source", "sources"),
    ("roles", "mirna_as_printed", "named_mirnas"),
    ("roles", "scope", "cancers"),
    ("preclinical", "mirna_as_printed", "named_mirnas"),
    ("contexts", "mirna_as_printed", "named_mirnas"),
    ("contexts", "sources", "sources"),
    ("agents", "mirna", "mirnas"),
    ("agents", "modality", "modalities"),
    ("agents", "chemistry", "chemistries"),
    ("agents", "delivery", "delivery"),
    ("agents", "sources", "sources"),
    ("trials", "agent", "agents"),
    ("trials", "status_source", "sources"),
    ("trials", "sources", "sources"),
    ("trial_tumors", "trial", "trials"),
    ("trial_tumors", "cancer", "cancers"),
    ("trial_tumors", "source", "sources"),
    ("stop_reasons", "trial", "trials"),
    ("stop_reasons", "source", "sources"),
    ("trial_claims", "trial", "trials"),
    ("trial_claims", "source", "sources"),
    ("trial_claims", "disagrees_with", "trial_claims"),
    ("caveats", "sources", "sources"),
    ("families", "members", "mirnas"),
    ("modalities", "sources", "sources"),
    ("chemistries", "modalities", "modalities"),
    ("chemistries", "sources", "sources"),
    ("delivery", "modalities", "modalities"),
    ("delivery", "reaches_only", "cancers"),
    ("delivery", "sources", "sources"),
    ("option_work", "mirna_as_printed", "named_mirnas"),
    ("option_work", "sources", "sources"),
    ("targets", "mirna_as_printed", "named_mirnas"),
    ("targets", "cancer", "cancers"),
    ("targets", "sources", "sources"),
    ("combinations", "mirnas_as_printed", "named_mirnas"),
    ("combinations", "cancer", "cancers"),
    ("combinations", "sources", "sources"),
    ("cancers", "parent", "cancers"),
)
_EXTRA_KEYS: Final = {
    ("claims", "cancer"): {PAN_CANCER},
    ("claims", "source"): {*PLACES},
    ("roles", "scope"): {"general"},
    ("delivery", "reaches_only"): {BASKET},
    ("agents", "chemistry"): {UNSPECIFIED},
    ("agents", "delivery"): {UNSPECIFIED},
    ("trial_tumors", "cancer"): {BASKET},
}
# may be empty: a tumor of its own, a statement on the field as a whole, one nobody contradicts
_MAY_BE_EMPTY: Final = frozenset(
    {
        ("cancers", "parent"),
        ("trial_claims", "trial"),
        ("trial_claims", "disagrees_with"),
        ("trials", "status_source"),
        ("targets", "cancer"),
        ("combinations", "mirnas_as_printed"),
        ("combinations", "cancer"),
        ("delivery", "reaches_only"),
    }
)
# the table that holds an identity of named_mirnas.tsv, by its kind
_HOMES: Final = {
    "mature": "mirnas",
    "retired": "mirnas",
    "hairpin": "hairpins",
    "family": "families",
    "cluster": "families",
}
AXIS_TABLES: Final = {"modality": "modalities", "chemistry": "chemistries", "delivery": "delivery"}
# open fields of facts that hold the id of a record, and the tables it may be in
IDENTITIES: Final = {
    "cancer": ("cancers",),
    "agent": ("agents",),
    "option": tuple(AXIS_TABLES.values()),
    "combination": ("combinations",),
}


class Gap(NamedTuple):
    """A record that names a key its table does not have."""

    where: str
    key: str
    table: str
    expected: str


def cross_check(knowledge: Knowledge, told: frozenset[tuple[str, str]] = frozenset()) -> Iterable[Problem]:
    """Yield every record that names what does not exist, repeats a key, or breaks the matcher's limits.

    Parameters
    ----------
    knowledge : Knowledge
    told : frozenset of (table, key)
        Keys known to be missing: who names them is told elsewhere.
    """
    for table in TABLES:
        seen: set[str] = set()
        for where, row in knowledge.placed(table):
            key = key_of(table, row)
            if key in seen:
                yield Problem(where, f"{' and '.join(key_columns(table))} {key} again", "unique keys")
            seen.add(key)
    for table, column, target in _REFERENCES:
        if (table, column) not in _MAY_BE_EMPTY:
            for where, row in knowledge.placed(table):
                if not getattr(row, column):
                    yield Problem(f"{where}, column {column}", "nothing", f"a key of {target}.tsv")
    for gap in gaps(knowledge):
        if (gap.table, gap.key) not in told:
            yield Problem(gap.where, gap.key, gap.expected)
    yield from _check_parents(knowledge)
    yield from _check_words(knowledge)

    def keys(table: str) -> frozenset[str]:
        return frozenset(row[0] for row in knowledge.tables[table]) | {key for name, key in told if name == table}

    identities = {field: frozenset().union(*map(keys, tables)) for field, tables in IDENTITIES.items()}
    yield from lint(knowledge.rules, keys("caveats"), keys("sources"), identities, knowledge.origins.rules)


def gaps(knowledge: Knowledge) -> Iterable[Gap]:
    """Yield every name in a table of something that is in no table."""
    keys = {table: {row[0] for row in rows} for table, rows in knowledge.tables.items()}
    for table, column, target in _REFERENCES:
        also = _EXTRA_KEYS.get((table, column), set())
        allowed = keys[target] | also
        expected = " or ".join([f"a key of {target}.tsv", *sorted(also)])
        for where, row in knowledge.placed(table):
            value = getattr(row, column)
            for key in filter(None, value if isinstance(value, tuple) else (value,)):
                if key not in allowed:
                    yield Gap(f"{where}, column {column}", key, target, expected)
    for where, row in knowledge.placed("named_mirnas"):
        home = _HOMES[row.identity_kind]
        if row.identity not in keys[home]:
            yield Gap(where, row.identity, home, f"a key of {home}.tsv")
    for where, row in knowledge.placed("option_work"):
        home = AXIS_TABLES[row.axis]
        if row.option not in keys[home]:
            yield Gap(f"{where}, column option", row.option, home, f"a key of {home}.tsv")


def _check_words(knowledge: Knowledge) -> Iterable[Problem]:
    """Yield words of tables that the facts do not declare, and codes that two tumors share."""
    for where, row in knowledge.placed("contexts"):
        words = [word for word in FACTS["candidate"][row.context] if word not in ("none", "no")]
        if row.value not in words:
            yield Problem(f"{where}, column value", row.value, "one of " + ", ".join(words))
    for table in ("modalities", "combinations"):
        for where, row in knowledge.placed(table):
            for action in sorted(set(row.actions) - {*get_args(Action)}):
                yield Problem(f"{where}, column actions", action, "one of " + ", ".join(get_args(Action)))
    for space in ("tcga", "oncotree"):
        owner: dict[str, str] = {}
        for where, row in knowledge.placed("cancers"):
            for code in getattr(row, space):
                if owner.setdefault(code, row.cancer) != row.cancer:
                    yield Problem(f"{where}, column {space}", f"{code}, which {owner[code]} has", "a code on one row")


def _check_parents(knowledge: Knowledge) -> Iterable[Problem]:
    parents = {row.cancer: row.parent for row in knowledge.cancers}
    for where, row in knowledge.placed("cancers"):
        seen: set[str] = set()
        cancer = row.cancer
        while cancer:
            if cancer in seen:
                yield Problem(where, f"{row.cancer} belongs to itself", "parents without a circle")
                break
            seen.add(cancer)
            cancer = parents.get(cancer, "")
