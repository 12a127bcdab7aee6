"""Taker flow per bar: imbalance of the last day, centred on its own past, and perpetual against spot."""

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Times
from analysis.features.positioning import imbalance
from analysis.features.robust import direction_signal
from analysis.features.windows import divide, lag, rolling_sum
from analysis.framework.look_back import day_bars
from analysis.sentiment.columns import Columns, placed_by
from analysis.sentiment.inputs import SentimentInputs
from analysis.sources.positioning import STATISTIC_AGE
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.bars import Bars

CENTRED = "volume_imbalance_centred"


def flow_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> Columns:
    """Return the columns of taker flow; those of a day's bars end at each bar's close."""
    bars, day = inputs.bars, day_bars(inputs.bars.interval)
    day_imbalance = imbalance(rolling_sum(bars.taker_base, day), rolling_sum(bars.volume, day))
    if not bars.taker_base.any():
        day_imbalance = np.full(len(bars), np.nan)
    past = pd.Series(lag(day_imbalance, 1)).rolling(config.scale_bars, min_periods=config.scale_min_bars)
    centred = np.asarray(day_imbalance - past.mean().to_numpy(), dtype=np.float64)
    values = {
        "volume_imbalance": day_imbalance,
        CENTRED: centred,
        "taker_imbalance_1h": _taker_hour(inputs, moments),
        **_against_spot(inputs, day),
    }
    return Columns(values, {CENTRED: direction_signal(centred, config.scale_bars, config.scale_min_bars)})


def _taker_hour(inputs: SentimentInputs, moments: Times) -> Floats:
    taker = inputs.positions.taker
    if taker is None:
        return np.full(len(moments), np.nan)
    at = placed_by(taker.known_at, moments, STATISTIC_AGE)
    return at(imbalance(taker.buy_volume, taker.buy_volume + taker.sell_volume))


def _against_spot(inputs: SentimentInputs, day: int) -> dict[str, Floats]:
    """Return spot's imbalance, the perpetual's less it, and the ratio of their turnovers, each of a day."""
    perpetual, spot = inputs.bars, inputs.counterpart
    if spot is None:
        unknown = np.full(len(perpetual), np.nan)
        return {"spot_cvd": unknown, "cvd_gap": unknown, "perp_spot_volume": unknown}
    bought, turnover = (
        rolling_sum(_joined(spot, perpetual, name), day) for name in ("taker_quote", "quote_volume")
    )
    ours = rolling_sum(perpetual.quote_volume, day)
    spot_imbalance = imbalance(bought, turnover)
    return {
        "spot_cvd": spot_imbalance,
        "cvd_gap": imbalance(rolling_sum(perpetual.taker_quote, day), ours) - spot_imbalance,
        "perp_spot_volume": divide(ours, turnover),
    }


def _joined(other: Bars, bars: Bars, name: str) -> Floats:
    """Return a column of other bars at the opens of these, NaN where they have no such bar."""
    column, result = getattr(other, name), np.full(len(bars), np.nan)
    _, here, there = np.intersect1d(bars.open_time, other.open_time, assume_unique=True, return_indices=True)
    result[here] = column[there]
    return result
