"""Every rule keeps its own examples, has both kinds, and says where it comes from."""

from __future__ import annotations

import pytest

from recommender.knowledge import RULE_FILES, load_knowledge
from recommender.matcher import Matcher
from recommender.rulebook import compile_rules
from recommender.vocabulary import FACTS

KNOWN = load_knowledge()
RULES = KNOWN.rule_list()
EXAMPLES = [(rule, example) for rule in RULES for example in rule.example]
SOURCES = {row.source for row in KNOWN.sources}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Return a matcher in which each rule is alone in a ruleset of its own."""
    return Matcher({rule.id: compile_rules([rule]) for rule in RULES})


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {e.name}" for rule, e in EXAMPLES])
def test_a_rule_keeps_its_example(matcher, rule, example):
    fired = {variant.split("~")[0] for variant, _ in matcher.match(rule.id, example.given)}
    assert fired == ({rule.id} if example.fires else set())


FIRST = {"strategy.toml", "context.toml"}
SECOND = {
    "precedent.toml", "option.toml", "caveat.toml", "biomarker.toml", "patient.toml", "combination.toml",
    "regulatory.toml",
}  # fmt: skip


def test_each_file_holds_rules_of_one_stratum():
    assert set(KNOWN.rules) == set(RULE_FILES) == FIRST | SECOND
    assert len(RULES) >= 60
    assert {rule.stratum for rule in RULES} == {1, 2}
    assert {rule.stratum for name in FIRST for rule in KNOWN.rules[name]} == {1}
    assert {rule.stratum for name in SECOND for rule in KNOWN.rules[name]} == {2}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_an_example_that_fires_and_one_that_stays_silent(rule):
    assert {example.fires for example in rule.example} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_have_names_of_their_own(rule):
    names = [example.name for example in rule.example]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_are_facts_that_can_exist(rule):
    for example in rule.example:
        for fact in example.given:
            fields = FACTS[fact["type"]]
            wrong = {f: word for f, word in fact.items() if f != "type" and fields[f] and word not in fields[f]}
            assert wrong == {}, example.name


@pytest.mark.parametrize("name", RULE_FILES)
def test_ids_start_with_the_stem_of_their_file(name):
    stem = name.removesuffix(".toml")
    assert KNOWN.rules[name]
    assert [rule.id for rule in KNOWN.rules[name] if not rule.id.startswith(f"{stem}.")] == []


def test_ids_are_unique():
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_sources_of_a_rule_exist_and_the_review_is_cited_with_a_place(rule):
    assert rule.source
    assert {citation.cite for citation in rule.source} <= SOURCES
    assert [citation for citation in rule.source if citation.cite == "review" and not citation.where] == []


def test_every_rule_that_withholds_looks_at_what_is_relative_to_normal_tissue():
    withholding = [rule for rule in RULES if rule.then.withhold]
    assert len(withholding) >= 10
    elsewhere = [rule.id for rule in withholding if rule.when[0].tests.get("against") != "normal"]
    assert elsewhere == ["context.timing_sensitive_disease"]  # the harm is the same whatever the level is against


def test_every_rule_that_proposes_a_strategy_looks_at_what_is_relative_to_normal_tissue():
    proposing = [rule for rule in RULES if rule.then.strategy]
    assert {rule.then.strategy for rule in proposing} == {"inhibit", "restore"}
    assert [rule.id for rule in proposing if rule.when[0].tests.get("against") != "normal"] == []


def test_only_what_names_the_very_mirna_gives_a_tier_above_preclinical_or_a_precedent():
    bound = [rule for rule in RULES if rule.then.precedent or rule.then.tier in ("T1", "T2", "T3")]
    assert len(bound) == 4
    for rule in bound:
        (target,) = [condition for condition in rule.when if condition.type == "acts_on"]
        assert target.tests["exact"] == "yes"


def test_a_program_stopped_for_safety_gates_relatives_too():
    (rule,) = [rule for rule in RULES if rule.id == "precedent.program_stopped_for_safety"]
    (target,) = [condition for condition in rule.when if condition.type == "acts_on"]
    assert target.tests["gates"] == "yes"
    assert "exact" not in target.tests
    assert rule.then.gate == "adverse"


def test_no_rule_outside_oncology_gives_a_tier_or_a_gate():
    judging = [rule for rule in RULES if rule.stratum == 2 and (rule.then.gate or rule.then.tier in ("T1", "T2", "T3"))]
    assert len(judging) == 5
    for rule in judging:
        (agent,) = [condition for condition in rule.when if condition.type == "agent"]
        assert agent.tests["oncology"] == "yes"


def test_these_rules_and_no_other_set_a_gate():
    assert {(rule.id, rule.then.gate) for rule in RULES if rule.then.gate} == {
        ("context.timing_newly_diagnosed", "adverse"),
        ("context.setting_unproven", "caution"),
        ("context.builtin_reference", "caution"),
        ("context.reference_insufficient", "caution"),
        ("precedent.program_stopped_for_safety", "adverse"),
        ("precedent.dose_limiting_toxicity", "caution"),
    }
