"""Variance ratios of trailing windows with the heteroskedasticity-robust z*, and the joint test over several q."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.arrays import Floats
from analysis.features.robust import clipped
from analysis.features.windows import CHUNK, divide, trailing

ROUNDING = 8 * float(np.finfo(np.float64).eps)  # of a log price's size: a step below it is no movement


@dataclass(frozen=True, slots=True, eq=False)
class VarianceRatios:
    """``ratio`` and ``z`` per horizon and row, both (horizons, rows); ratio > 1 and z > 0 say trend."""

    ratio: Floats
    z: Floats


def variance_ratios(log_price: Floats, n: int, horizons: Sequence[int], *, clip: bool) -> VarianceRatios:
    """Return Lo and MacKinlay's (1988) VR(q) and z* over the last n returns (n + 1 log prices), for each q.

    With ``clip`` the returns of each window are ``robust.clipped`` first, so that no single wick makes the ratio.

    VR(q) = s2(q) / s2(1), overlapping and debiased: s2(1) = sum((r - m)^2) / (n - 1), s2(q) = sum((y_t - y_{t-q} -
    q m)^2) / (q (n - q + 1) (1 - q/n)); z* = sqrt(n) (VR - 1) / sqrt(theta), theta = sum over k < q of
    4 (1 - k/q)^2 d_k, d_k = n sum(e_t^2 e_{t-k}^2) / sum(e_t^2)^2 (Campbell, Lo, MacKinlay 1997, 2.4.43).
    Equal to ``arch.unitroot.VarianceRatio`` with a trend, of the clipped path where asked. NaN in the first n rows,
    where a price is missing, and where the returns do not vary beyond rounding. ``ValueError`` unless every q is in
    2..n/2.
    """
    if not horizons or min(horizons) < 2 or 2 * max(horizons) > n:
        raise ValueError(f"variance ratios need 2 <= q <= n / 2, was q = {list(horizons)}, n = {n}")
    found = np.full((2, len(horizons), len(log_price)), np.nan)
    if len(log_price) > n:
        windows = trailing(log_price, n + 1)
        for start in range(0, len(windows), CHUNK):
            block = windows[start : start + CHUNK]
            found[:, :, start + n : start + n + len(block)] = _of_block(block, horizons, clip)
    return VarianceRatios(found[0], found[1])


def _of_block(log_price: Floats, horizons: Sequence[int], clip: bool) -> Floats:
    n, y = log_price.shape[1] - 1, _clipped_path(log_price) if clip else log_price
    mean = (y[:, -1:] - y[:, :1]) / n
    squares = (np.diff(y, axis=1) - mean) ** 2
    total = squares.sum(axis=1)
    total = np.where(total <= n * (ROUNDING * np.abs(log_price).max(axis=1)) ** 2, np.nan, total)
    shared = [
        divide(n * np.vecdot(squares[:, k:], squares[:, :-k]), total**2) for k in range(1, max(horizons))
    ]
    found = np.empty((2, len(horizons), len(y)))
    for row, q in enumerate(horizons):
        long = ((y[:, q:] - y[:, :-q] - q * mean) ** 2).sum(axis=1) / (q * (n - q + 1) * (1 - q / n))
        theta = sum((4 * (1 - k / q) ** 2 * shared[k - 1] for k in range(1, q)), np.zeros(len(y)))
        ratio = divide(long, total / (n - 1))
        found[:, row] = ratio, divide(np.sqrt(n) * (ratio - 1), np.sqrt(theta))
    return found


def _clipped_path(log_price: Floats) -> Floats:
    """The path (rows, n + 1) of each window's clipped returns, from 0."""
    path = np.zeros_like(log_price)
    np.cumsum(clipped(np.diff(log_price, axis=1)), axis=1, out=path[:, 1:])
    return path


def chow_denning(z: Floats) -> tuple[Floats, Floats]:
    """Return Chow and Denning's (1993) joint statistic max|z*| and its p-value per row, from z (horizons, rows).

    p = 1 - (2 Phi(max|z|) - 1)^m, the studentised maximum modulus of m horizons with infinite degrees of freedom; it
    is conservative, as the horizons are correlated. NaN where one z is.
    """
    largest = np.abs(z).max(axis=0)
    inside = ndtr(largest) - ndtr(-largest)
    return largest, np.asarray(-np.expm1(len(z) * np.log(np.maximum(inside, np.finfo(np.float64).tiny))))
