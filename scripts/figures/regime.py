"""Figures of the regime module on recorded BTCUSDT hours, 2020-2024: half-lives, states, crashes, forecasts."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.framework.module import AnyTrace
from analysis.framework.question import Scope
from analysis.framework.reasons import Reason
from analysis.regime.fit import RegimeFit, fit
from analysis.regime.inputs import RegimeInputs, fit_keys
from analysis.regime.state import state_rows, trend_rows
from analysis.regime.trace import trace
from config.c_volat import VolatilityConfig
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars

RECORDED: Final = "klines_spot/BTCUSDT-1h_2020-01-01_2024-12-31.csv.gz"
CRASHES: Final = (
    ("2020-03-12", "2020-03-14"),
    ("2021-05-19", "2021-05-20"),
    ("2022-05-09", "2022-05-13"),
    ("2022-11-08", "2022-11-11"),
    ("2024-08-05", "2024-08-06"),
)
FALLS: Final = (
    *(("2022-05-05", "2022-05-12"), ("2022-06-10", "2022-06-19")),
    *(("2022-11-08", "2022-11-10"), ("2024-08-02", "2024-08-06")),
)
FLAT: Final = (("2022-05-13", "2022-06-06"), ("2022-09-26", "2022-10-25"))
"""The weeks before the falls of June and November 2022."""
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
NOT_READ: Final = Reason("not_asked")


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text."""
    config = VolatilityConfig()
    bars = recorded_bars(data / RECORDED, "BTCUSDT", "1h")
    inputs = inputs_of(bars)
    times = [key.refit_time for key in fit_keys(inputs, config)]
    fits = {at: fit(inputs, config, at) for at in times}
    path = trace(inputs, fits, config, inputs.scope)
    return [
        f"regime: BTCUSDT 1h spot, {len(bars)} bars, {len(fits)} fits",
        *(_scalar(name, values) for name, values in path.scalars.items()),
        *_states(path, config),
        *_fits(fits),
        *_forecasts(path),
    ]


def inputs_of(bars: Bars) -> RegimeInputs:
    """Return inputs of a history over all bars, with nothing beside them."""
    return RegimeInputs(
        bars=bars,
        as_of=bars.as_of,
        price=float(bars.close[-1]),
        scope=Scope(len(bars)),
        missing=dict.fromkeys(("premium", "funding", "quarterly", "implied_volatility"), NOT_READ),
        premium=None,
        funding=None,
        quarterly=None,
        implied=None,
    )


def half_life(values: Floats) -> int:
    """Return the first lag (bars) at which the autocorrelation of the known values is below one half.

    ``ValueError`` where there is none.
    """
    away = values[np.isfinite(values)] - np.nanmean(values)
    spread = float(away @ away) / len(away)
    for step in range(1, len(away)):
        if float(away[step:] @ away[:-step]) / (len(away) - step) < spread / 2:
            return step
    raise ValueError("the autocorrelation stays above one half in the whole sample")


def _scalar(name: str, values: Floats) -> str:
    places = ", ".join(f"{q:.3f}" for q in np.nanquantile(values, QUANTILES))
    return f"{name}: half-life {half_life(values)} bars; 5, 25, 50, 75, 95 %: {places}"


def _states(path: AnyTrace, config: VolatilityConfig) -> list[str]:
    label = trend_rows(path.score, config)
    stressed, calm = state_rows(path.values["stress_level"], config)
    named = {"trend": label, "stressed": stressed, "calm": calm}
    shares = [f"{name}: {np.nanmean(r):.1%} of hours, {_spell(r):.0f} h a spell" for name, r in named.items()]
    spells = [("fall", span) for span in FALLS] + [("flat", span) for span in FLAT]
    shares += [f"{kind} {a} to {b}: trend in {_inside(path, label, a, b):.0%}" for kind, (a, b) in spells]
    return shares + [_crash(path, stressed, *span) for span in CRASHES]


def _inside(path: AnyTrace, row: Floats, first: str, until: str) -> float:
    return float(np.nanmean(row[(path.time >= _ms(first)) & (path.time < _ms(until))]))


def _spell(row: Floats) -> float:
    known = row[np.isfinite(row)]
    begun = max(1, int((np.diff(known) > 0).sum()) + int(known[0]))
    return float(known.sum()) / begun


def _crash(path: AnyTrace, stressed: Floats, first: str, until: str) -> str:
    inside = (path.time >= _ms(first)) & (path.time < _ms(until))
    hours, rank = stressed[inside], path.values["vol_percentile"][inside]
    chance = path.values["markov_stressed"][inside]
    start = f"from hour {int(np.argmax(hours))}" if hours.any() else "never"
    return (
        f"{first} to {until}: stressed in {np.mean(hours):.0%} of {len(hours)} hours, {start}; "
        f"rank up to {rank.max():.3f}, mean P(stressed) {np.mean(chance):.2f}"
    )


def _ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def _fits(fits: Mapping[int, RegimeFit]) -> list[str]:
    garch = [fit.garch for fit in fits.values() if fit.garch is not None]
    switching = [fit.switching for fit in fits.values() if fit.switching is not None]
    return [
        f"garch: {len(garch)} fits, converged {np.mean([g.converged for g in garch]):.1%}, "
        f"persistence 1 in {np.mean([g.persistence > 0.9999 for g in garch]):.1%}, "
        f"median degrees {np.median([g.degrees for g in garch]):.1f}",
        f"switching: {len(switching)} fits, converged {np.mean([s.converged for s in switching]):.1%}, "
        f"at a bound {np.mean([s.at_bound for s in switching]):.1%}, "
        f"median ratio of deviations {np.median([(s.model.stressed / s.model.calm) ** 0.5 for s in switching]):.1f}",
    ]


def _forecasts(path: AnyTrace) -> list[str]:
    names = ("range_har", "garch", "ewma", "har")
    known = np.all([np.isfinite(path.values[f"{name}_qlike"]) for name in names], axis=0)
    losses = [f"{name} {np.mean(path.values[f'{name}_qlike'][known]):.3f}" for name in names]
    levels = [
        f"{name} {np.nanmean(path.values[name]):.1f}"
        for name in ("garch_day", "garch_month", "rv30", "har_vol")
    ]
    return [
        f"mean QLIKE of the next day, {int(known.sum())} rows: {', '.join(losses)}",
        f"mean volatility, % a year: {', '.join(levels)}",
    ]


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows(Path("../shared/data"))) + "\n")
