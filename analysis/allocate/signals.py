"""What views are made from: what modules A and E say of every coin at each bar, and of bars with random signs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.corr.fit import fit
from analysis.corr.inputs import CorrInputs, fit_keys
from analysis.corr.metrics import CorrSection
from analysis.corr.pull import pull_rows
from analysis.framework.joint_bars import join_bars
from analysis.framework.missing import PART_FAILED
from analysis.framework.question import LATEST, Scope
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import TrendSection
from analysis.trend.trace import trace as trend_trace
from utils.binance_api.bars import Bars


@dataclass(frozen=True, slots=True, eq=False)
class ViewSignal:
    """What one module says at the close of every bar: of each coin (n, k), and of bars with random signs (n, p)."""

    coins: Floats
    turned: Floats


def trend_direction(bars: Bars) -> Floats:
    """Return module A's direction of every bar (n) in [-1, 1], read from these bars alone: without its Kalman part."""
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


def leader_pull(leaders: Sequence[Bars], bars: Bars) -> Floats:
    """Return module E's forecast of the bar after each (n), over a bar's deviation; NaN before its first fit.

    It is not shrunk by its own record as E's score is: the record of the views decides what it is worth. A coin that
    leads has the other leaders; NaN where there are none.
    """
    others = [leader for leader in leaders if leader.symbol != bars.symbol]
    if not others or not len(bars):
        return np.full(len(bars), np.nan)
    joint = join_bars([*others, bars])
    inputs = CorrInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        scope=Scope(len(bars)),
        joint=joint,
        leaders=tuple(range(len(others))),
        target=len(others),
    )
    config = CorrSection()
    fits = {key.refit_time: fit(inputs, config, key.refit_time) for key in fit_keys(inputs, config)}
    found = pull_rows(inputs, fits, config)
    rows = np.searchsorted(joint.open_time, bars.open_time)
    return np.asarray(((found.leaders + found.own) / found.deviation)[rows])


def own_returns(bars: Bars) -> Floats:
    """Return one coin's log returns per bar (n) by the rule of joint bars."""
    joint = join_bars([bars])
    return np.asarray(joint.returns[np.searchsorted(joint.open_time, bars.open_time), 0])


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
