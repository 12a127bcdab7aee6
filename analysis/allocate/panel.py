"""The coins of one question side by side: returns, volume, and the signals that views are made from.

Made once for all fits of the same inputs; row t of everything is known at the close of bar t.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.signals import ViewSignal, leader_pull, own_returns, trend_direction, turned_bars
from analysis.allocate.specs import LEADERS, TREND
from analysis.arrays import Floats, Times
from analysis.features.windows import divide
from analysis.framework.joint_bars import JointBars, join_bars
from utils.binance_api.bars import Bars

YEAR_DAYS = 365.0
PLACEBOS = 12
"""Coins with random signs that the record of the views is compared with, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class CoinPanel:
    """Arrays (n, k) over ``time`` (n, bar closes, UTC ms) for k coins; NaN where unknown.

    ``log_returns`` and simple ``returns`` of a bar, ``close``, ``volume`` traded in the quote asset, ``signals`` by the
    source of views. ``turned`` (n, p) are log returns of bars that each have a random sign, several times over where
    coins are few. ``market`` (n) is bitcoin's simple return, ``rows`` (m) the places of the bars of the answer.
    """

    time: Times
    close: Floats
    log_returns: Floats
    returns: Floats
    volume: Floats
    signals: Mapping[str, ViewSignal]
    turned: Floats
    rows: Times
    market: Floats


@lru_cache(maxsize=2)
def panel_of(inputs: AllocateInputs, seed: int) -> CoinPanel:
    """Return the panel of inputs (kept by their identity); ``seed`` draws the signs."""
    joint = join_bars(inputs.members)
    generator, members = np.random.default_rng(seed), inputs.members
    again = members * -(-PLACEBOS // len(members))
    turned = [turned_bars(bars, generator) for bars in again]
    turned_leaders = [turned_bars(bars, generator) for bars in inputs.leaders]

    def signal(of: Callable[[Sequence[Bars], Bars], Floats]) -> ViewSignal:
        return ViewSignal(
            _placed(joint, [of(inputs.leaders, bars) for bars in members], members),
            _placed(joint, [of(turned_leaders, bars) for bars in turned], again),
        )

    return CoinPanel(
        time=joint.close_time,
        close=joint.close,
        log_returns=joint.returns,
        returns=np.expm1(joint.returns),
        volume=_placed(joint, [bars.quote_volume for bars in members], members),
        signals={TREND: signal(lambda _, bars: trend_direction(bars)), LEADERS: signal(leader_pull)},
        turned=_placed(joint, [own_returns(bars) for bars in turned], again),
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


def market_weights(panel: CoinPanel, supply: Sequence[float | None], row: int, volume_bars: int) -> Floats:
    """Return the market's weights (k) before ``row``: by value where every supply is known, else by volume."""
    if all(one is not None for one in supply):
        size = np.array([float(one or 0) for one in supply]) * panel.close[row - 1]
    else:
        recent = panel.volume[max(0, row - volume_bars) : row]
        size = divide(np.nansum(recent, axis=0), np.isfinite(recent).sum(axis=0).astype(np.float64))
    return np.asarray(np.nan_to_num(size, nan=0.0))
