"""Why a rule stayed silent: the first condition that fails, against a plain reading of the rule."""

from __future__ import annotations

import random

import pytest

from recommender.cuts import Silence, Step, silences, steps, variants
from recommender.knowledge import load_knowledge
from recommender.model.rule import Rule
from recommender.rulebook import MAX_EXPANSION, _lint_limits, compile_rules
from recommender.vocabulary import STRATUM_TYPES
from tests.test_matcher import made_up

KNOWN = load_knowledge()
RULES = {rule.id: rule for rule in KNOWN.rule_list()}
Fact = dict[str, str]


def silence(rule: str, facts: list[Fact]) -> Silence | None:
    found = silences([RULES[rule]], facts, KNOWN)
    return found[0] if found else None


# ---------------------------------------------------------------- steps


def test_a_step_is_a_fact_of_a_type_or_a_test_of_one_field_in_the_rules_order():
    assert steps(RULES["precedent.tier_4"]) == [
        Step("strategy", "strategy"),
        Step("target", "acts_on"),
        Step("target", "acts_on", "strategy", ("$strategy.strategy",)),
        Step("target", "acts_on", "relation", ("self", "called_member", "family")),
        Step("work", "preclinical"),
        Step("work", "preclinical", "mirna", ("$target.mirna",)),
        Step("work", "preclinical", "action", ("$strategy.action",)),
    ]


def test_the_last_cut_is_the_rule_itself():
    for rule in RULES.values():
        assert variants(rule)[f"up_to_{len(steps(rule))}"].when == rule.when


# ---------------------------------------------------------------- what is told

CANDIDATE = {"type": "candidate", "call": "unchanged", "level": "documented_here", "documented": "up"}
CANDIDATE |= {"against": "normal", "folded": "no"}
STRATEGY = {"type": "strategy", "strategy": "inhibit:m", "action": "inhibit", "carrier": "open"}
ACTS_ON = {"type": "acts_on", "strategy": "inhibit:m", "mirna": "m", "relation": "self", "exact": "yes", "gates": "yes"}


def test_the_first_field_that_fails_is_named_with_what_was_found_and_needed():
    found = silence("strategy.inhibit_documented_up", [CANDIDATE])
    assert found is not None
    assert (found.step.alias, found.step.field, found.number) == ("candidate", "call", 2)
    assert (found.found, found.expected, found.only_this) == (("unchanged",), ("up",), True)


def test_a_second_condition_that_fails_leaves_the_first_one_named_and_not_alone():
    found = silence("strategy.inhibit_documented_up", [{**CANDIDATE, "documented": "down"}])
    assert found is not None
    assert (found.step.field, found.only_this) == ("call", False)


def test_a_rule_that_matches_is_not_silent():
    assert silence("strategy.inhibit_documented_up", [{**CANDIDATE, "call": "up"}]) is None


def test_a_missing_fact_is_told_by_its_type():
    found = silence("precedent.tier_4", [STRATEGY, ACTS_ON])
    assert found is not None
    assert (found.step, found.number) == (Step("work", "preclinical"), 5)
    assert (found.found, found.expected, found.only_this) == ((), (), False)


def test_a_join_that_fails_tells_the_word_it_had_to_equal():
    work = {"type": "preclinical", "preclinical": "w", "mirna": "m", "action": "restore"}
    found = silence("precedent.tier_4", [STRATEGY, ACTS_ON, work])
    assert found is not None
    assert (found.step.field, found.number) == ("action", 7)
    assert (found.found, found.expected) == (("restore",), ("inhibit",))


def test_found_words_are_those_of_facts_that_met_all_before():
    given = [
        ("m", "inhibit", "stopped_for_safety"),
        ("m", "inhibit", "none_established"),
        ("m", "restore", "dose_limiting_toxicity"),
        ("x", "inhibit", "dose_limiting_toxicity"),
    ]
    agents = [
        {"type": "agent", "agent": f"a{n}", "mirna": mirna, "action": action, "oncology": "yes", "safety_level": level}
        for n, (mirna, action, level) in enumerate(given)
    ]
    found = silence("precedent.dose_limiting_toxicity", [STRATEGY, {**ACTS_ON, "gates": "yes"}, *agents])
    assert found is not None
    assert (found.step.field, found.expected) == ("safety_level", ("dose_limiting_toxicity",))
    assert found.found == ("none_established", "stopped_for_safety")


# ---------------------------------------------------------------- against a plain reading


def bindings(rule: Rule, facts: list[Fact], upto: int, without: int = 0) -> list[dict[str, Fact]]:
    """Return every way to meet the first so many steps of a rule, one of them perhaps left out."""
    found: list[dict[str, Fact]] = [{}]
    for number, step in enumerate(steps(rule)[:upto], start=1):
        if not step.field:
            found = [  # the engine binds a fact to one alias of a rule
                {**b, step.alias: fact}
                for b in found
                for fact in facts
                if fact["type"] == step.type and not any(fact is other for other in b.values())
            ]
        elif number != without:
            found = [b for b in found if b[step.alias].get(step.field) in words(step, b)]
    return found


def words(step: Step, bound: dict[str, Fact]) -> set[str | None]:
    pairs = (word[1:].split(".") for word in step.words if word.startswith("$"))
    return {word for word in step.words if not word.startswith("$")} | {bound[a].get(f) for a, f in pairs}


def read_plainly(rule: Rule, facts: list[Fact]) -> tuple | None:
    every = steps(rule)
    for number, step in enumerate(every, start=1):
        if not bindings(rule, facts, number):
            before = bindings(rule, facts, number - 1)
            found = sorted({b[step.alias][step.field] for b in before}) if step.field else []
            expected = {word for b in before for word in words(step, b)} if step.joins else set(step.words)
            alone = bool(step.field) and not step.joins and bool(bindings(rule, facts, len(every), without=number))
            return (rule.id, number, found, sorted(map(str, expected)), alone)
    return None


def as_read(found: Silence) -> tuple:
    return (found.rule.id, found.number, list(found.found), sorted(found.expected), found.only_this)


@pytest.mark.parametrize("stratum", [1, 2])
def test_the_cuts_say_what_a_plain_reading_of_the_rules_says(stratum):
    rng = random.Random(stratum)
    rules = [rule for rule in RULES.values() if rule.stratum == stratum]
    types = sorted(STRATUM_TYPES[stratum])
    numbers: set[tuple[str, int]] = set()
    for _ in range(25):
        facts = [made_up(rng, type_) for type_ in (*types, *rng.choices(types, k=4))]
        found = [as_read(silence) for silence in silences(rules, facts, KNOWN)]
        assert found == [read for rule in rules if (read := read_plainly(rule, facts))]
        numbers |= {(id_, number) for id_, number, *_ in found}
    assert len(numbers) > 2 * len(rules)  # they failed at different steps


# ---------------------------------------------------------------- what the matcher bears


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_cuts_of_every_shipped_rule_keep_the_matchers_limits(rule):
    cuts = variants(rule)
    assert list(_lint_limits([(name, cut) for name, cut in cuts.items()])) == []
    assert max(len(compile_rules([cut])) for cut in cuts.values()) <= MAX_EXPANSION
