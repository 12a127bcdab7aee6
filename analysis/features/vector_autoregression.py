"""Vector autoregressions by least squares: order by a criterion, moving-average weights, value out of sample.

Luetkepohl (2005, "New Introduction to Multiple Time Series Analysis", chapters 3 and 4). No lag chosen is an answer.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Autoregression:
    """``intercept`` (k), ``lags`` (p, k, k) with weight [l, i, j] of series j at lag l + 1 on series i, and ``sigma``.

    ``sigma`` (k, k) is the covariance of residuals with the divisor rows - k p - 1; ``r2`` (k) the share explained in
    the sample.
    """

    intercept: Floats
    lags: Floats
    sigma: Floats
    r2: Floats

    @property
    def order(self) -> int:
        """How many lags there are."""
        return len(self.lags)

    def moving_average(self, horizon: int) -> Floats:
        """Return the weights of shocks 0..horizon steps ago (horizon + 1, k, k); the first is the identity."""
        k = len(self.intercept)
        weights = np.zeros((horizon + 1, k, k))
        weights[0] = np.eye(k)
        for step in range(1, horizon + 1):
            for lag in range(min(step, self.order)):
                weights[step] += self.lags[lag] @ weights[step - 1 - lag]
        return weights


def fit_autoregression(series: Floats, order: int) -> Autoregression:
    """Fit on complete rows (n, k); ``ValueError`` where there are fewer rows than weights."""
    n, k = series.shape
    if n - order <= k * order + 1:
        raise ValueError(f"{order} lags of {k} series need more than {n} rows")
    design, y = _design(series, order), series[order:]
    weights = np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], dtype=np.float64)
    residual = y - design @ weights
    total = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    explained = 1 - np.divide((residual**2).sum(axis=0), total, out=np.ones(k), where=total > 0)
    lags = weights[1:].T.reshape(k, order, k).transpose(1, 0, 2)
    sigma = np.asarray(residual.T @ residual / (n - order - k * order - 1), dtype=np.float64)
    return Autoregression(weights[0], lags, sigma, explained)


def chosen_order(series: Floats, most: int) -> int:
    """Return the order 0..most of least Schwarz criterion on the same rows; fewer where the rows do not suffice."""
    n, k = series.shape
    rows = n - most
    best, order = np.inf, 0
    for lags in range(most + 1):
        if rows <= k * lags + k + 1:
            break
        part = series[most - lags :]
        design, y = _design(part, lags), part[lags:]
        residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        sign, log_det = np.linalg.slogdet(residual.T @ residual / rows)
        criterion = float(log_det) + np.log(rows) / rows * (lags * k * k + k) if sign > 0 else -np.inf
        if criterion < best:
            best, order = criterion, lags
    return order


def out_of_sample_r2(series: Floats, order: int, train: int) -> Floats:
    """Return per series 1 - squared errors over squared distances from the mean, both fitted on ``train`` rows.

    The weights of the first ``train`` rows predict each later row one step ahead. NaN where nothing is left to predict.
    """
    if order == 0 or len(series) <= train:
        return np.full(series.shape[1], np.nan)
    fitted = fit_autoregression(series[:train], order)
    later = series[train - order :]
    flat = np.concatenate([fitted.intercept[:, None], *fitted.lags], axis=1)
    errors = later[order:] - _design(later, order) @ flat.T
    apart = later[order:] - series[:train].mean(axis=0)
    total = (apart**2).sum(axis=0)
    share = np.divide((errors**2).sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0)
    return np.asarray(1 - share)


def _design(series: Floats, order: int) -> Floats:
    n = len(series)
    lags = [series[order - lag : n - lag] for lag in range(1, order + 1)]
    return np.concatenate([np.ones((n - order, 1)), *lags], axis=1)
