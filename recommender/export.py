"""The knowledge as flat tables, for people and scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recommender.knowledge import TABLES, Knowledge
from recommender.rulebook import RULE_COLUMNS, rule_summary
from recommender.tables import columns_of

Rows = list[dict[str, Any]]


def _plain(name: str) -> Callable[[Knowledge], Rows]:
    return lambda knowledge: [row._asdict() for row in knowledge.tables[name]]


def _claims(knowledge: Knowledge) -> Rows:
    rows: Rows = []
    for claim in knowledge.claims:
        data = claim._asdict()
        printed = data["mirna_as_printed"]
        head = {key: data.pop(key) for key in ("claim_id", "cancer", "mirna_as_printed")}
        rows.append({**head, "mirna": knowledge.identity_of[printed].identity, **data})
    return rows


def _current_mirnas(knowledge: Knowledge) -> Rows:
    return [row._asdict() for row in knowledge.mirnas if row.status == "current"]


def _rules(knowledge: Knowledge) -> Rows:
    return [rule_summary(name, rule) for name, rules in knowledge.rules.items() for rule in rules]


EXPORTS: dict[str, Callable[[Knowledge], Rows]] = {
    **{name: _plain(name) for name in TABLES},
    "claims": _claims,
    "mirnas": _current_mirnas,
    "rules": _rules,
}


def columns(name: str) -> list[str]:
    """Return the columns of a table of :data:`EXPORTS`, whether it has rows or none."""
    if name == "rules":
        return list(RULE_COLUMNS)
    found = columns_of(TABLES[name])
    if name == "claims":
        found.insert(found.index("mirna_as_printed") + 1, "mirna")
    return found


def export(knowledge: Knowledge, name: str) -> Rows:
    """Return a table of the knowledge as rows.

    Parameters
    ----------
    name : str
        A key of :data:`EXPORTS`.
    """
    return EXPORTS[name](knowledge)
