"""The rules of the first stratum as tables: every combination of the words they read, through the same matcher.

A cohort has few different facts and many samples, so the engine runs once, when the tables are made. That is exact
only while every such rule reads declared, finite fields: what does not is refused. Rules are put together by the
fields they read, and words that none of them asks for count as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recommender.inference import matches
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.rule import Rule
from recommender.tabling import HEAD, grouped, words_of
from recommender.vocabulary import FACTS

_ANY_OTHER = "any_other"  # stands for every word of an open field that no rule asks for


class DecisionTable(NamedTuple):
    """What the rules that read the same fields conclude, for every combination of words.

    Attributes
    ----------
    words : mapping
        Field to the words some rule asks for; every other word is one more.
    fired : mapping
        Words, in the order of the fields and empty for any other, to the rules that match.
    """

    words: Mapping[str, frozenset[str]]
    fired: Mapping[tuple[str, ...], tuple[Rule, ...]]

    def look_up(self, fact: Fact) -> tuple[Rule, ...]:
        """Return the rules that match a candidate's fact."""
        key = tuple(fact[field] if fact[field] in words else "" for field, words in self.words.items())
        return self.fired.get(key, ())


def decision_tables(knowledge: Knowledge) -> tuple[DecisionTable, ...]:
    """Return the tables of a knowledge, compiled once.

    Raises
    ------
    KnowledgeError
        A rule that reads what is not declared and finite, or too many combinations; with the rule.
    """
    found: tuple[DecisionTable, ...] = knowledge.remember("decision tables", lambda: tuple(_compile(knowledge)))
    return found


def look_up(fact: Fact, knowledge: Knowledge) -> list[Rule]:
    """Return every rule of the first stratum that matches a candidate's fact."""
    return [rule for table in decision_tables(knowledge) for rule in table.look_up(fact)]


def _compile(knowledge: Knowledge) -> Iterable[DecisionTable]:
    groups = grouped(knowledge)
    asked: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}  # what each enumerated fact stands for
    facts: list[Fact] = []
    for fields, rules in groups.items():
        for key, fact in _enumerate(fields, words_of(rules)):
            asked[id(fact)] = (fields, key)
            facts.append(fact)
    fired: dict[tuple[str, ...], dict[tuple[str, ...], list[Rule]]] = {fields: {} for fields in groups}
    for rule, matched, _ in matches(1, facts, knowledge, {HEAD}):
        fields, key = asked[id(matched[rule.when[0].alias])]
        if rule in groups[fields]:  # of another group, whose fields are among these
            fired[fields].setdefault(key, []).append(rule)
    for fields, rules in groups.items():
        yield DecisionTable(words_of(rules), {key: tuple(found) for key, found in fired[fields].items()})


def _enumerate(fields: tuple[str, ...], words: Mapping[str, frozenset[str]]) -> Iterable[tuple[tuple[str, ...], Fact]]:
    choices: list[list[tuple[str, str]]] = []
    for field in fields:
        other = next((word for word in FACTS[HEAD][field] or (_ANY_OTHER,) if word not in words[field]), None)
        rest = [] if other is None else [("", other)]
        choices.append([*((word, word) for word in sorted(words[field])), *rest])
    for combination in itertools.product(*choices):
        fact = dict(zip(fields, (word for _, word in combination), strict=True))
        yield tuple(key for key, _ in combination), {"type": HEAD, **fact}
