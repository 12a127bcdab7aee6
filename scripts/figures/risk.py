"""Figures of module G on recorded bars: VaR violations, the score on crash days, half-lives, stress."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.liquidation import Brackets
from analysis.features.stress import EVENTS, CrashPath, highest_survivor, replay
from analysis.features.var_backtest import christoffersen, kupiec
from analysis.framework.bar_rules import bar_returns
from analysis.framework.question import Scope
from analysis.framework.reasons import Reason
from analysis.risk.fit import RiskFit, fit
from analysis.risk.forecasts import forecasts
from analysis.risk.inputs import RiskInputs, approximate_brackets, fit_keys
from analysis.risk.leverage import TRIED
from analysis.risk.metrics import RiskSection
from analysis.risk.specs import Method
from analysis.risk.trace import trace
from analysis.risk.violations import Violations, violations
from analysis.sources.crashes import Crashes, crash_path
from analysis.sources.degrading import reasons_of
from analysis.sources.open_positions import OpenPositions
from config.c_risk import RiskExposureConfig
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars
from utils.units import DAY_MS

HOURLY: Final = "klines_spot/{}-1h_2020-01-01_2024-12-31.csv.gz"
DAYS: Final = (
    "2020-03-12",
    "2021-05-19",
    "2022-05-12",
    "2022-11-09",
    "2024-08-05",
    "2023-07-15",
    "2023-09-10",
)
"""The crashes (before the first only weeks are ranked) and two quiet days."""


def inputs_of(bars: Bars, config: RiskExposureConfig) -> RiskInputs:
    """Inputs of recorded bars, all rows traced, the bars beginning with the listing."""
    paths = {event.id: crash_path(bars, event) for event in EVENTS}
    no_days = Reason("no_history", {"what": "the day"})
    return RiskInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        scope=Scope(len(bars)),
        missing=reasons_of(daily=no_days, **paths),
        from_listing=True,
        daily=None,
        brackets=approximate_brackets(config),
        approximate=True,
        crashes=Crashes(paths),
        positions=OpenPositions(),
    )


def all_fits(inputs: RiskInputs, config: RiskExposureConfig) -> dict[int, RiskFit]:
    """Return the fit of every refit time."""
    return {key.refit_time: fit(inputs, config, key.refit_time) for key in fit_keys(inputs, config)}


def all_violations(
    bars: Bars, fits: dict[int, RiskFit], config: RiskExposureConfig
) -> dict[tuple[Method, int], Violations]:
    """Return violations by method and level, over rows that have ``fit_bars`` residuals or returns."""
    returns = bar_returns(bars)
    whole = [at for at in fits if np.searchsorted(bars.close_time, at) > config.fit_bars + 50]
    ahead = forecasts(bars, returns, {at: fits[at] for at in whole}, config)
    return violations(returns, ahead, 0, config)


def violation_rows(bars: Bars, fits: dict[int, RiskFit], config: RiskExposureConfig) -> list[str]:
    """One line per method and level."""
    lines = []
    for (method, level), (violated, known) in all_violations(bars, fits, config).items():
        count, lost = int(known.sum()), int(violated.sum())
        lines.append(
            f"risk: var {level} {method}: {lost} of {count} bars violated it ({100 * lost / count:.2f} %), "
            f"kupiec p {kupiec(lost, count, level / 100).p_value:.3g}, "
            f"christoffersen p {christoffersen(violated, known).p_value:.2g}"
        )
    return lines


def day_rows(bars: Bars, score: Floats) -> list[str]:
    """The range of the score over a day's bars."""
    lines = []
    for day in DAYS:
        start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
        rows = slice(*np.searchsorted(bars.open_time, (start, start + DAY_MS)))
        lines.append(f"risk: score on {day}: {score[rows].min():.2f} to {score[rows].max():.2f}")
    return lines


def half_life(values: Floats) -> int:
    """Return the first lag (bars) at which the autocorrelation is at most one half."""
    known = values[np.isfinite(values)]
    away = known - known.mean()
    spread = float(away @ away)
    return next(k for k in range(1, len(away)) if float(away[k:] @ away[:-k]) <= spread / 2)


def stress_rows(bars: Bars, brackets: Brackets, config: RiskExposureConfig) -> list[str]:
    """Worst loss of a long through each crash, and the highest leverage that survives it."""
    lines = []
    for event in EVENTS:
        path = crash_path(bars, event)
        if isinstance(path, CrashPath):
            loss = replay({"coin": 1.0}, {"coin": path}).loss
            survivor = highest_survivor(path, TRIED, config.liq_notional, brackets, 1)
            lines.append(
                f"risk: {bars.symbol} through {event.title}: loss {100 * loss:.1f} %, {survivor:g}x survives"
            )
    return lines


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text."""
    config = RiskSection()
    bars = recorded_bars(data / HOURLY.format("BTCUSDT"), "BTCUSDT", "1h")
    inputs = inputs_of(bars, config)
    fits = all_fits(inputs, config)
    unfit = sum(not fit.garch.converged for fit in fits.values())
    path = trace(inputs, fits, config, inputs.scope)
    lines = [f"risk: {len(fits)} fits, {unfit} without convergence"]
    lines += violation_rows(bars, fits, config) + day_rows(bars, path.score)
    lines += [f"risk: half-life of {name}: {half_life(values)} bars" for name, values in path.scalars.items()]
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        first = "2020-08-11" if symbol == "SOLUSDT" else "2020-01-01"
        file = HOURLY.format(symbol).replace("2020-01-01", first)
        lines += stress_rows(recorded_bars(data / file, symbol, "1h"), approximate_brackets(config), config)
    return lines


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the recorded data"
    )
    for line in rows(parser.parse_args().data):
        print(line)


if __name__ == "__main__":
    main()
