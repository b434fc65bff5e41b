"""Thresholds and weights: what may be overridden, what is refused, and that an override is seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recommender import SettingsError, load_knowledge, recommend
from recommender.cli import run
from recommender.settings import override, read_overrides

UNHURRIED = hypothesis_settings(deadline=None)  # the first example imports what it needs

SHIPPED = load_knowledge().settings
MIRNA = "hsa-miR-221-3p"


def profile(value: Any = 1.5, **fields: Any) -> dict[str, Any]:
    return {
        "sample_id": "S",
        "cancer": "LIHC",
        "disease_state": "relapsed_refractory",
        "scale": "log2_fold_change",
        "reference": {"kind": "normal_cohort", "samples": 50},
        "expression": {MIRNA: value},
        **fields,
    }


def call(result, mirna: str = MIRNA) -> str:
    return next(call.call for call in result.calls if call.mirna == mirna)


def component(result, name: str) -> int:
    return next((c.points for c in result.strategies[0].components if c.name == name), 0)


# ---------------------------------------------------------------- shipped


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("fold_change", "min_abs_log2_ratio", 1.0),
        ("z_score", "min_abs_z_score", 2.0),
        ("adjusted_p_value", "max", 0.05),
        ("abundance", "min_reads_per_million", 100.0),
        ("reference", "min_samples", 10),
        ("reference", "min_sd", 0.1),
        ("reference", "outlier_mads", 4.0),
        ("family", "min_measured_members", 2),
        ("family", "min_dysregulated_share", 0.5),
        ("exploratory", "best", 5),
    ],
)
def test_the_shipped_thresholds_are_those_of_the_evidence(table, key, value):
    assert SHIPPED[table][key] == value


def test_the_settings_in_use_are_in_every_output():
    settings = json.loads(recommend(profile()).to_json())["settings"]
    assert settings == {table: dict(values) for table, values in SHIPPED.items()}
    assert list(settings) == sorted(settings)


# ---------------------------------------------------------------- refused

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown table": ({"thresholds": {"p": 1}}, "[thresholds]"),
    "unknown key": ({"fold_change": {"minimum": 1.0}}, "fold_change.minimum"),
    "key of another table": ({"fold_change": {"max": 1.0}}, "fold_change.max"),
    "number in quotes": ({"fold_change": {"min_abs_log2_ratio": "2"}}, "fold_change.min_abs_log2_ratio"),
    "true for a number": ({"fold_change": {"min_abs_log2_ratio": True}}, "fold_change.min_abs_log2_ratio"),
    "list for a number": ({"fold_change": {"min_abs_log2_ratio": [1.0]}}, "fold_change.min_abs_log2_ratio"),
    "table for a number": ({"fold_change": {"min_abs_log2_ratio": {}}}, "fold_change.min_abs_log2_ratio"),
    "NaN": ({"fold_change": {"min_abs_log2_ratio": float("nan")}}, "fold_change.min_abs_log2_ratio"),
    "infinity": ({"fold_change": {"min_abs_log2_ratio": float("inf")}}, "fold_change.min_abs_log2_ratio"),
    "under zero": ({"fold_change": {"min_abs_log2_ratio": -1.0}}, "fold_change.min_abs_log2_ratio"),
    "fraction for a whole number": ({"reference": {"min_samples": 10.5}}, "reference.min_samples"),
    "one normal for a cohort": ({"reference": {"min_samples": 1}}, "reference.min_samples"),
    "p over one": ({"adjusted_p_value": {"max": 1.01}}, "adjusted_p_value.max"),
    "share over one": ({"family": {"min_dysregulated_share": 1.5}}, "family.min_dysregulated_share"),
    "family of one": ({"family": {"min_measured_members": 1}}, "family.min_measured_members"),
    "unknown word": ({"scaling": {"method": "quantile"}}, "scaling.method"),
    "number for a word": ({"scaling": {"method": 1}}, "scaling.method"),
    "number for a table": ({"family": 3}, "[family]"),
    "negative weight": ({"safety": {"program_stopped_for_safety": -20}}, "safety.program_stopped_for_safety"),
}


@pytest.mark.parametrize(("overrides", "place"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_with_its_place(overrides, place):
    with pytest.raises(SettingsError) as refused:
        override(SHIPPED, overrides, "mine.toml")
    (problem,) = refused.value.problems
    assert problem.where == f"mine.toml, {place}"
    assert problem.expected


def test_every_refusal_of_a_setting_says_what_to_do():
    without_remedy = []
    for name, (overrides, _) in REFUSED.items():
        with pytest.raises(SettingsError) as refused:
            override(SHIPPED, overrides)
        if not all(problem.remedy for problem in refused.value.problems):
            without_remedy.append(name)
    assert without_remedy == []


def test_an_unknown_name_is_told_with_the_names_there_are():
    with pytest.raises(SettingsError, match="fold_change"):
        override(SHIPPED, {"foldchange": {}})
    with pytest.raises(SettingsError, match="min_abs_log2_ratio"):
        override(SHIPPED, {"fold_change": {"min_ratio": 1.0}})


def test_all_problems_of_the_settings_are_listed_at_once():
    overrides = {
        "thresholds": {"p": 1},
        "fold_change": {"min_abs_log2_ratio": -1.0, "minimum": 2.0},
        "family": {"min_measured_members": 1},
        "scaling": {"method": "quantile"},
    }
    with pytest.raises(SettingsError) as refused:
        override(SHIPPED, overrides, "mine.toml")
    assert sorted(problem.where for problem in refused.value.problems) == [
        "mine.toml, [thresholds]",
        "mine.toml, family.min_measured_members",
        "mine.toml, fold_change.min_abs_log2_ratio",
        "mine.toml, fold_change.minimum",
        "mine.toml, scaling.method",
    ]


@UNHURRIED
@given(
    st.dictionaries(
        st.sampled_from([*SHIPPED, "unknown"]),
        st.dictionaries(
            st.sampled_from(["max", "method", "min_samples", "min_abs_log2_ratio", "best"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers()),
            max_size=3,
        )
        | st.integers(),
        max_size=3,
    )
)
def test_any_override_is_taken_as_it_is_or_refused_and_never_crashes(overrides):
    try:
        settings = override(SHIPPED, overrides)
    except SettingsError:
        return
    for table, values in overrides.items():
        assert all(settings[table][key] == value for key, value in values.items())


@pytest.mark.parametrize(
    "content",
    [
        b"[fold_change\n",
        b"fold_change = ",
        b"\xff\xfe",
        b"[family]\nmin_measured_members = 2\nmin_measured_members = 3\n",
    ],
    ids=["broken table", "no value", "not UTF-8", "key given twice"],
)
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        read_overrides(path)


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_missing_settings_file_and_a_folder_are_refused(tmp_path, name):
    with pytest.raises(SettingsError) as refused:
        recommend(profile(), settings=tmp_path / name)
    assert str(tmp_path) in str(refused.value)


# ---------------------------------------------------------------- seen


def test_no_override_changes_nothing():
    assert override(SHIPPED, {}) == SHIPPED
    assert recommend(profile(), settings={}).to_json() == recommend(profile()).to_json()


def test_an_override_leaves_the_shipped_settings_alone():
    override(SHIPPED, {"fold_change": {"min_abs_log2_ratio": 3.0}})
    recommend(profile(), settings={"fold_change": {"min_abs_log2_ratio": 3.0}})
    assert SHIPPED["fold_change"]["min_abs_log2_ratio"] == 1.0
    assert call(recommend(profile())) == "up"


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(TypeError):
        SHIPPED["fold_change"]["min_abs_log2_ratio"] = 3.0


@pytest.mark.parametrize(
    ("given_profile", "overrides", "before", "after"),
    [
        pytest.param(profile(1.5), {"fold_change": {"min_abs_log2_ratio": 2.0}}, "up", "unchanged", id="ratio"),
        pytest.param(
            profile(2.5, scale="z_score"), {"z_score": {"min_abs_z_score": 3.0}}, "up", "unchanged", id="z-score"
        ),
        pytest.param(
            profile({"value": 1.5, "adjusted_p_value": 0.08}),
            {"adjusted_p_value": {"max": 0.1}},
            "unchanged",
            "up",
            id="adjusted p",
        ),
        pytest.param(
            profile({"value": 1.5, "reads_per_million": 50}),
            {"abundance": {"min_reads_per_million": 50}},
            "low_abundance",
            "up",
            id="abundance",
        ),
    ],
)
def test_an_overridden_threshold_changes_the_call_and_is_in_the_output(given_profile, overrides, before, after):
    assert call(recommend(given_profile)) == before
    result = recommend(given_profile, settings=overrides)
    assert call(result) == after
    ((table, values),) = overrides.items()
    ((key, value),) = values.items()
    assert result.settings[table][key] == value


def test_how_many_normals_make_a_cohort_is_a_setting():
    few = profile(reference={"kind": "normal_cohort", "samples": 5})
    assert recommend(few).strategies[0].gate == "caution"
    assert recommend(few, settings={"reference": {"min_samples": 5}}).strategies[0].gate == "clear"


def test_how_many_members_make_a_family_is_a_setting():
    two = profile(expression={MIRNA: 2.0, "hsa-miR-222-3p": 2.0})
    assert call(recommend(two), "miR-221/222-cluster") == "up"
    three = {"family": {"min_measured_members": 3}}
    assert call(recommend(two, settings=three), "miR-221/222-cluster") == "not_measured"


def test_how_much_of_a_family_must_change_is_a_setting():
    half = profile(expression={MIRNA: 2.0, "hsa-miR-222-3p": 0.0})
    assert call(recommend(half), "miR-221/222-cluster") == "up"
    all_of_it = {"family": {"min_dysregulated_share": 0.51}}
    assert call(recommend(half, settings=all_of_it), "miR-221/222-cluster") == "unchanged"


def test_an_overridden_weight_changes_the_points_by_its_own_term_alone():
    # 7.5 points a unit at a log2 ratio of 2, then 10
    plain, heavier = recommend(profile(2.0)), recommend(profile(2.0), settings={"expression": {"points_per_log2": 10}})
    assert component(plain, "expression") == 15
    assert component(heavier, "expression") == 20
    assert heavier.strategies[0].points - plain.strategies[0].points == 5


def test_how_many_exploratory_strategies_are_listed_is_a_setting_and_the_rest_is_named():
    many = profile(
        cancer="hepatocellular carcinoma",
        reference={"kind": "tumor_cohort"},
        expression={MIRNA: 2.0, "hsa-miR-222-3p": 2.0, "hsa-miR-21-5p": 2.0, "hsa-miR-224-5p": 2.0},
    )
    result = recommend(many, settings={"exploratory": {"best": 2}})
    assert len(result.exploratory) == 2
    assert [strategy.rank for strategy in result.exploratory] == [1, 2]
    left_out = {s.id for s in recommend(many).exploratory} - {s.id for s in result.exploratory}
    assert left_out
    (note,) = [note.message for note in result.notes if note.id == "exploratory_cut"]
    assert all(strategy in note for strategy in left_out)


def test_a_file_and_a_dict_of_settings_are_the_same(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[fold_change]\nmin_abs_log2_ratio = 2.0\n", encoding="utf-8")
    as_dict = recommend(profile(), settings={"fold_change": {"min_abs_log2_ratio": 2.0}}).to_json()
    assert recommend(profile(), settings=path).to_json() == as_dict
    assert recommend(profile(), settings=str(path)).to_json() == as_dict


def test_the_command_line_takes_settings_and_refuses_bad_ones_with_exit_status_1(tmp_path, capsys):
    tumor, good, bad = tmp_path / "tumor.json", tmp_path / "good.toml", tmp_path / "bad.toml"
    tumor.write_text(json.dumps(profile()), encoding="utf-8")
    good.write_text("[fold_change]\nmin_abs_log2_ratio = 2.0\n", encoding="utf-8")
    bad.write_text("[fold_change]\nmin_ratio = 2.0\n[family]\nmin_measured_members = 0\n", encoding="utf-8")
    assert run(["recommend", str(tumor), "--settings", str(good), "--format", "json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["strategies"] == []
    assert out["settings"]["fold_change"]["min_abs_log2_ratio"] == 2.0
    assert run(["recommend", str(tumor), "--settings", str(bad)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2
    assert all("bad.toml, " in line for line in captured.err.splitlines())
