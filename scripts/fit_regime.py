"""Fit P(ahead) on recorded spot markets and write config/trend_odds.json; prints the untouched year beside it.

Coefficients are pooled over symbols, one set per interval; bars before the span only fill the trailing windows.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.regime.odds_table import FeatureWindows, IntervalOdds, OddsTable, Scores
from analysis.regime.scored_metrics import AHEAD_FEATURES
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


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Forecasts out of fold and the rows they are about."""

    probability: Floats
    sample: Sample


def fit_interval(interval: str, markets: list[Bars], plan: Plan, note: str = "") -> IntervalOdds:
    """Fit P(ahead) of one interval on the span and score it there out of fold, and after it."""
    every = joined([sample_of(bars, plan.windows, plan.horizon, plan.median_bars) for bars in markets])
    symbols = tuple(bars.symbol for bars in markets)
    return fitted_odds(every, interval, symbols, AHEAD_FEATURES, plan, note)[0]


def fitted_odds(
    every: Sample, interval: str, symbols: tuple[str, ...], names: Sequence[str], plan: Plan, note: str
) -> tuple[IntervalOdds, Forecasts]:
    """Fit one logistic on the rows of the span; return it with its forecasts out of fold."""
    span = every.of((every.time >= start_of(plan.first)) & (every.until < end_of(plan.last)))
    after = every.of((every.time >= end_of(plan.last)) & (every.until < end_of(plan.hold_out_last)))
    cluster_ms = CLUSTER_TARGETS * plan.horizon * SHORTEST_MS[interval]
    folds = [(raw, span.y[rows], rows) for rows, raw in out_of_fold(span, plan.horizon, plan.prior_deviation)]
    raw, y = (np.concatenate([fold[i] for fold in folds]) for i in (0, 1))
    line = calibrated(raw, y, plan.horizon, plan.prior_deviation)
    model = fit_logistic(span, plan.horizon, plan.prior_deviation)
    fitted = expit(line.slope * model.logit(span.x) + line.shift)
    forecast, scored = _walk_forward(folds, span, plan)
    odds = IntervalOdds(
        symbols=symbols,
        first=_day(int(span.time[0])),
        last=_day(int(span.until[-1])),
        rows=len(span.y),
        centre=_named(model.centre, names),
        scale=_named(model.scale, names),
        coefficient=_named(model.coefficient, names),
        intercept=round(model.intercept, 6),
        slope=round(line.slope, 5),
        shift=round(line.shift, 5),
        out_of_fold=scores(forecast, scored, cluster_ms),
        hold_out=scores(expit(line.slope * model.logit(after.x) + line.shift), after, cluster_ms)
        if len(after.y)
        else None,
        quantiles=tuple(round(float(q), 4) for q in np.quantile(fitted, QUANTILES)),
        note=note,
    )
    return odds, Forecasts(forecast, scored)


def _walk_forward(
    folds: list[tuple[Floats, Floats, Rows]], span: Sample, plan: Plan
) -> tuple[Floats, Sample]:
    forecasts = nested_forecasts(folds, plan.horizon, plan.prior_deviation)
    chosen = np.concatenate([np.flatnonzero(where) for _, where in forecasts])
    scored = Sample(span.x[chosen], span.y[chosen], span.time[chosen], span.until[chosen])
    return np.concatenate([p for p, _ in forecasts]), scored


def _named(values: Floats, names: Sequence[str]) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, values, strict=True)}


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


def start_of(day: str) -> int:
    """Return a UTC day's first millisecond."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def end_of(day: str) -> int:
    """Return the first millisecond after a UTC day."""
    return start_of(day) + SHORTEST_MS["1d"]


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()


def _line(title: str, found: Scores) -> str:
    return (
        f"  {title:12} rows {found.rows:6} base {found.base_rate:.3f} auc {found.auc:.3f} "
        f"brier {found.brier:.4f}/{found.brier_base:.4f} log loss {found.log_loss:.4f}/{found.log_loss_base:.4f} "
        f"slope {found.slope:.2f} [{found.slope_low:.2f}, {found.slope_high:.2f}]"
    )


def report(table: OddsTable) -> str:
    """Return the fits of P(ahead) in words; scores stand as model / base rate."""
    return "\n".join(line for interval, odds in table.intervals.items() for line in lines_of(interval, odds))


def lines_of(interval: str, odds: IntervalOdds) -> list[str]:
    """Return one interval's fit in words."""
    found = [
        f"{interval} {odds.first}..{odds.last} rows {odds.rows} {', '.join(odds.symbols)} {odds.note}",
        "  b " + " ".join(f"{name} {b:+.3f}" for name, b in odds.coefficient.items()),
        f"  calibration slope {odds.slope} shift {odds.shift}, P quantiles {odds.quantiles}",
        _line("out of fold", odds.out_of_fold),
    ]
    return found if odds.hold_out is None else [*found, _line("hold-out", odds.hold_out)]


def run(description: str | None, out: Path, fitted: Callable[[Path], tuple[object, str]]) -> None:
    """Read the command line, fit, print the report and write the table."""
    parser = argparse.ArgumentParser(description=description)
    given = os.environ.get("SANDBOX_DATA")
    parser.add_argument(
        "--data", type=Path, default=Path(given) if given else ROOT.parent / "shared" / "data"
    )
    parser.add_argument("--out", type=Path, default=out)
    chosen = parser.parse_args()
    table, text = fitted(chosen.data)
    print(text)
    chosen.out.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=2) + b"\n")


def _fitted(data: Path) -> tuple[OddsTable, str]:
    table = fit_table(data, Plan())
    return table, report(table)


if __name__ == "__main__":
    run(__doc__, ROOT / "config" / "trend_odds.json", _fitted)
