"""What is asked of a knowledge with packs beyond what every load asks: all that the bundled one was sealed with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from recommender.checks import check_beyond
from recommender.errors import Problem
from recommender.knowledge import PLACES, Knowledge
from recommender.packs.names import check_names

_CITED: Final = ("roles", "preclinical")  # tables without a column of sources: their references name them
_SOURCE: Final = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z][A-Za-z0-9_.-]*")  # never a number: those are the review's list


def unsound(base: Knowledge, whole: Knowledge) -> list[Problem]:
    """Return what is wrong with a knowledge whose records name only what exists.

    The examples of the packs' rules are run; those of the base were, and a rule's examples are its own.
    What was wrong with the base before is not the packs' fault and not told.
    """
    mine = [rule for rule in whole.rule_list() if rule.id in whole.origins.rules]
    problems = [
        *check_beyond(whole, mine),
        *check_names(base, whole),
        *_unsourced(base, whole),
        *_odd_sources(base, whole),
    ]
    if not problems:
        return []
    old = {(problem.where, problem.found) for problem in check_beyond(base, ())}
    return [problem for problem in problems if (problem.where, problem.found) not in old]


def _unsourced(base: Knowledge, whole: Knowledge) -> Iterable[Problem]:
    for table in _CITED:
        known = set(base.tables[table])
        for where, row in whole.placed(table) if table in whole.origins.rows else ():
            rests_on_agent = getattr(row, "basis", "") == "agent"  # which has sources of its own
            if row not in known and not row.references and not rests_on_agent:
                yield Problem(f"{where}, column references", "nothing", "a key of sources.tsv, or the review's list")


def _odd_sources(base: Knowledge, whole: Knowledge) -> Iterable[Problem]:
    known = set(base.sources)
    for where, row in whole.placed("sources") if "sources" in whole.origins.rows else ():
        if row not in known and (not _SOURCE.fullmatch(row.source) or row.source in PLACES):
            expected = f"letters, digits, . _ and -, a letter among them, and none of {', '.join(PLACES)}"
            yield Problem(f"{where}, column source", row.source, expected)
