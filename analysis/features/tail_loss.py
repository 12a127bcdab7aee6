"""Value-at-risk and expected shortfall of one bar: historical and Cornish-Fisher.

Input is profit and loss as a fraction of notional (``pnl_of`` makes it from log returns); a loss comes out positive.
NaN values are left out; with fewer than ``min_count`` known ones the answer is NaN.
"""

from math import nan
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from analysis.arrays import Floats
from analysis.features.look_backs import MIN_COUNT
from analysis.features.windows import lag, rolling


class TailLoss(NamedTuple):
    """Loss not exceeded with the asked confidence, and the mean loss beyond it; positive fractions of notional."""

    value_at_risk: float
    expected_shortfall: float


UNKNOWN = TailLoss(float("nan"), float("nan"))


def pnl_of(log_returns: Floats, side: int) -> Floats:
    """Return side * (exp(r) - 1): the profit of a long (side 1) or short (side -1) as a fraction of notional."""
    if side not in {1, -1}:
        raise ValueError("side must be 1 for a long or -1 for a short")
    return side * np.expm1(log_returns)


def historical(pnl: Floats, confidence: float, min_count: int = MIN_COUNT) -> TailLoss:
    """Return the empirical tail loss: with a = (1 - confidence) * n, the (floor(a) + 1)-th worst loss, and the mean of
    the worst a losses, the last of them in part (Rockafellar & Uryasev 2002, Acerbi & Tasche 2002).
    """
    share, known = _share(confidence), pnl[np.isfinite(pnl)]
    if len(known) < max(min_count, 1):
        return UNKNOWN
    whole, rest = _tail_size(len(known), share)
    return _empirical(np.sort(np.partition(known, whole)[: whole + 1]), whole, rest)


def loss_of_sorted(ordered: Floats, confidence: float, min_count: int = MIN_COUNT) -> TailLoss:
    """Return ``historical`` of known values in ascending order: one sorting answers for every level."""
    whole, rest = _tail_size(len(ordered), _share(confidence))
    return UNKNOWN if len(ordered) < max(min_count, 1) else _empirical(ordered[: whole + 1], whole, rest)


def _share(confidence: float) -> float:
    if not 0.5 < confidence < 1:
        raise ValueError("confidence must lie between 0.5 and 1, such as 0.95")
    return 1 - confidence


def _empirical(worst: Floats, whole: int, rest: float) -> TailLoss:
    losses = -worst
    return TailLoss(float(losses[-1]), float((losses[:-1].sum() + rest * losses[-1]) / (whole + rest)))


def _tail_size(count: int, share: float) -> tuple[int, float]:
    size = round(share * count, 9)  # 0.05 * 500 is 25 and a rounding error
    whole = int(size)
    return whole, size - whole


def historical_forecasts(pnl: Floats, n: int, confidence: float) -> Floats:
    """Return, for every row, the historical value-at-risk by the n rows before it (what a backtest sets against
    that row's loss); NaN where one of them is unknown.
    """
    whole, _ = _tail_size(n, _share(confidence))
    if whole >= n:
        return np.full(len(pnl), np.nan)
    return lag(rolling(pnl, n, lambda block: _nth_worst(block, whole)), 1)


def _nth_worst(block: Floats, whole: int) -> Floats:
    loss = -np.partition(block, whole, axis=1)[:, whole]
    return np.where(np.isnan(block).any(axis=1), np.nan, loss)


def cornish_fisher(pnl: Floats, confidence: float, min_count: int = MIN_COUNT) -> TailLoss:
    """Return the tail loss by the Cornish-Fisher expansion of the quantile with sample skewness and kurtosis.

    Shortfall is the mean beyond that quantile of the second-order Edgeworth density, no less than the
    value-at-risk (Boudt, Peterson & Croux 2008). NaN outside the domain where the expansion is monotone
    (``is_monotone``): hourly crypto returns are often there. NaN where the series does not vary.
    """
    return expanded_loss(moments_of(pnl), confidence, min_count)


class Moments(NamedTuple):
    """Of the known values: how many there are, and NaN where they do not vary, mean, deviation, skewness, excess."""

    known: int
    mean: float
    deviation: float
    skew: float
    excess: float


def moments_of(pnl: Floats) -> Moments:
    """Return what the expansion is made from, one pass for every level."""
    known = pnl[np.isfinite(pnl)]
    if not len(known) or np.ptp(known) == 0:
        return Moments(len(known), nan, nan, nan, nan)
    mean, deviation = float(np.mean(known)), float(np.std(known))
    standard = (known - mean) / deviation
    square = standard * standard
    return Moments(
        len(known), mean, deviation, float(np.mean(square * standard)), float(np.mean(square * square)) - 3
    )


def expanded_loss(moments: Moments, confidence: float, min_count: int = MIN_COUNT) -> TailLoss:
    """Return ``cornish_fisher`` of a sample with these moments."""
    share, (known, mean, deviation, skew, excess) = _share(confidence), moments
    if known < max(min_count, 1) or not is_monotone(skew, excess):
        return UNKNOWN
    quantile = expanded_quantile(float(ndtri(share)), skew, excess)
    beyond = max(_edgeworth_shortfall(quantile, skew, excess, share), -quantile)
    return TailLoss(-mean - deviation * quantile, -mean + deviation * beyond)


def expanded_quantile(z: float, skew: float, excess: float) -> float:
    """Return z + (z^2-1) S/6 + (z^3-3z) K/24 - (2z^3-5z) S^2/36, K the excess kurtosis."""
    return z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew**2 / 36


def is_monotone(skew: float, excess: float) -> bool:
    """Return whether the expansion rises everywhere: its derivative, quadratic in z, has no root (Maillard 2012)."""
    square, constant = excess / 8 - skew**2 / 6, 1 - excess / 8 + 5 * skew**2 / 36
    if square <= 0:  # only the normal itself is left
        return skew == 0 and excess == 0
    return (skew / 3) ** 2 - 4 * square * constant <= 0


def _edgeworth_shortfall(quantile: float, skew: float, excess: float, share: float) -> float:
    """-E[z | z < quantile] under phi(z) (1 + S/6 He3 + K/24 He4 + S^2/72 He6), mass taken as ``share``."""
    g = quantile
    density = np.exp(-(g**2) / 2) / np.sqrt(2 * np.pi)
    third = g**3
    fourth = g**4 - 2 * g**2 - 1
    sixth = g**6 - 9 * g**4 + 9 * g**2 + 3
    return float(density / share * (1 + skew / 6 * third + excess / 24 * fourth + skew**2 / 72 * sixth))
