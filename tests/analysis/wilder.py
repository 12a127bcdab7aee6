"""Classic indicators written again as plain loops: the independent reference for the library's."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ema_loop(values: Floats, period: int) -> Floats:
    """Seeded by the first simple mean, alpha = 2 / (period + 1)."""
    out = np.full(len(values), np.nan)
    out[period - 1] = values[:period].mean()
    for t in range(period, len(values)):
        out[t] = out[t - 1] + 2 / (period + 1) * (values[t] - out[t - 1])
    return out


def rsi_loop(close: Floats, period: int) -> Floats:
    """Wilder's averages of gains and losses."""
    out = np.full(len(close), np.nan)
    moves = np.diff(close)
    gain, loss = np.maximum(moves, 0)[:period].mean(), np.maximum(-moves, 0)[:period].mean()
    out[period] = 100 * gain / (gain + loss)
    for t in range(period, len(moves)):
        gain = (gain * (period - 1) + max(moves[t], 0)) / period
        loss = (loss * (period - 1) + max(-moves[t], 0)) / period
        out[t + 1] = 100 * gain / (gain + loss)
    return out


def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """From the second bar on."""
    before = close[:-1]
    reach = np.maximum(np.abs(high[1:] - before), np.abs(low[1:] - before))
    return np.maximum(high[1:] - low[1:], reach)


def atr_loop(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Wilder's average of the true range."""
    ranges = true_range(high, low, close)
    out = np.full(len(close), np.nan)
    out[period] = ranges[:period].mean()
    for t in range(period + 1, len(close)):
        out[t] = (out[t - 1] * (period - 1) + ranges[t - 1]) / period
    return out


def directional_loop(high: Floats, low: Floats, close: Floats, period: int) -> tuple[Floats, Floats, Floats]:
    """ADX, +DI, -DI with Wilder's sums, as in his worksheet (first sum over period - 1 moves)."""
    up, down = high[1:] - high[:-1], low[:-1] - low[1:]
    plus = np.where((up > down) & (up > 0), up, 0.0)
    minus = np.where((down > up) & (down > 0), down, 0.0)
    ranges = true_range(high, low, close)
    n = len(close)
    adx, di_plus, di_minus, dx = (np.full(n, np.nan) for _ in range(4))
    sums = [series[: period - 1].sum() for series in (plus, minus, ranges)]
    for t in range(period, n):
        sums = [s - s / period + series[t - 1] for s, series in zip(sums, (plus, minus, ranges), strict=True)]
        di_plus[t], di_minus[t] = 100 * sums[0] / sums[2], 100 * sums[1] / sums[2]
        dx[t] = 100 * abs(di_plus[t] - di_minus[t]) / (di_plus[t] + di_minus[t])
    adx[2 * period - 1] = dx[period : 2 * period].mean()
    for t in range(2 * period, n):
        adx[t] = (adx[t - 1] * (period - 1) + dx[t]) / period
    return adx, di_plus, di_minus
