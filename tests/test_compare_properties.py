"""What must hold of every comparison, over generated pairs; causes are tried again in the JSON a user would edit."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recommender import compare, recommend
from recommender.model.comparison import Change, Comparison
from recommender.model.recommendation import Recommendation
from tests.conftest import profile
from tests.test_properties import CANCERS, NAMES, STATES

ALL = {"exploratory": {"best": 1000}}  # comparisons tell of all, recommendations list the best
LISTS = ("strategies", "withheld", "exploratory")
ORDERS = {
    "gate": ("clear", "caution", "adverse"),
    "tier": ("T1", "T2", "T3", "T4", "T5"),
    "claim_match": ("same_tumor", "trial_indication", "same_lineage", "pan_cancer"),
}

OTHER_NAMES = {
    "hsa-mir-221": "hsa-miR-221-3p",
    "miR-21": "hsa-miR-21-5p",
    "hsa-mir-16-1": "hsa-miR-16-5p",
    "miR-155": "hsa-miR-155-5p",
    "hsa-mir-34a": "hsa-miR-34a-5p",
    "hsa-miR-1246": "hsa-miR-1246",
}
values = st.sampled_from((-3.5, -2.0, -1.4, -1.0, -0.7, 0.0, 0.7, 1.0, 1.4, 2.0, 3.5))
p_values = st.sampled_from((1e-7, 0.004, 0.03, 0.06, 0.5))
entries = st.one_of(
    values, st.none(), st.builds(lambda value, p: {"value": value, "adjusted_p_value": p}, values, p_values)
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "disease_state": st.sampled_from(STATES),
        "metastatic": st.sampled_from((True, False, None)),
        "purity": st.sampled_from((None, 0.1, 0.9)),
        "specimen": st.sampled_from(("tumor_tissue", "plasma_serum")),
        "patient": st.dictionaries(
            st.sampled_from(("hepatic_impairment", "prior_infusion_reaction", "autoimmune_disease")), st.booleans()
        ),
        "target_expression": st.dictionaries(st.sampled_from(("PTEN", "CDKN1B", "BCL2", "PDCD4")), values),
        "reference": st.sampled_from(
            (
                {"kind": "normal_cohort", "samples": 50},
                {"kind": "normal_cohort", "samples": 4},
                {"kind": "tumor_cohort"},
            )
        ),
    },
)


@st.composite
def pairs(draw: Any, scales: tuple[str, ...] = ("log2_fold_change",)) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two profiles of one tumor that share most of what they hold."""
    names = st.sampled_from((*NAMES, *OTHER_NAMES))
    expression = draw(st.dictionaries(names, entries, min_size=6, max_size=16))
    changed = draw(st.dictionaries(names, entries, max_size=8))
    gone = draw(st.sets(st.sampled_from(sorted(expression)), max_size=2))
    later = {name: entry for name, entry in {**expression, **changed}.items() if name not in gone - changed.keys()}
    assume(later)
    common: dict[str, Any] = {"patient_id": "P", "scale": draw(st.sampled_from(scales)), **draw(facts)}
    before = {**profile(draw(st.sampled_from(CANCERS)), expression), **common}
    return before, {**before, "expression": later, **draw(facts)}


def changes(result: Comparison) -> list[tuple[str, Change]]:
    found = {}
    for name in LISTS:
        part = getattr(result, name)
        found |= {change.id: change for change in (*part.appeared, *part.disappeared, *part.moved)}
    return sorted(found.items())


def where(result: Recommendation, id_: str) -> str | None:
    return next((name for name in LISTS if any(item.id == id_ for item in getattr(result, name))), None)


def aspect(result: Recommendation, id_: str, name: str) -> Any:
    """Return one respect of an action as the recommendation has it; `...` where its list has no such thing."""
    listed = where(result, id_)
    if name == "listed":
        return listed
    if listed is None:
        return ...
    item = next(item for item in getattr(result, listed) if item.id == id_)
    found = getattr(item, name, ...)
    if name == "trace":
        return {(step.rule, *step.facts) for step in found}
    if name in ("flags", "caveats"):
        return {(flag.id, flag.message) for flag in found}
    if name == "components":
        return {(component.name, component.points) for component in found}
    return found


def nearer(name: str, before: Any, after: Any, now: Any) -> bool:
    if name in ORDERS:
        before, after, now = (ORDERS[name].index(value) for value in (before, after, now))
    if isinstance(before, set):
        return len(now ^ before) < len(after ^ before)
    if isinstance(before, list):
        return len({*now} ^ {*before}) < len({*after} ^ {*before})
    return abs(now - before) < abs(after - before)


def put_back(after: dict[str, Any], fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Edit a profile's JSON as a user would: each field as the comparison says it was before."""
    edited = copy.deepcopy(after)
    for field, value in fields:
        head, _, name = field.partition(".")
        if name:
            edited.setdefault(head, {})[name] = value
        else:
            edited[head] = value
    return edited


def part(field: str) -> str:
    """Return what a field is put back with: all names of one miRNA, and the whole reference, are one part."""
    head, _, name = field.partition(".")
    return OTHER_NAMES.get(name, name) if head == "expression" else head if head == "reference" else field


@given(pairs())
@settings(max_examples=150, deadline=None)
def test_every_named_cause_reverts_what_it_says_when_it_is_put_back(pair):
    before, after = pair
    then, now = (recommend(side, settings=ALL) for side in pair)
    for id_, change in changes(compare(before, after)):
        assert change.causes or change.order
        for cause in change.causes:
            assert cause.reverts or cause.partly
            edited = recommend(put_back(after, [(f.field, f.before) for f in cause.fields]), settings=ALL)
            assert where(edited, id_) == cause.listed
            for name in cause.reverts:
                assert aspect(edited, id_, name) == aspect(then, id_, name) != aspect(now, id_, name)
            for name in cause.partly:
                if name == "listed":
                    assert where(edited, id_) not in (where(then, id_), where(now, id_))
                else:
                    assert nearer(name, *(aspect(result, id_, name) for result in (then, now, edited)))


@given(pairs(("z_score",)))
@settings(max_examples=60, deadline=None)
def test_causes_hold_where_the_tests_of_all_mirnas_are_adjusted_together(pair):
    before, after = pair
    then = recommend(before, settings=ALL)
    for id_, change in changes(compare(before, after)):
        for cause in change.causes:
            edited = recommend(put_back(after, [(f.field, f.before) for f in cause.fields]), settings=ALL)
            assert where(edited, id_) == cause.listed
            for name in cause.reverts:
                assert aspect(edited, id_, name) == aspect(then, id_, name)


@given(pairs())
@settings(max_examples=100, deadline=None)
def test_every_part_of_a_cause_of_several_is_needed(pair):
    before, after = pair
    then = recommend(before, settings=ALL)
    for id_, change in changes(compare(before, after)):
        for cause in change.causes:
            if not cause.together:
                continue
            alone = {name for other in change.causes if not other.together for name in (*other.reverts, *other.partly)}
            for left_out in {part(field.field) for field in cause.fields}:
                fields = [(f.field, f.before) for f in cause.fields if part(f.field) != left_out]
                edited = recommend(put_back(after, fields), settings=ALL)
                assert any(aspect(edited, id_, n) != aspect(then, id_, n) for n in cause.reverts if n not in alone)


@given(pairs())
@settings(max_examples=100, deadline=None)
def test_what_appeared_is_in_the_later_result_alone_and_all_is_accounted_for(pair):
    then, now = (recommend(side, settings=ALL) for side in pair)
    result = compare(*pair)
    for name in LISTS:
        found = getattr(result, name)
        old, new = ({item.id for item in getattr(side, name)} for side in (then, now))
        assert {change.id for change in found.appeared} == new - old
        assert {change.id for change in found.disappeared} == old - new
        assert {change.id for change in found.moved} | {*found.unchanged} == old & new
        assert {change.id for change in found.moved}.isdisjoint(found.unchanged)


@given(pairs())
@settings(max_examples=100, deadline=None)
def test_there_and_back_mirror_each_other(pair):
    there, back = compare(*pair), compare(*reversed(pair))
    for name in LISTS:
        one, other = getattr(there, name), getattr(back, name)
        assert {c.id for c in one.appeared} == {c.id for c in other.disappeared}
        assert {c.id for c in one.disappeared} == {c.id for c in other.appeared}
        assert {c.id: (c.before, c.after) for c in one.moved} == {c.id: (c.after, c.before) for c in other.moved}
        assert {*one.unchanged} == {*other.unchanged}


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_a_profile_against_itself_is_empty(pair):
    result = compare(pair[0], {**pair[0], "sample_id": "again"})
    assert not result.changed
    assert result.fields == []
    assert result.result_notes.only_before == result.result_notes.only_after == []


@given(pairs())
@settings(max_examples=100, deadline=None)
def test_a_rank_moves_by_as_many_as_are_named(pair):
    for _, change in changes(compare(*pair)):
        if change.order:
            more = len(change.order.appeared_above) + len(change.order.passed_by)
            less = len(change.order.disappeared_above) + len(change.order.passed)
            assert change.after.rank - change.before.rank == more - less != 0


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_a_field_moved_what_names_it_as_a_cause_and_nothing_else(pair):
    result = compare(*pair)
    named: dict[str, set[str]] = {field.field: set() for field in result.fields}
    for id_, change in changes(result):
        for cause in change.causes:
            for field in cause.fields:
                named[field.field].add(id_)
    assert {field.field: {*field.moved} - {"notes"} for field in result.fields} == named


@given(pairs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_input_order_changes_no_byte(pair, random):
    before, after = pair
    items = list(after["expression"].items())
    random.shuffle(items)
    assert compare(before, after).to_json() == compare(before, {**after, "expression": dict(items)}).to_json()
