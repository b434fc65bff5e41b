"""Why a rule stayed silent: the first of its conditions that nothing met, found by the matcher itself.

Every rule is cut after its first, second, … step, a step being a fact of a type or a test of one of its
fields. Each cut is a rule of an extra ruleset, one ruleset a rule: the first cut that matches nothing names
the step that failed, joins included. Beside the cuts stands the rule without each of its steps: where that
matches, the step is all that is missing. Built at the first question, and remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from recommender.knowledge import Knowledge
from recommender.matcher import Fact, Matcher
from recommender.model.rule import JOIN, Condition, Rule
from recommender.rulebook import MAX_TESTS_PER_FACT, VARIANT, compile_rules

_PORTION = "#"  # between a rule and the number of a ruleset of its cuts
_UP_TO, _BUT = "up_to_", "but_"  # what stands before a step's number in the name of a cut


class Step(NamedTuple):
    """One thing a rule asks for.

    Attributes
    ----------
    alias, type : str
        Of the condition it belongs to.
    field : str
        Empty where a fact of the type is all that is asked.
    words : tuple of str
        Any of which will do; a join is one word, ``$alias.field``.
    """

    alias: str
    type: str
    field: str = ""
    words: tuple[str, ...] = ()

    @property
    def joins(self) -> bool:
        """True where the field may or must equal that of an earlier fact."""
        return any(word.startswith(JOIN) for word in self.words)


class Silence(NamedTuple):
    """A rule that did not match, and the first step nothing met.

    Attributes
    ----------
    number : int
        Of the step, from 1.
    expected : tuple of str
        Words of which the field needed one; of a join, the words it had to equal. Sorted as in the rule.
    found : tuple of str
        Words of that field among the facts that met the steps before, sorted; empty where there was no
        fact of the type.
    only_this : bool
        True where this step is all that is missing.
    """

    rule: Rule
    step: Step
    number: int
    expected: tuple[str, ...]
    found: tuple[str, ...]
    only_this: bool


def steps(rule: Rule) -> list[Step]:
    """Return what a rule asks for, one thing at a time, in its own order."""
    found: list[Step] = []
    for condition in rule.when:
        found.append(Step(condition.alias, condition.type))
        for field, test in condition.tests.items():
            words = (test,) if isinstance(test, str) else tuple(test)
            found.append(Step(condition.alias, condition.type, field, words))
    return found


def variants(rule: Rule) -> dict[str, Rule]:
    """Return the rule cut after each step, and without each step that may be left out."""
    found: dict[str, Rule] = {}
    for number, step in enumerate(steps(rule), start=1):
        found[f"{_UP_TO}{number}"] = _with(rule, _cut(rule.when, number))
        if step.field and not step.joins:
            found[f"{_BUT}{number}"] = _with(rule, _without(rule.when, step))
    return found


def _with(rule: Rule, when: list[Condition]) -> Rule:
    return rule.model_copy(update={"when": when})


def _cut(when: Sequence[Condition], number: int) -> list[Condition]:
    kept: list[Condition] = []
    for condition in when:
        if number <= 0:
            break
        tests = dict(list(condition.tests.items())[: number - 1])
        kept.append(condition.model_copy(update={"tests": tests}))
        number -= 1 + len(condition.tests)
    return kept


def _without(when: Sequence[Condition], step: Step) -> list[Condition]:
    return [
        condition
        if condition.alias != step.alias
        else condition.model_copy(update={"tests": {k: v for k, v in condition.tests.items() if k != step.field}})
        for condition in when
    ]


def portions(rule: Rule) -> list[list[Rule]]:
    """Return the cuts of a rule, named by step, in as many rulesets as the engine's limits ask for.

    One fact may meet every cut of a rule at once, and alternatives multiply: most rules need one ruleset.
    """
    found: list[list[Rule]] = [[]]
    room = MAX_TESTS_PER_FACT
    for name, cut in variants(rule).items():
        # a fact may stand for every condition of its type
        most = max(Counter(c.type for c in cut.when).values())
        size = most * len(compile_rules([cut]))
        if size > room and found[-1]:
            found.append([])
            room = MAX_TESTS_PER_FACT
        found[-1].append(cut.model_copy(update={"id": name}))
        room -= size
    return found


def cut_matcher(stratum: int, knowledge: Knowledge) -> Matcher:
    """Return the matcher of the cuts of a stratum's rules, a ruleset a rule, built once."""

    def build() -> Matcher:
        rulesets: dict[str, dict[str, Any]] = {}
        for rule in knowledge.rule_list():
            if rule.stratum == stratum:
                for part, cuts in enumerate(_portions(rule, knowledge)):
                    rulesets[f"{rule.id}{_PORTION}{part}"] = compile_rules(cuts)
        return Matcher(rulesets)

    found: Matcher = knowledge.remember(("cuts", stratum), build)
    return found


def silences(rules: Iterable[Rule], facts: Sequence[Fact], knowledge: Knowledge, strategy: str = "") -> list[Silence]:
    """Return why each of some rules that do not match these facts does not, in the rules' order.

    Parameters
    ----------
    rules : iterable of Rule
        Of this knowledge; one that matches gives nothing.
    facts : sequence of Fact
        Few: of a cut that ends before a join, every combination is a match.
    strategy : str, optional
        Of matches only those that begin with this strategy count: others may stand among the facts.
    """
    found = (_silence(rule, facts, knowledge, strategy) for rule in rules)
    return [silence for silence in found if silence is not None]


def _silence(rule: Rule, facts: Sequence[Fact], knowledge: Knowledge, strategy: str) -> Silence | None:
    types = {condition.type for condition in rule.when}
    wanted = [fact for fact in facts if fact["type"] in types]
    met: dict[str, list[Mapping[str, Fact]]] = {}
    matcher = cut_matcher(rule.stratum, knowledge)
    for part in range(len(_portions(rule, knowledge))):
        for name, bound in matcher.match(f"{rule.id}{_PORTION}{part}", wanted):
            matched = {alias: wanted[index] for alias, index in bound}
            if not strategy or matched[rule.when[0].alias].get("strategy") == strategy:
                met.setdefault(name.split(VARIANT)[0], []).append(matched)
    for number, step in enumerate(steps(rule), start=1):
        if f"{_UP_TO}{number}" not in met:
            before = met.get(f"{_UP_TO}{number - 1}", [])
            expected = tuple(word for test in step.words for word in _words(test, before))
            found = {matched[step.alias].get(step.field, "") for matched in before} if step.field else set()
            return Silence(rule, step, number, expected, tuple(sorted(found)), f"{_BUT}{number}" in met)
    return None


def _portions(rule: Rule, knowledge: Knowledge) -> list[list[Rule]]:
    found: list[list[Rule]] = knowledge.remember(("cut portions", rule.id), lambda: portions(rule))
    return found


def _words(test: str, before: Iterable[Mapping[str, Fact]]) -> list[str]:
    """Return a word, or of a join the words it stands for in what was matched before."""
    if not test.startswith(JOIN):
        return [test]
    alias, _, field = test[len(JOIN) :].partition(".")
    return sorted({matched[alias].get(field, "") for matched in before})
