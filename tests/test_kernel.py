"""The numeric kernel against numbers worked out by hand, against scipy.stats, and against itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from recommender import kernel

UNHURRIED = settings(deadline=None)  # the first example imports what it needs

NAN = float("nan")
probabilities = st.floats(0, 1, allow_nan=False)
p_rows = st.lists(probabilities, min_size=1, max_size=60)


def row(*values: float) -> kernel.Array:
    return np.array([values], dtype=float)


# ---------------------------------------------------------------- Benjamini and Hochberg


@pytest.mark.parametrize(
    ("p", "q"),
    [
        pytest.param([0.03], [0.03], id="one test is not adjusted"),
        pytest.param([0.01, 0.02, 0.03, 0.04, 0.05], [0.05] * 5, id="evenly spaced p all become the largest"),
        # 0.005 * 4 / 1 = 0.02 is lowered to 0.009 * 4 / 2 = 0.018; then 0.05 * 4 / 3 and 0.2
        pytest.param([0.005, 0.009, 0.05, 0.2], [0.018, 0.018, 0.2 / 3, 0.2], id="a step never exceeds a later one"),
        pytest.param([0.2, 0.05, 0.009, 0.005], [0.2, 0.2 / 3, 0.018, 0.018], id="q stands where its p stood"),
        pytest.param([0.04, 0.04, 0.5, 1.0], [0.08, 0.08, 2 / 3, 1.0], id="equal p get equal q"),
        pytest.param([0.9, 1.0], [1.0, 1.0], id="q is never above one"),
        pytest.param([0.0, 1e-300, 1.0], [0.0, 1.5e-300, 1.0], id="p of zero and of 1e-300 stay finite"),
    ],
)
def test_benjamini_hochberg_gives_the_numbers_worked_out_by_hand(p, q):
    assert_allclose(kernel.benjamini_hochberg(row(*p))[0], q, rtol=1e-12)


def test_a_missing_p_takes_no_part_in_the_adjustment_and_stays_missing():
    q = kernel.benjamini_hochberg(row(0.01, NAN, 0.04))[0]
    assert_allclose(q[[0, 2]], [0.02, 0.04], rtol=1e-12)
    assert np.isnan(q[1])


def test_a_row_without_any_p_stays_missing():
    assert np.isnan(kernel.benjamini_hochberg(row(NAN, NAN))).all()


def test_each_row_is_adjusted_for_its_own_number_of_tests():
    q = kernel.benjamini_hochberg(np.array([[0.01, 0.04], [0.01, NAN]]))
    assert_allclose(q[0], [0.02, 0.04], rtol=1e-12)
    assert_allclose(q[1, 0], 0.01, rtol=1e-12)
    assert np.isnan(q[1, 1])


@UNHURRIED
@given(p_rows)
def test_q_is_never_under_p_nor_over_one(p):
    q = kernel.benjamini_hochberg(row(*p))[0]
    assert np.all(q >= np.array(p) * (1 - 1e-12))
    assert np.all(q <= 1)


@UNHURRIED
@given(p_rows)
def test_a_smaller_p_never_gets_a_larger_q(p):
    q = kernel.benjamini_hochberg(row(*p))[0]
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(q[order]) >= 0)


@UNHURRIED
@given(p_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_tests_changes_no_q(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    plain = kernel.benjamini_hochberg(row(*p))[0]
    shuffled = kernel.benjamini_hochberg(row(*(p[i] for i in order)))[0]
    assert_array_equal(shuffled, plain[order])


@UNHURRIED
@given(st.lists(st.one_of(probabilities, st.just(NAN)), min_size=1, max_size=60))
def test_missing_p_values_are_as_if_they_were_not_there(p):
    given_p = np.array([p])
    there = ~np.isnan(given_p)
    q = kernel.benjamini_hochberg(given_p)
    assert_array_equal(np.isnan(q), ~there)
    if there.any():
        assert_array_equal(q[there], kernel.benjamini_hochberg(given_p[there][None, :])[0])


@UNHURRIED
@given(p_rows)
def test_benjamini_hochberg_agrees_with_scipy(p):
    assert_allclose(kernel.benjamini_hochberg(row(*p))[0], stats.false_discovery_control(p), rtol=1e-9, atol=0)


# ---------------------------------------------------------------- p-values


def test_one_tumor_against_three_normals_has_the_p_worked_out_by_hand():
    # t = (9 - 5) / (2 * sqrt(1 + 1/3)) = sqrt(3); with 2 degrees of freedom the two-sided p of t is
    # 1 - t / sqrt(t^2 + 2) = 1 - sqrt(3/5)
    p = kernel.prediction_p_values(row(9.0), np.array([5.0]), np.array([2.0]), 3, 0.1)
    assert_allclose(p, [[1 - (3 / 5) ** 0.5]], rtol=1e-12)


@pytest.mark.parametrize("x", [-3.0, 0.0, 4.9, 7.25, 30.0])
@pytest.mark.parametrize(("sd", "n"), [(0.4, 10), (1.3, 50), (2.0, 100_000)])
def test_the_p_of_a_new_observation_is_that_of_its_prediction_interval(x, sd, n):
    t = abs(x - 5.0) / (sd * (1 + 1 / n) ** 0.5)
    expected = 2 * stats.t(df=n - 1).sf(t)
    assert_allclose(
        kernel.prediction_p_values(row(x), np.array([5.0]), np.array([sd]), n, 0.1), [[expected]], rtol=1e-9
    )


def test_the_spread_is_never_taken_smaller_than_the_floor():
    mean = np.array([5.0])
    at_floor = kernel.prediction_p_values(row(6.0), mean, np.array([0.1]), 20, 0.1)
    assert_array_equal(kernel.prediction_p_values(row(6.0), mean, np.array([0.0]), 20, 0.1), at_floor)
    assert_array_equal(kernel.prediction_p_values(row(6.0), mean, np.array([0.0999]), 20, 0.1), at_floor)
    assert kernel.prediction_p_values(row(6.0), mean, np.array([0.2]), 20, 0.1)[0, 0] > at_floor[0, 0]


def test_a_value_at_the_mean_has_p_one_and_a_missing_value_none():
    p = kernel.prediction_p_values(row(5.0, NAN), np.array([5.0, 5.0]), np.array([1.0, 1.0]), 10, 0.1)
    assert p[0, 0] == 1.0
    assert np.isnan(p[0, 1])


@pytest.mark.parametrize(
    ("z", "p"),
    [
        (0.0, 1.0),
        (1.959963984540054, 0.05),
        (-1.959963984540054, 0.05),
        (2.0, 0.04550026389635842),
        (3.0, 0.0026997960632601866),
        (1e300, 0.0),
    ],
)
def test_a_standard_score_has_the_two_sided_normal_p_of_the_tables(z, p):
    assert_allclose(kernel.normal_p_values(row(z)), [[p]], rtol=1e-9)


@UNHURRIED
@given(st.floats(-37, 37, allow_nan=False))
def test_normal_p_values_agree_with_scipy_far_into_the_tails(z):
    assert_allclose(kernel.normal_p_values(row(z))[0, 0], 2 * stats.norm.sf(abs(z)), rtol=1e-9)


# ---------------------------------------------------------------- abundances


def test_counts_become_reads_per_million_of_their_own_library():
    assert_allclose(kernel.to_rpm(row(1, 3, 0), "counts"), [[250_000, 750_000, 0]])


def test_counts_of_a_part_become_reads_per_million_of_the_stated_library():
    assert_allclose(kernel.to_rpm(row(1, 3), "counts", np.array([8e6])), [[0.125, 0.375]])


def test_a_missing_count_is_missing_and_adds_nothing_to_the_library():
    rpm = kernel.to_rpm(row(1, NAN, 3), "counts")
    assert_allclose(rpm[0, [0, 2]], [250_000, 750_000])
    assert np.isnan(rpm[0, 1])


def test_reads_per_million_stay_as_they_are():
    assert_array_equal(kernel.to_rpm(row(0.5, 120, NAN), "reads_per_million"), row(0.5, 120, NAN))


def test_log2_values_have_their_pseudocount_taken_off_and_never_fall_under_zero():
    assert_allclose(kernel.to_rpm(row(0, 1, 10, -0.5), "log2_reads_per_million"), [[0, 1, 1023, 0]])


def test_log2_abundance_adds_one_read_per_million():
    assert_allclose(kernel.log2_abundance(row(0, 1, 255, 1023)), [[0, 1, 8, 10]])


@UNHURRIED
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_log2_abundance_and_back_gives_the_same_reads_per_million(rpm):
    back = kernel.to_rpm(kernel.log2_abundance(row(*rpm)), "log2_reads_per_million")
    assert_allclose(back, row(*rpm), rtol=1e-9, atol=1e-9)


# ---------------------------------------------------------------- median of ratios


def test_the_geometric_mean_speaks_only_of_what_every_sample_expresses():
    means = kernel.log_geometric_mean(np.array([[10.0, 5.0, 0.0], [1000.0, 5.0, 7.0]]))
    assert_allclose(means[:2], np.log([100.0, 5.0]))
    assert np.isnan(means[2])


@pytest.mark.parametrize(
    ("rpm", "factor"),
    [
        pytest.param([10, 100, 1000, 50, 7], 1.0, id="the reference itself"),
        pytest.param([20, 200, 2000, 100, 14], 2.0, id="everything twofold"),
        # ratios 2, 2, 900, 0.01, 2
        pytest.param([20, 200, 900_000, 0.5, 14], 2.0, id="two extreme ones move nothing"),
        # ratios 1, 3, 9, 27, 81
        pytest.param([10, 300, 9000, 1350, 567], 9.0, id="the middle ratio of five"),
        # ratios -, 3, 9, 27, -: what is not expressed has no ratio
        pytest.param([0, 300, 9000, 1350, NAN], 9.0, id="the middle of three where two are not expressed"),
    ],
)
def test_the_size_factor_is_the_median_ratio_to_the_reference(rpm, factor):
    reference = np.log([10.0, 100.0, 1000.0, 50.0, 7.0])
    assert_allclose(kernel.size_factors(row(*rpm), reference), [factor])


def test_features_the_reference_does_not_share_have_no_say_in_the_size_factor():
    reference = np.array([np.log(10.0), NAN, NAN])
    assert_allclose(kernel.size_factors(row(30, 1e6, 1e6), reference), [3.0])


def test_a_sample_that_shares_nothing_with_the_reference_has_no_size_factor():
    factors = kernel.size_factors(np.array([[0.0, 5.0], [20.0, 5.0]]), np.array([np.log(10.0), NAN]))
    assert np.isnan(factors[0])
    assert_allclose(factors[1], 2.0)


# ---------------------------------------------------------------- quality control


def test_only_values_far_under_the_median_are_out():
    # median 11.5; deviations 1.5 0.5 0.5 1.5 2.5 9.5, median 1.5, scaled 2.2239; limit 11.5 - 4 * 2.2239 = 2.604
    values = np.array([10.0, 11.0, 12.0, 13.0, 14.0, 2.0])
    assert_array_equal(kernel.below_mad(values, 4.0), [False, False, False, False, False, True])
    assert not kernel.below_mad(values, 4.5).any()
    assert not kernel.below_mad(-values, 4.0).any()


def test_equal_values_are_all_kept():
    assert not kernel.below_mad(np.full(12, 0.97), 4.0).any()


def test_the_correlation_with_the_median_profile_is_pearsons():
    # the median profile is 1 2 3; the three samples rise with it, rise with it, fall against it
    samples = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [1.0, 0.5, 0.0]])
    assert_allclose(kernel.correlation_with_median(samples), [1.0, 1.0, -1.0])


def test_a_flat_sample_correlates_with_nothing():
    samples = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [4.0, 4.0, 4.0]])
    assert_allclose(kernel.correlation_with_median(samples), [1.0, 1.0, 0.0])


def test_the_correlation_agrees_with_numpy():
    samples = np.random.default_rng(7).normal(8, 2, (11, 40))
    centre = np.median(samples, axis=0)
    expected = [np.corrcoef(sample, centre)[0, 1] for sample in samples]
    assert_allclose(kernel.correlation_with_median(samples), expected, rtol=1e-9)


# ---------------------------------------------------------------- one profile and a cohort


def many(samples: int = 23, features: int = 611) -> kernel.Array:
    rpm = np.random.default_rng(11).lognormal(3, 3, (samples, features))
    rpm[:, ::17] = 0.0
    rpm[::3, 5::29] = NAN
    return rpm


MEAN = np.random.default_rng(12).normal(6, 2, 611)
SD = np.random.default_rng(13).gamma(2, 0.4, 611)
ROWWISE = {
    "counts": lambda m: kernel.to_rpm(m, "counts"),
    "counts with library sizes": lambda m: kernel.to_rpm(m, "counts", np.full(len(m), 3e6)),
    "log2 values": lambda m: kernel.to_rpm(np.log2(m + 1), "log2_reads_per_million"),
    "log2 abundance": kernel.log2_abundance,
    "size factors": lambda m: kernel.size_factors(m, MEAN),
    "prediction p": lambda m: kernel.prediction_p_values(kernel.log2_abundance(m), MEAN, SD, 50, 0.1),
    "normal p": lambda m: kernel.normal_p_values(np.log2(m + 1) - 5),
    "adjusted p": lambda m: kernel.benjamini_hochberg(kernel.normal_p_values(np.log2(m + 1) - 5)),
}


@pytest.mark.parametrize("function", ROWWISE.values(), ids=ROWWISE.keys())
def test_a_row_of_a_matrix_gives_the_same_bits_as_the_row_alone(function):
    rpm = many()
    together = function(rpm)
    for i in range(len(rpm)):
        alone = function(rpm[i : i + 1].copy())
        assert alone[0].tobytes() == np.ascontiguousarray(together[i]).tobytes()


@pytest.mark.parametrize("function", ROWWISE.values(), ids=ROWWISE.keys())
def test_no_function_changes_its_input(function):
    rpm = many(3)
    before = rpm.tobytes()
    function(rpm)
    assert rpm.tobytes() == before


@pytest.mark.parametrize("function", ROWWISE.values(), ids=ROWWISE.keys())
def test_the_memory_layout_of_a_matrix_changes_no_bit(function):
    rpm = many(7)
    assert np.ascontiguousarray(function(np.asfortranarray(rpm))).tobytes() == function(rpm).tobytes()


def test_correlation_is_pearsons_over_what_both_measured():
    x = np.array([1.0, 2.0, 3.0, np.nan, 9.0])
    # of (1, 2, 3) and (1, 3, 2): deviations -1 0 1 and -1 1 0, so 1 / sqrt(2 * 2)
    assert kernel.correlation(x, np.array([1.0, 3.0, 2.0, 7.0, np.nan])) == pytest.approx(0.5)
    assert kernel.correlation(x, -2.0 * x) == pytest.approx(-1.0)


@pytest.mark.parametrize("other", [np.full(3, 4.0), np.full(3, np.nan)])
def test_what_does_not_vary_or_was_not_measured_correlates_with_nothing(other):
    assert kernel.correlation(np.array([1.0, 2.0, 3.0]), other) == 0.0
