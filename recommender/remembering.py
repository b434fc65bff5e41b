"""A matcher that remembers: for many appraisals of nearly the same facts."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from recommender.inference import matcher_of
from recommender.knowledge import Knowledge
from recommender.matcher import Fact, Match, Matcher

_Frozen = tuple[tuple[str, str], ...]


class Remembering:
    """Answers as its matcher does, and asks it once.

    In stratum 1 a rule reads one fact (the lint sees to it), so every fact is remembered by itself; in
    stratum 2 rules join facts, so a whole session is.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._facts: dict[tuple[str, _Frozen], list[tuple[str, str]]] = {}
        self._sessions: dict[tuple[str, tuple[_Frozen, ...]], list[Match]] = {}

    def match(self, ruleset: str, facts: Sequence[Fact]) -> list[Match]:
        """Return every rule that matches, with the indices of the facts it matched, sorted."""
        frozen = tuple(tuple(fact.items()) for fact in facts)
        if not ruleset.startswith("1:"):
            key = (ruleset, frozen)
            if key not in self._sessions:
                self._sessions[key] = self._matcher.match(ruleset, facts)
            return self._sessions[key]
        unseen = {one: fact for one, fact in zip(frozen, facts, strict=True) if (ruleset, one) not in self._facts}
        self._facts |= {(ruleset, one): [] for one in unseen}
        if unseen:
            known = list(unseen)
            for rule, ((alias, index),) in self._matcher.match(ruleset, list(unseen.values())):
                self._facts[ruleset, known[index]].append((rule, alias))
        return sorted(
            (rule, ((alias, index),)) for index, one in enumerate(frozen) for rule, alias in self._facts[ruleset, one]
        )


def remembering(knowledge: Knowledge) -> Knowledge:
    """Return the same knowledge with a matcher that remembers; what was derived from it is shared."""
    twin = copy.copy(knowledge)
    cache = {**knowledge._cache, "matcher": Remembering(matcher_of(knowledge))}
    object.__setattr__(twin, "_cache", cache)  # a frozen value, nobody else's yet
    return twin
