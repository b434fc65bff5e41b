"""Rule files: what the load refuses, and how rules become engine rules."""

from __future__ import annotations

import itertools
import shutil
import string
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.errors import KnowledgeError
from recommender.knowledge import data_folder, load_knowledge
from recommender.matcher import Matcher
from recommender.model.rule import Rule
from recommender.rulebook import compile_rules, lint, read_rules, rule_summary
from recommender.vocabulary import FACTS

CAVEATS = frozenset({"iron"})
SOURCES = frozenset({"review"})
ALIASES = ["".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=2)]

UP = {"as": "candidate", "type": "candidate", "call": "up"}
STRATEGY = {"as": "strategy", "type": "strategy"}
TARGET = {"as": "target", "type": "acts_on", "strategy": "$strategy.strategy", "relation": "self"}
AGENT = {"as": "agent", "type": "agent", "mirna": "$target.mirna", "action": "$strategy.action"}


def document(
    when: list[dict[str, Any]] | None = None, then: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return a rule as a file holds it: of stratum 1 and sound, unless said otherwise."""
    return {
        "id": "context.made",
        "stratum": 1,
        "title": "Made for a test",
        "when": [UP] if when is None else when,
        "then": {"gate": "caution"} if then is None else then,
        "source": [{"cite": "review", "where": "somewhere"}],
        "example": [
            {"name": "one that fires", "given": [{"type": "candidate", "call": "up"}], "fires": True},
            {"name": "one that stays silent", "given": [{"type": "candidate", "call": "down"}], "fires": False},
        ],
        **fields,
    }


def rule(when: list[dict[str, Any]] | None = None, then: dict[str, Any] | None = None, **fields: Any) -> Rule:
    return Rule.model_validate(document(when, then, **fields))


def second(when: list[dict[str, Any]], then: dict[str, Any] | None = None, **fields: Any) -> Rule:
    """Return a rule of stratum 2."""
    example = [
        {"name": "one that fires", "given": [{"type": "strategy", "strategy": "s"}], "fires": True},
        {"name": "one that stays silent", "given": [{"type": "preclinical"}], "fires": False},
    ]
    return rule(when, then or {"tier": "T5"}, **{"stratum": 2, "example": example, **fields})


def told(*rules: Rule, file: str = "context.toml") -> list[str]:
    return [str(problem) for problem in lint({file: list(rules)}, CAVEATS, SOURCES)]


def only(*rules: Rule) -> str:
    """Return the one problem of some rules."""
    (problem,) = told(*rules)
    return problem


def test_a_sound_rule_has_no_problem():
    assert told(rule(), second([STRATEGY, TARGET, AGENT], id="context.joined")) == []


def test_the_shipped_rules_have_no_problem():
    known = load_knowledge()
    caveats = frozenset(row.caveat for row in known.caveats)
    assert lint(known.rules, caveats, frozenset(row.source for row in known.sources)) == []


# --- conditions ---------------------------------------------------------------------------------------------------


def test_an_unknown_type_is_refused():
    assert only(rule([{"as": "thing", "type": "candidat"}])) == (
        "context.toml, rule context.made, condition thing: found type candidat; "
        "expected a type of stratum 1: candidate, profile"
    )


def test_a_type_of_the_other_stratum_is_refused():
    assert "found type agent; expected a type of stratum 1" in only(rule([{"as": "thing", "type": "agent"}]))
    assert "found type candidate; expected a type of stratum 2" in told(second([UP]))[0]


def test_an_unknown_field_is_refused():
    problem = only(rule([{**UP, "calls": "up"}]))
    assert problem.startswith("context.toml, rule context.made, condition candidate: found field calls; expected one ")
    assert " call, " in problem


def test_an_unknown_word_is_refused_with_those_that_exist():
    problem = only(rule([{**UP, "role": "oncogene"}]))
    assert problem == (
        "context.toml, rule context.made, condition candidate: found role = oncogene; "
        "expected one of oncomir, suppressor, both, none"
    )


def test_an_unknown_word_among_alternatives_is_refused():
    assert "found call = upp; expected one of " in only(rule([{**UP, "call": ["up", "upp"]}]))


def test_a_word_given_twice_among_alternatives_is_refused():
    assert "expected words that differ" in only(rule([{**UP, "call": ["up", "up"]}]))


@pytest.mark.parametrize("word", ["5", "-5", "+7", "3.14", "007", "-.5"])
def test_text_that_looks_like_a_number_is_refused(word):
    problem = only(rule([{"as": "candidate", "type": "candidate", "mirna": word}]))
    assert f"found mirna = {word}; expected a word: text that looks like a number compares as one" in problem


@pytest.mark.parametrize("join", ["$nobody.mirna", "$agent.mirna", "$strategy.mirna", "$strategy", "$", "$.strategy"])
def test_a_join_needs_an_earlier_alias_and_a_field_it_has(join):
    # $agent stands before the condition of that alias, $strategy has no field mirna
    condition = {"as": "target", "type": "acts_on", "mirna": join}
    agent = {"as": "agent", "type": "agent", "oncology": "yes"}
    assert f"found mirna = {join}; expected $alias.field of an earlier condition" in only(
        second([STRATEGY, condition, agent])
    )


def test_an_alias_used_twice_is_refused():
    assert "condition strategy: found an alias used twice; expected unique aliases" in only(
        second([STRATEGY, {"as": "strategy", "type": "preclinical"}])
    )


@pytest.mark.parametrize("cancer", ["multiple_mieloma", "Melanoma"])
def test_a_tumor_that_does_not_exist_is_refused(tmp_path, cancer):
    rules = Path(shutil.copytree(data_folder("rules"), tmp_path / "rules"))
    path = rules / "context.toml"
    text = path.read_text(encoding="utf-8")
    known = 'disease_state = "newly_diagnosed", cancer = "multiple_myeloma"'
    assert text.count(known) >= 2  # the condition, and the example that fires
    path.write_text(text.replace(known, known.replace("multiple_myeloma", cancer)), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"context\.toml, rule context\.timing_myeloma_loss"):
        load_knowledge(rules=rules)


# --- limits -------------------------------------------------------------------------------------------------------


def many_conditions(number: int) -> Rule:
    return second([{"as": alias, "type": "strategy"} for alias in ALIASES[:number]])


def test_sixteen_conditions_are_borne_and_seventeen_refused():
    assert told(many_conditions(16)) == []
    assert only(many_conditions(17)) == (
        "context.toml, rule context.made: found 17 conditions; expected at most 16"
    )  # fmt: skip


def test_a_rule_of_stratum_1_looks_at_one_fact():
    two = [UP, {"as": "profile", "type": "profile"}]
    assert only(rule(two)) == "context.toml, rule context.made: found 2 conditions; expected one, in stratum 1"


def with_constants(number: int) -> list[Rule]:
    """Return rules that name `number` words of one open field between them, fifty a rule."""
    names = [f"hsa-miR-{n}x" for n in range(number)]
    return [
        rule([{"as": "candidate", "type": "candidate", "mirna": names[i : i + 50]}], id=f"context.made_{i}")
        for i in range(0, number, 50)
    ]


def test_five_hundred_constants_of_one_fact_are_borne_and_501_refused():
    assert told(*with_constants(500)) == []
    assert "found 501 constants; expected at most 500" in only(*with_constants(501))


def copies(number: int, when: list[dict[str, Any]], make: Any = rule) -> list[Rule]:
    return [make(when, id=f"context.made_{i}") for i in range(number)]


def test_sixty_conditions_one_fact_can_meet_are_borne_and_61_refused():
    assert told(*copies(60, [UP])) == []
    assert "found 61 conditions one fact could meet at once; expected at most 60" in only(*copies(61, [UP]))


def test_conditions_that_exclude_each_other_do_not_add_up():
    down = {**UP, "call": "down"}
    ups = [rule([UP], id=f"context.up_{i}") for i in range(60)]
    downs = [rule([down], id=f"context.down_{i}") for i in range(60)]
    assert told(*ups, *downs) == []


def test_alternatives_count_where_one_of_them_is_met():
    either = {**UP, "call": ["up", "down"]}
    ups = [rule([UP], id=f"context.up_{i}") for i in range(31)]
    eithers = [rule([either], id=f"context.either_{i}") for i in range(30)]
    assert "found 61 conditions one fact could meet at once" in only(*ups, *eithers)


def test_conditions_that_are_joined_count_like_any_other():
    # one agent can meet all of them, whatever the strategy's action is
    problems = told(*copies(61, [STRATEGY, TARGET, AGENT], second))
    expected = "agent: found 61 conditions one fact could meet at once; expected at most 60"
    assert [problem for problem in problems if expected in problem] != []


@pytest.mark.parametrize("rules", [with_constants(501), copies(61, [UP])], ids=["constants", "conditions"])
def test_a_limit_that_rules_break_together_is_told_with_a_file_and_a_rule(rules):
    assert "context.toml, rule context.made_" in only(*rules)


def test_what_the_lint_lets_pass_the_engine_bears():
    """Sixty joined conditions on one agent: all match; what is refused would stop the engine."""
    rules = copies(60, [STRATEGY, AGENT | {"mirna": "$strategy.strategy"}], second)
    facts = [
        {"type": "strategy", "strategy": "hsa-miR-x", "action": "inhibit"},
        {"type": "agent", "agent": "a", "mirna": "hsa-miR-x", "action": "inhibit"},
    ]
    matches = Matcher({"all": compile_rules(rules)}).match("all", facts)
    assert {variant for variant, _ in matches} == {f"context.made_{i}~0" for i in range(60)}


def test_the_engine_bears_sixteen_conditions():
    conditions = [{"as": alias, "type": "preclinical", "preclinical": f"work-{alias}"} for alias in ALIASES[:15]]
    (compiled,) = compile_rules([second([STRATEGY, *conditions])]).values()
    facts = [{"type": "preclinical", "preclinical": f"work-{alias}"} for alias in ALIASES[:15]]
    matches = Matcher({"all": {"wide": compiled}}).match("all", [*facts, {"type": "strategy", "strategy": "s"}])
    assert matches == [("wide", (("strategy", 15), *zip(ALIASES[:15], range(15), strict=True)))]


def test_sixty_four_combinations_of_alternatives_are_borne_and_more_refused():
    # 4 directions twice, 4 roles: 64; with 2 calls: 128
    fields = {"documented": ["up", "down", "both", "none"], "elsewhere": ["up", "down", "both", "none"]}
    roles = {"role": ["oncomir", "suppressor", "both", "none"]}
    wide = {"as": "candidate", "type": "candidate", **fields, **roles}
    assert told(rule([wide])) == []
    assert only(rule([{**wide, "call": ["up", "down"]}])) == (
        "context.toml, rule context.made: found 128 combinations of alternatives; expected at most 64"
    )


def test_alternatives_of_several_conditions_multiply():
    relation = {"as": "target", "type": "acts_on", "relation": ["self", "called_member", "family", "relative"]}
    agent = {
        "as": "agent",
        "type": "agent",
        "safety_level": ["stopped_for_safety", "dose_limiting_toxicity", "none_established"],
        "best_match": ["responded", "treated", "eligible", "basket", "other"],
    }
    action = {**STRATEGY, "action": ["inhibit", "restore"]}
    assert "found 120 combinations of alternatives; expected at most 64" in only(second([action, relation, agent]))


def test_a_fact_of_250_fields_is_refused(monkeypatch):
    monkeypatch.setitem(FACTS, "candidate", {f"field_{n}": () for n in range(248)} | {"call": ("up", "down")})
    assert "candidate: found 249 fields; expected fewer than 250" in only(rule())


# --- conclusions --------------------------------------------------------------------------------------------------


ANY_AGENT = {"as": "agent", "type": "agent", "action": "$strategy.action"}


@pytest.mark.parametrize("then", [{"tier": "T2"}, {"precedent": True}, {"caveat": "iron"}])
def test_tier_precedent_and_caveat_are_for_stratum_2(then):
    assert "found tier, precedent or caveat; expected those in stratum 2 alone" in told(rule(then=then))[0]
    assert told(second([STRATEGY, ANY_AGENT], then)) == []


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        ({"precedent": True}, "agent"),
        ({"biomarker": True}, "target"),
        ({"option": "this_class"}, "option"),
        ({"combination": True}, "combination"),
    ],
)
def test_a_conclusion_on_a_record_needs_a_condition_that_matched_one(then, kind):
    (part,) = then
    assert f"found {part} without {kind}; expected a condition of type {kind}" in only(second([STRATEGY], then))


def test_a_pair_needs_the_other_strategy_under_the_alias_partner():
    then = {"pair": {"id": "pair_made", "message": "so it is"}}
    other = {**STRATEGY, "as": "another"}
    assert "pair without a partner" in only(second([STRATEGY, other], then))
    assert told(second([STRATEGY, {**STRATEGY, "as": "partner"}], then)) == []


def test_a_rule_of_stratum_2_starts_with_a_strategy_or_an_action():
    assert "expected strategy or action" in only(second([{"as": "agent", "type": "agent"}]))


ACTION = {"as": "action", "type": "action"}


def test_what_holds_of_a_class_of_action_reads_and_concludes_nothing_of_one_strategy():
    touched = {"as": "touched", "type": "acts_on"}
    assert "found tier of a whole class of action" in only(second([ACTION], {"tier": "T2"}))
    assert "found a condition of type acts_on" in only(second([ACTION, touched], {"caveat": "iron"}))
    assert told(second([ACTION], {"caveat": "iron"})) == []


@pytest.mark.parametrize(
    "then",
    [
        {"strategy": "inhibit"},
        {"exploratory": "inhibit"},
        {"withhold": "context_dependent", "action": "inhibit"},
        {"note": {"id": "remark", "message": "so it is"}},
    ],
)
def test_strategy_exploratory_withhold_and_note_are_for_stratum_1(then):
    expected = "found strategy, exploratory, withhold or note; expected those in stratum 1 alone"
    assert expected in only(second([STRATEGY], then))
    assert told(rule(then=then)) == []


def test_an_unknown_caveat_is_refused():
    assert "found caveat gold; expected an id of caveats.tsv" in only(second([STRATEGY], {"caveat": "gold"}))


def test_an_unknown_source_is_refused():
    sources = [{"cite": "review"}, {"cite": "hearsay"}]
    assert only(rule(source=sources)) == (
        "context.toml, rule context.made: found source hearsay; expected an id of sources.tsv"
    )


def flag(message: str) -> dict[str, Any]:
    return {"flag": {"id": "remark", "severity": "info", "message": message}}


def test_a_message_may_name_the_fields_of_the_matched_facts():
    assert told(rule(then=flag("{mirna} is {call} in {cancer}."))) == []
    assert told(second([STRATEGY, TARGET, AGENT], flag("{agent_name} on {mirnas}: {safety}"))) == []
    assert told(rule(then={"note": {"id": "remark", "message": "These: {mirnas}."}})) == []


def test_doubled_braces_are_braces():
    assert told(rule(then=flag("{{mirna}} as such"))) == []


@pytest.mark.parametrize(
    "then",
    [flag("{mirnaa} is up."), flag("{} is up."), flag("{0} is up."), flag("{mirna.name} is up."), flag("{mirna[0]}")],
)
def test_an_unknown_placeholder_is_refused(then):
    problem = only(rule(then=then))
    assert problem.startswith("context.toml, rule context.made: found {")
    assert "in a message; expected one of" in problem


@pytest.mark.parametrize(
    ("made", "placeholder"),
    [
        # a note is about all the miRNAs it fired on, and is given their names alone
        (rule(then={"note": {"id": "remark", "message": "{mirna} is up."}}), "{mirna}"),
        (rule(then={"note": {"id": "remark", "message": "Trials: {nct_ids}."}}), "{nct_ids}"),
        # a flag of stratum 1 is about one candidate
        (rule(then=flag("{mirnas} are up.")), "{mirnas}"),
        (rule(then=flag("Up in {cancer_name}.")), "{cancer_name}"),
        # there is no agent in stratum 1, nor in a rule of stratum 2 that matches none
        (rule(then=flag("{agent_name} was stopped.")), "{agent_name}"),
        (second([STRATEGY], flag("{agent_name} was stopped.")), "{agent_name}"),
        # what the documents say is told in stratum 1 alone
        (second([STRATEGY, TARGET, AGENT], flag("Documented {here}.")), "{here}"),
    ],
)
def test_a_placeholder_that_nothing_fills_in_such_a_rule_is_refused(made, placeholder):
    problem = only(made)
    assert "rule context.made" in problem
    assert placeholder in problem


@pytest.mark.parametrize("message", ["a { alone", "a } alone", "{mirna", "{mirna!z}"])
def test_a_message_with_a_brace_too_few_is_refused_with_its_rule(message):
    assert "rule context.made" in only(rule(then=flag(message)))


# --- ids and examples ---------------------------------------------------------------------------------------------


def test_an_id_used_twice_in_one_file_is_refused():
    assert only(rule(), rule()) == (
        "context.toml, rule context.made: found an id used twice; expected unique ids; first in context.toml"
    )


def test_an_id_used_twice_in_two_files_is_refused_with_both():
    problems = [str(p) for p in lint({"context.toml": [rule()], "other.toml": [rule()]}, CAVEATS, SOURCES)]
    assert "other.toml, rule context.made: found an id used twice; expected unique ids; first in context.toml" in (
        problems
    )


def test_an_id_that_does_not_start_with_the_stem_of_its_file_is_refused():
    (problem,) = told(rule(), file="strategy.toml")
    assert problem == (
        "strategy.toml, rule context.made: found 'context.made'; expected an id starting with strategy."
    )  # fmt: skip


def examples(fact: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": "one that fires", "given": [{"type": "candidate", "call": "up"}], "fires": True},
        {"name": "beside it", "given": [fact], "fires": False},
    ]


@pytest.mark.parametrize(
    "fact",
    [
        {"type": "candidate", "calls": "up"},
        {"type": "candidate", "id": "3"},
        {"type": "candidat", "call": "up"},
        {"type": "candidat"},
        {"call": "up"},
        {},
        {"type": "candidate", "call": "upp"},
        {"type": "agent", "oncology": "maybe"},
    ],
)
def test_an_example_of_a_fact_that_cannot_exist_is_refused(fact):
    # it would stay silent for the wrong reason
    assert only(rule(example=examples(fact))).startswith("context.toml, rule context.made, example 'beside it': found ")


def test_an_example_may_be_any_fact_that_can_exist():
    assert told(rule(example=examples({"type": "agent", "oncology": "no"}))) == []


def test_several_problems_of_several_rules_are_told_together():
    problems = told(
        rule([{**UP, "role": "oncogene", "calls": "up"}], {"tier": "T1"}, source=[{"cite": "hearsay"}]),
        rule([{"as": "thing", "type": "thing"}], id="context.next"),
    )
    assert len(problems) == 5
    assert sum("rule context.made" in problem for problem in problems) == 4


# --- the shape of a rule ------------------------------------------------------------------------------------------

SILENT = {"name": "s", "given": [{"type": "candidate", "call": "down"}], "fires": False}
FIRING = {"name": "f", "given": [{"type": "candidate", "call": "up"}], "fires": True}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": "made"}, "pattern"),
        ({"id": "Context.made"}, "pattern"),
        ({"id": "context.made~0"}, "pattern"),
        ({"stratum": 3}, "1 or 2"),
        ({"stratum": "1"}, "1 or 2"),
        ({"title": ""}, "at least 1 character"),
        ({"when": []}, "at least 1 item"),
        ({"when": [{"type": "candidate"}]}, "Field required"),
        ({"when": [{**UP, "as": "m"}]}, "pattern"),
        ({"when": [{**UP, "as": "Candidate"}]}, "pattern"),
        ({"when": [{**UP, "call": []}]}, "at least 1 item"),
        ({"when": [{**UP, "call": ""}]}, "at least 1 character"),
        ({"when": [{**UP, "call": 5}]}, "valid string"),
        ({"when": [{**UP, "call": True}]}, "valid string"),
        ({"when": [{**UP, "call": ["up", 5]}]}, "valid string"),
        ({"then": {}}, "a rule must conclude something"),
        ({"then": {"withhold": "context_dependent"}}, "withhold goes with action"),
        ({"then": {"action": "inhibit"}}, "withhold goes with action"),
        ({"then": {"withhold": "bad_weather", "action": "inhibit"}}, "Input should be"),
        ({"then": {"strategy": "block"}}, "'inhibit' or 'restore'"),
        ({"then": {"gate": "closed"}}, "'clear', 'caution' or 'adverse'"),
        ({"then": {"tier": "T6"}}, "'T1', 'T2', 'T3', 'T4' or 'T5'"),
        ({"then": {"precedent": False}}, "Input should be True"),
        ({"then": {"gate": "caution", "weight": 3}}, "Extra inputs are not permitted"),
        ({"then": {"flag": {"id": "a", "severity": "bad", "message": "b"}}}, "'info', 'caution' or 'serious'"),
        ({"then": {"flag": {"id": "a", "severity": "info", "message": ""}}}, "at least 1 character"),
        ({"source": []}, "at least 1 item"),
        ({"source": [{"where": "somewhere"}]}, "Field required"),
        ({"example": [FIRING]}, "at least 2 items"),
        ({"example": [FIRING, FIRING]}, "one that stays silent"),
        ({"example": [SILENT, SILENT]}, "one that stays silent"),
        ({"example": [FIRING, {**SILENT, "given": []}]}, "at least 1 item"),
        ({"example": [FIRING, {**SILENT, "fires": "no"}]}, "valid boolean"),
        ({"example": [FIRING, {**SILENT, "given": [{"type": "candidate", "call": None}]}]}, "valid string"),
        ({"priority": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_misshapen_rule_is_refused(changed, expected):
    with pytest.raises(ValidationError, match=expected):
        rule(**changed)


# --- files --------------------------------------------------------------------------------------------------------


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "context.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        read_rules(path)
    return [str(problem) for problem in caught.value.problems]


SOUND = """
[[rule]]
id = "context.made"
stratum = 1
title = "Made for a test"
when = [{ as = "candidate", type = "candidate", call = "up", role = ["oncomir", "none"] }]
then = { gate = "caution" }
source = [{ cite = "review", where = "somewhere" }]

  [[rule.example]]
  name = "up"
  given = [{ type = "candidate", call = "up", role = "none" }]
  fires = true

  [[rule.example]]
  name = "down"
  given = [{ type = "candidate", call = "down", role = "none" }]
  fires = false
"""


def test_a_file_of_rules_is_read(tmp_path):
    (found,) = read_rules(write(tmp_path, SOUND))
    assert (found.id, found.stratum, found.title) == ("context.made", 1, "Made for a test")
    (condition,) = found.when
    assert (condition.alias, condition.type) == ("candidate", "candidate")
    assert condition.tests == {"call": "up", "role": ["oncomir", "none"]}
    assert found.then.gate == "caution"
    assert [(citation.cite, citation.where) for citation in found.source] == [("review", "somewhere")]
    assert [(example.name, example.fires) for example in found.example] == [("up", True), ("down", False)]


def test_a_trusted_file_reads_like_a_checked_one(tmp_path):
    path = write(tmp_path, SOUND)
    assert read_rules(path, trusted=True) == read_rules(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[[rule]", "context.toml: found Expected ']]' at the end of an array declaration"),
        (SOUND.replace('id = "context.made"', 'id = "context.made"\nid = "context.other"'), "Cannot overwrite a value"),
        (b'[[rule]]\nid = "caf\xe9"', "can't decode byte 0xe9"),
    ],
)
def test_malformed_toml_is_refused_with_the_file(tmp_path, content, expected):
    (problem,) = refusal(write(tmp_path, content))
    assert problem.startswith("context.toml: found ")
    assert expected in problem
    assert problem.endswith("expected readable TOML")


def test_a_missing_file_is_refused(tmp_path):
    (problem,) = refusal(tmp_path / "context.toml")
    assert problem.startswith("context.toml: found ")


@pytest.mark.parametrize("content", ["", "rule = []", "rule = 5", '[rule]\nid = "context.made"'])
def test_a_file_without_rules_is_refused(tmp_path, content):
    assert refusal(write(tmp_path, content))[0].startswith("context.toml")


def test_a_misshapen_rule_of_a_file_is_refused_with_file_rule_and_place(tmp_path):
    (problem,) = refusal(write(tmp_path, SOUND.replace("stratum = 1", "stratum = 7")))
    assert problem == "context.toml, rule context.made, stratum: found 7; expected Input should be 1 or 2"


def test_the_place_of_a_problem_goes_down_to_the_field(tmp_path):
    (problem,) = refusal(write(tmp_path, SOUND.replace("fires = false", 'fires = "no"')))
    assert problem.startswith("context.toml, rule context.made, example.1.fires: found 'no'")


def test_a_rule_without_an_id_is_refused_with_its_number(tmp_path):
    (problem,) = refusal(write(tmp_path, SOUND + SOUND.replace('id = "context.made"\n', "")))
    assert problem.startswith("context.toml, rule number 2, id: found ")
    assert problem.endswith("expected Field required")


def test_what_is_no_rule_is_refused_with_its_number(tmp_path):
    told_ = refusal(write(tmp_path, "rule = [3]"))
    assert [problem for problem in told_ if problem.startswith("context.toml, rule number 1")] != []


def test_an_unknown_table_of_a_file_is_refused(tmp_path):
    (problem,) = refusal(write(tmp_path, SOUND + "\n[rules]\nx = 1\n"))
    assert problem.startswith("context.toml, rules: found ")


def test_every_problem_of_a_file_is_told(tmp_path):
    broken = SOUND.replace("stratum = 1", "stratum = 7").replace('gate = "caution"', 'gate = "closed"')
    next_one = SOUND.replace("context.made", "context.next").replace('title = "Made for a test"\n', "")
    problems = refusal(write(tmp_path, broken + next_one))
    assert [problem.split(":")[0] for problem in problems] == [
        "context.toml, rule context.made, stratum",
        "context.toml, rule context.made, then.gate",
        "context.toml, rule context.next, title",
    ]


def test_a_load_refuses_a_broken_rule_with_file_and_rule(tmp_path):
    rules = Path(shutil.copytree(data_folder("rules"), tmp_path / "rules"))
    path = rules / "strategy.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('call = "up", level = "documented_here"', 'call = "upp"', 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(rules=rules)
    assert str(caught.value.problems[0]).startswith(
        "strategy.toml, rule strategy.inhibit_documented_up, condition candidate: found call = upp; expected one of up"
    )


# --- engine rules -------------------------------------------------------------------------------------------------


def test_alternatives_are_multiplied_out():
    compiled = compile_rules([rule([{**UP, "call": ["up", "down"], "role": ["oncomir", "none"]}])])
    assert compiled == {
        f"context.made~{number}": [
            {"candidate": {"$and": [{"type": "candidate"}, {"call": call}, {"role": role}]}},
        ]
        for number, (call, role) in enumerate(
            [("up", "oncomir"), ("up", "none"), ("down", "oncomir"), ("down", "none")]
        )
    }


def test_alternatives_of_two_conditions_are_multiplied_with_each_other():
    either = {**STRATEGY, "action": ["inhibit", "restore"]}
    target = {"as": "target", "type": "acts_on", "relation": ["self", "family", "relative"]}
    assert len(compile_rules([second([either, target])])) == 6


def test_a_join_becomes_a_test_against_the_other_fact():
    (compiled,) = compile_rules([second([STRATEGY, TARGET])]).values()
    assert compiled == [
        {"strategy": {"$and": [{"type": "strategy"}]}},
        {"target": {"$and": [{"type": "acts_on"}, {"strategy": {"strategy": "strategy"}}, {"relation": "self"}]}},
    ]


def test_a_fact_meets_at_most_one_variant_of_a_rule():
    made = rule([{**UP, "call": ["up", "down"], "role": ["oncomir", "none"]}])
    matcher = Matcher({"all": compile_rules([made])})
    facts = [
        {"type": "candidate", "call": call, "role": role}
        for call in ("up", "down", "unchanged")
        for role in ("oncomir", "none", "both")
    ]
    matches = matcher.match("all", facts)
    assert sorted(index for _, ((_, index),) in matches) == [0, 1, 3, 4]


def test_a_rule_is_told_in_one_row():
    made = second([STRATEGY, {**TARGET, "relation": ["self", "family"]}], {"tier": "T4"})
    assert rule_summary("context.toml", made) == {
        "rule": "context.made",
        "file": "context.toml",
        "stratum": "2",
        "title": "Made for a test",
        "when": (
            "strategy: strategy() and target: acts_on(strategy=$strategy.strategy, relation=self|family)"
        ),
        "then": "tier=T4",
        "source": ["review: somewhere"],
    }  # fmt: skip
