"""Long/short ratios per bar: their logs, what they say beyond the past return, and the top accounts against all."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.as_of import newest_at
from analysis.features.positioning import residual_of_past
from analysis.features.robust import direction_signal, mid_rank
from analysis.sentiment.columns import Columns, placed_by
from analysis.sentiment.inputs import LONGEST_RETURN_H, Positions, SentimentInputs
from analysis.sentiment.metrics import RATIOS_READ, residual_of
from analysis.sources.positioning import STATISTIC_AGE
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR
from utils.binance_api.positioning.rows import RatioHistory

LAG: Final = HOUR // 2
"""How much earlier than its stamp a ratio describes the market, ms (measured: its change follows the price best so)."""
RETURN_HOURS: Final = (24, LONGEST_RETURN_H)


@dataclass(frozen=True, slots=True, eq=False)
class _Logs:
    """Log ratios with their stamps and the times from which they were known (UTC ms)."""

    stamp: Times
    known_at: Times
    values: Floats


def ratio_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> Columns:
    """Return the columns of every ratio at the moments."""
    values: dict[str, Floats] = {}
    signals: dict[str, Floats] = {}
    ranks: dict[str, Floats] = {}
    for ratio in RATIOS_READ:
        logs = _logs(getattr(inputs.positions, ratio.source))
        at, residual = placed_by(logs.known_at, moments, STATISTIC_AGE), _residual(logs, inputs, config)
        name = residual_of(ratio.id)
        values |= {ratio.id: at(logs.values), name: at(residual)}
        signals[name] = at(direction_signal(residual, config.position_hours, config.position_min_hours))
        ranks[name] = at(mid_rank(residual, config.position_hours, config.rank_min))
    spread = _spread(inputs.positions)
    at = placed_by(spread.known_at, moments, STATISTIC_AGE)
    values |= {"ls_spread": at(spread.values), "ls_spread_residual": at(_residual(spread, inputs, config))}
    return Columns(values, signals, ranks)


def shifted_ratio(inputs: SentimentInputs) -> Floats:
    """Return the log ratio of all accounts at the bars it describes, for a chart: not as it was known."""
    logs = _logs(inputs.positions.global_accounts)
    return newest_at(logs.stamp - LAG, logs.values, inputs.bars.close_time + 1, STATISTIC_AGE)


def _logs(history: RatioHistory | None) -> _Logs:
    if history is None:
        return _Logs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    ratio = np.where(history.ratio > 0, history.ratio, np.nan)
    return _Logs(history.stamp, history.known_at, np.log(ratio))


def _spread(positions: Positions) -> _Logs:
    """Return the top accounts' positions less all accounts, where both have a stamp."""
    top, everyone = _logs(positions.top_positions), _logs(positions.global_accounts)
    stamp, ours, theirs = np.intersect1d(top.stamp, everyone.stamp, assume_unique=True, return_indices=True)
    known = np.maximum(top.known_at[ours], everyone.known_at[theirs])
    return _Logs(stamp, known, top.values[ours] - everyone.values[theirs])


def _residual(logs: _Logs, inputs: SentimentInputs, config: DerivSentimentConfig) -> Floats:
    if inputs.half_hours is None:
        return np.full(len(logs.values), np.nan)
    returns = np.stack([returns_to(inputs.half_hours, logs.stamp - LAG, hours) for hours in RETURN_HOURS])
    return residual_of_past(logs.values, returns, config.residual_hours, config.residual_min_hours)


def returns_to(bars: Bars, moments: Times, hours: int) -> Floats:
    """Return the log return of so many hours up to each moment (UTC ms), NaN without a close of the hour before."""
    times, logs = bars.close_time + 1, np.log(bars.close)
    now, before = (newest_at(times, logs, moments - back, HOUR) for back in (0, hours * HOUR))
    return np.asarray(now - before, dtype=np.float64)
