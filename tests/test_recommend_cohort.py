"""`recommend_cohort` on data frames: numbers stay what they are, and what is no matrix is refused by name."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pytest
from cohorts import TABLES, differences, matrix, profile

from recommender import InputError, SettingsError, load_knowledge, recommend_cohort
from recommender.reference.load import load_reference

RATIOS = matrix(2, 6)
STATED = {"scale": "log2_fold_change", "cancer": "LIHC", "reference_kind": "normal_cohort", "reference_samples": 50}
AS_PROFILE = {"reference": {"kind": "normal_cohort", "samples": 50}}
NAMES = sorted(load_knowledge().resolver.mirnas)[:330]


def counts(samples: int, seed: int = 1) -> pd.DataFrame:
    pick = np.random.default_rng(seed)
    typical = np.random.default_rng(0).lognormal(6, 2, (len(NAMES), 1))
    found = typical * pick.lognormal(0, 0.8, (len(NAMES), samples))
    return pd.DataFrame(np.round(found), index=NAMES, columns=[f"S{i}" for i in range(samples)])


def same(found, wanted) -> bool:
    return all(getattr(found, name).equals(getattr(wanted, name)) for name in TABLES)


def told(frame, **how) -> list[str]:
    with pytest.raises(InputError) as caught:
        recommend_cohort(frame, **{**STATED, **how})
    return [str(problem) for problem in caught.value.problems]


WANTED = recommend_cohort(RATIOS, **STATED)
FRAMES = {
    "samples in rows": (RATIOS.T, {"samples_in": "rows"}),
    "other order of miRNAs": (RATIOS.iloc[::-1], {}),
    "nullable numbers": (RATIOS.astype("Float64"), {}),
    "numbers of Arrow": (RATIOS.astype("float64[pyarrow]"), {}),
    "objects that are numbers": (RATIOS.astype(object), {}),
    "None for not measured": (RATIOS.astype(object).where(RATIOS.notna(), None), {}),
    "NA for not measured": (RATIOS.astype(object).where(RATIOS.notna(), pd.NA), {}),
    "numbers of several types": (RATIOS.astype({"S1": object, "S2": "Float64"}), {}),
    "categories as names": (RATIOS.set_axis(pd.CategoricalIndex(RATIOS.index)), {}),
    "sparse": (RATIOS.astype(pd.SparseDtype(float)), {}),
}


@pytest.mark.parametrize("how", FRAMES)
def test_one_matrix_gives_the_same_frames_however_pandas_holds_it(how):
    frame, options = FRAMES[how]
    assert same(recommend_cohort(frame, **STATED, **options), WANTED)


def test_whole_and_decimal_numbers_are_numbers():
    whole = RATIOS.fillna(0).round()
    wanted = recommend_cohort(whole, **STATED)
    assert same(recommend_cohort(whole.astype(int), **STATED), wanted)
    assert same(recommend_cohort(whole.map(lambda value: decimal.Decimal(int(value))), **STATED), wanted)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (RATIOS["S1"].astype(str), "found '"),
        (RATIOS["S1"].astype(str).astype("category"), "found '"),
        (RATIOS["S1"] > 0, "found "),
        ((RATIOS["S1"] > 0).astype("boolean"), "found "),
        (pd.Series(pd.Timestamp("2024-01-01"), RATIOS.index), "found Timestamp("),
        (pd.Series([[1.0]] * len(RATIOS), RATIOS.index), "found [1.0]"),
    ],
    ids=["text", "categories", "booleans", "nullable booleans", "dates", "lists"],
)
def test_cells_that_are_no_numbers_are_refused_and_nothing_is_coerced(column, cell):
    found = told(RATIOS.assign(S1=column))
    assert found[0].startswith(f"expression, {RATIOS.index[0]}, sample S1: {cell}")
    assert "; expected a number, NaN where not measured; convert it, or leave it out" in found[0]
    assert len(found) == 21
    assert found[-1].startswith("expression: found ")
    assert "more such problems" in found[-1]


def test_complex_numbers_are_refused():
    assert "found complex numbers; expected real ones" in told(RATIOS.astype(complex))[0]


def test_several_levels_of_names_are_refused():
    levels = pd.MultiIndex.from_product([["liver"], RATIOS.columns], names=["organ", "sample"])
    (line,) = told(RATIOS.set_axis(levels, axis=1))
    assert line.startswith("expression.columns: found 2 levels of names (organ, sample); expected one name each; keep ")
    assert told(RATIOS.set_index([RATIOS.index, RATIOS.index]))[0].startswith("expression.index: found 2 levels")


def test_a_mirna_twice_is_refused():
    (line,) = told(pd.concat([RATIOS, RATIOS.iloc[:1]]))
    assert line == f"expression, {RATIOS.index[0]}: found a miRNA printed twice; expected one row a miRNA; keep one"


def test_a_mirna_without_a_name_is_refused():
    nameless = RATIOS.rename(index={RATIOS.index[0]: np.nan})
    assert told(nameless) == [
        "expression: found 1 values without a miRNA's name; expected a name for each; name the miRNA, or remove the row"
    ]


def test_samples_with_one_name_or_none_are_set_aside_each_at_its_position():
    frame = RATIOS.set_axis(["A", "B", "A", None, "C", "D"], axis=1)
    found = recommend_cohort(frame, **STATED)
    assert found.quarantine[["position", "sample_id"]].values.tolist() == [[0, "A"], [2, "A"], [3, "sample 4"]]
    assert list(dict.fromkeys(found.calls.sample_id)) == ["B", "C", "D"]


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), RATIOS.iloc[:0], RATIOS.iloc[:, :0]], ids=["both", "rows", "columns"]
)
def test_an_empty_frame_is_refused(frame):
    (line,) = told(frame)
    assert "; expected one or more of each; check samples_in, and what the frame holds" in line


def test_one_mirna_of_one_sample_is_a_cohort():
    found = recommend_cohort(pd.DataFrame({"T1": [2.0]}, index=["hsa-miR-21-5p"]), **STATED)
    assert found.strategies[["sample_id", "rank", "strategy"]].values.tolist() == [["T1", 1, "inhibit:hsa-miR-21-5p"]]


def test_samples_in_which_nothing_was_measured_have_calls_and_no_strategies():
    found = recommend_cohort(RATIOS * np.nan, **STATED)
    assert set(found.calls.call) == {"not_measured"}
    assert found.strategies.empty
    assert found.quarantine.empty
    assert found.summary.cohort.samples == 6


def test_the_wrong_axis_is_told_by_what_stands_on_it():
    (line,) = told(RATIOS, samples_in="rows")
    assert line.startswith(
        "expression: found 0 human miRNA names among 6 (0%); not such: S0, S1, S2, S3, S4 and 1 more"
    )


@pytest.mark.parametrize(
    ("argument", "word"), [("scale", "log2"), ("samples_in", "row"), ("reference_kind", "normals")]
)
def test_an_argument_of_another_word_is_refused_with_those_there_are(argument, word):
    (line,) = told(RATIOS, **{argument: word})
    assert line.startswith(f"{argument}: found '{word}'; expected one of ")


@pytest.mark.parametrize("given", [None, RATIOS.to_numpy(), {"T1": 1.0}, RATIOS["S1"]], ids=lambda g: type(g).__name__)
def test_what_is_no_frame_and_no_path_is_refused(given):
    (line,) = told(given)
    assert line.startswith(f"expression: found a {type(given).__name__}; expected a pandas.DataFrame, or a path")


def test_a_frame_without_a_scale_is_refused():
    assert told(RATIOS, scale=None) == ["expression: found no scale; expected what the numbers are; give scale="]


def test_counts_with_gaps_are_what_recommend_says():
    tumors, normals = counts(4), counts(12, 5)
    tumors.iloc[3, 1] = np.nan
    found = recommend_cohort(tumors, scale="counts", cancer="LIHC", reference=normals)
    assert found.quarantine.empty
    profiles = {name: profile(name, tumors[name], "counts", "LIHC") for name in tumors}
    assert differences(found, profiles, reference=normals) == []


def test_numbers_that_are_all_impossible_are_refused():
    (first, *_) = told(
        counts(3) * 1e15, scale="counts", reference=counts(12, 5), reference_kind=None, reference_samples=None
    )
    assert first.startswith(f"expression, sample S0, {NAMES[0]}: found ")
    assert "expected counts from 0 to 1e+12; check the scale" in first


# ---------------------------------------------------------------- references


def test_a_reference_is_the_same_however_it_is_given(tmp_path):
    tumors, normals = counts(4), counts(12, 5)
    normals.to_csv(tmp_path / "normals.tsv", sep="\t")
    known = load_knowledge()
    loaded = load_reference(normals, known.resolver, known.settings, "counts")
    options = {"scale": "counts", "cancer": "LIHC"}
    first = recommend_cohort(tumors, reference=normals, **options)
    for reference in (tmp_path / "normals.tsv", str(tmp_path / "normals.tsv"), loaded):
        assert same(recommend_cohort(tumors, reference=reference, **options), first)
    tumors.T.rename_axis("sample_id").to_parquet(tmp_path / "tumors.parquet")
    for reference in (normals, tmp_path / "normals.tsv", loaded):
        assert same(recommend_cohort(tmp_path / "tumors.parquet", reference=reference, **options), first)


def test_a_builtin_reference_of_another_tumor_is_refused():
    names = sorted(load_knowledge().resolver.hairpins)
    other = [f"hsa-mir-{number}" for number in range(6000, 6100)]
    tumors = pd.DataFrame(100.0, index=[*names, *other], columns=["S1", "S2"]).iloc[:310]
    (line,) = told(tumors, scale="counts", reference="builtin:thyroid", reference_kind=None, reference_samples=None)
    assert "found normals for Thyroid" in line
    assert "give normal samples of the tissue this tumor comes from" in line


def test_no_reference_is_refused_for_abundances():
    (line,) = told(counts(2), scale="counts", reference_kind=None, reference_samples=None)
    assert line.startswith("reference: found none; expected normal samples, for counts; give --reference MATRIX, or ")


# ---------------------------------------------------------------- samples


def test_a_frame_of_samples_may_hold_whatever_pandas_has_for_missing():
    about = pd.DataFrame(
        {
            "cancer": pd.Categorical(["LIHC", "LIHC", "LUAD", None, "LIHC", "LUAD"]),
            "disease_state": pd.array(["relapsed_refractory", pd.NA, "", None, "sick", pd.NA], dtype="string"),
            "metastatic": pd.array([True, False, pd.NA, True, True, None], dtype="boolean"),
            "purity": pd.array([0.7, pd.NA, 0.2, 0.5, 0.5, 1.0], dtype="Float64"),
            "visit": pd.to_datetime(["2024-01-01", None, None, None, None, None]),
        },
        index=RATIOS.columns,
    )
    found = recommend_cohort(RATIOS, **{**STATED, "cancer": None}, samples=about)
    assert found.quarantine["sample_id"].tolist() == ["S3", "S4"]
    assert "found no tumor" in found.quarantine.reason[0]
    assert found.quarantine.reason[1].startswith("samples, disease_state: found 'sick'; expected one of ")
    fields = {
        "S0": {"cancer": "LIHC", "disease_state": "relapsed_refractory", "metastatic": True, "purity": 0.7},
        "S1": {"cancer": "LIHC", "metastatic": False},
        "S2": {"cancer": "LUAD", "purity": 0.2},
        "S5": {"cancer": "LUAD", "purity": 1.0},
    }
    profiles = {
        name: {**profile(name, RATIOS[name], "log2_fold_change", "LIHC", **AS_PROFILE), **stated}
        for name, stated in fields.items()
    }
    assert differences(found, profiles) == []


def test_samples_may_be_named_by_a_column_of_any_known_name_or_by_the_index():
    by_index = pd.DataFrame({"cancer": ["LIHC"] * 6}, index=RATIOS.columns)
    options = {**STATED, "cancer": None}
    for about in (
        by_index,
        by_index.rename_axis("barcode").reset_index(),
        by_index.rename_axis("Sample").reset_index(),
    ):
        assert same(recommend_cohort(RATIOS, **options, samples=about), WANTED)


def test_samples_twice_in_their_table_or_of_several_levels_are_refused():
    twice = pd.DataFrame({"cancer": ["LIHC"] * 6}, index=["S0", *RATIOS.columns[:5]])
    assert told(RATIOS, samples=twice) == [
        "samples, column sample_id: found 'S0' twice; expected one row a sample; keep one"
    ]
    levels = twice.set_axis(pd.MultiIndex.from_product([["x"], RATIOS.columns]))
    assert told(RATIOS, samples=levels) == [
        "samples.index: found 2 levels of names; expected one; give a column sample_id"
    ]


def test_a_long_frame_of_samples_goes_with_a_file(tmp_path):
    RATIOS.to_csv(tmp_path / "ratios.tsv", sep="\t", na_rep="0")
    about = pd.DataFrame({"sample_id": RATIOS.columns, "stage": [letter * 80 for letter in "AABBCC"]})
    found = recommend_cohort(tmp_path / "ratios.tsv", **STATED, samples=about, by="stage")
    assert [one.group.samples for one in found.summary.by_column[0].values] == [2, 2, 2]


# ---------------------------------------------------------------- settings and knowledge


def test_settings_are_a_mapping_or_a_file_for_a_frame_as_for_a_file(tmp_path):
    (tmp_path / "own.toml").write_text("[expression]\npoints_per_log2 = 3\n", encoding="utf-8")
    RATIOS.T.rename_axis("sample_id").to_parquet(tmp_path / "ratios.parquet")
    overrides = {"expression": {"points_per_log2": 3}}
    first = recommend_cohort(RATIOS, **STATED, settings=overrides)
    assert not same(first, WANTED)
    for given in (RATIOS, tmp_path / "ratios.parquet"):
        for how in (overrides, tmp_path / "own.toml", str(tmp_path / "own.toml")):
            assert same(recommend_cohort(given, **STATED, settings=how), first)


def test_unknown_settings_are_refused(tmp_path):
    RATIOS.T.rename_axis("sample_id").to_parquet(tmp_path / "ratios.parquet")
    for given in (RATIOS, tmp_path / "ratios.parquet"):
        with pytest.raises(SettingsError, match="an unknown table"):
            recommend_cohort(given, **STATED, settings={"ranking": {}})


def test_profiles_are_scored_with_the_knowledge_that_is_given(tmp_path):
    import json

    knowledge = load_knowledge("docs/packs/example")
    values = {"hsa-miR-221-3p": 2.4, "hsa-miR-122-5p": -1.8}
    one = {"sample_id": "T1", "cancer": "LIHC", "scale": "log2_fold_change", "expression": values, **AS_PROFILE}
    (tmp_path / "p.jsonl").write_text(json.dumps(one), encoding="utf-8")
    found = recommend_cohort(tmp_path / "p.jsonl", knowledge=knowledge)
    assert found.quarantine.empty
    assert differences(found, {"T1": one}, knowledge=knowledge) == []
    assert "confirm_first" in found.strategies["flags"][0]


def test_the_kind_of_the_reference_fills_profiles_that_do_not_say_it(tmp_path):
    import json

    one = {"sample_id": "T1", "cancer": "LIHC", "scale": "log2_fold_change", "expression": {"hsa-miR-21-5p": 2.0}}
    (tmp_path / "p.jsonl").write_text(json.dumps(one), encoding="utf-8")
    found = recommend_cohort(tmp_path / "p.jsonl", scale="log2_fold_change", reference_kind="tumor_cohort")
    assert found.strategies.empty
    assert list(found.exploratory.strategy) == ["inhibit:hsa-miR-21-5p"]
