"""Correlation of prices that are seen at different moments, without a common grid, and who leads.

Hayashi and Yoshida (2005, "On covariance estimation of non-synchronously observed diffusion processes"): the product
of two increments counts once where their intervals overlap. Shifted by a lag (Hoffmann, Rosenbaum and Yoshida 2013)
it says which of the two moves first.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times

LONGEST_SHARE: Final = 0.1
"""Share of the common time that a path is moved by at least, where chance is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class TickPath:
    """A price's logarithm ``value`` (n) at ``time`` (n, any unit, ascending without repeats)."""

    time: Times
    value: Floats


def tick_path(time: Times, price: Floats) -> TickPath:
    """Return the path of prices, the last one of each moment."""
    last = np.append(np.diff(time) > 0, True) if len(time) else np.zeros(0, np.bool_)
    return TickPath(time[last], np.log(price[last]))


def covariance(first: TickPath, second: TickPath, lag: int = 0) -> float:
    """Return the sum of products of overlapping increments, the first path moved ``lag`` later.

    The second's increments that overlap one of the first's are neighbours, so their sum is a difference of values.
    """
    start, stop = first.time[:-1] + lag, first.time[1:] + lag
    low = np.searchsorted(second.time, start, side="right") - 1
    high = np.searchsorted(second.time, stop, side="left")
    last = len(second.time) - 1
    beside = (high <= 0) | (low >= last)
    spanned = second.value[high.clip(0, last)] - second.value[low.clip(0, last)]
    return float((np.diff(first.value) * np.where(beside, 0.0, spanned)).sum())


def correlation(first: TickPath, second: TickPath, lag: int = 0) -> float:
    """Return the covariance over the root of both realised variances; NaN where one never moves."""
    size = float(np.sqrt((np.diff(first.value) ** 2).sum() * (np.diff(second.value) ** 2).sum()))
    return covariance(first, second, lag) / size if size > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class TickLead:
    """Correlation at lag 0, and the lag of the largest one: positive where the first leads, in the paths' unit."""

    together: float
    lag: int
    at_lag: float


def tick_lead(first: TickPath, second: TickPath, lags: Times) -> TickLead | None:
    """Return which of two paths leads among the tried lags; ``None`` where one of them never moves."""
    found = np.array([correlation(first, second, int(lag)) for lag in lags])
    if not np.isfinite(found).all():
        return None
    best = int(np.abs(found).argmax())
    return TickLead(correlation(first, second), int(lags[best]), float(found[best]))


def common_span(first: TickPath, second: TickPath) -> tuple[TickPath, TickPath]:
    """Return the parts of two paths from when both are known."""
    since = max(int(path.time[0]) if len(path.time) else 0 for path in (first, second))
    return _since(first, since), _since(second, since)


def lead_probability(first: TickPath, second: TickPath, lags: Times, draws: int, seed: int) -> float:
    """Return the chance that paths without a link correlate as much at one of the tried lags; NaN where one rests.

    The second path's increments are moved round a circle by random times, which keeps when and how much each moves.
    """
    found = tick_lead(first, second, lags)
    if found is None:
        return float("nan")
    start, stop = int(second.time[0]), int(second.time[-1])
    least = max(1, int(LONGEST_SHARE * (stop - start)))
    shifts = np.random.default_rng(seed).integers(least, max(least + 1, stop - start - least), draws)
    moved = (tick_lead(first, _turned(second, int(shift)), lags) for shift in shifts)
    strong = sum(one is not None and abs(one.at_lag) >= abs(found.at_lag) for one in moved)
    return (1 + strong) / (1 + draws)


def _since(path: TickPath, moment: int) -> TickPath:
    row = max(0, int(np.searchsorted(path.time, moment, side="right")) - 1)
    return TickPath(path.time[row:], path.value[row:])


def _turned(path: TickPath, shift: int) -> TickPath:
    """Return the path with its increments moved later by ``shift``, those beyond its end at its beginning."""
    start, span = path.time[0], path.time[-1] - path.time[0]
    time = start + 1 + (path.time[1:] - start - 1 + shift) % span
    order = np.argsort(time)
    value = np.concatenate([[0.0], np.cumsum(np.diff(path.value)[order])])
    return TickPath(np.concatenate([path.time[:1], time[order]]), value)
