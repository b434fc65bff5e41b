"""Which rules a cohort can hold as tables: those of finite fields, and of one strategy at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from recommender.errors import KnowledgeError, Problem
from recommender.knowledge import Knowledge
from recommender.model.rule import JOIN, Condition, Rule
from recommender.vocabulary import EXACT, FACTS

MAX_ROWS: Final = 5000
HEAD: Final = "candidate"  # the fact that rules of the first stratum decide on


def refuse_untabled(knowledge: Knowledge) -> None:
    """Refuse rules that cannot be made tables of, without making them.

    Raises
    ------
    KnowledgeError
        As :func:`grouped`.
    """
    grouped(knowledge)


def grouped(knowledge: Knowledge) -> dict[tuple[str, ...], list[Rule]]:
    """Return the rules on candidates by the fields they read.

    Raises
    ------
    KnowledgeError
        A rule that reads what is not declared and finite, or too many combinations; with the rule.
    """
    groups: dict[tuple[str, ...], list[Rule]] = {}
    problems: list[Problem] = []
    for name, rules in knowledge.rules.items():
        for rule in rules:
            if rule.stratum == 1 and rule.when[0].type == HEAD:
                problems += _not_finite(f"{name}, rule {rule.id}", rule)
                groups.setdefault(tuple(sorted(rule.when[0].tests)), []).append(rule)
    for fields, rules in groups.items():
        rows = math.prod(len(words) + 1 for words in words_of(rules).values())
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
        if field not in FACTS[HEAD]:
            yield Problem(where, f"field {field}", "a declared field")
        elif isinstance(test, str) and test.startswith(JOIN):
            yield Problem(where, f"{field} = {test}", "words, not another fact's")


def words_of(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Return, field by field, the words that some of these rules ask for."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for field, test in sorted(rule.when[0].tests.items()):
            found.setdefault(field, set()).update([test] if isinstance(test, str) else test)
    return {field: frozenset(words) for field, words in found.items()}


def settles(rule: Rule) -> bool:
    """Tell whether a rule concludes anything that a cohort's tables show."""
    then = rule.then
    return bool(then.gate or then.tier or then.precedent or then.caveat or then.option or then.warning or then.flag)


# fields through which the facts of a strategy's own miRNAs are joined to what it acts on
_OWN = {"agent": "mirna", "preclinical": "mirna", "option_work": "mirna", "target": "mirna", "sibling": "of"}
_OF_EXACT = frozenset({"target", "sibling"})  # there only for miRNAs a strategy acts on exactly


def refuse_entangled(knowledge: Knowledge) -> None:
    """Refuse rules by which one strategy's tables would depend on the other strategies of a sample.

    Raises
    ------
    KnowledgeError
        With every such rule.
    """

    def check() -> tuple[Problem, ...]:
        return tuple(
            problem
            for name, rules in knowledge.rules.items()
            for rule in rules
            if rule.stratum == 2 and rule.when[0].type == "strategy" and settles(rule)
            for problem in _entangled(f"{name}, rule {rule.id}", rule)
        )

    problems: tuple[Problem, ...] = knowledge.remember("entangled rules", check)
    if problems:
        raise KnowledgeError(problems)


def _entangled(where: str, rule: Rule) -> Iterable[Problem]:
    conditions = {condition.alias: condition for condition in rule.when}
    if any(c.type == "relation" for c in rule.when) or sum(c.type == "strategy" for c in rule.when) > 1:
        yield Problem(where, "another strategy of the sample", "a pair alone as conclusion, or this strategy alone")
    for condition in rule.when:
        through = _joined(condition, _OWN.get(condition.type, ""), conditions)
        if condition.type in _OWN and through is None:
            expected = f"{_OWN[condition.type]} joined to the miRNA of a condition of type acts_on"
            yield Problem(where, f"a condition of type {condition.type} on any miRNA of the sample", expected)
        elif condition.type in _OF_EXACT and through is not None and not _is_exact(through):
            expected = 'exact = "yes" in the condition of type acts_on it is joined to'
            yield Problem(where, f"a {condition.type} of a miRNA that is only touched", expected)


def _joined(condition: Condition, name: str, conditions: Mapping[str, Condition]) -> Condition | None:
    """Return the condition on what a strategy acts on to which a field is joined."""
    test = condition.tests.get(name)
    if not isinstance(test, str) or not test.startswith(JOIN):
        return None
    alias, _, other = test[1:].partition(".")
    found = conditions[alias]
    return found if found.type == "acts_on" and other == "mirna" else None


def _is_exact(condition: Condition) -> bool:
    relations = condition.tests.get("relation")
    named = {relations} if isinstance(relations, str) else set(relations or ())
    return condition.tests.get("exact") == "yes" or bool(named and named <= EXACT)
