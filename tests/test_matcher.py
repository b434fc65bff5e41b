"""The matcher: right matches, whatever the order, in one thread, for any number of sessions."""

from __future__ import annotations

import ast
import copy
import itertools
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recommender
from recommender.errors import EngineError
from recommender.inference import matches as matches_of
from recommender.knowledge import load_knowledge
from recommender.matcher import Matcher
from recommender.model.rule import Condition
from recommender.vocabulary import FACTS, STRATUM_TYPES

KNOWN = load_knowledge()
PACKAGE = Path(recommender.__file__).resolve().parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def pattern(alias: str, type_: str, **tests) -> dict:
    return {alias: {"$and": [{"type": type_}, *({field: test} for field, test in tests.items())]}}


RULES = {
    "up": [pattern("candidate", "candidate", call="up")],
    "up_oncomir": [pattern("candidate", "candidate", call="up", role="oncomir")],
    "agent_of_strategy": [
        pattern("strategy", "strategy"),
        pattern("agent", "agent", mirna={"strategy": "mirna"}, action={"strategy": "action"}),
    ],
    "agent_of_target": [
        pattern("strategy", "strategy"),
        pattern("target", "acts_on", strategy={"strategy": "strategy"}),
        pattern("agent", "agent", mirna={"target": "mirna"}),
    ],
    "two_works": [pattern("first", "work", kind="mimic"), pattern("second", "work", kind="inhibitor")],
}


@pytest.fixture
def matcher() -> Matcher:
    return Matcher({"made": copy.deepcopy(RULES)})


def names(matches) -> set[str]:
    return {rule for rule, _ in matches}


# --- what matches -------------------------------------------------------------------------------------------------


def test_a_match_names_the_rule_and_the_index_of_each_fact(matcher):
    facts = [{"type": "candidate", "call": "down"}, {"type": "candidate", "call": "up"}]
    assert matcher.match("made", facts) == [("up", (("candidate", 1),))]


def test_all_words_of_a_condition_must_hold(matcher):
    facts = [
        {"type": "candidate", "call": "up", "role": "none"},
        {"type": "candidate", "call": "up", "role": "oncomir"},
        {"type": "candidate", "call": "down", "role": "oncomir"},
    ]
    assert matcher.match("made", facts) == [
        ("up", (("candidate", 0),)),
        ("up", (("candidate", 1),)),
        ("up_oncomir", (("candidate", 1),)),
    ]


def test_a_word_is_matched_letter_by_letter(matcher):
    facts = [{"type": "candidate", "call": call} for call in ("Up", "UP", " up", "up ", "u", "upp", "")]
    assert matcher.match("made", facts) == []


def test_a_field_that_is_missing_is_no_word(matcher):
    assert matcher.match("made", [{"type": "candidate", "role": "oncomir"}]) == []


def test_a_type_without_rules_matches_nothing_and_disturbs_nothing(matcher):
    facts = [{"type": "weather", "call": "up"}, {"type": "candidate", "call": "up"}]
    assert matcher.match("made", facts) == [("up", (("candidate", 1),))]


def test_no_facts_give_no_matches(matcher):
    assert matcher.match("made", []) == []


def test_a_join_needs_every_joined_field_equal(matcher):
    strategy = {"type": "strategy", "strategy": "s", "mirna": "miR-x", "action": "inhibit"}
    right = {"type": "agent", "mirna": "miR-x", "action": "inhibit"}
    other_action = {**right, "action": "restore"}
    other_mirna = {**right, "mirna": "miR-y"}
    assert matcher.match("made", [strategy, other_action, other_mirna, right]) == [
        ("agent_of_strategy", (("strategy", 0), ("agent", 3))),
    ]


def test_every_pair_that_joins_is_a_match_of_its_own(matcher):
    strategies = [{"type": "strategy", "mirna": mirna, "action": "inhibit"} for mirna in ("miR-x", "miR-y", "miR-x")]
    agents = [{"type": "agent", "mirna": mirna, "action": "inhibit"} for mirna in ("miR-x", "miR-x", "miR-z")]
    matches = matcher.match("made", [*strategies, *agents])
    assert [bound for _, bound in matches] == [
        (("strategy", 0), ("agent", 3)),
        (("strategy", 0), ("agent", 4)),
        (("strategy", 2), ("agent", 3)),
        (("strategy", 2), ("agent", 4)),
    ]


def test_a_chain_of_joins_is_followed(matcher):
    facts = [
        {"type": "strategy", "strategy": "a"},
        {"type": "strategy", "strategy": "b"},
        {"type": "acts_on", "strategy": "a", "mirna": "miR-x"},
        {"type": "acts_on", "strategy": "b", "mirna": "miR-y"},
        {"type": "acts_on", "strategy": "c", "mirna": "miR-z"},
        {"type": "agent", "mirna": "miR-y"},
        {"type": "agent", "mirna": "miR-z"},
    ]
    assert ("agent_of_target", (("strategy", 1), ("target", 3), ("agent", 5))) in matcher.match("made", facts)
    assert [match for match in matcher.match("made", facts) if match[0] == "agent_of_target"] == [
        ("agent_of_target", (("strategy", 1), ("target", 3), ("agent", 5)))
    ]


def test_facts_that_share_no_join_are_combined(matcher):
    facts = [{"type": "work", "kind": kind} for kind in ("mimic", "inhibitor", "inhibitor")]
    assert matcher.match("made", facts) == [
        ("two_works", (("first", 0), ("second", 1))),
        ("two_works", (("first", 0), ("second", 2))),
    ]


def test_equal_facts_match_each_for_itself(matcher):
    facts = [{"type": "candidate", "call": "up"}] * 3
    assert [bound for _, bound in matcher.match("made", facts)] == [
        (("candidate", 0),),
        (("candidate", 1),),
        (("candidate", 2),),
    ]


@pytest.mark.parametrize("word", ["5", "007", "1e5", "true", "null", "naïve", 'said "so"', "back\\slash", "a" * 3000])
def test_a_word_joins_itself_and_no_other(matcher, word):
    strategy = {"type": "strategy", "mirna": word, "action": "inhibit"}
    agents = [{"type": "agent", "mirna": mirna, "action": "inhibit"} for mirna in (word, f"{word}.0", f"0{word}", "")]
    assert matcher.match("made", [strategy, *agents]) == [("agent_of_strategy", (("strategy", 0), ("agent", 1)))]


def test_a_thousand_facts_are_all_seen(matcher):
    facts = [{"type": "candidate", "call": "up" if n % 3 == 0 else "down"} for n in range(1000)]
    matches = matcher.match("made", facts)
    assert sorted(index for _, ((_, index),) in matches) == list(range(0, 1000, 3))


def test_a_fact_keeps_the_position_it_was_given_past_ten(matcher):
    facts = [{"type": "candidate", "call": "down"}] * 11 + [{"type": "candidate", "call": "up"}]
    assert matcher.match("made", facts) == [("up", (("candidate", 11),))]


# --- sessions -----------------------------------------------------------------------------------------------------


def test_a_session_remembers_nothing_of_the_one_before(matcher):
    strategy = {"type": "strategy", "mirna": "miR-x", "action": "inhibit"}
    agent = {"type": "agent", "mirna": "miR-x", "action": "inhibit"}
    assert matcher.match("made", [strategy]) == []
    assert matcher.match("made", [agent]) == []
    assert names(matcher.match("made", [strategy, agent])) == {"agent_of_strategy"}


def test_rulesets_do_not_see_each_others_facts_or_rules():
    both = Matcher({"first": {"up": RULES["up"]}, "second": {"down": [pattern("candidate", "candidate", call="down")]}})
    facts = [{"type": "candidate", "call": "up"}, {"type": "candidate", "call": "down"}]
    assert both.match("first", facts) == [("up", (("candidate", 0),))]
    assert both.match("second", facts) == [("down", (("candidate", 1),))]


def test_two_matchers_live_side_by_side(matcher):
    other = Matcher({"made": {"down": [pattern("candidate", "candidate", call="down")]}})
    facts = [{"type": "candidate", "call": "up"}]
    assert matcher.match("made", facts) == [("up", (("candidate", 0),))]
    assert other.match("made", facts) == []
    assert matcher.match("made", facts) == [("up", (("candidate", 0),))]


def test_a_returned_list_is_not_changed_by_the_next_session(matcher):
    first = matcher.match("made", [{"type": "candidate", "call": "up"}])
    matcher.match("made", [])
    assert first == [("up", (("candidate", 0),))]


def test_the_facts_given_are_not_changed(matcher):
    facts = [{"type": "candidate", "call": "up"}]
    matcher.match("made", facts)
    assert facts == [{"type": "candidate", "call": "up"}]


FACT_POOL = [
    *({"type": "candidate", "call": call, "role": role} for call in ("up", "down") for role in ("oncomir", "none")),
    *({"type": "strategy", "strategy": s, "mirna": m, "action": "inhibit"} for s, m in (("a", "x"), ("b", "y"))),
    *({"type": "acts_on", "strategy": s, "mirna": m} for s, m in (("a", "x"), ("a", "y"), ("b", "x"))),
    *({"type": "agent", "mirna": m, "action": a} for m in ("x", "y") for a in ("inhibit", "restore")),
    *({"type": "work", "kind": kind} for kind in ("mimic", "inhibitor")),
]
SHARED_MATCHER = Matcher({"made": copy.deepcopy(RULES)})


def as_facts(matches, facts) -> list:
    """Return matches with facts in place of their positions."""
    return sorted(
        (rule, tuple((alias, tuple(sorted(facts[index].items()))) for alias, index in bound)) for rule, bound in matches
    )


@settings(deadline=None)
@given(st.permutations(range(len(FACT_POOL))))
def test_the_order_of_the_facts_changes_no_match(order):
    facts = [FACT_POOL[i] for i in order]
    found = as_facts(SHARED_MATCHER.match("made", facts), facts)
    assert found == as_facts(SHARED_MATCHER.match("made", FACT_POOL), FACT_POOL)
    assert len(found) == 2 + 1 + 2 + 6 + 1


def test_matches_come_sorted():
    facts = list(reversed(FACT_POOL))
    matches = SHARED_MATCHER.match("made", facts)
    assert matches == sorted(matches)


# --- the shipped rules against a plain reading of them -------------------------------------------------------------


def holds(condition: Condition, fact: dict[str, str], bound: dict[str, dict[str, str]]) -> bool:
    """Tell whether a fact meets a condition, read word by word."""
    if fact["type"] != condition.type:
        return False
    for field, test in condition.tests.items():
        if isinstance(test, str) and test.startswith("$"):
            alias, other = test[1:].split(".")
            if fact.get(field) != bound[alias].get(other):
                return False
        elif fact.get(field) not in ([test] if isinstance(test, str) else test):
            return False
    return True


def read_plainly(stratum: int, facts: list[dict[str, str]]) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    """Return what the rules of a stratum match, by trying every combination of facts."""
    found = []
    for rule in KNOWN.rule_list():
        if rule.stratum != stratum:
            continue
        of_type = [[i for i, fact in enumerate(facts) if fact["type"] == c.type] for c in rule.when]
        for indices in itertools.product(*of_type):
            if len(set(indices)) < len(indices):
                continue  # the engine binds a fact to one alias of a rule
            bound: dict[str, dict[str, str]] = {}
            for condition, index in zip(rule.when, indices, strict=True):
                if not holds(condition, facts[index], bound):
                    break
                bound[condition.alias] = facts[index]
            else:
                found.append((rule.id, tuple(zip((c.alias for c in rule.when), indices, strict=True))))
    return sorted(found)


OPEN_WORDS = {
    "mirna": ("m1", "m2", "m3"),
    "strategy": ("s1", "s2"),
    "cancer": ("multiple_myeloma", "melanoma"),
    "agent": ("a1", "a2"),
    "preclinical": ("w1", "w2"),
    "target": ("g1", "g2"),
    "sibling": ("m4", "m5"),
    "option": ("naked", "mimic"),
    "option_work": ("o1", "o2"),
    "combination": ("c1", "c2"),
    "partner": ("s1", "s2"),
    "first": ("m1", "m2"),
    "second": ("m1", "m2"),
    "via": ("g1", "g2"),
    "of": ("m1", "m2", "m3"),
}


def made_up(rng: random.Random, type_: str) -> dict[str, str]:
    return {
        "type": type_,
        **{field: rng.choice(words or OPEN_WORDS[field]) for field, words in FACTS[type_].items()},
    }


@pytest.mark.parametrize("stratum", [1, 2])
def test_the_engine_matches_what_a_plain_reading_of_the_rules_matches(stratum):
    rng = random.Random(stratum)
    types = sorted(STRATUM_TYPES[stratum])
    matched: set[str] = set()
    for _ in range(120):
        facts = [made_up(rng, rng.choice(types)) for _ in range(14)]
        place = {id(fact): index for index, fact in enumerate(facts)}
        found = sorted(
            (rule.id, tuple((alias, place[id(fact)]) for alias, fact in bound.items()))
            for rule, bound, _ in matches_of(stratum, facts, KNOWN)
        )
        assert found == read_plainly(stratum, facts)
        matched |= names(found)
    assert len(matched) >= 20  # it was no comparison of nothing with nothing


def test_every_shipped_rule_keeps_its_examples_among_all_the_others():
    for rule in KNOWN.rule_list():
        for example in rule.example:
            fired = {found.id for found, _, _ in matches_of(rule.stratum, example.given, KNOWN)}
            assert (rule.id in fired) == example.fires, example.name


# --- failure ------------------------------------------------------------------------------------------------------

LOST = [{"type": "candidate", "call": 1e-05}, {"type": "candidate", "call": "up"}]


def test_facts_that_the_engine_loses_are_noticed(matcher):
    with pytest.raises(EngineError, match="lost facts"):
        matcher.match("made", LOST)


def test_a_matcher_that_failed_refuses_to_answer_again(matcher):
    with pytest.raises(EngineError):
        matcher.match("made", LOST)
    for _ in range(2):
        with pytest.raises(EngineError, match="an earlier failure"):
            matcher.match("made", [{"type": "candidate", "call": "up"}])


def test_a_new_matcher_answers_after_another_failed(matcher):
    with pytest.raises(EngineError):
        matcher.match("made", LOST)
    again = Matcher({"made": copy.deepcopy(RULES)})
    assert again.match("made", [{"type": "candidate", "call": "up"}]) == [("up", (("candidate", 0),))]


@pytest.mark.parametrize(
    "fact",
    [
        {"type": "fact", **{f"field_{n}": "yes" for n in range(70)}},  # meets more than the engine can follow
        {"call": "up"},  # has no type, so that no rule sees it
    ],
    ids=["too many conditions met", "no type"],
)
def test_an_error_inside_the_engine_is_an_engine_error(fact):
    rules = {f"r{n}": [pattern("fact", "fact", **{f"field_{n}": "yes"})] for n in range(70)}
    strained = Matcher({"made": rules})
    with pytest.raises(EngineError):
        strained.match("made", [fact])
    with pytest.raises(EngineError, match="an earlier failure"):
        strained.match("made", [])


def test_an_action_that_fails_is_noticed(matcher, monkeypatch):
    class Full(list):
        def extend(self, _):
            raise MemoryError

    monkeypatch.setattr(matcher, "_matches", Full())
    with pytest.raises(EngineError):
        matcher.match("made", [{"type": "candidate", "call": "up"}])


def test_an_engine_error_ends_the_command_as_an_internal_one():
    assert EngineError.exit_code == 70


# --- the process --------------------------------------------------------------------------------------------------

SESSIONS = """
import os, resource, sys, threading
from recommender.inference import matcher_of
from recommender.knowledge import load_knowledge
from recommender.vocabulary import FACTS

matcher = matcher_of(load_knowledge())
candidate = {field: words[0] if words else "word" for field, words in FACTS["candidate"].items()}
facts = [{"type": "candidate", **candidate, "mirna": f"m{n}"} for n in range(6)]
joined = [
    {"type": "strategy", "strategy": "s", "action": "restore"},
    {"type": "acts_on", "strategy": "s", "mirna": "m", "relation": "self"},
    {"type": "agent", **{f: w[0] if w else "m" for f, w in FACTS["agent"].items()}, "action": "restore"},
]

def resident():
    try:  # the peak of getrusage would start at that of the process that started this one
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

def sessions(number):
    answers = set()
    for n in range(number):
        # never the same facts twice: what is kept per fact would show
        answers.add(len(matcher.match("1:candidate:context.toml", [{**fact, "cancer": f"c{n}"} for fact in facts])))
        answers.add(len(matcher.match("2:strategy:precedent.toml", joined)))
    return answers

first = sessions(3500)  # what the engine keeps for later sessions is there by then
before = resident()
assert sessions(1500) == first and len(first) == 2
tasks = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
print(resident() - before, threading.active_count(), tasks)
"""


@pytest.fixture(scope="module")
def process() -> tuple[int, int, int]:
    """Return growth in bytes over 3,000 sessions, Python threads, and threads of the operating system."""
    result = subprocess.run([sys.executable, "-c", SESSIONS], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    growth, threads, tasks = map(int, result.stdout.split())
    return growth, threads, tasks


def test_three_thousand_sessions_in_one_process_do_not_grow_its_memory(process):
    growth, _, _ = process
    assert growth < 2**20


def test_the_engine_starts_no_thread(process):
    _, threads, tasks = process
    assert (threads, tasks) == (1, 1)


# --- the sources --------------------------------------------------------------------------------------------------


def modules_imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "import_module",
            "__import__",
        ):
            found |= {arg.value.split(".")[0] for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def test_only_the_matcher_imports_durable():
    assert [path.relative_to(PACKAGE).as_posix() for path in SOURCES if "durable" in modules_imported(path)] == [
        "matcher.py"
    ]


def text_of(path: Path) -> list[str]:
    """Return every string of a module that is no docstring, and every name it defines or uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
    words = [getattr(node, "id", getattr(node, "name", getattr(node, "attr", None))) for node in ast.walk(tree)]
    return [*strings, *(word for word in words if isinstance(word, str))]


MIRNA = re.compile(r"(?:mi-?r|let|mirlet)[-_]?\d|MI(?:MAT)?\d{7}", re.IGNORECASE)


def test_the_search_for_names_finds_names():
    found = [text for text in ("hsa-miR-21-5p", "let-7a", "MIR17HG", "MIMAT0000076", "MI0000077") if MIRNA.search(text)]
    assert len(found) == 5
    assert [text for text in (r"^(mir|let)(?=\d)", "mirna", "outlet", "mirnas.tsv") if MIRNA.search(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_mirna_is_named_in_python(path):
    assert [text for text in text_of(path) if MIRNA.search(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_tumor_agent_trial_source_or_rule_is_named_in_python(path):
    keys = {
        *(row.cancer for row in KNOWN.cancers),
        *(row.name for row in KNOWN.cancers),
        *(row.agent for row in KNOWN.agents),
        *(row.name for row in KNOWN.agents),
        *(row.trial for row in KNOWN.trials),
        *(row.nct_id for row in KNOWN.trials if row.nct_id),
        *(row.source for row in KNOWN.sources if row.source != "review"),
        *(row.caveat for row in KNOWN.caveats),
        *(rule.id for rule in KNOWN.rule_list()),
    }
    assert sorted(set(text_of(path)) & keys) == []
