"""What must hold of every recommendation, over generated profiles."""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import load_knowledge, recommend
from recommender.model.recommendation import Recommendation
from tests.conftest import profile

CANCERS = (
    "hepatocellular carcinoma", "lung cancer", "colorectal cancer", "ovarian cancer", "prostate cancer", "melanoma",
    "multiple myeloma", "CTCL", "mesothelioma", "AML", "UCEC", "thyroid cancer",
)  # fmt: skip
NAMES = (
    "hsa-miR-221-3p", "hsa-miR-222-3p", "hsa-miR-21-5p", "hsa-miR-34a-5p", "hsa-miR-34b-5p", "hsa-miR-34c-5p",
    "hsa-let-7a-5p", "hsa-let-7c-5p", "hsa-let-7g-5p", "hsa-miR-155-5p", "hsa-miR-145-5p", "hsa-miR-143-3p",
    "hsa-miR-10b-5p", "hsa-miR-16-5p", "hsa-miR-15a-5p", "hsa-miR-17-5p", "hsa-miR-19b-3p", "hsa-miR-20a-5p",
    "hsa-miR-122-5p", "hsa-miR-141-3p", "hsa-miR-200b-3p", "hsa-miR-223-3p", "hsa-miR-29b-3p", "hsa-miR-142-5p",
)  # fmt: skip
ARMLESS = {name: name.removeprefix("hsa-")[: -len("-5p")] for name in NAMES if "34b" not in name and "142" not in name}
STATES = ("newly_diagnosed", "on_treatment_sensitive", "relapsed_refractory", "unknown")
GATES = ("clear", "caution", "adverse")
MATCHES = ("same_tumor", "trial_indication", "same_lineage", "pan_cancer")

values = st.floats(-6, 6).map(lambda x: round(x, 3))
expressions = st.dictionaries(st.sampled_from(NAMES), values, min_size=1, max_size=12)
cases = st.builds(
    lambda cancer, expression, state, metastatic: profile(
        cancer, expression, disease_state=state, metastatic=metastatic
    ),
    st.sampled_from(CANCERS),
    expressions,
    st.sampled_from(STATES),
    st.sampled_from((True, False, None)),
)


def ranking(result: Recommendation) -> list[tuple]:
    return [(s.rank, s.id, s.gate, s.tier, s.claim_match, s.points, s.value) for s in result.strategies] + [
        (w.id, tuple(w.reasons)) for w in result.withheld
    ]


@given(cases)
@settings(max_examples=150, deadline=None)
def test_the_terms_add_up_exactly(case):
    result = recommend(case)
    for strategy in (*result.strategies, *result.exploratory):
        assert strategy.points == sum(component.points for component in strategy.components)
        assert all(isinstance(component.points, int) for component in strategy.components)


@given(cases)
@settings(max_examples=150, deadline=None)
def test_a_gate_is_never_outscored_nor_a_tier_nor_a_match(case):
    order = [
        (GATES.index(s.gate), s.tier, MATCHES.index(s.claim_match), -s.points, s.id) for s in recommend(case).strategies
    ]
    assert order == sorted(order)


@given(cases, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_input_order_changes_no_byte(case, random):
    items = list(case["expression"].items())
    random.shuffle(items)
    assert recommend(case).to_json() == recommend({**case, "expression": dict(items)}).to_json()


@given(cases)
@settings(max_examples=60, deadline=None)
def test_synonyms_change_no_rank(case):
    renamed = {ARMLESS.get(name, name): value for name, value in case["expression"].items()}
    assert ranking(recommend(case)) == ranking(recommend({**case, "expression": renamed}))


@given(cases, st.dictionaries(st.sampled_from(["hsa-miR-1246", "hsa-miR-4443", "hsa-miR-99999", "U6", "x"]), values))
@settings(max_examples=60, deadline=None)
def test_unrelated_names_change_no_rank(case, more):
    assert ranking(recommend(case)) == ranking(recommend({**case, "expression": {**case["expression"], **more}}))


@given(cases, st.data(), st.floats(0.01, 4))
@settings(max_examples=150, deadline=None)
def test_stronger_documented_dysregulation_never_lowers_its_strategy(case, data, more):
    before = {s.id: s for s in recommend(case).strategies}
    name = data.draw(st.sampled_from(sorted(case["expression"])))
    value = case["expression"][name]
    stronger = {**case["expression"], name: value + more if value > 0 else value - more}
    after = {s.id: s for s in recommend({**case, "expression": stronger}).strategies}
    for id_, old in before.items():
        if old.mirna == name:
            new = after[id_]
            assert GATES.index(new.gate) <= GATES.index(old.gate)
            assert new.tier <= old.tier
            assert MATCHES.index(new.claim_match) <= MATCHES.index(old.claim_match)
            assert new.points >= old.points


@given(cases)
@settings(max_examples=150, deadline=None)
def test_a_flipped_sign_never_keeps_the_action(case):
    flipped = {name: -value for name, value in case["expression"].items()}
    before = recommend(case)
    after = {s.id for s in recommend({**case, "expression": flipped}).strategies}
    assert after.isdisjoint({s.id for s in before.strategies})


@given(cases)
@settings(max_examples=60, deadline=None)
def test_an_action_is_strategy_or_withheld_or_exploratory_and_never_two_of_them(case):
    result = recommend(case)
    lists = [[x.id for x in found] for found in (result.strategies, result.withheld, result.exploratory)]
    together = [id_ for found in lists for id_ in found]
    assert len(together) == len(set(together))
    assert result.strategies == [] or result.outcome == "recommended"


@pytest.mark.parametrize("claim", ["t1.hepatocellular_carcinoma.up.miR-221", "tx.pan_cancer.up.miR-221"])
def test_removing_a_record_changes_only_terms_that_cite_it(claim):
    case = profile("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-122-5p": -2.0, "hsa-miR-25-3p": 1.5})
    knowledge = load_knowledge()
    kept = tuple(row for row in knowledge.claims if row.claim_id != claim)
    assert len(kept) == len(knowledge.claims) - 1
    without = replace(knowledge, tables={**knowledge.tables, "claims": kept}, _cache={})
    before = {s.id: s for s in recommend(case).strategies}
    after = {s.id: s for s in recommend(case, knowledge=without).strategies}
    assert before.keys() == after.keys()
    for id_, old in before.items():
        for component in old.components:
            if claim not in component.records:
                assert component in after[id_].components


def test_extremes_are_taken_as_they_are():
    expression = {f"hsa-miR-{number}": {"value": 1.5, "adjusted_p_value": 1e-300} for number in range(5000, 7600)}
    expression["hsa-miR-221-3p"] = {"value": 3.0, "adjusted_p_value": 1e-300}
    result = recommend(profile("hepatocellular carcinoma", expression))
    assert result.strategies[0].id == "inhibit:hsa-miR-221-3p"
    unread = {*result.not_in_knowledge, *(u.as_given for u in result.unresolved)}
    assert unread | {name for call in result.calls for name in call.as_given} == set(expression)
    assert "1e-300" in result.to_json()


def test_ten_thousand_profiles_in_one_process_do_not_grow():
    case = profile("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-122-5p": -2.0})

    def peak_after(runs: int) -> int:
        for i in range(runs):
            recommend({**case, "sample_id": f"S{i}"})
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB

    settled = peak_after(1_000)
    assert peak_after(9_000) - settled < 8 * 1024
