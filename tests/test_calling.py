"""From measurement to call: every state, every edge, by numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import InputError, Profile, load_knowledge, recommend
from recommender.calling import Call, CallSheet, call_profile
from recommender.measurement import effect, median, round6
from recommender.reference.load import Reference
from recommender.settings import override

UNHURRIED = settings(deadline=None)  # the first example imports what it needs

KNOWN = load_knowledge()
MIRNA, OTHER = "hsa-miR-221-3p", "hsa-miR-122-5p"
LET7 = ("hsa-let-7a-5p", "hsa-let-7b-5p", "hsa-let-7c-5p", "hsa-let-7d-5p")
MIR16 = "hsa-miR-16-5p"


def sheet_of(expression: dict[str, Any], against: Reference | None = None, /, **fields: Any) -> CallSheet:
    profile = {
        "sample_id": "S",
        "cancer": "LIHC",
        "scale": "log2_fold_change",
        "reference": {"kind": "normal_cohort", "samples": 50},
        "expression": expression,
        **fields,
    }
    return call_profile(Profile.model_validate(profile), KNOWN.resolver, KNOWN.settings, against)


def call_of(measurement: Any, **fields: Any) -> Call:
    return sheet_of({MIRNA: measurement}, **fields).calls[MIRNA]


def state(measurement: Any, **fields: Any) -> str:
    return call_of(measurement, **fields).call


def states(expression: dict[str, Any], **fields: Any) -> dict[str, str]:
    return {mirna: call.call for mirna, call in sheet_of(expression, **fields).calls.items()}


# ---------------------------------------------------------------- the seven states, on three kinds of scale


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param({MIRNA: 2.0}, "up", id="up"),
        pytest.param({MIRNA: -2.0}, "down", id="down"),
        pytest.param({MIRNA: 0.4}, "unchanged", id="unchanged"),
        pytest.param({MIRNA: {"value": 2.0, "reads_per_million": 99.0}}, "low_abundance", id="low_abundance"),
        pytest.param({MIRNA: {"value": 2.0, "adjusted_p_value": None}}, "untested", id="untested"),
        pytest.param({MIRNA: 2.0, "miR-221": 1.5}, "ambiguous", id="ambiguous"),
        pytest.param({MIRNA: None}, "not_measured", id="not_measured"),
    ],
)
def test_log2_fold_changes_reach_every_state(expression, expected):
    assert states(expression)[MIRNA] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param({MIRNA: 2.5}, "up", id="up"),
        pytest.param({MIRNA: -2.5}, "down", id="down"),
        pytest.param({MIRNA: 1.9}, "unchanged", id="unchanged"),
        pytest.param({MIRNA: {"value": 2.5, "reads_per_million": 99.0}}, "low_abundance", id="low_abundance"),
        pytest.param({MIRNA: {"value": 2.5, "adjusted_p_value": None}}, "untested", id="untested"),
        pytest.param({MIRNA: 2.5, "miR-221": 2.6}, "ambiguous", id="ambiguous"),
        pytest.param({MIRNA: None}, "not_measured", id="not_measured"),
    ],
)
def test_z_scores_reach_every_state(expression, expected):
    assert states(expression, scale="z_score")[MIRNA] == expected


def normals(samples: int = 50, sd: float = 0.5, mean: float = 8.0) -> Reference:
    """Fifty normals with 255 reads per million: a mean of 8 on log2(RPM + 1)."""
    return Reference(
        features={},
        mirnas={MIRNA: (mean, sd), OTHER: (mean, sd)},
        sources={MIRNA: frozenset({MIRNA}), OTHER: frozenset({OTHER})},
        samples=samples,
        level="mature",
        scale="reads_per_million",
    )


LOW = normals(mean=5.0)  # 31 reads per million


@pytest.mark.parametrize(
    ("expression", "reference", "expected", "value"),
    [
        # log2(1023 + 1) - 8 = 2; t = 2 / (0.5 * sqrt(1.02)) = 3.96, p = 0.00024
        pytest.param({MIRNA: 1023}, normals(), "up", 2.0, id="up"),
        pytest.param({MIRNA: 63}, normals(), "down", -2.0, id="down"),
        pytest.param({MIRNA: 0, OTHER: 255}, normals(), "down", -8.0, id="down where it is lost altogether"),
        pytest.param({MIRNA: 255}, normals(), "unchanged", 0.0, id="unchanged"),
        pytest.param({MIRNA: 361}, normals(), "unchanged", 0.499846, id="unchanged under a twofold change"),
        # t = 2 / (3 * sqrt(1.02)) = 0.66
        pytest.param({MIRNA: 1023}, normals(sd=3.0), "unchanged", 2.0, id="unchanged where normals vary as much"),
        pytest.param({MIRNA: 7}, LOW, "low_abundance", -2.0, id="low_abundance"),
        pytest.param({MIRNA: 99}, LOW, "low_abundance", 1.643856, id="low_abundance just under the floor"),
        pytest.param({MIRNA: 127}, LOW, "up", 2.0, id="up from under the floor to over it"),
        pytest.param({MIRNA: 1023, "hsa-miR-21-5p": 5}, normals(), "up", 2.0, id="up beside one not in the reference"),
        pytest.param({MIRNA: 1023, "miR-221": 63}, normals(), "ambiguous", None, id="ambiguous"),
        pytest.param({MIRNA: None, OTHER: 255}, normals(), "not_measured", None, id="not_measured"),
    ],
)
def test_abundances_reach_every_state(expression, reference, expected, value):
    call = sheet_of(expression, reference, scale="reads_per_million").calls[MIRNA]
    assert call.call == expected
    assert call.value == value


def test_a_mirna_the_normals_were_not_measured_for_is_untested():
    calls = sheet_of({MIRNA: 255, "hsa-miR-21-5p": 90_000}, normals(), scale="reads_per_million").calls
    assert calls["hsa-miR-21-5p"].call == "untested"
    assert calls["hsa-miR-21-5p"].adjusted_p_value is None


def test_log2_abundances_are_called_as_the_abundances_they_stand_for():
    call = sheet_of({MIRNA: 10.0}, normals(), scale="log2_reads_per_million").calls[MIRNA]
    assert (call.call, call.value, call.reads_per_million) == ("up", 2.0, 1023.0)


def test_counts_are_called_by_their_share_of_the_stated_library():
    # 2046 of 2 million reads are 1023 per million
    call = sheet_of({MIRNA: 2046}, normals(), scale="counts", library_size=2e6).calls[MIRNA]
    assert (call.call, call.value, call.reads_per_million) == ("up", 2.0, 1023.0)


def test_counts_of_a_partial_profile_without_library_size_are_refused():
    with pytest.raises(InputError, match="library_size"):
        sheet_of({MIRNA: 2046}, normals(), scale="counts")


@pytest.mark.parametrize("scale", ["counts", "reads_per_million", "log2_reads_per_million"])
def test_abundances_without_a_reference_are_refused(scale):
    with pytest.raises(InputError, match=r"reference.*--reference"):
        sheet_of({MIRNA: 5}, scale=scale)


@pytest.mark.parametrize("scale", ["log2_fold_change", "z_score"])
def test_what_is_already_relative_takes_no_reference(scale):
    with pytest.raises(InputError, match="already relative"):
        sheet_of({MIRNA: 5}, normals(), scale=scale)


@pytest.mark.parametrize("scale", ["counts", "reads_per_million"])
def test_negative_abundances_are_refused_each_by_name(scale):
    with pytest.raises(InputError) as refused:
        sheet_of({MIRNA: -1, OTHER: -2}, normals(), scale=scale, library_size=1e6)
    assert [problem.where for problem in refused.value.problems] == [
        f"expression.{OTHER}",
        f"expression.{MIRNA}",
    ]  # by name


def test_reads_per_million_declared_as_log2_are_refused():
    with pytest.raises(InputError, match="scale"):
        sheet_of({MIRNA: 255}, normals(), scale="log2_reads_per_million")


@pytest.mark.parametrize("scale", ["reads_per_million", "log2_reads_per_million"])
def test_abundances_that_are_all_null_are_not_measured(scale):
    assert sheet_of({MIRNA: None}, normals(), scale=scale).calls[MIRNA].call == "not_measured"


def test_the_one_mirna_of_a_partial_profile_may_be_lost_altogether():
    assert sheet_of({MIRNA: 0}, normals(), scale="reads_per_million").calls[MIRNA].call == "down"


@pytest.mark.parametrize("scale", ["counts", "reads_per_million"])
def test_an_abundance_beyond_all_sense_is_called_or_refused_and_never_crashes(scale):
    try:
        call = sheet_of({MIRNA: 1.7e308, OTHER: 1.7e308}, normals(), scale=scale, library_size=1e6).calls[MIRNA]
    except InputError:
        return  # refusing it is right too
    assert call.call == "up"


# ---------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, "up"),
        (0.9999996, "up"),
        (0.9999994, "unchanged"),
        (1.0000004, "up"),
        (-1.0, "down"),
        (-0.9999996, "down"),
        (-0.9999994, "unchanged"),
        (0.0, "unchanged"),
    ],
)
def test_a_ratio_counts_from_exactly_one_on_after_rounding_to_six_decimals(value, expected):
    assert state(value) == expected


@pytest.mark.parametrize(
    ("z", "expected"),
    [(2.0, "up"), (1.9999996, "up"), (1.9999994, "unchanged"), (-2.0, "down"), (-1.9999994, "unchanged")],
)
def test_a_z_score_counts_from_exactly_two_on_after_rounding_to_six_decimals(z, expected):
    assert state(z, scale="z_score") == expected


def test_a_twofold_z_score_is_not_measured_with_the_threshold_of_ratios():
    assert state(1.5, scale="z_score") == "unchanged"
    assert state(1.5, scale="log2_fold_change") == "up"


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, "up"),
        (1e-300, "up"),
        (0.05, "up"),
        (0.0500004, "up"),
        (0.0500006, "unchanged"),
        (0.06, "unchanged"),
        (1.0, "unchanged"),
    ],
)
def test_an_adjusted_p_counts_up_to_exactly_five_percent(p, expected):
    assert state({"value": 2.0, "adjusted_p_value": p}) == expected
    assert state({"value": 2.0, "adjusted_p_value": p}, scale="z_score") == expected


def test_an_absent_p_means_that_no_test_was_meant():
    call = call_of({"value": 2.0})
    assert call.call == "up"
    assert call.adjusted_p_value is None


@pytest.mark.parametrize("value", [-3.0, 0.0, 3.0])
def test_a_null_p_is_untested_whatever_the_value(value):
    assert state({"value": value, "adjusted_p_value": None}) == "untested"
    assert state({"value": value, "adjusted_p_value": None, "reads_per_million": 5}) == "untested"
    assert state({"value": value, "adjusted_p_value": None, "z_score": 9.0}) == "untested"


def test_an_untested_mirna_gives_no_strategy_and_is_told():
    result = recommend(
        {
            "sample_id": "S",
            "cancer": "LIHC",
            "scale": "log2_fold_change",
            "expression": {MIRNA: {"value": 3.0, "adjusted_p_value": None}},
        }
    )
    assert result.strategies == []
    assert [(c.call, c.value) for c in result.calls if c.mirna == MIRNA] == [("untested", 3.0)]


@pytest.mark.parametrize(
    ("fields", "q", "expected"),
    [
        pytest.param({"z_score": 3.0}, 0.0026997960632601866, "up", id="z of 3"),
        pytest.param({"z_score": -3.0}, 0.0026997960632601866, "up", id="the sign of z does not matter to its p"),
        pytest.param({"z_score": 1.0}, 0.31731050786291415, "unchanged", id="z of 1"),
        pytest.param({"standard_error": 1.0}, 0.04550026389635842, "up", id="2 over an error of 1"),
        pytest.param({"standard_error": 2.0}, 0.31731050786291415, "unchanged", id="2 over an error of 2"),
        pytest.param({"standard_error": 2.0, "z_score": 3.0}, 0.0026997960632601866, "up", id="z before the error"),
        pytest.param({"z_score": 9.0, "adjusted_p_value": 0.2}, 0.2, "unchanged", id="the given p before all"),
        pytest.param({"standard_error": None, "z_score": None}, None, "up", id="neither: no test"),
    ],
)
def test_a_given_z_score_or_standard_error_stands_for_a_test(fields, q, expected):
    call = call_of({"value": 2.0, **fields})
    assert call.call == expected
    assert call.adjusted_p_value == (None if q is None else pytest.approx(q, rel=1e-9))


def test_z_scores_are_adjusted_together():
    # p of 2.33 is 0.0198; of two tests 0.0396, of three 0.0594
    two = sheet_of({MIRNA: 2.33, OTHER: 0.1}, scale="z_score").calls[MIRNA]
    three = sheet_of({MIRNA: 2.33, OTHER: 0.1, "hsa-miR-21-5p": 0.1}, scale="z_score").calls[MIRNA]
    assert two.call == "up"
    assert two.adjusted_p_value == pytest.approx(0.03961230223665701, rel=1e-9)
    assert three.call == "unchanged"
    assert three.adjusted_p_value == pytest.approx(0.05941845335498551, rel=1e-9)


def test_a_mirna_outside_the_knowledge_takes_no_part_in_the_adjustment():
    call = sheet_of({MIRNA: 2.33, OTHER: 0.1, "hsa-miR-9999": 0.1}, scale="z_score").calls[MIRNA]
    assert call.adjusted_p_value == pytest.approx(0.03961230223665701, rel=1e-9)


def test_a_synonym_of_a_mirna_is_no_further_test():
    call = sheet_of({MIRNA: 2.33, OTHER: 0.1, "miR-122": 0.1}, scale="z_score").calls[MIRNA]
    assert call.adjusted_p_value == pytest.approx(0.03961230223665701, rel=1e-9)
    assert call.call == "up"


def test_what_is_hardly_there_goes_into_the_adjustment_with_a_p_of_one():
    faint = {"value": 9.0, "reads_per_million": 5}
    call = sheet_of({MIRNA: 2.33, OTHER: faint}, scale="z_score").calls[MIRNA]
    assert call.adjusted_p_value == pytest.approx(0.03961230223665701, rel=1e-9)
    lowly = sheet_of({MIRNA: 1023, OTHER: 7}, LOW, scale="reads_per_million").calls
    assert lowly[OTHER].adjusted_p_value == 1.0


# ---------------------------------------------------------------- the abundance floor


@pytest.mark.parametrize(
    ("value", "rpm", "expected"),
    [
        pytest.param(2.0, 100.0, "up", id="the floor itself is enough in the tumor"),
        pytest.param(2.0, 99.999, "low_abundance", id="under it in both: 25 in the normals"),
        pytest.param(2.0, 99.9999999, "up", id="the abundance is rounded to six decimals too"),
        pytest.param(-2.0, 50.0, "down", id="under it in the tumor, 203 in the normals: 51 * 4 - 1"),
        pytest.param(-2.0, 24.25, "down", id="exactly 100 in the normals: 25.25 * 4 - 1"),
        pytest.param(-2.0, 24.2, "low_abundance", id="99.8 in the normals"),
        pytest.param(-8.0, 0.0, "down", id="lost altogether: 255 in the normals"),
        pytest.param(0.0, 5.0, "low_abundance", id="unchanged and hardly there is hardly there"),
        pytest.param(-60.0, 1e-9, "down", id="nearly lost from plenty"),
        pytest.param(0.0, 100.0, "unchanged", id="there and unchanged"),
    ],
)
def test_a_mirna_must_reach_the_floor_in_the_tumor_or_in_the_normals(value, rpm, expected):
    assert state({"value": value, "reads_per_million": rpm}) == expected


def test_where_no_abundance_is_given_no_floor_is_asked():
    assert call_of(2.0).reads_per_million is None
    assert state(2.0) == "up"


# ---------------------------------------------------------------- several names of one miRNA


def test_two_names_with_the_same_value_are_one_measurement():
    call = sheet_of({MIRNA: 2.0, "miR-221": 2.0, "MIMAT0000278": 2.0}).calls[MIRNA]
    assert (call.call, call.value) == ("up", 2.0)
    assert call.as_given == ("MIMAT0000278", MIRNA, "miR-221")


@pytest.mark.parametrize("other", [2.0000001, 1.0, -2.0, 0.0])
def test_two_names_with_different_values_are_ambiguous_and_say_so(other):
    call = sheet_of({MIRNA: 2.0, "miR-221": other}).calls[MIRNA]
    assert call.call == "ambiguous"
    assert call.value is None
    assert "several names of one miRNA with different values" in call.notes


def test_a_name_without_measurement_does_not_contradict_one_with():
    assert sheet_of({MIRNA: 2.0, "miR-221": None}).calls[MIRNA].call == "up"
    abundances = sheet_of({MIRNA: 1023, "miR-221": None}, normals(), scale="reads_per_million")
    assert abundances.calls[MIRNA].call == "up"


def test_two_names_without_measurement_are_not_measured():
    assert sheet_of({MIRNA: None, "miR-221": None}).calls[MIRNA].call == "not_measured"
    abundances = sheet_of({MIRNA: None, "miR-221": None, OTHER: 255}, normals(), scale="reads_per_million")
    assert abundances.calls[MIRNA].call == "not_measured"


def test_two_names_with_the_same_abundance_are_one_measurement():
    call = sheet_of({MIRNA: 1023, "miR-221": 1023}, normals(), scale="reads_per_million").calls[MIRNA]
    assert (call.call, call.value, call.reads_per_million) == ("up", 2.0, 1023.0)


def test_an_ambiguous_measurement_is_withheld_and_never_recommended():
    result = recommend(
        {
            "sample_id": "S",
            "cancer": "LIHC",
            "scale": "log2_fold_change",
            "expression": {MIRNA: 2.0, "miR-221": 3.0},
        }
    )
    assert result.strategies == []
    assert "ambiguous_measurement" in result.withheld[0].reasons


# ---------------------------------------------------------------- hairpins


def test_hairpins_that_agree_give_their_mirna():
    call = sheet_of({"hsa-mir-16-1": -2.0, "hsa-mir-16-2": -1.0}).calls[MIR16]
    assert call.call == "down"
    assert call.value is not None
    assert -2.0 <= call.value <= -1.0
    assert call.measured_as == "hairpin"
    assert call.as_given == ("hsa-mir-16-1", "hsa-mir-16-2")


@pytest.mark.parametrize("other", [2.0, 0.5, -0.9])
def test_hairpins_that_do_not_agree_are_ambiguous(other):
    call = sheet_of({"hsa-mir-16-1": -2.0, "hsa-mir-16-2": other}).calls[MIR16]
    assert call.call == "ambiguous"
    assert call.value is None


def test_a_hairpin_that_was_not_measured_does_not_contradict_the_other():
    call = sheet_of({"hsa-mir-16-1": -2.0, "hsa-mir-16-2": None}).calls[MIR16]
    assert (call.call, call.value) == ("down", -2.0)


def test_hairpins_without_any_measurement_are_not_measured():
    assert sheet_of({"hsa-mir-16-1": None, "hsa-mir-16-2": None}).calls[MIR16].call == "not_measured"


@pytest.mark.parametrize("nothing", ["hsa-mir-34b", "hsa-mir-221"], ids=["of the family", "of another miRNA"])
def test_a_hairpin_without_measurement_changes_neither_the_level_nor_the_family(nothing):
    members = {"hsa-miR-34a-5p": -2.0, "hsa-miR-34c-5p": -2.0}
    alone, beside = sheet_of(members), sheet_of({**members, nothing: None})
    assert alone.measurement_level == beside.measurement_level == "mature"
    assert beside.calls["miR-34-family"].measured_as == alone.calls["miR-34-family"].measured_as == "exact"


def test_a_mature_beside_its_hairpin_counts_alone():
    call = sheet_of({"hsa-mir-16-1": -2.0, MIR16: 1.5}).calls[MIR16]
    assert (call.call, call.value, call.measured_as) == ("up", 1.5, "exact")
    assert any("the mature counts" in note for note in call.notes)


def test_a_mature_without_measurement_leaves_the_word_to_its_hairpin():
    call = sheet_of({"hsa-mir-16-1": -2.0, MIR16: None}).calls[MIR16]
    assert (call.call, call.value) == ("down", -2.0)


def test_a_hairpin_without_a_guide_speaks_of_both_its_arms():
    calls = sheet_of({"hsa-mir-142": 2.0}).calls
    for arm in ("hsa-miR-142-3p", "hsa-miR-142-5p"):
        assert (calls[arm].call, calls[arm].value, calls[arm].measured_as) == ("up", 2.0, "arm_unknown")


def test_a_hairpin_with_a_guide_speaks_of_its_guide_alone():
    calls = sheet_of({"hsa-mir-221": 2.0}).calls
    assert calls[MIRNA].measured_as == "hairpin"
    assert "hsa-miR-221-5p" not in calls


def hairpin_normals() -> Reference:
    """Two hairpins of miR-16 that together have 255 reads per million in every normal."""
    parts = frozenset({"hsa-mir-16-1", "hsa-mir-16-2"})
    return Reference({}, {MIR16: (8.0, 0.5)}, {MIR16: parts}, 50, "hairpin", "reads_per_million")


def test_the_abundances_of_hairpins_add_up_before_anything_else():
    # 1000 + 23 = 1023, log2(1024) - 8 = 2; each alone would give +1.97 and -3.4
    sheet = sheet_of({"hsa-mir-16-1": 1000, "hsa-mir-16-2": 23}, hairpin_normals(), scale="reads_per_million")
    assert (sheet.calls[MIR16].call, sheet.calls[MIR16].value) == ("up", 2.0)
    assert sheet.measurement_level == "hairpin"


@pytest.mark.parametrize("second", [{}, {"hsa-mir-16-2": None}], ids=["absent", "null"])
def test_a_hairpin_that_was_not_measured_is_not_taken_for_zero_in_the_sum(second):
    # 63 of one hairpin against 255 of both says nothing: the other may hold the rest
    calls = sheet_of({"hsa-mir-16-1": 63, **second}, hairpin_normals(), scale="reads_per_million").calls
    assert calls[MIR16].call == "untested"


# ---------------------------------------------------------------- families and clusters

FAMILY = "let-7-family"


def family(*values: Any) -> Call:
    return sheet_of(dict(zip(LET7, values, strict=False))).calls[FAMILY]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((-2.0,), "not_measured", id="one member is no family"),
        pytest.param((-2.0, None, None), "not_measured", id="members without measurement do not count"),
        pytest.param((-2.0, {"value": -2.0, "adjusted_p_value": None}), "not_measured", id="nor do untested ones"),
        pytest.param((-2.0, {"value": -2.0, "reads_per_million": 1}), "not_measured", id="nor ones hardly there"),
        pytest.param((-2.0, -1.0), "down", id="two down"),
        pytest.param((2.0, 1.0), "up", id="two up"),
        pytest.param((-2.0, 1.0), "ambiguous", id="one each way"),
        pytest.param((-2.0, -2.0, -2.0, 1.0), "ambiguous", id="one of four against the rest"),
        pytest.param((-2.0, 0.0), "down", id="exactly half"),
        pytest.param((-2.0, -2.0, 0.0, 0.0), "down", id="exactly half of four"),
        pytest.param((-2.0, 0.0, 0.0), "unchanged", id="a third"),
        pytest.param((0.0, 0.5, -0.5), "unchanged", id="none"),
        pytest.param((-2.0, -2.0, 0.9), "down", id="one that is not changed enough points nowhere"),
    ],
)
def test_a_family_is_called_from_two_or_more_members_that_agree(values, expected):
    assert family(*values).call == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((-4.0, -3.0, -1.5), -3.0),
        ((-1.5, -4.0, -3.0), -3.0),
        ((-4.0, -3.0, -2.0, -1.0), -2.5),
        ((2.0, 3.0), 2.5),
    ],
)
def test_the_value_of_a_family_is_the_median_of_its_members(values, expected):
    assert family(*values).value == expected


def test_a_family_names_its_measured_members_and_what_was_given_for_them():
    call = sheet_of({"let-7a": -2.0, "hsa-let-7b-5p": -3.0, "hsa-let-7c-5p": None}).calls[FAMILY]
    assert call.members == ("hsa-let-7a-5p", "hsa-let-7b-5p")
    assert call.as_given == ("hsa-let-7b-5p", "let-7a")
    assert call.notes == ("2 of 2 measured members changed",)


def test_a_family_no_member_of_which_is_named_has_no_call():
    assert FAMILY not in sheet_of({MIRNA: 2.0}).calls


def test_a_family_pointing_both_ways_says_which_member_points_where():
    (note,) = family(-2.0, 1.0).notes
    assert "hsa-let-7a-5p down" in note
    assert "hsa-let-7b-5p up" in note


def test_clusters_are_called_like_families():
    calls = sheet_of({MIRNA: 3.0, "hsa-miR-222-3p": 2.0}).calls
    assert (calls["miR-221/222-cluster"].call, calls["miR-221/222-cluster"].value) == ("up", 2.5)
    cluster = sheet_of({"hsa-miR-17-5p": 2.0, "hsa-miR-18a-5p": 1.5, "hsa-miR-92a-3p": -1.5}).calls["miR-17/92-cluster"]
    assert cluster.call == "ambiguous"


def test_a_mirna_may_belong_to_a_family_and_a_cluster():
    calls = sheet_of({"hsa-miR-19a-3p": 2.0, "hsa-miR-19b-3p": 1.0}).calls
    assert calls["miR-19-family"].call == "up"
    assert calls["miR-17/92-cluster"].call == "up"


@UNHURRIED
@given(
    st.lists(st.floats(-6, 0.9), min_size=2, max_size=4),
    st.integers(0, 3),
    st.floats(0, 4, exclude_min=True),
    st.data(),
)
def test_a_member_more_strongly_down_never_makes_its_family_less_so(values, index, more, data):
    index %= len(values)
    before = family(*values)
    after = family(*(value - more * (i == index) for i, value in enumerate(values)))
    if before.call == "down":
        assert after.call == "down"
        assert after.value <= before.value


# ---------------------------------------------------------------- what the values are relative to


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param({"kind": "normal_cohort", "samples": 50}, "normal_cohort", id="fifty normals"),
        pytest.param({"kind": "normal_cohort", "samples": 10}, "normal_cohort", id="ten normals"),
        pytest.param({"kind": "normal_cohort", "samples": 9}, "ratio_only", id="nine normals"),
        pytest.param({"kind": "normal_cohort"}, "ratio_only", id="normals, how many is not said"),
        pytest.param({"kind": "matched_normal", "samples": 1}, "ratio_only", id="a single matched normal"),
        pytest.param({"kind": "not_stated"}, "ratio_only", id="not stated"),
        pytest.param({"kind": "not_stated", "samples": 50}, "ratio_only", id="fifty of what is not stated"),
        pytest.param({}, "ratio_only", id="nothing said"),
        pytest.param({"kind": "tumor_cohort", "samples": 500}, "other_group", id="other tumors"),
        pytest.param({"kind": "other_group", "samples": 500}, "other_group", id="another group"),
    ],
)
def test_a_profile_of_ratios_is_compared_with_what_it_states(reference, expected):
    assert sheet_of({MIRNA: 2.0}, reference=reference).comparison == expected


@pytest.mark.parametrize(
    ("samples", "stated", "expected"),
    [
        (10, {}, "normal_cohort"),
        (9, {}, "ratio_only"),
        (50, {"kind": "normal_cohort", "samples": 3}, "normal_cohort"),
        (50, {"kind": "tumor_cohort"}, "other_group"),
    ],
)
def test_a_profile_of_abundances_is_compared_with_the_reference_it_is_given(samples, stated, expected):
    profile = Profile.model_validate(
        {
            "sample_id": "S",
            "cancer": "LIHC",
            "scale": "reads_per_million",
            "reference": stated,
            "expression": {MIRNA: 1023},
        }
    )
    assert call_profile(profile, KNOWN.resolver, KNOWN.settings, normals(samples)).comparison == expected


def test_with_fewer_than_ten_normals_there_is_no_test_and_the_ratio_decides():
    wide = normals(9, sd=30.0)
    call = sheet_of({MIRNA: 1023}, wide, scale="reads_per_million").calls[MIRNA]
    assert (call.call, call.value, call.adjusted_p_value) == ("up", 2.0, None)
    tested = sheet_of({MIRNA: 1023}, normals(10, sd=30.0), scale="reads_per_million").calls[MIRNA]
    assert tested.call == "unchanged"
    assert tested.adjusted_p_value is not None


@pytest.mark.parametrize(
    ("reference", "gate"),
    [
        ({"kind": "normal_cohort", "samples": 50}, "clear"),
        ({"kind": "normal_cohort", "samples": 9}, "caution"),
        ({"kind": "matched_normal", "samples": 1}, "caution"),
        ({}, "caution"),
    ],
)
def test_where_the_ratio_alone_decides_every_strategy_is_at_best_caution(reference, gate):
    result = recommend(
        {
            "sample_id": "S",
            "cancer": "LIHC",
            "disease_state": "relapsed_refractory",
            "scale": "log2_fold_change",
            "reference": reference,
            "expression": {MIRNA: 2.0},
        }
    )
    assert result.strategies[0].gate == gate


@pytest.mark.parametrize("kind", ["tumor_cohort", "other_group"])
def test_what_is_relative_to_another_group_feeds_exploratory_alone(kind):
    result = recommend(
        {
            "sample_id": "S",
            "cancer": "LIHC",
            "scale": "log2_fold_change",
            "reference": {"kind": kind, "samples": 50},
            "expression": {MIRNA: 2.0, OTHER: 2.0},
        }
    )
    assert result.strategies == []
    assert all("discordant_direction" not in withheld.reasons for withheld in result.withheld)
    assert "inhibit:hsa-miR-221-3p" in [strategy.id for strategy in result.exploratory]


# ---------------------------------------------------------------- names


def test_every_name_ends_in_a_call_or_in_one_of_the_two_lists():
    sheet = sheet_of({MIRNA: 2.0, "miR-2l": 1.0, "mmu-miR-21a-5p": 1.0, "hsa-miR-9999": 1.0, "let-7a/7c": 1.0})
    assert [(u.as_given, u.reason) for u in sheet.unresolved] == [
        ("let-7a/7c", "ambiguous_name"),
        ("miR-2l", "not_a_mirna_name"),
        ("mmu-miR-21a-5p", "not_human"),
    ]
    assert sheet.not_in_knowledge == ("hsa-miR-9999",)
    assert sheet.calls[MIRNA].as_given == (MIRNA,)


def test_calls_are_sorted_by_name_whatever_the_order_of_the_profile():
    names = ["hsa-miR-93-5p", "hsa-miR-21-5p", "hsa-let-7a-5p", MIRNA]
    forward = list(sheet_of(dict.fromkeys(names, 1.0)).calls)
    assert forward == sorted(forward)
    assert list(sheet_of(dict.fromkeys(reversed(names), 1.0)).calls) == forward


@pytest.mark.parametrize(
    ("names", "level"),
    [
        ([MIRNA, "hsa-miR-21-5p"], "mature"),
        (["hsa-mir-221", "hsa-mir-142"], "hairpin"),
        ([MIRNA, "hsa-mir-16-1"], "mixed"),
        (["hsa-miR-9999"], "mature"),
    ],
)
def test_the_level_of_a_profile_is_that_of_its_names(names, level):
    assert sheet_of(dict.fromkeys(names, 1.0)).measurement_level == level


# ---------------------------------------------------------------- the small pieces


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.9999996, 1.0), (0.9999994, 0.999999), (-0.1234567, -0.123457), (0.0, 0.0), (2.5, 2.5)]
)
def test_numbers_are_rounded_to_six_decimals(value, rounded):
    assert round6(value) == rounded


@UNHURRIED
@given(st.lists(st.floats(-1e9, 1e9) | st.floats(-1e300, 1e300), min_size=1, max_size=20))
def test_an_array_is_rounded_and_compared_with_the_same_bits_as_its_numbers(values):
    import numpy as np

    array = np.array(values)
    assert [float(v) for v in round6(array)] == [round6(v) for v in values]
    assert [int(v) for v in effect(array, 1.0)] == [effect(v, 1.0) for v in values]


@pytest.mark.parametrize(("values", "middle"), [([3.0], 3.0), ([1.0, 4.0], 2.5), ([1.0, 2.0, 9.0], 2.0)])
def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two(values, middle):
    assert median(values) == middle


@UNHURRIED
@given(st.floats(-50, 50), st.floats(-50, 50))
def test_a_larger_value_never_gets_a_lower_effect(one, other):
    low, high = sorted((one, other))
    assert effect(low, 1.0) <= effect(high, 1.0)


def test_thresholds_come_from_the_settings():
    settings = override(KNOWN.settings, {"fold_change": {"min_abs_log2_ratio": 2.0}})
    profile = Profile.model_validate(
        {"sample_id": "S", "cancer": "LIHC", "scale": "log2_fold_change", "expression": {MIRNA: 1.5, OTHER: -2.0}}
    )
    calls = call_profile(profile, KNOWN.resolver, settings).calls
    assert (calls[MIRNA].call, calls[OTHER].call) == ("unchanged", "down")
