"""Does the past of one series help to predict another? Wald tests of many ordered pairs at once.

Granger (1969, "Investigating causal relations by econometric models and cross-spectral methods"): y[t] on a constant,
p own lags and p lags of x; the hypothesis is that the lags of x have no weight. The covariance of the weights is HC3
(MacKinnon and White 1985), since returns of coins share their volatility: under it the classical F test finds leads
that are not there. It stands beside, to be told apart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from analysis.arrays import Floats

Mask = NDArray[np.bool_]

LEVERAGE: Final = 1e-10
"""A row that determines its own fit is left without weight in the errors beyond this distance from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class GrangerTests:
    """Tests "column i helps to predict column j" in cell (i, j) of (k, k) arrays; NaN where none can be made.

    ``p`` are the probabilities of the HC3 Wald test with the F distribution, ``p_classical`` those of the F test for
    errors of one variance, ``rows`` how many bars were complete. ``lags`` are those of least Schwarz criterion of the
    target on its own past: chosen with the cause's past, they would favour it, and twice as many pairs would pass.
    """

    p: Floats
    p_classical: Floats
    lags: Floats
    rows: Floats


def granger_tests(series: Floats, max_lag: int, min_rows: int) -> GrangerTests:
    """Test every ordered pair of the columns of ``series`` (n, k), NaN where unknown, consecutive rows.

    A pair has a test where at least ``min_rows`` rows have all that the longest lag reads and neither column is
    constant in them; all lags are compared on these rows.
    """
    k = series.shape[1]
    found = GrangerTests(*np.full((4, k, k), np.nan))
    for target in range(k):
        others = np.array([column for column in range(k) if column != target], dtype=np.intp)
        if len(others):
            one = _onto(series[:, target], series[:, others], max_lag, min_rows)
            for name, values in zip(("p", "p_classical", "lags", "rows"), one, strict=True):
                getattr(found, name)[others, target] = values
    return found


def _onto(target: Floats, causes: Floats, max_lag: int, min_rows: int) -> tuple[Floats, ...]:
    """Return p-values, classical ones, lags and rows of tests of ``causes`` (n, m) on one column (n)."""
    own, other = lagged(target[:, None], max_lag)[:, :, 0], lagged(causes, max_lag)
    y = target[max_lag:]
    known = np.isfinite(y) & np.isfinite(own).all(axis=0)
    mask = (known[:, None] & np.isfinite(other).all(axis=0)).T  # (m, n)
    rows = mask.sum(axis=1)
    wanted = (rows >= max(min_rows, 4 * max_lag + 4)) & _vary(y, other[0].T, mask)
    results = np.full((3, causes.shape[1]), np.nan)
    if wanted.any():
        data = _Data(
            np.where(mask, y, 0.0)[wanted],
            np.where(mask, own[:, None, :], 0.0)[:, wanted],
            np.where(mask, other.transpose(0, 2, 1), 0.0)[:, wanted],
            mask[wanted].astype(np.float64),
        )
        chosen = 1 + np.stack([data.schwarz(count) for count in range(1, max_lag + 1)]).argmin(axis=0)
        for count in np.unique(chosen).tolist():
            tested = np.flatnonzero(wanted)[chosen == count]
            results[:2, tested] = data.only(chosen == count).test(count)
            results[2, tested] = count
    return (*results, rows.astype(np.float64))


def lagged(values: Floats, count: int) -> Floats:
    """Return lags 1..count of ``values`` (n, k) as (count, n - count, k)."""
    n = len(values)
    return np.stack([values[count - lag : n - lag] for lag in range(1, count + 1)])


def _vary(y: Floats, causes: Floats, mask: Mask) -> Mask:
    """Return per cause whether it and the target vary on its rows; ``causes`` (m, n)."""

    def moves(values: Floats) -> Mask:
        high = np.where(mask, values, -np.inf).max(axis=1, initial=-np.inf)
        return np.asarray(high > np.where(mask, values, np.inf).min(axis=1, initial=np.inf))

    return np.asarray(moves(np.broadcast_to(y, mask.shape)) & moves(causes))


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Pairs of one target on their complete rows, others zero: ``y`` (m, n), ``own`` and ``other`` (lag, m, n)."""

    y: Floats
    own: Floats
    other: Floats
    mask: Floats

    def only(self, pairs: Mask) -> "_Data":
        """Return some of the pairs."""
        return _Data(self.y[pairs], self.own[:, pairs], self.other[:, pairs], self.mask[pairs])

    def design(self, count: int) -> Floats:
        """Return a constant, ``count`` own lags and as many of the cause (m, n, 2 * count + 1)."""
        return np.stack([self.mask, *self.own[:count], *self.other[:count]], axis=-1)

    def schwarz(self, count: int) -> Floats:
        """Return Schwarz's criterion of the target on ``count`` own lags (m)."""
        own = self.design(count)[..., : count + 1]
        n, residual = self.mask.sum(axis=1), _least_squares(own, self.y)[2]
        return np.asarray(n * np.log((residual**2).sum(axis=1) / n) + (count + 1) * np.log(n))

    def test(self, count: int) -> tuple[Floats, Floats]:
        """Return p-values and classical ones with ``count`` lags (m)."""
        design = self.design(count)
        width = design.shape[-1]
        beta, inverse, residual = _least_squares(design, self.y)
        limited = _least_squares(design[..., : count + 1], self.y)[2]
        free, sum_squares = self.mask.sum(axis=1) - width, (residual**2).sum(axis=1)
        classical = ((limited**2).sum(axis=1) - sum_squares) / count / (sum_squares / free)
        tested = slice(count + 1, width)
        spread, weights = hc3(design, inverse, residual)[:, tested, tested], beta[:, tested]
        solved = np.linalg.solve(spread, weights[..., None])[..., 0]
        wald = (weights * solved).sum(axis=1) / count
        return fdtrc(count, free, wald), fdtrc(count, free, np.maximum(classical, 0.0))


def _least_squares(design: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weights (m, w), inverse of X'X (m, w, w) and residuals (m, n) of m regressions."""
    transposed = design.transpose(0, 2, 1)
    inverse = np.linalg.pinv(transposed @ design, hermitian=True)
    beta = np.asarray((inverse @ (transposed @ y[..., None]))[..., 0], dtype=np.float64)
    return beta, np.asarray(inverse, dtype=np.float64), y - (design @ beta[..., None])[..., 0]


def hc3(design: Floats, inverse: Floats, residual: Floats) -> Floats:
    """Return the HC3 covariance of the weights (m, w, w): each squared residual over its squared 1 - leverage."""
    projected = design @ inverse
    leverage = (projected * design).sum(axis=-1)
    share = np.maximum(1.0 - leverage, LEVERAGE)
    weighted = projected * ((residual / share) ** 2)[..., None]
    return np.asarray(weighted.transpose(0, 2, 1) @ projected)
