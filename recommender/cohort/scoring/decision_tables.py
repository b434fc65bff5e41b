"""The rules of the first stratum as tables: every combination of the words they read, through the same matcher.

A cohort has few different facts and many samples, so the engine runs once, when the tables are made. That is exact
only while every such rule reads declared, finite fields: what does not is refused. Rules are put together by the
fields they read, and words that none of them asks for count as one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from recommender.errors import KnowledgeError, Problem
from recommender.inference import matches
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.rule import JOIN, Rule
from recommender.vocabulary import FACTS

MAX_ROWS: Final = 5000
_HEAD = "candidate"
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


def refuse_untabled(knowledge: Knowledge) -> None:
    """Refuse rules that cannot be made tables of, without making them.

    Raises
    ------
    KnowledgeError
        As :func:`decision_tables`.
    """
    _grouped(knowledge)


def look_up(fact: Fact, knowledge: Knowledge) -> list[Rule]:
    """Return every rule of the first stratum that matches a candidate's fact."""
    return [rule for table in decision_tables(knowledge) for rule in table.look_up(fact)]


def _compile(knowledge: Knowledge) -> Iterable[DecisionTable]:
    groups = _grouped(knowledge)
    asked: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}  # what each enumerated fact stands for
    facts: list[Fact] = []
    for fields, rules in groups.items():
        for key, fact in _enumerate(fields, _words(rules)):
            asked[id(fact)] = (fields, key)
            facts.append(fact)
    fired: dict[tuple[str, ...], dict[tuple[str, ...], list[Rule]]] = {fields: {} for fields in groups}
    for rule, matched, _ in matches(1, facts, knowledge, {_HEAD}):
        fields, key = asked[id(matched[rule.when[0].alias])]
        if rule in groups[fields]:  # of another group, whose fields are among these
            fired[fields].setdefault(key, []).append(rule)
    for fields, rules in groups.items():
        yield DecisionTable(_words(rules), {key: tuple(found) for key, found in fired[fields].items()})


def _grouped(knowledge: Knowledge) -> dict[tuple[str, ...], list[Rule]]:
    """Return the rules on candidates by the fields they read."""
    groups: dict[tuple[str, ...], list[Rule]] = {}
    problems: list[Problem] = []
    for name, rules in knowledge.rules.items():
        for rule in rules:
            if rule.stratum == 1 and rule.when[0].type == _HEAD:
                problems += _not_finite(f"{name}, rule {rule.id}", rule)
                groups.setdefault(tuple(sorted(rule.when[0].tests)), []).append(rule)
    for fields, rules in groups.items():
        rows = math.prod(len(words) + 1 for words in _words(rules).values())
        if rows > MAX_ROWS:
            found = f"{rows:,} combinations of the words of {', '.join(fields)}"
            remedy = "let the rule read fewer fields, or ask for fewer words"
            where = ", ".join(f"rule {rule.id}" for rule in rules)
            problems.append(Problem(where, found, f"at most {MAX_ROWS:,}", remedy))
    if problems:
        raise KnowledgeError(problems)
    return groups


def _not_finite(where: str, rule: Rule) -> Iterable[Problem]:
    if len(rule.when) > 1:
        yield Problem(where, f"{len(rule.when)} conditions", "one: the tables look at one fact")
    for field, test in rule.when[0].tests.items():
        if field not in FACTS[_HEAD]:
            yield Problem(where, f"field {field}", "a declared field")
        elif isinstance(test, str) and test.startswith(JOIN):
            yield Problem(where, f"{field} = {test}", "words, not another fact's")


def _words(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Return, field by field, the words that some of these rules ask for."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for field, test in sorted(rule.when[0].tests.items()):
            found.setdefault(field, set()).update([test] if isinstance(test, str) else test)
    return {field: frozenset(words) for field, words in found.items()}


def _enumerate(fields: tuple[str, ...], words: Mapping[str, frozenset[str]]) -> Iterable[tuple[tuple[str, ...], Fact]]:
    choices: list[list[tuple[str, str]]] = []
    for field in fields:
        other = next((word for word in FACTS[_HEAD][field] or (_ANY_OTHER,) if word not in words[field]), None)
        rest = [] if other is None else [("", other)]
        choices.append([*((word, word) for word in sorted(words[field])), *rest])
    for combination in itertools.product(*choices):
        fact = dict(zip(fields, (word for _, word in combination), strict=True))
        yield tuple(key for key, _ in combination), {"type": _HEAD, **fact}
