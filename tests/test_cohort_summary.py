"""What a cohort adds up to: four tumors counted by hand, then counts against recommendations one by one."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import profile
from hypothesis import given
from hypothesis import strategies as st

from recommender import load_knowledge, recommend, recommend_cohort
from recommender.cohort.answers.counts import add, count, quarantined
from recommender.cohort.answers.summary import finish, summary_tsv
from recommender.cohort.answers.summary_table import neutral
from recommender.dossier import dossiers
from recommender.model.summary import Eligibility, Group, Summary
from recommender.report.summary import summary_blocks
from recommender.report.text import WIDTH, columns, render_text
from recommender.schemas import json_schema

KNOWLEDGE = load_knowledge()
LIVER, LUNG = "hepatocellular_carcinoma", "lung_adenocarcinoma"
M221, M122 = "hsa-miR-221-3p", "hsa-miR-122-5p"
INHIBIT, RESTORE = f"inhibit:{M221}", f"restore:{M122}"
COLUMNS = {
    "strategies": {"sample_id": 0, "rank": 1, "strategy": 2, "gate": 3, "tier": 4, "claim_match": 5},
    "exploratory": {"sample_id": 0, "rank": 1, "strategy": 2, "gate": 3, "tier": 4, "claim_match": 5},
    "withheld": {"sample_id": 0, "strategy": 1, "reasons": 2},
    "calls": {"sample_id": 0, "mirna": 1, "call": 2},
}
TYPES = {"rank": pa.int32(), "reasons": pa.list_(pa.string())}

# three liver tumors, one lung tumor that was compared with other tumors
SAMPLES: dict[str, list[Any]] = {
    "sample_id": ["A", "B", "C", "D"],
    "cancer": [LIVER, LIVER, LIVER, LUNG],
    "metastatic": [None, False, True, None],
    "outcome": ["recommended", "recommended", "all_withheld", "exploratory_only"],
    "comparison": ["normal_cohort", "normal_cohort", "normal_cohort", "other_group"],
    "stage": ["II", "III", None, " II "],
    "subtype": ["=1+1", "", "x", "x"],
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "strategies": [
        ("A", 1, INHIBIT, "clear", "T2", "same_tumor"),
        ("A", 2, RESTORE, "clear", "T5", "same_tumor"),
        ("B", 1, RESTORE, "clear", "T5", "same_tumor"),
        ("B", 2, INHIBIT, "caution", "T2", "trial_indication"),
    ],
    "exploratory": [("D", 1, INHIBIT, "caution", "T2", "same_lineage")],
    "withheld": [
        ("C", INHIBIT, ["timing_contraindicated"]),
        ("C", f"inhibit:{M122}", ["discordant_direction", "opposes_established_role"]),
        ("B", "restore:hsa-miR-145-5p", ["discordant_direction"]),
        ("B", "inhibit:hsa-miR-99a-5p", ["discordant_direction"]),
    ],
    "calls": [
        ("A", M221, "up"),
        ("A", M122, "down"),
        ("A", "hsa-miR-16-5p", "unchanged"),
        ("B", M221, "up"),
        ("B", M122, "down"),
        ("B", "hsa-miR-7-5p", "up"),  # neither documented in the liver nor any agent's
        ("C", M221, "up"),
        ("C", M122, "up"),
        ("D", M221, "up"),
        ("D", "hsa-miR-34a-5p", "low_abundance"),
    ],
}


def table(name: str, rows: list[tuple[Any, ...]], coded: bool = True) -> pa.Table:
    found = {}
    for column, at in COLUMNS[name].items():
        cells = pa.array([row[at] for row in rows], TYPES.get(column, pa.string()))
        found[column] = cells.dictionary_encode() if coded and column not in TYPES else cells
    return pa.table(found)


def tables(rows: dict[str, list[tuple[Any, ...]]] = ROWS, coded: bool = True) -> dict[str, pa.Table]:
    return {name: table(name, rows[name], coded) for name in COLUMNS}


def samples(**changes: list[Any]) -> pa.Table:
    return pa.table({**SAMPLES, **changes})


def part(ids: str) -> dict[str, Any]:
    """Return the counts of some of the four samples alone."""
    keep = [name in ids for name in SAMPLES["sample_id"]]
    of = pa.table(SAMPLES).filter(pa.array(keep))
    rows = {name: [row for row in found if row[0] in ids] for name, found in ROWS.items()}
    return count(tables(rows), of, KNOWLEDGE, ["stage", "subtype"])


@pytest.fixture(scope="module")
def counts() -> dict[str, Any]:
    return count(tables(), samples(), KNOWLEDGE, ["stage", "subtype"])


@pytest.fixture(scope="module")
def summary(counts) -> Summary:
    return finish(counts, KNOWLEDGE)


def of(found: list[Any]) -> list[tuple[Any, ...]]:
    """Return frequencies as tuples."""
    return [(one.key, one.samples, one.of, one.share) for one in found]


def group(summary: Summary, cancer: str) -> Group:
    return next(one.group for one in summary.by_cancer if one.cancer == cancer)


def agent_of(group: Group, agent: str) -> Eligibility:
    return next(one for one in group.eligibility if one.agent == agent)


# ---------------------------------------------------------------- four tumors by hand


def test_samples_are_counted_by_outcome_by_comparison_and_by_number_of_strategies(summary):
    assert summary.cohort.samples == 4
    assert of(summary.cohort.outcomes) == [
        ("recommended", 2, 4, 0.5),
        ("all_withheld", 1, 4, 0.25),
        ("exploratory_only", 1, 4, 0.25),
    ]
    assert of(summary.cohort.comparisons) == [("normal_cohort", 3, 4, 0.75), ("other_group", 1, 4, 0.25)]
    assert of(summary.cohort.strategies_per_sample) == [("0", 2, 4, 0.5), ("2", 2, 4, 0.5)]


def test_a_strategy_is_counted_by_rank_gate_tier_and_claim_match(summary):
    inhibit, restore = summary.cohort.strategies
    assert (inhibit.id, inhibit.action, inhibit.mirna) == (INHIBIT, "inhibit", M221)
    assert (inhibit.samples, inhibit.of, inhibit.share) == (2, 4, 0.5)
    assert of(inhibit.by_rank) == [("1", 1, 2, 0.5), ("2", 1, 2, 0.5)]
    assert of(inhibit.by_gate) == [("clear", 1, 2, 0.5), ("caution", 1, 2, 0.5)]
    assert of(inhibit.by_tier) == [("T2", 2, 2, 1.0)]
    assert of(inhibit.by_claim_match) == [("same_tumor", 1, 2, 0.5), ("trial_indication", 1, 2, 0.5)]
    assert (restore.id, restore.samples) == (RESTORE, 2)
    assert of(restore.by_gate) == [("clear", 2, 2, 1.0)]


def test_exploratory_strategies_are_counted_by_themselves(summary):
    (found,) = summary.cohort.exploratory
    assert (found.id, found.samples, found.of, found.share) == (INHIBIT, 1, 4, 0.25)
    assert of(found.by_gate) == [("caution", 1, 1, 1.0)]
    assert group(summary, LIVER).exploratory == []


def test_a_group_of_one_tumor_counts_among_its_own_samples(summary):
    assert [(one.cancer, one.name, one.counts_as, one.group.samples) for one in summary.by_cancer] == [
        (LIVER, "Hepatocellular carcinoma", LIVER, 3),
        (LUNG, "Lung adenocarcinoma", "lung_cancer", 1),
    ]
    inhibit = group(summary, LIVER).strategies[0]
    assert (inhibit.samples, inhibit.of, inhibit.share) == (2, 3, 0.666667)


def test_withheld_actions_are_counted_by_action_and_by_reason(summary):
    found = {one.id: (one.samples, of(one.by_reason)) for one in summary.cohort.withheld}
    assert found[INHIBIT] == (1, [("timing_contraindicated", 1, 1, 1.0)])
    assert found[f"inhibit:{M122}"] == (
        1,
        [("discordant_direction", 1, 1, 1.0), ("opposes_established_role", 1, 1, 1.0)],
    )
    assert [one.id for one in summary.cohort.withheld] == sorted(found)


def test_a_sample_counts_once_for_a_reason_that_withholds_two_of_its_actions(summary):
    assert [(one.reason, one.samples, one.of, one.share, one.actions) for one in summary.cohort.withheld_reasons] == [
        ("discordant_direction", 2, 4, 0.5, 3),
        ("opposes_established_role", 1, 4, 0.25, 1),
        ("timing_contraindicated", 1, 4, 0.25, 1),
    ]


def documented(group: Group, cancer: str, mirna: str) -> dict[str, Any]:
    (found,) = (one for one in group.documented if (one.cancer, one.mirna) == (cancer, mirna))
    return {key: value for key, value in found.model_dump().items() if value and key not in ("cancer", "mirna")}


def test_a_documented_direction_is_confirmed_contradicted_or_not_assessed(summary):
    assert documented(summary.cohort, LIVER, M221) == {
        "documented": "up",
        "samples": 3,
        "confirmed": 3,
        "assessed": 3,
        "confirmed_share": 1.0,
    }
    assert documented(summary.cohort, LIVER, M122) == {
        "documented": "down",
        "samples": 3,
        "confirmed": 2,
        "contradicted": 1,
        "assessed": 3,
        "confirmed_share": 0.666667,
        "contradicted_share": 0.333333,
    }
    # no sample names it
    assert documented(summary.cohort, LIVER, "hsa-miR-21-5p") == {
        "documented": "up",
        "samples": 3,
        "not_in_profile": 3,
    }


def test_calls_against_other_tumors_neither_confirm_nor_contradict(summary):
    assert documented(summary.cohort, LUNG, "hsa-miR-34a-5p") == {
        "documented": "down",
        "samples": 1,
        "not_comparable": 1,
    }
    assert "compared_with_others" in {note.id for note in summary.notes}


def test_every_documented_direction_adds_up(summary):
    parts = (
        *("confirmed", "contradicted", "conflicting", "flat", "low_abundance", "ambiguous"),
        *("untested", "not_measured", "not_in_profile", "not_comparable"),
    )
    for one in summary.cohort.documented:
        assert sum(getattr(one, name) for name in parts) == one.samples
        assert one.samples == {LIVER: 3, LUNG: 1}[one.cancer]


def test_both_directions_documented_count_as_conflicting():
    rows = {**ROWS, "calls": [("A", "hsa-miR-145-5p", "down"), ("B", "hsa-miR-145-5p", "up")]}
    colon = samples(cancer=["colorectal_cancer"] * 4)
    found = finish(count(tables(rows), colon, KNOWLEDGE), KNOWLEDGE)
    assert documented(found.cohort, "colorectal_cancer", "hsa-miR-145-5p") == {
        "documented": "both",
        "samples": 4,
        "conflicting": 2,
        "not_in_profile": 1,
        "not_comparable": 1,
        "assessed": 2,
    }


def test_what_is_documented_of_metastatic_disease_alone_is_asked_of_metastatic_samples_alone():
    claim = next(claim for claim in KNOWLEDGE.claims if claim.condition == "metastatic")
    here = claim._replace(claim_id="of_liver", cancer=LIVER)
    wider = replace(KNOWLEDGE, tables={**KNOWLEDGE.tables, "claims": (*KNOWLEDGE.claims, here)}, _cache={})
    rows = {**ROWS, "calls": [(name, "hsa-miR-10b-5p", "up") for name in "ABCD"]}
    found = finish(count(tables(rows), samples(), wider), wider)
    assert documented(found.cohort, LIVER, "hsa-miR-10b-5p") == {  # C is metastatic, A and B are not known to be
        "documented": "up",
        "samples": 1,
        "confirmed": 1,
        "assessed": 1,
        "confirmed_share": 1.0,
    }


def test_an_agents_samples_are_followed_to_what_became_of_them(summary):
    found = agent_of(summary.cohort, "lna_i_mir_221")
    assert (found.strategy, found.direction, found.tumor_match) == (INHIBIT, "up", None)
    assert (found.samples, found.of, found.share) == (4, 4, 1.0)
    assert (found.strategies, found.withheld, found.exploratory, found.neither) == (2, 1, 1, 0)
    assert of(found.by_rank) == [("1", 1, 2, 0.5), ("2", 1, 2, 0.5)]
    assert of(found.by_gate) == [("clear", 1, 2, 0.5), ("caution", 1, 2, 0.5)]
    assert of(found.by_reason) == [("timing_contraindicated", 1, 1, 1.0)]
    assert of(found.by_tumor_match) == [("eligible", 3, 3, 1.0), ("basket", 1, 1, 1.0)]
    assert of(found.calls) == [("up", 4, 4, 1.0)]
    assert agent_of(group(summary, LIVER), "lna_i_mir_221").tumor_match == "eligible"


def test_an_agent_nobody_is_called_for_is_listed_with_zero(summary):
    found = agent_of(summary.cohort, "mrx34")
    assert (found.samples, found.of, found.share, found.neither) == (0, 4, 0.0, 0)
    assert of(found.calls) == [("not_in_profile", 3, 4, 0.75), ("low_abundance", 1, 4, 0.25)]


def test_a_strategy_whose_sample_is_not_called_so_is_not_the_agents():
    rows = {**ROWS, "calls": [(name, M221, "unchanged") for name in "ABCD"]}
    found = agent_of(finish(count(tables(rows), samples(), KNOWLEDGE), KNOWLEDGE).cohort, "lna_i_mir_221")
    assert (found.samples, found.strategies, found.withheld, found.exploratory, found.neither) == (0, 0, 0, 0, 0)


def test_knowledge_without_oncology_agents_makes_a_summary_without_eligibility():
    others = tuple(row for row in KNOWLEDGE.agents if row.oncology != "yes")
    without = replace(KNOWLEDGE, tables={**KNOWLEDGE.tables, "agents": others}, _cache={})
    found = finish(count(tables(), samples(), without), without)
    assert (found.agents, found.cohort.eligibility, found.cohort.samples) == ([], [], 4)


def test_agents_are_listed_with_their_trials_as_the_knowledge_has_them(summary):
    assert [one.agent for one in summary.agents] == sorted(
        row.agent for row in KNOWLEDGE.agents if row.oncology == "yes"
    )
    (agent,) = (one for one in summary.agents if one.agent == "mrx34")
    trial = agent.trials[0]
    assert (trial.nct_id, trial.phase, trial.status) == ("NCT01829971", "Phase 1", "Terminated")
    assert "safety" in {stop.reason for stop in trial.stop_reasons}


def test_strategies_that_go_together_stand_beside_what_chance_gives(summary):
    (pair,) = group(summary, LIVER).pairs
    assert (pair.first, pair.second, pair.samples, pair.of) == (INHIBIT, RESTORE, 2, 3)
    assert (pair.expected, pair.ratio) == (1.333333, 1.5)  # 2 · 2 / 3


def test_chance_is_reckoned_within_each_tumor(summary):
    """In the whole cohort 2 · 2 / 4 would be 1: the lung tumor would make the two look like friends."""
    (pair,) = summary.cohort.pairs
    assert (pair.samples, pair.of, pair.share) == (2, 4, 0.5)
    assert (pair.expected, pair.ratio) == (1.333333, 1.5)


def test_columns_group_by_their_values_and_empty_cells_are_not_stated(summary):
    stage, subtype = summary.by_column
    assert (stage.column, subtype.column) == ("stage", "subtype")
    assert [(one.value, one.group.samples) for one in stage.values] == [("II", 2), ("III", 1), ("not stated", 1)]
    assert [(one.value, one.group.samples) for one in subtype.values] == [("x", 2), ("=1+1", 1), ("not stated", 1)]
    assert stage.values[0].group.pairs is None
    assert {one.cancer for one in stage.values[0].group.documented} == {LIVER, LUNG}


def test_quarantined_samples_have_a_place_of_their_own(counts):
    found = finish(add(counts, quarantined(["named twice", "no number", "named twice"])), KNOWLEDGE)
    assert found.quarantine.samples == 3
    assert of(found.quarantine.by_reason) == [("named twice", 2, 3, 0.666667), ("no number", 1, 3, 0.333333)]
    assert found.cohort.samples == 4
    rows = summary_tsv(found).splitlines()
    assert "cohort\t\t\t\tquarantine\t\t\t3\t7\t0.428571\t" in rows
    assert "cohort\t\t\t\tquarantine\t\tnamed twice\t2\t3\t0.666667\t" in rows


# ---------------------------------------------------------------- adding, order, storage


def test_the_counts_are_json_of_objects_and_integers(counts):
    def leaves(value: Any) -> set[type]:
        return set().union(*map(leaves, value.values())) if isinstance(value, dict) else {type(value)}

    assert leaves(counts) == {int}
    assert json.loads(json.dumps(counts)) == counts


KEYS = st.sampled_from("abc")
NESTED = st.recursive(
    st.dictionaries(KEYS.map("n{}".format), st.integers(0, 9)),
    lambda inner: st.builds(
        lambda numbers, objects: {**numbers, **objects},
        st.dictionaries(KEYS.map("n{}".format), st.integers(0, 9)),
        st.dictionaries(KEYS.map("o{}".format), inner),
    ),
    max_leaves=8,
)


@given(NESTED, NESTED, NESTED)
def test_adding_is_associative_and_commutative_and_nothing_adds_nothing(one, other, third):
    assert add(add(one, other), third) == add(one, add(other, third))
    assert add(one, other) == add(other, one)
    assert add({}, one) == add(one, {}) == one


def test_adding_changes_neither_summand(counts):
    before = json.dumps(counts)
    add(counts, counts)
    assert json.dumps(counts) == before


@given(st.permutations("ABCD"), st.integers(0, 4))
def test_parts_of_a_cohort_add_up_to_the_whole_in_any_order(ids, cut):
    first, second = part("".join(ids[:cut])), part("".join(ids[cut:]))
    assert add(first, second) == part("ABCD")


def test_the_order_of_parts_does_not_change_a_byte(counts):
    one, other = (reduce(add, map(part, order)) for order in ("ABCD", "DCBA"))
    assert finish(one, KNOWLEDGE).to_json() == finish(other, KNOWLEDGE).to_json()
    assert finish(one, KNOWLEDGE).to_json() == finish(counts, KNOWLEDGE).to_json()


@given(st.randoms())
def test_the_order_of_rows_does_not_matter(random):
    rows = {name: random.sample(found, len(found)) for name, found in ROWS.items()}
    at = random.sample(range(4), 4)
    shuffled = count(tables(rows), samples().take(at), KNOWLEDGE, ["stage", "subtype"])
    assert shuffled == part("ABCD")


def test_plain_text_and_dictionaries_in_one_piece_or_many_count_alike(counts):
    by = ["stage", "subtype"]
    assert count(tables(coded=False), samples(), KNOWLEDGE, by) == counts
    pieces = {  # each row with a dictionary of its own
        name: pa.concat_tables([table(name, [row]) for row in found], promote_options="none")
        for name, found in ROWS.items()
    }
    assert count(pieces, pa.concat_tables([samples().slice(i, 1) for i in range(4)]), KNOWLEDGE, by) == counts


def test_more_groups_than_a_table_of_all_holds_count_alike(counts, monkeypatch):
    monkeypatch.setattr("recommender.cohort.answers.labels._DENSE", 0)
    assert count(tables(), samples(), KNOWLEDGE, ["stage", "subtype"]) == counts


def test_a_slice_may_keep_the_dictionary_of_the_whole():
    whole = tables()
    sliced = {name: found.slice(0, 0) for name, found in whole.items()}
    alone = count(sliced, samples().slice(0, 1), KNOWLEDGE)
    assert alone["cancer"][LIVER]["samples"] == 1
    assert alone["cancer"][LIVER]["strategies_per_sample"] == {"0": 1}


def test_columns_of_booleans_in_text_cells_of_null_type_and_missing_columns_are_taken():
    bare = samples().select(["sample_id", "cancer", "outcome"])
    assert finish(count(tables(), bare, KNOWLEDGE), KNOWLEDGE).cohort.comparisons[0].key == "not stated"
    nulls = samples().set_column(2, "metastatic", pa.nulls(4))
    assert count(tables(), nulls, KNOWLEDGE)["cancer"][LIVER]["samples"] == 3


def test_no_samples_count_nothing_and_still_make_a_summary():
    empty = count(tables({name: [] for name in COLUMNS}), samples().slice(0, 0), KNOWLEDGE, ["stage"])
    assert empty == {}
    found = finish(empty, KNOWLEDGE)
    assert (found.cohort.samples, found.cohort.outcomes, found.by_cancer) == (0, [], [])
    assert found.cohort.eligibility[0].share is None
    Summary.model_validate_json(found.to_json())


def test_a_sample_without_rows_is_still_a_sample():
    found = finish(count(tables({name: [] for name in COLUMNS}), samples(), KNOWLEDGE), KNOWLEDGE)
    assert found.cohort.samples == 4
    assert of(found.cohort.strategies_per_sample) == [("0", 4, 4, 1.0)]
    assert found.cohort.strategies == []
    assert found.cohort.pairs == []


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", COLUMNS)
def test_a_row_of_an_unknown_sample_is_refused(name):
    row = ("Z", *ROWS[name][0][1:])
    with pytest.raises(ValueError, match="sample_id has 'Z'"):
        count(tables({**ROWS, name: [*ROWS[name], row]}), samples(), KNOWLEDGE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_id": ["A", "B", "C", "A"]}, "a sample twice"),
        ({"cancer": [LIVER, LIVER, LIVER, "liver"]}, "'liver', which is no tumor"),
        ({"outcome": ["recommended", None, "all_withheld", "exploratory_only"]}, "outcome has an empty cell"),
    ],
)
def test_samples_that_cannot_be_counted_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        count(tables({name: [] for name in COLUMNS}), samples(**changes), KNOWLEDGE)


def test_an_unknown_column_an_unknown_call_and_a_call_twice_are_refused():
    with pytest.raises(ValueError, match="grade is not among"):
        count(tables(), samples(), KNOWLEDGE, ["grade"])
    with pytest.raises(ValueError, match="'upp', which is no call"):
        count(tables({**ROWS, "calls": [("A", M221, "upp")]}), samples(), KNOWLEDGE)
    with pytest.raises(ValueError, match="one miRNA of a sample twice"):
        count(tables({**ROWS, "calls": [("A", M221, "up"), ("A", M221, "up")]}), samples(), KNOWLEDGE)


# ---------------------------------------------------------------- against recommendations, one by one

CANCERS = [LIVER, LUNG, "colorectal_cancer", "multiple_myeloma"]


def recommended(seed: int, number: int) -> list[Any]:
    """Return recommendations for made-up tumors in which about a third of all covered names change."""
    random = np.random.default_rng(seed)
    names = [*[row.mirna for row in KNOWLEDGE.mirnas if row.status == "current"][::3], M221, M122, "hsa-miR-34a-5p"]
    found = []
    for i in range(number):
        values = dict(zip(names, random.normal(0, 1.2, len(names)).round(2).tolist(), strict=True))
        found.append(
            recommend(
                profile(
                    CANCERS[i % len(CANCERS)],
                    values,
                    sample_id=f"S{i}",
                    metastatic=[None, True, False][i % 3],
                    disease_state=["relapsed_refractory", "on_treatment_sensitive"][i % 2],
                    reference={"kind": "tumor_cohort" if i % 5 == 4 else "normal_cohort", "samples": 50},
                )
            )
        )
    return found


def as_tables(results: list[Any]) -> tuple[dict[str, pa.Table], pa.Table]:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    for one in results:
        for name in ("strategies", "exploratory"):
            rows[name] += [(one.sample_id, s.rank, s.id, s.gate, s.tier, s.claim_match) for s in getattr(one, name)]
        rows["withheld"] += [(one.sample_id, s.id, list(s.reasons)) for s in one.withheld]
        rows["calls"] += [(one.sample_id, s.mirna, s.call) for s in one.calls]
    return tables(rows), pa.table(
        {
            "sample_id": [one.sample_id for one in results],
            "cancer": [one.cancer.subtype or one.cancer.id for one in results],
            "metastatic": [one.context.metastatic for one in results],
            "comparison": [one.context.comparison for one in results],
            "outcome": [one.outcome for one in results],
        }
    )


@pytest.fixture(scope="module")
def results() -> list[Any]:
    return recommended(7, 40)


@pytest.fixture(scope="module")
def made(results) -> Summary:
    return finish(count(*as_tables(results), KNOWLEDGE), KNOWLEDGE)


def test_strategies_count_as_recommendations_do(results, made):
    expected = Counter((s.id, s.rank, s.gate) for one in results for s in one.strategies)
    by_rank: Counter[tuple[str, int]] = Counter()
    by_gate: Counter[tuple[str, str]] = Counter()
    for (id_, rank, gate), number in expected.items():
        by_rank[id_, rank] += number
        by_gate[id_, gate] += number
    assert {(s.id, int(f.key)): f.samples for s in made.cohort.strategies for f in s.by_rank} == by_rank
    assert {(s.id, f.key): f.samples for s in made.cohort.strategies for f in s.by_gate} == by_gate
    order = [(-s.samples, s.id) for s in made.cohort.strategies]
    assert order == sorted(order)
    assert len(by_rank) > 20  # there was something to count


def test_what_is_withheld_counts_as_recommendations_do(results, made):
    expected = Counter((s.id, reason) for one in results for s in one.withheld for reason in s.reasons)
    assert {(s.id, f.key): f.samples for s in made.cohort.withheld for f in s.by_reason} == expected
    assert {r.reason: r.samples for r in made.cohort.withheld_reasons} == Counter(
        reason for one in results for reason in {r for s in one.withheld for r in s.reasons}
    )


def test_pairs_count_as_recommendations_do(results, made):
    expected: Counter[tuple[str, str]] = Counter()
    for one in results:
        ids = sorted(s.id for s in one.strategies)
        expected.update((a, b) for i, a in enumerate(ids) for b in ids[i + 1 :])
    assert {(p.first, p.second): p.samples for p in made.cohort.pairs} == expected


def test_eligibility_counts_as_recommendations_do(results, made):
    assert any(agent.samples for agent in made.cohort.eligibility)
    for agent in made.cohort.eligibility:
        mirna = agent.strategy.partition(":")[2]
        called = [one for one in results if any((c.mirna, c.call) == (mirna, agent.direction) for c in one.calls)]
        became = Counter(
            next(
                (name for name in ("strategies", "withheld", "exploratory") if agent.strategy in ids(one, name)),
                "neither",
            )
            for one in called
        )
        assert agent.samples == len(called)
        assert {name: getattr(agent, name) for name in ("strategies", "withheld", "exploratory", "neither")} == {
            name: became[name] for name in ("strategies", "withheld", "exploratory", "neither")
        }


def ids(result: Any, name: str) -> set[str]:
    return {one.id for one in getattr(result, name)}


def test_a_contradicted_direction_is_one_that_recommendations_withhold_as_discordant(results, made):
    """Apart from members that speak through their family alone: the family's own action stands for them."""
    discordant = Counter(
        (one.cancer.subtype or one.cancer.id, s.mirna)
        for one in results
        for s in one.withheld
        if "discordant_direction" in s.reasons
    )
    judged = 0
    for one in made.cohort.documented:
        dossier = dossiers(KNOWLEDGE, KNOWLEDGE.vocabulary.tumor(one.cancer), False)[one.mirna]
        if one.documented != "both" and not dossier.through_family:
            judged += one.contradicted
            assert one.contradicted == discordant[one.cancer, one.mirna]
    assert judged > 20


# ---------------------------------------------------------------- what is published


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema("summary"))


def test_a_summary_meets_its_schema_and_reads_back_the_same(summary, made):
    for one in (summary, made):
        validator().validate(json.loads(one.to_json()))
        assert Summary.model_validate_json(one.to_json()).to_json() == one.to_json()
        assert json.loads(one.to_json())["schema"] == "summary/1"


def test_every_published_field_is_described():
    schema = json_schema("summary")
    own = {"AgentTrial", "CancerGroup", "ColumnGroups", "DocumentedDirection", "Eligibility", "Frequency", "Group"}
    own |= {"Pair", "Quarantine", "ReasonCount", "StrategyCount", "TrialAgent", "ValueGroup", "WithheldCount"}
    assert own <= set(schema["$defs"])
    bare = [
        f"{name}.{field}"
        for name, model in {"Summary": schema, **{name: schema["$defs"][name] for name in own}}.items()
        for field, about in model["properties"].items()
        if "description" not in about
    ]
    assert bare == []


def test_every_share_is_its_count_of_its_denominator(made):
    seen = 0

    def walk(value: Any) -> None:
        nonlocal seen
        if isinstance(value, dict):
            if "share" in value:
                seen += 1
                assert value["share"] == round(value["samples"] / value["of"], 6)
            value = list(value.values())
        if isinstance(value, list):
            for one in value:
                walk(one)

    walk(json.loads(made.to_json()))
    assert seen > 1000


def test_the_table_has_a_row_a_figure(summary):
    header, *lines = summary_tsv(summary).splitlines()
    assert header.split("\t") == [
        *("grouped_by", "column", "value", "cancer", "section", "subject", "key"),
        *("samples", "of", "share", "expected"),
    ]
    rows = {tuple(line.split("\t")) for line in lines}
    assert len(rows) == len(lines)
    assert {len(row) for row in rows} == {11}
    for expected in (
        ("cohort", "", "", "", "samples", "", "", "4", "4", "1.0", ""),
        ("cohort", "", "", "", "strategies", INHIBIT, "", "2", "4", "0.5", ""),
        ("cancer", "", LIVER, LIVER, "strategies", INHIBIT, "", "2", "3", "0.666667", ""),
        ("cancer", "", LIVER, LIVER, "strategies.by_gate", INHIBIT, "clear", "1", "2", "0.5", ""),
        ("column", "stage", "II", "", "eligibility", "lna_i_mir_221", "", "2", "2", "1.0", ""),
        ("cohort", "", "", LIVER, "documented.down", M122, "contradicted", "1", "3", "0.333333", ""),
        ("cohort", "", "", "", "eligibility.became", "lna_i_mir_221", "withheld", "1", "4", "0.25", ""),
        ("cancer", "", LIVER, LIVER, "pairs", f"{INHIBIT} & {RESTORE}", "", "2", "3", "0.666667", "1.333333"),
        ("column", "stage", "not stated", "", "samples", "", "", "1", "4", "0.25", ""),
        ("column", "subtype", "'=1+1", "", "samples", "", "", "1", "4", "0.25", ""),
    ):
        assert expected in rows


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("\ta", "' a"),
        ("\ra", "' a"),
        ("a\tb\nc", "a b c"),
        ("stage II", "stage II"),
    ],
)
def test_text_is_neutral_to_a_spreadsheet_and_stays_in_its_cell(text, cell):
    assert neutral(text) == cell


def test_the_report_tells_the_first_figures_and_fits_its_width(summary, made):
    text = render_text(summary_blocks(summary))
    assert "inhibit hsa-miR-221-3p        2  50.0%       1      1        1        0" in text
    assert "  - LNA-i-miR-221 (hsa-miR-221-3p up): NCT04811898 (Phase 1, Completed)" in text
    assert "NCT01829971 (Phase 1, Terminated, safety)" in render_text(summary_blocks(made))
    assert summary.notice in text
    assert all(columns(line) <= WIDTH for line in render_text(summary_blocks(made)).splitlines())
    assert render_text(summary_blocks(finish({}, KNOWLEDGE))).startswith("Cohort of 0 samples")


def test_the_page_shows_the_report_of_these_four_tumors(summary):
    page = (Path(__file__).parents[1] / "docs" / "cohort-summary.md").read_text(encoding="utf-8")
    shown = page.split("```text\n")[1].split("```")[0]
    made = render_text(summary_blocks(summary))
    for line in shown.splitlines():
        assert line in {"…", *made.splitlines()}


def test_a_cohort_turned_round_is_warned_of():
    names = ["hsa-miR-221-3p", "hsa-miR-21-5p", "hsa-miR-224-5p", "hsa-miR-25-3p", "hsa-miR-93-5p"]  # documented up
    ratios = pd.DataFrame(-2.0, index=[*names, "hsa-miR-7-5p"], columns=["A", "B"])
    ratios.loc["hsa-miR-7-5p"] = 2.0
    for sign, noted in ((1, True), (-1, False)):
        found = recommend_cohort(sign * ratios, scale="log2_fold_change", cancer="LIHC", reference_kind="normal_cohort")
        assert ("sign_may_be_flipped" in {note.id for note in found.summary.notes}) is noted
