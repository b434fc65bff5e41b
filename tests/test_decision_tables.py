"""Tables compiled from the rules say what the matcher says; rules of which no table can be made are refused by name."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from cohorts import differences, matrix, profile
from packing import CLAIM, SOURCE, refusal, rule, write_pack

from recommender import KnowledgeError, load_knowledge, recommend, recommend_cohort, tabling
from recommender.checks import check
from recommender.cli import run
from recommender.cohort.scoring import decision_tables as tables
from recommender.cohort.scoring.decision_tables import look_up
from recommender.inference import matches
from recommender.settings import BOUNDS
from recommender.tabling import refuse_entangled
from recommender.vocabulary import FACTS

STATED = {"scale": "log2_fold_change", "cancer": "LIHC", "reference_kind": "normal_cohort", "reference_samples": 50}
AS_PROFILE = {"reference": {"kind": "normal_cohort", "samples": 50}}


WORDS = {"strategy": "of_example", "mirna": "its_mirna", "action": "inhibit"}  # what a join is to, in examples
FIRST = {"strategy": {"strategy": "of_example", "action": "inhibit"}, "acts_on": {"mirna": "its_mirna"}}


def conditions(**when: dict[str, str]) -> tuple[str, str]:
    """Return conditions by their alias, as a rule has them, and facts that meet them, as an example has them."""
    written, facts = [], []
    for alias, tests in when.items():
        written.append({"as": alias, **tests})
        joined = {k: WORDS[v.partition(".")[2]] if v.startswith("$") else v for k, v in tests.items()}
        facts.append({**FIRST.get(tests["type"], {}), **joined})
    return tuple(", ".join(map(_inline, tables_)) for tables_ in (written, facts))


def _inline(table: dict[str, str]) -> str:
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in table.items()) + " }"


def random_facts(seed: int, number: int) -> list[dict[str, str]]:
    """Return facts of a candidate, every field a random word of its set; open fields a name there is, or none."""
    pick = random.Random(seed)
    known = load_knowledge()
    names = {
        "mirna": [*sorted(known.resolver.mirnas), *known.resolver.families, "nobody-knows-it"],
        "cancer": [*sorted(known.vocabulary.rows), "nobody_has_it"],
    }
    fields = FACTS["candidate"].items()
    return [
        {"type": "candidate", **{field: pick.choice(words or names[field]) for field, words in fields}}
        for _ in range(number)
    ]


def by_matcher(facts, knowledge):
    found = {id(fact): set() for fact in facts}
    for matched_rule, matched, _ in matches(1, facts, knowledge, {"candidate"}):
        found[id(matched[matched_rule.when[0].alias])].add(matched_rule.id)
    return [found[id(fact)] for fact in facts]


@pytest.mark.parametrize("seed", range(3))
def test_the_tables_say_of_any_fact_what_the_matcher_says(seed):
    knowledge = load_knowledge()
    facts = random_facts(seed, 3_000)
    by_table = [[found.id for found in look_up(fact, knowledge)] for fact in facts]
    assert [set(ids) for ids in by_table] == by_matcher(facts, knowledge)
    assert all(len(ids) == len(set(ids)) for ids in by_table)
    assert sum(map(bool, by_table)) > 300


def test_the_tables_follow_a_pack_that_names_single_mirnas_and_tumors(tmp_path):
    words = '{ as = "candidate", type = "candidate", mirna = ["hsa-miR-21-5p", "hsa-miR-221-3p"], call = "up" }'
    one = '{ type = "candidate", mirna = "hsa-miR-21-5p", call = "up" }'
    tumor = '{ as = "candidate", type = "candidate", cancer = "melanoma", metastatic = ["yes", "unknown"] }'
    text = rule("lab.named", when=words, fires=one) + rule(
        "lab.tumor",
        when=tumor,
        then='{ gate = "caution" }',
        fires='{ type = "candidate", cancer = "melanoma", metastatic = "yes" }',
        silent='{ type = "candidate", cancer = "melanoma", metastatic = "no" }',
    )
    knowledge = load_knowledge(write_pack(tmp_path / "lab", lab=text))
    facts = random_facts(7, 2_000)
    for fact in facts[::7]:
        fact["mirna"], fact["call"] = "hsa-miR-21-5p", "up"
    for fact in facts[::5]:
        fact["cancer"] = "melanoma"
    by_table = [{found.id for found in look_up(fact, knowledge)} for fact in facts]
    assert by_table == by_matcher(facts, knowledge)
    assert {"lab.named", "lab.tumor"} <= set.union(*by_table)


def refused(found: str, *packs: object) -> str:
    """Return the one problem `recommend_cohort` has with packs that `recommend` follows."""
    knowledge = load_knowledge(*packs)
    with pytest.raises(KnowledgeError) as caught:
        recommend_cohort(pd.DataFrame({"T1": [2.0]}, index=["hsa-miR-21-5p"]), knowledge=knowledge, **STATED)
    (problem,) = caught.value.problems
    assert found in problem.found
    assert str(problem) in map(str, check(knowledge))
    assert recommend(
        profile("T1", pd.Series({"hsa-miR-21-5p": 2.0}), "log2_fold_change", "LIHC"), knowledge=knowledge
    ).strategies
    return str(problem)


def test_a_rule_that_compares_two_fields_is_refused(tmp_path):
    when = '{ as = "candidate", type = "candidate", documented = "$candidate.elsewhere" }'
    fires = '{ type = "candidate", documented = "up", elsewhere = "up" }'
    silent = '{ type = "candidate", documented = "up", elsewhere = "down" }'
    pack = write_pack(tmp_path / "lab", lab=rule("lab.joined", when=when, fires=fires, silent=silent))
    told = "lab.toml, rule lab.joined: found documented = $candidate.elsewhere; expected words, not another fact's"
    assert told in refusal(pack)


def test_a_rule_with_too_many_combinations_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tabling, "MAX_ROWS", 100)
    with pytest.raises(KnowledgeError) as caught:
        tables.decision_tables(load_knowledge(write_pack(tmp_path / "lab", lab=rule("lab.any"))))
    told = [str(problem) for problem in caught.value.problems]
    assert told
    assert all(line.startswith("rule ") and "combinations of the words of" in line for line in told)
    assert all("expected at most 100; let the rule read fewer fields" in line for line in told)


def test_a_rule_that_asks_for_very_many_words_is_refused_with_its_name(tmp_path):
    fields = {name: words for name, words in FACTS["candidate"].items() if len(words) > 3}
    text = ""
    for i in range(2):
        tests = {"type": "candidate", **{name: words[i] for name, words in fields.items()}}
        when, fires = conditions(candidate=tests)
        text += rule(f"lab.r{i}", when=when, fires=fires, silent='{ type = "candidate", call = "not_measured" }')
    (told,) = refusal(write_pack(tmp_path / "lab", lab=text))
    assert told.startswith("rule lab.r0, rule lab.r1: found 531,441 combinations of the words of call, cell_mix, ")
    assert told.endswith("; expected at most 5,000; let the rule read fewer fields, or ask for fewer words")


STRATEGY = {"type": "strategy", "action": "inhibit"}
OF_IT = {"type": "acts_on", "strategy": "$own.strategy"}
EXACTLY = {**OF_IT, "exact": "yes"}
THEN = {
    "gate": '{ gate = "caution" }',
    "flag": '{ flag = { id = "lab_flag", severity = "caution", message = "{strategy}: look twice." } }',
}
SILENT = '{ type = "strategy", action = "restore" }'
ENTANGLED = {
    "another strategy of the sample": conditions(own=STRATEGY, other={"type": "strategy", "kind": "exploratory"}),
    "a condition of type target on any miRNA of the sample": conditions(
        own=STRATEGY, target={"type": "target", "moves": "down"}
    ),
    "a sibling of a miRNA that is only touched": conditions(
        own=STRATEGY,
        on={**OF_IT, "relation": "relative"},
        like={"type": "sibling", "of": "$on.mirna", "state": "retained"},
    ),
}


@pytest.mark.parametrize("found", ENTANGLED)
def test_a_rule_by_which_strategies_would_depend_on_each_other_is_refused(tmp_path, found):
    when, fires = ENTANGLED[found]
    text = rule("lab.entangled", when=when, then=THEN["gate"], fires=fires, silent=SILENT, stratum=2)
    pack = write_pack(tmp_path / "lab", lab=text)
    assert refused(found, pack).startswith("lab.toml, rule lab.entangled: found ")
    with pytest.raises(KnowledgeError):
        refuse_entangled(load_knowledge(pack))


def test_knowledge_check_tells_such_rules_and_ends_with_status_1(tmp_path, capsys):
    found, (when, fires) = next(iter(ENTANGLED.items()))
    text = rule("lab.entangled", when=when, then=THEN["gate"], fires=fires, silent=SILENT, stratum=2)
    assert run(["knowledge", "check", "--knowledge", str(write_pack(tmp_path / "lab", lab=text))]) == 1
    printed = capsys.readouterr()
    assert f"lab.toml, rule lab.entangled: found {found}" in printed.out + printed.err


def test_knowledge_without_such_rules_passes():
    assert check(load_knowledge()) == []


# what a rule of the second stratum may hang on
SECOND = {
    "the strategy alone": conditions(own=STRATEGY),
    "a called member": conditions(own=STRATEGY, on={**OF_IT, "relation": "called_member"}),
    "a relative": conditions(own=STRATEGY, on={**OF_IT, "relation": "relative"}),
    "a member and a relative": conditions(own=STRATEGY, on=EXACTLY, beside={**OF_IT, "relation": "relative"}),
    "a retained sibling": conditions(
        own=STRATEGY, on=EXACTLY, like={"type": "sibling", "of": "$on.mirna", "state": "retained"}
    ),
    "a sibling": conditions(own=STRATEGY, on=EXACTLY, like={"type": "sibling", "of": "$on.mirna", "seed": "seed_2_8"}),
    "a target": conditions(
        own=STRATEGY, on=EXACTLY, target={"type": "target", "mirna": "$on.mirna", "moves": "not_measured"}
    ),
    "an agent": conditions(
        own=STRATEGY, on=OF_IT, agent={"type": "agent", "mirna": "$on.mirna", "action": "$own.action"}
    ),
    "a patient": conditions(own=STRATEGY, patient={"type": "patient", "cardiac_disease": "unknown"}),
}


@pytest.mark.parametrize("conclusion", THEN)
@pytest.mark.parametrize("name", SECOND)
def test_a_pack_that_adds_a_rule_on_strategies_is_followed_by_cohorts_as_by_recommend(tmp_path, name, conclusion):
    when, fires = SECOND[name]
    text = rule("lab.second", when=when, then=THEN[conclusion], fires=fires, silent=SILENT, stratum=2)
    toml = {"lab": text} | ({"ranking": "[context]\nlab_flag = 7\n"} if conclusion == "flag" else {})
    pack = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]}, **toml)
    knowledge = load_knowledge(pack)
    ratios = matrix(3, 12)
    found = recommend_cohort(ratios, knowledge=knowledge, **STATED)
    profiles = {n: profile(n, ratios[n], "log2_fold_change", "LIHC", **AS_PROFILE) for n in ratios}
    assert differences(found, profiles, knowledge=knowledge) == []
    if conclusion == "flag":
        shown = pd.concat([found.strategies["flags"], found.exploratory["flags"]])
        assert any("lab_flag" in flags for flags in shown)


def test_the_example_pack_is_followed_by_cohorts_as_by_recommend():
    knowledge = load_knowledge("docs/packs/example")
    ratios = matrix(4, 20, "hairpin")
    found = recommend_cohort(ratios, knowledge=knowledge, **STATED)
    profiles = {n: profile(n, ratios[n], "log2_fold_change", "LIHC", **AS_PROFILE) for n in ratios}
    assert differences(found, profiles, knowledge=knowledge) == []
    assert any("confirm_first" in flags for flags in found.strategies["flags"])


def random_settings(seed: int, *left_alone: str) -> dict[str, dict[str, float]]:
    """Return overrides of about half of all numbers, within their bounds."""
    pick = random.Random(seed)
    overrides: dict[str, dict[str, float]] = {}
    for table, values in load_knowledge().settings.items():
        if table.startswith("input_") or table in left_alone:
            continue
        for key, old in values.items():
            if isinstance(old, str) or pick.random() < 0.5:
                continue
            low, high = BOUNDS.get(f"{table}.{key}", (0.0, 1e9))
            new = pick.choice([0, 1, 2, 3]) if pick.random() < 0.2 else old * pick.choice([0.5, 0.8, 1.25, 2, 3])
            new = min(max(new, low), high)
            overrides.setdefault(table, {})[key] = int(new) if isinstance(old, int) else float(new)
    return overrides


@pytest.mark.parametrize("seed", range(8))
def test_other_weights_and_thresholds_change_cohorts_and_recommend_alike(seed):
    scale = ("log2_fold_change", "z_score")[seed % 2]
    overrides = random_settings(seed, "scaling")
    ratios = matrix(seed + 100, 15, ("mature", "mixed", "hairpin")[seed % 3])
    stated = {**STATED, "scale": scale, "cancer": ("LIHC", "LUAD", "CLL")[seed % 3]}
    found = recommend_cohort(ratios, settings=overrides, **stated)
    profiles = {n: profile(n, ratios[n], scale, stated["cancer"], **AS_PROFILE) for n in ratios}
    assert differences(found, profiles, settings=overrides) == []


def test_weights_may_be_very_large():
    overrides = {"expression": {"points_per_log2": 1e11}}
    ratios = matrix(1, 3)
    found = recommend_cohort(ratios, settings=overrides, **STATED)
    assert found.strategies.points.max() > 2**33
    profiles = {n: profile(n, ratios[n], "log2_fold_change", "LIHC", **AS_PROFILE) for n in ratios}
    assert differences(found, profiles, settings=overrides) == []


@pytest.mark.parametrize("seed", range(4))
def test_other_settings_of_abundances_change_cohorts_and_recommend_alike(seed):
    pick = np.random.default_rng(seed)
    names = sorted(load_knowledge().resolver.mirnas)[:330]
    typical = pick.lognormal(5, 2, (len(names), 1))
    normals = pd.DataFrame(
        typical * pick.lognormal(0, 0.4, (len(names), 12)), names, [f"N{i}" for i in range(12)]
    ).round()
    tumors = pd.DataFrame(
        typical * pick.lognormal(0, 1.5, (len(names), 12)), names, [f"S{i}" for i in range(12)]
    ).round()
    overrides = random_settings(seed, "scaling")
    known = load_knowledge()
    found = recommend_cohort(tumors, scale="counts", cancer="LIHC", reference=normals, settings=overrides)
    assert found.quarantine.empty
    profiles = {n: profile(n, tumors[n], "counts", "LIHC") for n in tumors}
    assert differences(found, profiles, reference=normals, settings=overrides, knowledge=known) == []
