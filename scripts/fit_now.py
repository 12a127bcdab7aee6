"""Fit P(trend) to hindsight on recorded spot markets and write config/trend_now.json; prints its record by year."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from analysis.arrays import Floats
from analysis.features.logistic import offset_error
from analysis.features.segmentation import SCALE_MIN_BARS, in_hindsight, scaled_returns, segments
from analysis.features.windows import rolling_mean
from analysis.regime.features import now_features, regime_features
from analysis.regime.metrics import NOW_FEATURES
from analysis.regime.now_table import Hindsight, IntervalNow, NowTable, NowWindows, Record
from analysis.regime.odds import odds_now
from analysis.regime.odds_table import IntervalOdds
from analysis.regime.state import trend_rows
from config.c_volat import VolatilityConfig
from scripts.fit_regime import MARKETS, ROOT, Plan, end_of, fitted_odds, lines_of, recording, run, start_of
from scripts.odds_fitting import Sample, joined
from utils.binance_api.bars import Bars

VERSION: Final = 1
PRIOR_DEVIATION: Final = 1.0
HINDSIGHT: Final = {
    "15m": Hindsight(penalty=150.0, stretch=48, strength=5.0),
    "1h": Hindsight(penalty=150.0, stretch=48, strength=5.0),
    "4h": Hindsight(penalty=75.0, stretch=24, strength=5.0),
    "1d": Hindsight(penalty=60.0, stretch=28, strength=5.0),
}
"""Chosen on 2020-2024: the longer the stretch and the finer the segments, the larger the area, the later the label."""
WINDOWS: Final = NowWindows()


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One symbol: its readings, and per row (n) whether hindsight calls the bar and its stretch a trend."""

    bars: Bars
    readings: dict[str, Floats]
    bar: NDArray[np.bool_]
    stretch: Floats
    until: NDArray[np.int64]


def labelled(bars: Bars, hindsight: Hindsight) -> Labelled:
    """Return readings and hindsight; ``until`` is the close of the segment's last bar, when hindsight has it."""
    moves = scaled_returns(np.log(bars.close))
    path = np.cumsum(np.nan_to_num(moves))
    strength, last = in_hindsight(segments(path[None], hindsight.penalty))
    in_trend = strength >= hindsight.strength
    stretch = rolling_mean(in_trend.astype(np.float64), hindsight.stretch)
    stretch[: SCALE_MIN_BARS + hindsight.stretch] = np.nan
    readings = regime_features(bars, WINDOWS.shared) | now_features(bars, hindsight, WINDOWS)
    return Labelled(bars, readings, in_trend, stretch, bars.close_time[last])


def sample_now(one: Labelled) -> Sample:
    """Return the rows that have every reading and a label."""
    x = np.column_stack([one.readings[name] for name in NOW_FEATURES])
    known = np.isfinite(x).all(axis=1) & np.isfinite(one.stretch)
    y = (one.stretch >= 0.5).astype(np.float64)
    return Sample(x[known], y[known], one.bars.close_time[known], one.until[known])


def fit_interval_now(interval: str, markets: list[Bars], plan: Plan) -> IntervalNow:
    """Fit one interval to its hindsight and score it by year and by its delay."""
    hindsight = HINDSIGHT[interval]
    found = [labelled(bars, hindsight) for bars in markets]
    plan = replace(plan, horizon=hindsight.stretch, prior_deviation=PRIOR_DEVIATION)
    symbols = tuple(bars.symbol for bars in markets)
    odds, forecasts = fitted_odds(
        joined([sample_now(one) for one in found]), interval, symbols, NOW_FEATURES, plan, ""
    )
    months = forecasts.sample.time.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    error = offset_error(logit(forecasts.probability), forecasts.sample.y, months)
    return IntervalNow(hindsight, odds, round(error, 4), _record(interval, odds, found, plan))


def _record(interval: str, odds: IntervalOdds, found: list[Labelled], plan: Plan) -> Record:
    fitted = IntervalNow(HINDSIGHT[interval], odds, 0.0, Record({}, 0.0, 0.0))
    table = NowTable(VERSION, "", "", PRIOR_DEVIATION, WINDOWS, {interval: fitted})
    chances = [odds_now(one.readings, interval, table).probability for one in found]
    span = start_of(plan.first), end_of(plan.hold_out_last)
    years: dict[str, tuple[list[Floats], list[Floats]]] = {}
    for one, chance in zip(found, chances, strict=True):
        known = np.isfinite(chance) & np.isfinite(one.stretch)
        known &= (one.bars.close_time >= span[0]) & (one.until < span[1])
        year = np.array([datetime.fromtimestamp(t / 1000, UTC).year for t in one.bars.close_time.tolist()])
        for name in np.unique(year[known]).tolist():
            rows = known & (year == name)
            left, right = years.setdefault(str(name), ([], []))
            left.append(chance[rows])
            right.append(one.stretch[rows] >= 0.5)
    auc = {
        name: round(float(roc_auc_score(np.concatenate(y), np.concatenate(p))), 4)
        for name, (p, y) in sorted(years.items())
        if 0 < np.concatenate(y).mean() < 1
    }
    late = [delay for one, chance in zip(found, chances, strict=True) for delay in _delays(one, chance, plan)]
    known_delays = [delay for delay in late if delay is not None]
    return Record(
        auc,
        float(np.median(known_delays)) if known_delays else np.nan,
        round(len(known_delays) / len(late), 3),
    )


def _delays(one: Labelled, chance: Floats, plan: Plan) -> list[int | None]:
    """Bars from the start of each trend of the held-out year to the label, ``None`` where it never came.

    Of the trends that follow no trend, and where the label said range just before.
    """
    label = trend_rows(chance, VolatilityConfig())
    edges = np.flatnonzero(np.diff(one.until, prepend=-1, append=-1))
    found: list[int | None] = []
    for first, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        held_out = end_of(plan.last) <= one.bars.close_time[first] and one.until[first] < end_of(
            plan.hold_out_last
        )
        if held_out and one.bar[first] and first > 0 and not one.bar[first - 1] and label[first - 1] == 0:
            shown = np.flatnonzero(label[first:stop] == 1)
            found.append(int(shown[0]) if len(shown) else None)
    return found


def fit_now(data: Path) -> NowTable:
    """Fit every interval on the recordings in ``data``; ``FileNotFoundError`` names the one that is missing."""
    plan = Plan()
    intervals = {
        interval: fit_interval_now(interval, [recording(data, symbol, interval) for symbol in symbols], plan)
        for interval, symbols in MARKETS.items()
    }
    return NowTable(VERSION, plan.first, plan.last, PRIOR_DEVIATION, WINDOWS, intervals)


def report_now(table: NowTable) -> str:
    """Return the fits in words, with their record against hindsight."""
    lines = []
    for interval, fitted in table.intervals.items():
        years = " ".join(f"{year} {auc:.3f}" for year, auc in fitted.record.auc_by_year.items())
        lines += [
            *lines_of(interval, fitted.logistic),
            f"  {fitted.hindsight}, error of the constant {fitted.offset_error}",
            f"  auc by year {years}",
            f"  delay {fitted.record.delay_bars:.0f} bars, {fitted.record.caught:.0%} of the trends of 2024 caught",
        ]
    return "\n".join(lines)


def _fitted(data: Path) -> tuple[NowTable, str]:
    table = fit_now(data)
    return table, report_now(table)


if __name__ == "__main__":
    run(__doc__, ROOT / "config" / "trend_now.json", _fitted)
