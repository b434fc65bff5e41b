"""Two profiles of one patient: what changed, and what changed it. Every kind of cause has a pair of its own."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recommender import InputError, compare
from recommender.cli import run as run_command
from recommender.knowledge import data_folder
from recommender.model.comparison import Cause, Change, Changes, Comparison
from recommender.schemas import json_schema
from tests.conftest import profile

LIVER = "hepatocellular carcinoma"
MYELOMA = "multiple myeloma"
M221, M21, M29B = "hsa-miR-221-3p", "hsa-miR-21-5p", "hsa-miR-29b-3p"


def pair(cancer: str, before: dict[str, Any], after: dict[str, Any], old: Any = None, new: Any = None) -> Comparison:
    """Compare two expressions of one patient, in refractory disease unless `old` and `new` fields say otherwise."""
    return compare(
        {**profile(cancer, before), "sample_id": "T1", "patient_id": "P", **(old or {})},
        {**profile(cancer, after), "sample_id": "T2", "patient_id": "P", **(new or {})},
    )


def ids(changes: list[Change]) -> list[str]:
    return [change.id for change in changes]


def only(changes: list[Change]) -> Change:
    assert len(changes) == 1
    return changes[0]


def change_of(changes: Changes, id_: str) -> Change:
    return only([c for c in (*changes.appeared, *changes.disappeared, *changes.moved) if c.id == id_])


def fields(cause: Cause) -> list[str]:
    return [change.field for change in cause.fields]


def causes(change: Change) -> dict[str, tuple[list[str], list[str]]]:
    """Return, by field, what each cause of a change undoes and what it brings nearer."""
    return {" + ".join(fields(c)): (c.reverts, c.partly) for c in change.causes}


def differences(change: Change) -> dict[str, tuple[Any, Any]]:
    return {d.field: (d.before, d.after) for d in change.differences}


# ---------------------------------------------------------------- measurements


def test_a_value_over_the_threshold_makes_a_strategy_appear():
    result = pair(LIVER, {M221: 0.9}, {M221: 1.2})
    change = only(result.strategies.appeared)
    assert (change.id, change.before, change.after.rank) == ("inhibit:hsa-miR-221-3p", None, 1)
    assert causes(change) == {"expression.hsa-miR-221-3p": (["listed"], [])}
    assert (change.causes[0].fields[0].before, change.causes[0].fields[0].after) == (0.9, 1.2)
    crossing = change.call.crossed[0]
    assert (change.call.before.call, change.call.after.call) == ("unchanged", "up")
    assert (crossing.number, crossing.threshold, crossing.setting) == ("value", 1.0, "fold_change.min_abs_log2_ratio")
    assert "strategy.inhibit_documented_up" in [step.rule for step in change.rules.only_after]


def test_a_p_value_over_its_limit_makes_it_disappear():
    result = pair(LIVER, {M221: {"value": 2, "adjusted_p_value": 0.04}}, {M221: {"value": 2, "adjusted_p_value": 0.06}})
    change = only(result.strategies.disappeared)
    assert [(c.number, c.before, c.after, c.threshold) for c in change.call.crossed] == [
        ("adjusted_p_value", 0.04, 0.06, 0.05)
    ]
    assert change.call.after.notes == ["changed, but not significantly (adjusted p 0.06)"]
    assert causes(change) == {"expression.hsa-miR-221-3p": (["listed"], [])}


def test_an_abundance_under_the_floor_makes_it_disappear():
    rich, poor = ({"value": 2.0, "reads_per_million": rpm} for rpm in (420.0, 60.0))
    change = only(pair(LIVER, {M221: rich}, {M221: poor}).strategies.disappeared)
    assert change.call.after.call == "low_abundance"
    assert [(c.number, c.before, c.after, c.threshold) for c in change.call.crossed] == [
        ("reads_per_million", 420.0, 60.0, 100.0)
    ]


@pytest.mark.parametrize("after", [{M221: None, M21: 0.0}, {M21: 0.0}], ids=["null", "absent"])
def test_what_is_not_measured_any_more_disappears_and_is_not_called_unchanged(after):
    change = only(pair(LIVER, {M221: 2.0, M21: 0.0}, after).strategies.disappeared)
    assert (change.call.after.call if change.call.after else None) in ("not_measured", None)
    assert (change.causes[0].fields[0].field, change.causes[0].fields[0].after) == ("expression.hsa-miR-221-3p", None)


def test_a_higher_value_moves_value_and_points_and_the_term_shows_its_inputs():
    change = only(pair(LIVER, {M221: 2.0}, {M221: 2.4}).strategies.moved)
    assert differences(change) == {"points": (33, 36), "value": (2.0, 2.4)}
    term = change.components[0]
    assert (term.before.name, term.before.points, term.before.inputs) == ("expression", 15, {"value": 2.0})
    assert (term.after.points, term.after.inputs) == (18, {"value": 2.4})
    assert causes(change) == {"expression.hsa-miR-221-3p": (["points", "components", "value"], [])}


def test_a_flipped_sign_withholds_what_was_proposed_in_the_other_action():
    result = pair(LIVER, {M221: 2.0}, {M221: -2.0})
    assert ids(result.strategies.disappeared) == ["inhibit:hsa-miR-221-3p"]
    withheld = only(result.withheld.appeared)
    assert (withheld.id, withheld.after.reasons) == (
        "restore:hsa-miR-221-3p",
        ["discordant_direction", "opposes_established_role"],
    )
    assert causes(withheld) == {"expression.hsa-miR-221-3p": (["listed"], [])}


def test_a_neighbor_of_the_cluster_that_rises_too_is_a_cause_of_points():
    change = change_of(
        pair(LIVER, {M221: 2.0, "hsa-miR-222-3p": 0.0}, {M221: 2.0, "hsa-miR-222-3p": 1.5}).strategies,
        "inhibit:hsa-miR-221-3p",
    )
    assert list(causes(change)) == ["expression.hsa-miR-222-3p"]
    assert {"points", "components"} <= set(change.causes[0].reverts)
    assert change.components[0].after.inputs == {"hsa-miR-222-3p": "up"}


def test_a_sibling_that_is_measured_now_is_a_cause_of_points_and_a_caveat():
    result = pair("renal cell carcinoma", {"hsa-miR-25-3p": 2.0}, {"hsa-miR-25-3p": 2.0, "hsa-miR-363-3p": 0.1})
    change = only(result.strategies.moved)
    assert list(causes(change)) == ["expression.hsa-miR-363-3p"]
    assert [(c.before, c.after.name, c.after.points) for c in change.components] == [(None, "off_target", -8)]
    assert [flag.id for flag in change.caveats.only_before] == ["sibling_suppressor_unknown"]
    assert [flag.id for flag in change.caveats.only_after] == ["sibling_suppressor_retained"]


def test_a_family_member_that_is_measured_now_makes_the_family_appear():
    result = pair("lung cancer", {"hsa-miR-34a-5p": -2.0}, {"hsa-miR-34a-5p": -2.0, "hsa-miR-34c-5p": -1.5})
    change = change_of(result.strategies, "restore:miR-34-family")
    assert causes(change) == {"expression.hsa-miR-34c-5p": (["listed"], [])}
    assert change.causes[0].calls[0].before is None


def test_what_neither_of_two_members_undoes_alone_is_told_of_both_together():
    low = {"hsa-miR-17-5p": 2.0, "hsa-miR-20a-5p": 0.0, "hsa-miR-92a-3p": 0.0, "hsa-miR-18a-5p": 0.0}
    high = {**low, "hsa-miR-20a-5p": 2.0, "hsa-miR-92a-3p": 2.0}
    change = change_of(pair("lung cancer", low, high).strategies, "inhibit:miR-17/92-cluster")
    assert [(fields(c), c.together, c.reverts) for c in change.causes] == [
        (["expression.hsa-miR-20a-5p", "expression.hsa-miR-92a-3p"], True, ["listed"])
    ]


def test_all_names_of_one_mirna_are_one_cause():
    result = pair(LIVER, {"miR-221": 0.2}, {"hsa-miR-221-3p": 2.0})
    cause = only(result.strategies.appeared).causes[0]
    assert (fields(cause), cause.together) == (["expression.hsa-miR-221-3p", "expression.miR-221"], False)


def test_the_same_value_under_another_name_changes_how_surely_it_is_understood():
    change = only(pair(LIVER, {"hsa-mir-221": 2.0}, {"hsa-miR-221-3p": 2.0}).strategies.moved)
    assert list(causes(change)) == ["expression.hsa-miR-221-3p + expression.hsa-mir-221"]
    assert [flag.id for flag in change.flags.only_before] == ["hairpin_level"]


# ---------------------------------------------------------------- fields


def test_relapse_turns_an_adverse_gate_clear_in_myeloma():
    result = pair(MYELOMA, {M221: 2.0}, {M221: 2.0}, {"disease_state": "newly_diagnosed"})
    change = only(result.strategies.moved)
    assert differences(change)["gate"] == ("adverse", "clear")
    assert differences(change)["points"] == (23, 33)
    assert list(causes(change)) == ["disease_state"]
    assert {"gate", "points", "flags"} <= set(change.causes[0].reverts)
    assert {"context.timing_newly_diagnosed", "context.timing_myeloma_loss"} <= {
        step.rule for step in change.rules.only_before
    }
    assert {"timing", "loss_marks_worse_outcome"} <= {flag.id for flag in change.flags.only_before}


def test_disease_under_treatment_withholds_for_timing_and_is_told_in_both_lists():
    result = pair(LIVER, {M221: 2.0}, {M221: 2.0}, new={"disease_state": "on_treatment_sensitive"})
    gone, withheld = only(result.strategies.disappeared), only(result.withheld.appeared)
    assert gone == withheld
    assert (gone.before.listed, gone.after.listed, gone.after.reasons) == (
        "strategies",
        "withheld",
        ["timing_contraindicated"],
    )
    assert causes(gone) == {"disease_state": (["listed"], [])}
    assert "context.timing_sensitive_disease" in [step.rule for step in gone.rules.only_after]


def test_a_fact_about_the_patient_is_a_cause_of_points_and_of_a_caveat():
    change = only(
        pair(
            LIVER, {"hsa-miR-224-5p": 2.0}, {"hsa-miR-224-5p": 2.0}, new={"patient": {"hepatic_impairment": True}}
        ).strategies.moved
    )
    assert differences(change)["points"] == (18, 15)
    assert list(causes(change)) == ["patient.hepatic_impairment"]
    assert "hepatic_impairment_liver_carrier" in {flag.id for flag in change.caveats.only_after}
    assert [order.axis for order in change.options] == ["delivery"]


def test_a_measured_target_gene_is_a_cause():
    change = only(pair(LIVER, {M221: 2.0}, {M221: 2.0}, new={"target_expression": {"PTEN": -1.0}}).strategies.moved)
    assert differences(change)["points"] == (33, 36)
    assert causes(change)["target_expression.PTEN"][0][:2] == ["points", "components"]


def test_metastasis_is_a_cause_where_a_driver_of_it_is_up():
    result = pair(
        "colorectal cancer",
        {"hsa-miR-10b-5p": 2.0},
        {"hsa-miR-10b-5p": 2.0},
        {"metastatic": False},
        {"metastatic": True},
    )
    assert list(causes(only(result.strategies.moved))) == ["metastatic"]


def test_fewer_normals_bring_caution_and_the_reference_is_the_cause():
    few = {"reference": {"kind": "normal_cohort", "samples": 5}}
    result = pair(LIVER, {M221: 2.0}, {M221: 2.0}, new=few)
    change = only(result.strategies.moved)
    assert differences(change)["gate"] == ("clear", "caution")
    assert list(causes(change)) == ["reference.samples"]
    assert [note.id for note in result.notes] == ["different_references"]


def test_a_specimen_moves_the_notes_and_no_strategy():
    result = pair(LIVER, {M221: 2.0}, {M221: 2.0}, new={"specimen": "plasma_serum"})
    assert not result.changed
    assert [(f.field, f.moved) for f in result.fields] == [("specimen", ["notes"])]
    assert "not_measured_in_tumor" in [note.id for note in result.result_notes.only_after]
    assert result.result_notes.only_before == []


def test_a_subtype_is_the_same_tumor_and_a_cause_of_its_own():
    result = pair("lung cancer", {"hsa-miR-16-5p": -2.0}, {"hsa-miR-16-5p": -2.0}, new={"cancer": "LUAD"})
    assert [f.field for f in result.fields] == ["cancer"]
    assert result.before.cancer.id == result.after.cancer.id == "lung_cancer"


def test_a_value_that_fell_is_a_cause_in_part_where_the_state_would_now_forbid_it_too():
    result = pair(LIVER, {M221: 2.0}, {M221: 0.2}, new={"disease_state": "on_treatment_sensitive"})
    gone = only(result.strategies.disappeared)
    assert [(fields(c), c.reverts, c.partly, c.listed) for c in gone.causes] == [
        (["expression.hsa-miR-221-3p"], [], ["listed"], "withheld")
    ]


# ---------------------------------------------------------------- rank


def test_a_rank_that_others_moved_names_them():
    names = {"hsa-miR-224-5p": 2.0, "hsa-miR-25-3p": 1.5}
    result = pair(LIVER, names, {**names, "hsa-miR-25-3p": 3.0})
    overtaken = change_of(result.strategies, "inhibit:hsa-miR-224-5p")
    assert differences(overtaken) == {"rank": (1, 2)}
    assert overtaken.order.passed_by == ["inhibit:hsa-miR-25-3p"]
    assert causes(overtaken) == {"expression.hsa-miR-25-3p": (["rank"], [])} or overtaken.causes == []
    passing = change_of(result.strategies, "inhibit:hsa-miR-25-3p")
    assert passing.order.passed == ["inhibit:hsa-miR-224-5p"]


def test_a_rank_behind_one_that_appeared_and_before_one_that_left_names_both():
    result = pair(LIVER, {"hsa-miR-224-5p": 2.0, M21: 2.0, M221: 0.0}, {"hsa-miR-224-5p": 2.0, M21: 0.0, M221: 2.0})
    assert result.strategies.moved == []
    assert result.strategies.unchanged == ["inhibit:hsa-miR-224-5p"]
    later = pair(LIVER, {"hsa-miR-224-5p": 2.0, M221: 0.0}, {"hsa-miR-224-5p": 2.0, M221: 2.0})
    assert only(later.strategies.moved).order.appeared_above == ["inhibit:hsa-miR-221-3p"]
    earlier = pair(LIVER, {"hsa-miR-224-5p": 2.0, M221: 2.0}, {"hsa-miR-224-5p": 2.0, M221: 0.0})
    assert only(earlier.strategies.moved).order.disappeared_above == ["inhibit:hsa-miR-221-3p"]


# ---------------------------------------------------------------- what changed and moved nothing


def test_fields_that_changed_and_moved_nothing_are_listed():
    result = pair(
        LIVER,
        {M221: 2.0, "hsa-miR-1-3p": 0.1, "hsa-miR-1246": 1.0},
        {M221: 2.0, "hsa-miR-1-3p": 0.3, "hsa-miR-1246": 2.0},
        new={"patient": {"egfr_positive": True}},
    )
    assert not result.changed
    assert [(f.field, f.moved) for f in result.fields] == [
        ("patient.egfr_positive", []),
        ("expression.hsa-miR-1-3p", []),
        ("expression.hsa-miR-1246", []),
    ]


def test_a_profile_against_itself_changes_nothing_and_says_so(capsys):
    path = str(data_folder("profiles") / "liver_mir221_up.json")
    assert run_command(["compare", path, path]) == 0
    out = capsys.readouterr().out
    assert "Nothing appeared, disappeared or moved." in out
    assert "The profiles say the same in every field that is read." in out


# ---------------------------------------------------------------- scales and abundances


def test_across_scales_the_measurement_is_one_part_and_the_gates_still_compare():
    result = pair(LIVER, {M221: 2.0}, {M221: 4.0}, {"disease_state": "newly_diagnosed"}, {"scale": "z_score"})
    assert [note.id for note in result.notes] == ["different_scales"]
    change = only(result.strategies.moved)
    assert differences(change)["gate"] == ("adverse", "clear")
    assert "disease_state" in causes(change)
    assert "scale + expression" in causes(change)
    assert change.call.crossed == []


def normals() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    means = {M221: 200.0, M21: 50_000.0, "hsa-miR-122-5p": 90_000.0}
    columns = [f"N{i}" for i in range(12)]
    return pd.DataFrame({m: rng.normal(mean, mean / 20, 12) for m, mean in means.items()}, index=columns)


def test_abundances_are_exchanged_as_they_were_called():
    rpm = {"scale": "reads_per_million", "reference": {"kind": "normal_cohort"}}
    before = {**profile(LIVER, {M221: 210.0, M21: 51_000.0, "hsa-miR-122-5p": 9_000.0}), **rpm, "patient_id": "P"}
    after = {**before, "expression": {**before["expression"], M221: 2_000.0}}
    change = only(compare(before, after, reference=normals()).strategies.appeared)
    assert change.id == "inhibit:hsa-miR-221-3p"
    assert causes(change) == {"expression.hsa-miR-221-3p": (["listed"], [])}
    assert (change.causes[0].fields[0].before, change.causes[0].fields[0].after) == (210.0, 2000.0)
    assert (change.call.before.call, change.call.after.call) == ("unchanged", "up")


def test_one_reference_serves_the_side_that_needs_it():
    before = {**profile(LIVER, {M221: 2.0}), "patient_id": "P"}
    after = {**before, "scale": "reads_per_million", "expression": {M221: 2_000.0}}
    result = compare(before, after, reference=normals())
    assert ids(result.strategies.moved) == ["inhibit:hsa-miR-221-3p"]
    with pytest.raises(InputError, match=r"after, reference: found none; expected normal samples"):
        compare(before, after)


def test_a_reference_that_neither_needs_is_refused_for_both():
    before = profile(LIVER, {M221: 2.0})
    with pytest.raises(InputError) as refused:
        compare(before, before, reference=normals())
    assert [p.where for p in refused.value.problems] == ["before, reference", "after, reference"]


# ---------------------------------------------------------------- refusals


def two(**after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {**profile(LIVER, {M221: 2.0}), "patient_id": "P-1"}
    return before, {**before, **after}


def test_two_patients_are_refused_unless_told():
    before, after = two(patient_id="P-2")
    with pytest.raises(
        InputError, match="'P-1' before and 'P-2' after; expected one patient; give --different-patients"
    ):
        compare(before, after)
    told = compare(before, after, different_patients=True)
    assert [note.id for note in told.notes] == ["different_patients"]


def test_two_tumors_are_refused_unless_told_and_both_refusals_are_told_at_once():
    before, after = two(patient_id="P-2", cancer="lung cancer")
    with pytest.raises(InputError) as refused:
        compare(before, after)
    assert [problem.where for problem in refused.value.problems] == ["patient_id", "cancer"]
    told = compare(before, after, different_patients=True, different_cancers=True)
    assert [note.id for note in told.notes] == ["different_patients", "different_cancers"]
    assert any("cancer" in causes(change) for change in (*told.strategies.moved, *told.strategies.disappeared))


@pytest.mark.parametrize("sides", [("before",), ("after",), ("before", "after")])
def test_a_patient_who_is_not_stated_is_noted_and_compared(sides):
    before, after = two()
    for side, given in (("before", before), ("after", after)):
        if side in sides:
            del given["patient_id"]
    assert [note.id for note in compare(before, after).notes] == ["patient_not_stated"]


def test_problems_of_both_profiles_are_told_with_their_side():
    with pytest.raises(InputError) as refused:
        compare({"sample_id": "S"}, {**profile(LIVER, {M221: "2"})})
    sides = {problem.where.split(",")[0] for problem in refused.value.problems}
    assert sides == {"before", "after"}


# ---------------------------------------------------------------- the command


@pytest.fixture
def call(capsys):
    def do(*arguments: str) -> tuple[int, str, list[str]]:
        status = run_command(["compare", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return do


@pytest.fixture
def files(tmp_path):
    """Write two profiles of one patient and return their paths."""
    paths = []
    for name, value in (("before.json", 0.9), ("after.json", 1.2)):
        path = tmp_path / name
        path.write_text(json.dumps({**profile(LIVER, {M221: value}), "patient_id": "P"}), encoding="utf-8")
        paths.append(str(path))
    return paths


def bundled(name: str) -> str:
    return str(data_folder("profiles") / f"{name}.json")


@pytest.mark.parametrize(("format_", "ending"), [("text", "txt"), ("json", "json")])
def test_the_myeloma_at_diagnosis_and_at_relapse_reads_as_it_did(call, golden, format_, ending):
    status, out, err = call(bundled("myeloma_newly_diagnosed"), bundled("myeloma_relapsed"), "--format", format_)
    assert (status, err) == (0, [])
    golden(f"compare_myeloma.{ending}", out)


def test_the_example_of_the_guide_is_what_the_command_prints():
    tests = Path(__file__).parent
    guide = (tests.parent / "docs" / "compare.md").read_text(encoding="utf-8")
    shown = guide.partition("```text\n")[2].partition("```")[0].splitlines()
    printed = (tests / "golden" / "compare_myeloma.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in shown if line not in printed] == ["…"]


def test_small_moves_are_told_in_a_line_each_and_withheld_ones_with_their_cause(call, tmp_path):
    first = {M221: 2.0, "hsa-miR-224-5p": 2.0, "hsa-miR-25-3p": 1.5, "hsa-miR-145-5p": 2.0}
    later = {M221: 2.4, "hsa-miR-224-5p": 2.0, "hsa-miR-25-3p": 3.0, "hsa-miR-34a-5p": 2.0}
    paths = []
    for name, expression in (("first", first), ("later", later)):
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps({**profile(LIVER, expression), "patient_id": "P"}), encoding="utf-8")
    out = " ".join(call(*map(str, paths))[1].split())
    for said in (
        "Moved in rank, points or value alone",
        "inhibit hsa-miR-221-3p: points 33 → 36, value +2.00 → +2.40; by expression.hsa-miR-221-3p",
        "inhibit hsa-miR-224-5p: rank 2 → 3; passed by inhibit hsa-miR-25-3p",
        "inhibit hsa-miR-25-3p: rank 3 → 2, points 14 → 25, value +1.50 → +3.00; passed inhibit hsa-miR-224-5p",
        "Newly withheld -------------- - inhibit hsa-miR-34a-5p (up +2.00): opposes_established_role.",
        "Moved by expression.hsa-miR-145-5p 2 → not measured (hsa-miR-145-5p up → not in the profile)",
    ):
        assert said in out


def test_two_tumors_read_as_they_did(call, golden):
    sides = (bundled("mesothelioma_mir16_lost"), bundled("colorectal_mir145_conflict"))
    status, out, err = call(*sides, "--different-cancers")
    assert (status, err) == (0, [])
    golden("compare_tumors.txt", out)


def test_the_text_fits_100_columns(call):
    _, out, _ = call(bundled("liver_mir221_up"), bundled("thyroid_papillary"), "--different-cancers")
    assert max(map(len, out.splitlines())) <= 100


def test_the_json_meets_its_schema_and_is_the_value_of_the_function(call):
    import jsonschema

    sides = [bundled("myeloma_newly_diagnosed"), bundled("myeloma_relapsed")]
    _, out, _ = call(*sides, "--format", "json")
    jsonschema.Draft202012Validator(json_schema("comparison")).validate(json.loads(out))
    assert out == compare(*sides).to_json()
    assert Comparison.model_validate(json.loads(out)).to_json() == out


def test_options_fill_both_files_and_contradict_neither(call, files, tmp_path):
    bare = []
    for path in files:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        del data["cancer"]
        bare.append(tmp_path / f"bare-{Path(path).name}")
        bare[-1].write_text(json.dumps(data), encoding="utf-8")
    assert call(*map(str, bare), "--cancer", LIVER) == call(*files)
    status, out, err = call(*files, "--cancer", "lung cancer")
    assert (status, out, len(err)) == (1, "", 2)
    assert all("--cancer" in line for line in err)


def test_one_of_both_may_be_standard_input(call, files, monkeypatch):
    text = Path(files[0]).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert call("-", files[1]) == call(*files)


def test_standard_input_twice_is_wrong_usage(call):
    status, out, err = call("-", "-")
    assert (status, out) == (2, "")
    assert "only one of BEFORE and AFTER can be -" in err[-1]


def test_a_missing_file_is_refused_by_its_name(call, files):
    status, out, err = call(files[0], "nowhere.json")
    assert (status, out, len(err)) == (1, "", 1)
    assert err[0].startswith("error: nowhere.json: found No such file")


def test_malformed_files_are_both_told(call, tmp_path):
    paths = [tmp_path / name for name in ("one.json", "two.json")]
    for path in paths:
        path.write_text("{", encoding="utf-8")
    status, out, err = call(*map(str, paths))
    assert (status, out, len(err)) == (1, "", 2)
    assert [Path(line.split(": ")[1]).name for line in err] == ["one.json", "two.json"]


def test_problems_of_both_files_are_told(call, files, tmp_path):
    for path, change in zip(files, ({"scale": "log3"}, {"sample_id": ""}), strict=True):
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        Path(path).write_text(json.dumps({**data, **change}), encoding="utf-8")
    status, _, err = call(*files)
    assert status == 1
    assert ["scale" in err[0], "sample_id" in err[1]] == [True, True]


def test_another_patient_exits_with_1_and_the_option_lets_it_pass(call, files):
    data = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    Path(files[1]).write_text(json.dumps({**data, "patient_id": "Q"}), encoding="utf-8")
    status, out, err = call(*files)
    assert (status, out, len(err)) == (1, "", 1)
    status, out, _ = call(*files, "--different-patients")
    assert status == 0
    assert "Two patients" in out


def test_the_scale_of_a_reference_without_one_is_wrong_usage(call, files):
    assert call(*files, "--reference-scale", "counts")[0] == 2


def test_the_result_can_be_written_to_a_file(call, files, tmp_path):
    target = tmp_path / "changes.json"
    assert call(*files, "--format", "json", "--output", str(target)) == (0, "", [])
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == "comparison/1"


def test_settings_hold_for_both(call, files, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text("[fold_change]\nmin_abs_log2_ratio = 1.5\n", encoding="utf-8")
    assert "Nothing appeared" in call(*files, "--settings", str(settings))[1]
