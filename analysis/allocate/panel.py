"""The coins of one question side by side: returns, volume, and the signals that views are made from.

Made once for all fits of the same inputs; row t of everything is known at the close of bar t.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.allocate.inputs import AllocateInputs
from analysis.arrays import Floats, Times
from analysis.features.windows import divide
from analysis.framework.joint_bars import JointBars, join_bars
from analysis.framework.missing import PART_FAILED
from analysis.framework.question import LATEST
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import TrendSection
from analysis.trend.trace import trace as trend_trace
from utils.binance_api.bars import Bars

YEAR_DAYS = 365.0
PLACEBOS = 12
"""Coins with random signs that the record of the views is compared with, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class CoinPanel:
    """Arrays (n, k) over ``time`` (n, bar closes, UTC ms) for k coins; NaN where unknown.

    ``log_returns`` and simple ``returns`` of a bar, ``close``, ``volume`` traded in the quote asset, ``signal`` the
    trend direction in [-1, 1] without its Kalman part. ``turned`` and ``turned_signal`` are log returns and signal of
    bars that each have a random sign, several times over where coins are few. ``market`` (n) is bitcoin's simple
    return, ``rows`` (m) the places of the bars of the answer.
    """

    time: Times
    close: Floats
    log_returns: Floats
    returns: Floats
    volume: Floats
    signal: Floats
    turned: Floats
    turned_signal: Floats
    rows: Times
    market: Floats


@lru_cache(maxsize=2)
def panel_of(inputs: AllocateInputs, seed: int) -> CoinPanel:
    """Return the panel of inputs (kept by their identity); ``seed`` draws the signs."""
    joint = join_bars(inputs.members)
    generator, members = np.random.default_rng(seed), inputs.members
    again = members * -(-PLACEBOS // len(members))
    turned = [turned_bars(bars, generator) for bars in again]
    return CoinPanel(
        time=joint.close_time,
        close=joint.close,
        log_returns=joint.returns,
        returns=np.expm1(joint.returns),
        volume=_placed(joint, [bars.quote_volume for bars in members], members),
        signal=_placed(joint, [trend_direction(bars) for bars in members], members),
        turned=_placed(joint, [own_returns(bars) for bars in turned], again),
        turned_signal=_placed(joint, [trend_direction(bars) for bars in turned], again),
        rows=np.searchsorted(joint.open_time, inputs.bars.open_time),
        market=_market(joint, inputs),
    )


def _placed(joint: JointBars, columns: Sequence[Floats], members: Sequence[Bars]) -> Floats:
    result = np.full((len(joint), len(members)), np.nan)
    for place, (column, bars) in enumerate(zip(columns, members, strict=True)):
        result[np.searchsorted(joint.open_time, bars.open_time), place] = column
    return result


def _market(joint: JointBars, inputs: AllocateInputs) -> Floats:
    """Return bitcoin's simple return of each bar (n), NaN where unknown."""
    result = np.full(len(joint), np.nan)
    if inputs.market is not None and len(inputs.market):
        own = join_bars([inputs.market])
        _, here, there = np.intersect1d(joint.open_time, own.open_time, return_indices=True)
        result[here] = np.expm1(own.returns[there, 0])
    return result


def own_returns(bars: Bars) -> Floats:
    """Return one coin's log returns per bar (n) by the rule of joint bars."""
    joint = join_bars([bars])
    return np.asarray(joint.returns[np.searchsorted(joint.open_time, bars.open_time), 0])


def trend_direction(bars: Bars) -> Floats:
    """Return module A's direction of every bar (n), read from these bars alone."""
    inputs = TrendInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        missing={"quote": PART_FAILED, "counterpart": PART_FAILED},
        counterpart=None,
        counterpart_scale=1.0,
        quote=None,
    )
    return np.asarray(trend_trace(inputs, {}, TrendSection(), LATEST).direction)


def turned_bars(bars: Bars, generator: np.random.Generator) -> Bars:
    """Return bars whose moves each have a random sign: the same volatility, nothing to predict.

    A turned bar is its mirror image in log prices around the close before it.
    """
    sign = generator.choice([-1.0, 1.0], size=len(bars))
    before = np.log(np.concatenate([bars.open[:1], bars.close[:-1]]))
    logs = {name: np.log(getattr(bars, name)) - before for name in ("open", "high", "low", "close")}
    moved = {name: sign * one for name, one in logs.items()}
    base = before[0] + np.concatenate([[0.0], np.cumsum(moved["close"])[:-1]])
    high = np.where(sign > 0, logs["high"], -logs["low"])
    low = np.where(sign > 0, logs["low"], -logs["high"])
    return replace(
        bars,
        open=np.exp(base + moved["open"]),
        high=np.exp(base + high),
        low=np.exp(base + low),
        close=np.exp(base + moved["close"]),
    )


def market_weights(panel: CoinPanel, supply: Sequence[float | None], row: int, volume_bars: int) -> Floats:
    """Return the market's weights (k) before ``row``: by value where every supply is known, else by volume."""
    if all(one is not None for one in supply):
        size = np.array([float(one or 0) for one in supply]) * panel.close[row - 1]
    else:
        recent = panel.volume[max(0, row - volume_bars) : row]
        size = divide(np.nansum(recent, axis=0), np.isfinite(recent).sum(axis=0).astype(np.float64))
    return np.asarray(np.nan_to_num(size, nan=0.0))
