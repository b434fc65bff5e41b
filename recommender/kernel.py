"""The numeric kernel: abundances to ratios, p-values and q-values, for one tumor or a million.

Every function takes arrays with samples in rows; a single profile is a matrix of one row, so the
numbers of one profile and of a cohort agree to the last digit. Imported only where abundances or
z-scores are called: numpy and scipy cost more start-up time than everything else together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RPM = 1e6
PSEUDOCOUNT = 1.0
MAD_TO_SD = 1.4826  # times the median absolute deviation: the standard deviation of normal data


def to_rpm(values: Array, scale: str, library_sizes: Array | None = None) -> Array:
    """Return reads per million.

    Parameters
    ----------
    values : array, shape (samples, features)
        In `scale`; NaN where a feature was not measured.
    scale : {"counts", "reads_per_million", "log2_reads_per_million"}
        The last is log2(RPM + 1).
    library_sizes : array, shape (samples,), optional
        Mapped miRNA reads; the row sums where absent. Only for counts.
    """
    values = np.ascontiguousarray(values)  # the order of a sum decides its last bits
    if scale == "counts":
        sizes = np.nansum(values, axis=1) if library_sizes is None else library_sizes
        return values / sizes[:, None] * RPM
    if scale == "log2_reads_per_million":
        return np.maximum(np.exp2(values) - PSEUDOCOUNT, 0.0)  # NaN stays NaN
    return values


def log_geometric_mean(rpm: Array) -> Array:
    """Return the mean of ln(RPM) per feature, NaN where any sample lacks the feature.

    Parameters
    ----------
    rpm : array, shape (samples, features)
    """
    expressed = np.all(rpm > 0, axis=0)
    result = np.full(rpm.shape[1], np.nan)
    result[expressed] = np.log(rpm[:, expressed]).mean(axis=0)
    return result


def size_factors(rpm: Array, log_means: Array) -> Array:
    """Return each sample's median ratio to the reference (Anders and Huber's median of ratios).

    Parameters
    ----------
    rpm : array, shape (samples, features)
    log_means : array, shape (features,)
        As :func:`log_geometric_mean` of the reference; NaN features do not take part.

    Returns
    -------
    array, shape (samples,)
        NaN for a sample that shares no expressed feature with the reference.
    """
    use = ~np.isnan(log_means)
    kept = rpm[:, use]
    logs = np.full(kept.shape, np.nan)
    np.log(kept, out=logs, where=kept > 0)
    logs -= log_means[use]
    factors = np.full(rpm.shape[0], np.nan)
    some = ~np.all(np.isnan(logs), axis=1)
    factors[some] = np.exp(np.nanmedian(logs[some], axis=1))
    return factors


def correlation(x: Array, y: Array) -> float:
    """Pearson correlation of two libraries; 0 where one of them does not vary.

    Parameters
    ----------
    x, y : array, shape (features,)
        log2(RPM + 1); NaN where a feature was not measured.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    if not both.any():
        return 0.0
    a, b = x[both] - x[both].mean(), y[both] - y[both].mean()
    norm = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / norm) if norm > 0 else 0.0


def correlations(x: Array, y: Array) -> Array:
    """Return :func:`correlation` of many libraries with one.

    Parameters
    ----------
    x : array, shape (samples, features)
        log2(RPM + 1); NaN where a feature was not measured.
    y : array, shape (features,)

    Returns
    -------
    array, shape (samples,)
    """
    use = ~np.isnan(y)
    kept, b = np.ascontiguousarray(x[:, use]), y[use]
    found = np.zeros(len(kept))
    whole = ~np.isnan(kept).any(axis=1)
    if use.any() and whole.any():
        a = kept[whole] - kept[whole].mean(axis=1, keepdims=True)
        centered = b - b.mean()
        norm = np.sqrt((a * a).sum(axis=1) * (centered * centered).sum())
        np.divide((a * centered).sum(axis=1), norm, out=norm, where=norm > 0)
        found[whole] = norm
    for i in np.flatnonzero(~whole):  # what each of them lacks is its own
        found[i] = correlation(kept[i], b)
    return found


def log2_abundance(rpm: Array) -> Array:
    """Return log2(RPM + 1)."""
    return np.log2(rpm + PSEUDOCOUNT)


def prediction_p_values(x: Array, mean: Array, sd: Array, n: int, min_sd: float) -> Array:
    """Two-sided p of one new observation against `n` earlier ones.

    t = (x - mean) / (SD * sqrt(1 + 1/n)) with n - 1 degrees of freedom: the prediction interval of a
    normal sample.

    Parameters
    ----------
    x : array, shape (samples, mirnas)
        log2(RPM + 1); NaN stays NaN.
    mean, sd : array, shape (mirnas,)
        Of the reference, same units; `sd` with n - 1 in the denominator.
    n : int
        Reference samples, at least 2.
    min_sd : float
        Floor under `sd`.
    """
    from scipy.special import stdtr  # most of the time to import this module; log2 ratios need none of it

    t = np.abs(x - mean) / (np.maximum(sd, min_sd) * np.sqrt(1.0 + 1.0 / n))
    return np.asarray(2.0 * stdtr(n - 1, -t), dtype=np.float64)


def normal_p_values(z: Array) -> Array:
    """Two-sided p of standard scores under the normal distribution."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(z) / np.sqrt(2.0)), dtype=np.float64)


def benjamini_hochberg(p: Array) -> Array:
    """Adjust each row's p-values (Benjamini and Hochberg 1995); NaN takes no part and stays NaN.

    Parameters
    ----------
    p : array, shape (samples, mirnas), in [0, 1]

    Returns
    -------
    array, same shape, in [0, 1]
    """
    order = np.argsort(p, axis=1, kind="stable")  # NaN last
    ranked = np.take_along_axis(p, order, axis=1)
    tests = np.sum(~np.isnan(p), axis=1)[:, None]
    ranks = np.arange(1, p.shape[1] + 1)[None, :]
    steps = np.where(np.isnan(ranked), np.inf, ranked * tests / ranks)
    steps = np.minimum.accumulate(steps[:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(steps, 1.0), axis=1)
    adjusted[np.isnan(p)] = np.nan
    return adjusted


def below_mad(values: Array, limit: float) -> Mask:
    """Tell which values lie more than `limit` median absolute deviations under the median.

    The deviation is scaled by 1.4826, so that for normal data it estimates the standard deviation.
    """
    median = np.median(values)
    mad = MAD_TO_SD * np.median(np.abs(values - median))
    return np.asarray(values < median - limit * mad, dtype=np.bool_)


def correlation_with_median(log_abundance: Array) -> Array:
    """Pearson correlation of each sample with the samples' median profile.

    Parameters
    ----------
    log_abundance : array, shape (samples, features)
        log2(RPM + 1).
    """
    centre = np.median(log_abundance, axis=0)
    a = log_abundance - log_abundance.mean(axis=1, keepdims=True)
    b = centre - centre.mean()
    norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum())
    correlation: Array = np.divide((a * b).sum(axis=1), norm, out=np.zeros(len(a)), where=norm > 0)
    return correlation
