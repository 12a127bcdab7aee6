"""Fit P(trend) on recorded spot markets and write config/trend_odds.json; prints the untouched year beside it.

Coefficients are pooled over symbols, one set per interval; bars before the span only fill the trailing windows.
"""

import argparse
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.regime.metrics import FEATURES
from analysis.regime.odds_table import FeatureWindows, IntervalOdds, OddsTable, Scores
from scripts.odds_fitting import (
    CLUSTER_TARGETS,
    Rows,
    Sample,
    calibrated,
    fit_logistic,
    joined,
    nested_forecasts,
    out_of_fold,
    sample_of,
    scores,
)
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

ROOT: Final = Path(__file__).resolve().parent.parent
VERSION: Final = 1
MARKETS: Final = {
    "15m": ("BTCUSDT",),
    "1h": ("BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"),
    "4h": ("BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"),
    "1d": ("BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"),
}
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Plan:
    """Span as UTC days (both inside), end of the hold-out, target and shrinkage."""

    first: str = "2020-01-01"
    last: str = "2023-12-31"
    hold_out_last: str = "2024-12-31"
    horizon: int = 20
    median_bars: int = 500
    prior_deviation: float = 0.1
    windows: FeatureWindows = field(default_factory=FeatureWindows)


def fit_interval(interval: str, markets: list[Bars], plan: Plan, note: str = "") -> IntervalOdds:
    """Fit one interval on the span and score it there out of fold, and after it."""
    every = joined([sample_of(bars, plan.windows, plan.horizon, plan.median_bars) for bars in markets])
    span = every.of((every.time >= _start(plan.first)) & (every.until < _end(plan.last)))
    after = every.of((every.time >= _end(plan.last)) & (every.until < _end(plan.hold_out_last)))
    cluster_ms = CLUSTER_TARGETS * plan.horizon * SHORTEST_MS[interval]
    folds = [(raw, span.y[rows], rows) for rows, raw in out_of_fold(span, plan.horizon, plan.prior_deviation)]
    raw, y = (np.concatenate([fold[i] for fold in folds]) for i in (0, 1))
    line = calibrated(raw, y, plan.horizon, plan.prior_deviation)
    model = fit_logistic(span, plan.horizon, plan.prior_deviation)
    fitted = expit(line.slope * model.logit(span.x) + line.shift)
    return IntervalOdds(
        symbols=tuple(bars.symbol for bars in markets),
        first=_day(int(span.time[0])),
        last=_day(int(span.until[-1])),
        rows=len(span.y),
        centre=_named(model.centre),
        scale=_named(model.scale),
        coefficient=_named(model.coefficient),
        intercept=round(model.intercept, 6),
        slope=round(line.slope, 5),
        shift=round(line.shift, 5),
        out_of_fold=_walk_forward(folds, span, cluster_ms, plan),
        hold_out=scores(expit(line.slope * model.logit(after.x) + line.shift), after, cluster_ms)
        if len(after.y)
        else None,
        quantiles=tuple(round(float(q), 4) for q in np.quantile(fitted, QUANTILES)),
        note=note,
    )


def _walk_forward(
    folds: list[tuple[Floats, Floats, Rows]], span: Sample, cluster_ms: int, plan: Plan
) -> Scores:
    forecasts = nested_forecasts(folds, plan.horizon, plan.prior_deviation)
    rows = [np.flatnonzero(where) for _, where in forecasts]
    chosen = np.concatenate(rows)
    scored = Sample(span.x[chosen], span.y[chosen], span.time[chosen], span.until[chosen])
    return scores(np.concatenate([p for p, _ in forecasts]), scored, cluster_ms)


def _named(values: Floats) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(FEATURES, values, strict=True)}


def fit_table(data: Path, plan: Plan) -> OddsTable:
    """Fit every interval on the recordings in ``data``; ``FileNotFoundError`` names the one that is missing."""
    intervals = {}
    for interval, symbols in MARKETS.items():
        markets = [recording(data, symbol, interval) for symbol in symbols]
        begun = max(_day(int(bars.open_time[0])) for bars in markets)
        late = f"recordings begin {begun}" if begun > plan.first and len(markets) == 1 else ""
        intervals[interval] = fit_interval(interval, markets, plan, late)
    return OddsTable(
        version=VERSION,
        first=plan.first,
        last=plan.last,
        horizon=plan.horizon,
        median_bars=plan.median_bars,
        prior_deviation=plan.prior_deviation,
        windows=plan.windows,
        intervals=intervals,
    )


def recording(data: Path, symbol: str, interval: str) -> Bars:
    """Read the recorded spot bars of one symbol; ``FileNotFoundError`` where there are none."""
    folder = data / "klines_spot"
    files = sorted(folder.glob(f"{symbol}-{interval}_*.csv.gz"))
    if not files:
        raise FileNotFoundError(f"no {symbol} {interval} bars in {folder}; name the recordings with --data")
    return recorded_bars(files[0], symbol, interval)


def _start(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def _end(day: str) -> int:
    return _start(day) + SHORTEST_MS["1d"]


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()


def _line(title: str, found: Scores) -> str:
    return (
        f"  {title:12} rows {found.rows:6} base {found.base_rate:.3f} auc {found.auc:.3f} "
        f"brier {found.brier:.4f}/{found.brier_base:.4f} log loss {found.log_loss:.4f}/{found.log_loss_base:.4f} "
        f"slope {found.slope:.2f} [{found.slope_low:.2f}, {found.slope_high:.2f}]"
    )


def report(table: OddsTable) -> str:
    """Return the table's fits in words; scores stand as model / base rate."""
    lines = []
    for interval, odds in table.intervals.items():
        lines.append(
            f"{interval} {odds.first}..{odds.last} rows {odds.rows} {', '.join(odds.symbols)} {odds.note}"
        )
        lines.append("  b " + " ".join(f"{name} {b:+.3f}" for name, b in odds.coefficient.items()))
        lines.append(f"  calibration slope {odds.slope} shift {odds.shift}, P quantiles {odds.quantiles}")
        lines.append(_line("out of fold", odds.out_of_fold))
        lines += [] if odds.hold_out is None else [_line("hold-out", odds.hold_out)]
    return "\n".join(lines)


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    given = os.environ.get("SANDBOX_DATA")
    parser.add_argument(
        "--data", type=Path, default=Path(given) if given else ROOT.parent / "shared" / "data"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "config" / "trend_odds.json")
    chosen = parser.parse_args()
    table = fit_table(chosen.data, Plan())
    print(report(table))
    chosen.out.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=2) + b"\n")


if __name__ == "__main__":
    main()
