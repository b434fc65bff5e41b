"""Normal samples, summarized: quality control, sums of hairpins, scales, and what is refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recommender import InputError, Profile, load_knowledge, recommend
from recommender.calling import Call, call_profile
from recommender.reference.load import Reference, load_reference
from recommender.settings import Settings, override

KNOWN = load_knowledge()
A, B, C = "hsa-miR-221-3p", "hsa-miR-122-5p", "hsa-miR-34a-5p"
MIR16 = "hsa-miR-16-5p"


def frame(rows: dict[str, list[float]]) -> pd.DataFrame:
    """Return a matrix with miRNAs in rows and samples N1, N2, … in columns."""
    width = len(next(iter(rows.values())))
    return pd.DataFrame.from_dict(rows, orient="index", columns=[f"N{i}" for i in range(1, width + 1)], dtype=float)


def load(
    given: Any, profile_scale: str = "reads_per_million", scale: str | None = None, settings: Settings = KNOWN.settings
) -> Reference:
    return load_reference(given, KNOWN.resolver, settings, profile_scale, scale)


def load_rpm(given: Any) -> Reference:
    return load(given, scale="reads_per_million")


def calls(expression: dict[str, Any], reference: Reference, settings: Settings = KNOWN.settings, **fields: Any):
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": expression, **fields}
    return call_profile(Profile.model_validate(profile), KNOWN.resolver, settings, reference)


def call_of(mirna: str, expression: dict[str, Any], reference: Reference, **fields: Any) -> Call:
    return calls(expression, reference, **fields).calls[mirna]


def cohort(samples: int = 20, mirnas: int = 320, seed: int = 5) -> pd.DataFrame:
    """Return counts of whole libraries of normals: half a million to three million reads each."""
    rng = np.random.default_rng(seed)
    names = sorted(KNOWN.resolver.mirnas)[:mirnas]
    assert len(names) == mirnas
    level = 2 ** rng.uniform(6, 14, mirnas)
    depth = rng.uniform(0.5, 2, samples)
    counts = rng.poisson(level[:, None] * depth * 2 ** rng.normal(0, 0.3, (mirnas, samples)))
    return pd.DataFrame(counts, index=names, columns=[f"N{i}" for i in range(1, samples + 1)])


# ---------------------------------------------------------------- mean, spread, sums


def test_mean_and_spread_are_those_of_log2_of_reads_per_million_plus_one():
    # log2(3 + 1), log2(15 + 1), log2(63 + 1): 2 4 6, mean 4, SD 2 with n - 1
    reference = load_rpm(frame({A: [3, 15, 63]}))
    assert reference.mirnas == {A: (pytest.approx(4.0), pytest.approx(2.0))}
    assert reference.samples == 3


def test_hairpins_of_one_mature_are_added_up_before_the_statistics():
    # 100 + 155, 10 + 245, 255 + 0: always 255, log2(256) = 8, no spread at all
    reference = load_rpm(frame({"hsa-mir-16-1": [100, 10, 255], "hsa-mir-16-2": [155, 245, 0]}))
    assert reference.mirnas == {MIR16: (8.0, 0.0)}
    assert reference.sources == {MIR16: {"hsa-mir-16-1", "hsa-mir-16-2"}}
    assert reference.level == "hairpin"


def test_a_tumor_is_compared_with_the_sum_of_its_hairpins():
    reference = load_rpm(frame({"hsa-mir-16-1": [100, 10, 255], "hsa-mir-16-2": [155, 245, 0]}))
    call = call_of(MIR16, {"hsa-mir-16-1": 1000, "hsa-mir-16-2": 23}, reference)
    assert (call.call, call.value, call.reads_per_million) == ("up", 2.0, 1023.0)


def test_a_hairpin_missing_on_one_side_is_not_compared():
    both = load_rpm(frame({"hsa-mir-16-1": [100, 10], "hsa-mir-16-2": [155, 245]}))
    one = load_rpm(frame({"hsa-mir-16-1": [100, 10]}))
    assert call_of(MIR16, {"hsa-mir-16-1": 1000}, both).call == "untested"
    assert call_of(MIR16, {"hsa-mir-16-1": 1000, "hsa-mir-16-2": 23}, one).call == "untested"


def test_a_hairpin_without_a_guide_is_summarized_for_both_arms():
    reference = load_rpm(frame({"hsa-mir-142": [255, 255]}))
    assert reference.mirnas == {"hsa-miR-142-3p": (8.0, 0.0), "hsa-miR-142-5p": (8.0, 0.0)}


def test_names_outside_the_knowledge_serve_the_scaling_alone():
    reference = load_rpm(frame({A: [100, 400], "hsa-miR-9999": [10, 1000], C: [0, 5]}))
    assert set(reference.mirnas) == {A, C}
    assert set(reference.features) == {A, "hsa-mir-9999"}
    # the logarithm of the geometric mean; what one normal lacks takes no part
    assert reference.features[A] == pytest.approx(np.log(200))
    assert reference.features["hsa-mir-9999"] == pytest.approx(np.log(100))


# ---------------------------------------------------------------- scaling of a whole library

FOUR = [A, B, C, "hsa-miR-21-5p"]


def whole(**scaling: Any) -> Settings:
    return override(KNOWN.settings, {"scaling": {"whole_library_min_mirnas": 4, **scaling}})


def test_a_whole_library_is_scaled_by_the_median_of_ratios():
    # the fourth fills the library: the others are halved by it and by nothing else
    reference = load(frame({name: [1000.0] * 10 for name in FOUR}), scale="reads_per_million", settings=whole())
    sheet = calls({A: 500, B: 500, C: 500, FOUR[3]: 4000}, reference, whole())
    assert {name: sheet.calls[name].value for name in FOUR[:3]} == {A: 0.0, B: 0.0, C: 0.0}
    assert sheet.calls[FOUR[3]].reads_per_million == 8000.0
    assert sheet.calls[FOUR[3]].call == "up"
    assert "scaled to the reference by the median of ratios, factor 0.500" in sheet.notes


def test_without_scaling_the_one_that_fills_the_library_moves_all_others():
    settings = whole(method="rpm")
    reference = load(frame({name: [1000.0] * 10 for name in FOUR}), scale="reads_per_million", settings=settings)
    sheet = calls({A: 500, B: 500, C: 500, FOUR[3]: 4000}, reference, settings)
    # log2(501 / 1001)
    assert sheet.calls[A].value == pytest.approx(-0.998559, abs=1e-6)
    assert sheet.calls[A].reads_per_million == 500.0


def test_normals_of_different_depth_are_scaled_to_each_other():
    # every normal is the same tissue, each with another miRNA that fills its library
    rows = {name: [1000.0, 500.0, 250.0] for name in FOUR[:3]} | {FOUR[3]: [1000.0, 4000.0, 16_000.0]}
    reference = load(frame(rows), scale="reads_per_million", settings=whole())
    means = {name: reference.mirnas[name] for name in FOUR[:3]}
    assert all(sd == pytest.approx(0.0, abs=1e-9) for _, sd in means.values())


def test_a_part_of_a_library_is_not_scaled_and_says_so():
    sheet = calls({A: 500}, load_rpm(frame({A: [1000.0] * 10})))
    assert sheet.calls[A].reads_per_million == 500.0
    assert "not scaled beyond library size: not a whole library" in sheet.notes


def test_normals_that_share_no_expressed_mirna_never_make_numbers_that_are_none():
    rows = {name: [1000.0, 0.0] if i % 2 else [0.0, 1000.0] for i, name in enumerate(FOUR)}
    try:
        reference = load(frame(rows), scale="reads_per_million", settings=whole())
    except InputError:
        return  # refusing them is right too
    assert all(np.isfinite(pair).all() for pair in reference.mirnas.values())


# ---------------------------------------------------------------- quality control


def test_good_normals_are_all_kept():
    reference = load(cohort(), "counts")
    assert reference.excluded == ()
    assert reference.samples == 20


def test_a_planted_bad_library_is_thrown_out_and_the_rest_kept():
    counts = cohort()
    counts["N7"] = (counts["N7"] / 200).round()
    reference = load(counts, "counts")
    assert [sample for sample, _ in reference.excluded] == ["N7"]
    assert "library size" in reference.excluded[0][1]
    assert reference.samples == 19


def test_a_planted_uncorrelated_sample_is_thrown_out_and_the_rest_kept():
    counts = cohort()
    counts["N3"] = counts["N3"].to_numpy()[::-1]
    reference = load(counts, "counts")
    assert [sample for sample, _ in reference.excluded] == ["N3"]
    assert "correlation" in reference.excluded[0][1]
    assert reference.samples == 19


def test_both_planted_samples_go_and_leave_the_summary_of_the_rest():
    counts = cohort()
    rest = load(counts.drop(columns=["N3", "N7"]), "counts")
    counts["N3"] = counts["N3"].to_numpy()[::-1]
    counts["N7"] = (counts["N7"] / 200).round()
    reference = load(counts, "counts")
    assert sorted(sample for sample, _ in reference.excluded) == ["N3", "N7"]
    assert replace(reference, excluded=()) == rest


def test_the_limit_of_the_quality_control_is_a_setting():
    counts = cohort()
    counts["N3"] = counts["N3"].to_numpy()[::-1]
    lenient = override(KNOWN.settings, {"reference": {"outlier_mads": 1e6}})
    assert load(counts, "counts", settings=lenient).samples == 20


def test_fewer_than_ten_normals_are_too_few_to_judge_and_are_all_kept():
    counts = cohort(9)
    counts["N3"] = counts["N3"].to_numpy()[::-1]
    reference = load(counts, "counts")
    assert reference.samples == 9
    assert reference.excluded == ()


def test_ten_normals_are_enough_to_judge_and_nine_that_remain_make_no_test():
    counts = cohort(10)
    counts["N3"] = counts["N3"].to_numpy()[::-1]
    reference = load(counts, "counts")
    assert [sample for sample, _ in reference.excluded] == ["N3"]
    assert reference.samples == 9
    tumor = {name: float(count) for name, count in counts["N1"].items()}
    sheet = calls(tumor, reference, scale="counts")
    assert sheet.comparison == "ratio_only"
    assert {call.adjusted_p_value for call in sheet.calls.values()} == {None}


def test_identical_normals_are_all_kept():
    reference = load_rpm(frame({A: [1000.0] * 12, B: [50.0] * 12}))
    assert reference.samples == 12


def test_the_result_names_every_normal_that_was_left_out():
    counts = cohort()
    counts["N7"] = (counts["N7"] / 200).round()
    tumor = {name: float(count) for name, count in counts["N1"].items()}
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "counts", "expression": tumor}
    messages = [note.message for note in recommend(profile, reference=counts).notes]
    assert sum("N7" in message and "library size" in message for message in messages) == 1
    assert any("19 samples" in message for message in messages)


# ---------------------------------------------------------------- few normals


def test_with_nine_normals_the_ratio_decides_without_a_test():
    # 3 and 16383 in turn: a mean of about 8 and an SD of more than 6
    wide = [3.0, 16_383.0] * 4 + [255.0]
    call = call_of(A, {A: 1023}, load_rpm(frame({A: wide})))
    assert (call.call, call.value, call.adjusted_p_value) == ("up", 2.0, None)


def test_with_ten_normals_the_same_ratio_is_tested_and_fails():
    wide = [3.0, 16_383.0] * 5
    call = call_of(A, {A: 1023}, load_rpm(frame({A: wide})))
    assert (call.call, call.value) == ("unchanged", 2.0)
    # t = 2 / (6.3246 * sqrt(1.1)) = 0.3015 with 9 degrees of freedom
    assert call.adjusted_p_value == pytest.approx(0.7699, abs=1e-4)


def test_one_matched_normal_is_enough_for_a_ratio():
    call = call_of(A, {A: 63}, load_rpm(frame({A: [255.0], B: [9.0]})))
    assert (call.call, call.value, call.adjusted_p_value) == ("down", -2.0, None)


def test_few_normals_leave_every_strategy_at_best_at_caution():
    profile = {
        "sample_id": "S",
        "cancer": "LIHC",
        "disease_state": "relapsed_refractory",
        "scale": "log2_reads_per_million",
        "expression": {A: 10.0},
    }
    gates = {
        n: recommend(profile, reference=np.log2(frame({A: [255.0] * n, B: [20.5] * n}) + 1)).strategies[0].gate
        for n in (9, 10)
    }
    assert gates == {9: "caution", 10: "clear"}


# ---------------------------------------------------------------- refusals


def test_hairpins_against_matures_are_refused_both_ways():
    hairpins = load_rpm(frame({"hsa-mir-221": [255.0, 255.0]}))
    matures = load_rpm(frame({A: [255.0, 255.0]}))
    with pytest.raises(InputError, match=r"matures.*hairpins, as the reference has"):
        calls({A: 1023}, hairpins)
    with pytest.raises(InputError, match=r"hairpins.*matures, as the reference has"):
        calls({"hsa-mir-221": 1023}, matures)


def test_a_reference_that_mixes_hairpins_and_matures_is_refused():
    with pytest.raises(InputError, match="hairpins among matures"):
        load_rpm(frame({A: [255.0], "hsa-mir-122": [255.0]}))


def test_a_mirna_repeated_under_another_name_is_refused_with_both_names():
    with pytest.raises(InputError, match=r"miR-221: .*hsa-miR-221-3p again"):
        load_rpm(frame({A: [255.0], "miR-221": [255.0]}))


def test_every_repeated_mirna_is_listed():
    with pytest.raises(InputError) as refused:
        load_rpm(frame({A: [1.0], "miR-221": [1.0], B: [1.0], "miR-122": [1.0]}))
    assert len(refused.value.problems) == 2


def test_empty_samples_are_refused_each_by_name():
    with pytest.raises(InputError) as refused:
        load_rpm(frame({A: [900, 0, 900, 0], B: [900, 0, 900, 0]}))
    assert [problem.where for problem in refused.value.problems] == ["reference, sample N2", "reference, sample N4"]


def test_a_matrix_without_mirna_names_is_refused():
    with pytest.raises(InputError, match="miRNA names on neither axis"):
        load(pd.DataFrame([[1.0]], index=["TP53"], columns=["N1"]))


# ---------------------------------------------------------------- scale


def whole_rpm(samples: int = 3) -> pd.DataFrame:
    return frame({A: [250_000.5] * samples, B: [749_999.5] * samples})


@pytest.mark.parametrize("assumed", ["counts", "reads_per_million", "log2_reads_per_million"])
def test_samples_that_sum_to_a_million_are_reads_per_million_whatever_the_profile_has(assumed):
    assert load(whole_rpm(), assumed).scale == "reads_per_million"


@pytest.mark.parametrize("assumed", ["counts", "reads_per_million", "log2_reads_per_million"])
def test_whole_numbers_of_a_whole_library_are_counts_whatever_the_profile_has(assumed):
    assert load(cohort(5), assumed).scale == "counts"


def test_small_fractions_are_log2_where_the_profile_is_log2():
    assert load(frame({A: [8.1, 8.2], B: [0.0, 0.4]}), "log2_reads_per_million").scale == "log2_reads_per_million"


def test_a_part_of_a_library_in_reads_per_million_is_taken_as_the_profile_has_it():
    assert load(frame({A: [255.5, 260.1], B: [12.3, 9.9]}), "reads_per_million").scale == "reads_per_million"


@pytest.mark.parametrize("assumed", ["counts", "reads_per_million"])
def test_log2_values_against_a_profile_that_is_none_are_refused_with_the_remedy(assumed):
    with pytest.raises(InputError, match=rf"expected {assumed}, as the profile has; declare the reference's own scale"):
        load(frame({A: [8.1, 8.2], B: [0.0, 0.4]}), assumed)


@pytest.mark.parametrize("assumed", ["counts", "reads_per_million"])
def test_values_under_zero_against_abundances_are_refused(assumed):
    with pytest.raises(InputError, match=r"values from -3\.5 to 5000\.5"):
        load(frame({A: [-3.5, 5000.5]}), assumed)


def test_values_too_large_for_log2_are_refused_where_the_profile_is_log2():
    with pytest.raises(InputError, match="log2_reads_per_million"):
        load(frame({A: [255.5, 260.1], B: [12.3, 9.9]}), "log2_reads_per_million")


def test_a_declared_scale_is_believed():
    assert load(cohort(5), "counts", "reads_per_million").scale == "reads_per_million"
    log2 = load(frame({A: [8.0, 8.0]}), "reads_per_million", "log2_reads_per_million")
    assert log2.mirnas == {A: (pytest.approx(8.0), pytest.approx(0.0))}


@pytest.mark.parametrize("scale", ["counts", "reads_per_million"])
def test_a_declared_scale_the_numbers_contradict_is_refused(scale):
    with pytest.raises(InputError):
        load(frame({A: [-600.0, 100.0], B: [5000.0, 5000.0]}), scale, scale)
    with pytest.raises(InputError):
        load(frame({A: [255.5, 260.1]}), "log2_reads_per_million", "log2_reads_per_million")


def test_rounded_reads_per_million_of_a_part_are_not_mistaken_for_counts():
    reference = frame({A: [255.0] * 10, B: [5000.0] * 10})
    sheet = calls({A: 255, B: 5000}, load(reference, "reads_per_million"))
    assert [sheet.calls[mirna].value for mirna in (A, B)] == [0.0, 0.0]


def test_counts_of_a_part_of_the_normals_libraries_are_never_taken_for_the_whole():
    # tumor and normals have the same reads of the same library size: nothing is changed
    counts = frame({A: [2550.0] * 10, B: [50_000.0] * 10})
    try:
        reference = load(counts, "counts")
        sheet = calls({A: 2550, B: 50_000}, reference, scale="counts", library_size=1e7)
    except InputError:
        return  # refusing them is right too
    assert {sheet.calls[mirna].call for mirna in (A, B)} == {"unchanged"}


def test_every_scale_of_the_same_normals_gives_the_same_summary():
    counts = cohort(5)
    rpm = counts / counts.sum() * 1e6
    references = [
        load(counts, "counts"),
        load(rpm, "reads_per_million"),
        load(np.log2(rpm + 1), "log2_reads_per_million"),
    ]
    for mirna in (A, B):
        means = [reference.mirnas[mirna][0] for reference in references]
        spreads = [reference.mirnas[mirna][1] for reference in references]
        assert means == pytest.approx([means[0]] * 3)
        assert spreads == pytest.approx([spreads[0]] * 3)


# ---------------------------------------------------------------- the same normals, however they are given


def ways(tmp_path, matrix: pd.DataFrame) -> dict[str, Any]:
    tsv, csv = tmp_path / "normals.tsv", tmp_path / "normals.csv"
    matrix.to_csv(tsv, sep="\t")
    matrix.to_csv(csv)
    packed, unnamed = tmp_path / "normals.tsv.gz", tmp_path / "normals"
    packed.write_bytes(gzip.compress(tsv.read_bytes()))
    unnamed.write_bytes(gzip.compress(csv.read_bytes()))
    turned = tmp_path / "turned.tsv"
    matrix.T.to_csv(turned, sep="\t")
    return {
        "DataFrame": matrix,
        "DataFrame with samples in rows": matrix.T,
        "TSV": tsv,
        "TSV as text": str(tsv),
        "CSV": csv,
        "gzip": packed,
        "gzip without a suffix": unnamed,
        "TSV with samples in rows": turned,
    }


def test_frame_file_gzip_and_either_orientation_give_the_same_reference(tmp_path):
    matrix = cohort(12)
    matrix.loc[:, "N12"] = (matrix["N12"] / 300).round()
    expected = replace(load(matrix, "counts"), origin="")
    assert len(expected.excluded) == 1
    assert len(expected.mirnas) == 320
    for name, given in ways(tmp_path, matrix).items():
        assert replace(load(given, "counts"), origin="") == expected, name


def test_a_reference_is_taken_as_it_is():
    reference = load_rpm(frame({A: [255.0] * 10}))
    assert load(reference) is reference


def shuffled(names: list[str], seed: int) -> list[str]:
    return [names[i] for i in np.random.default_rng(seed).permutation(len(names))]


@pytest.mark.parametrize("of", ["mirnas of the profile", "mirnas of the reference", "samples of the reference"])
def test_no_order_changes_a_byte_of_the_result(of):
    matrix = cohort(12)
    tumor = {name: float(count * (8 if i % 9 == 0 else 1)) for i, (name, count) in enumerate(matrix["N1"].items())}

    def result(names: list[str], normals: pd.DataFrame) -> str:
        expression = {name: tumor[name] for name in names}
        profile = {"sample_id": "S", "cancer": "LIHC", "scale": "counts", "expression": expression}
        return recommend(profile, reference=normals).to_json()

    plain = result(list(tumor), matrix)
    for seed in range(8):
        if of == "mirnas of the profile":
            assert result(shuffled(list(tumor), seed), matrix) == plain
        elif of == "mirnas of the reference":
            assert result(list(tumor), matrix.loc[shuffled(list(matrix.index), seed)]) == plain
        else:
            assert result(list(tumor), matrix[shuffled(list(matrix.columns), seed)]) == plain


def test_no_path_of_the_reference_reaches_the_result(tmp_path):
    path = tmp_path / "normals.tsv"
    frame({A: [255.5] * 10, B: [20.5] * 10}).to_csv(path, sep="\t")
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": {A: 1023}}
    result = recommend(profile, reference=path).to_json()
    assert str(tmp_path) not in result
    assert "normals.tsv" not in result
