"""Modules B, G and J on recorded hours: what they estimate, and the rest of an answer with the fits at hand."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis import regime_anomal, risk_expos, volat_regime
from analysis.anomaly.inputs import RegimeAnomalyInputs
from analysis.features.stress import EVENTS
from analysis.framework.module import AnyModule
from analysis.framework.reasons import Reason
from analysis.regime.inputs import RegimeInputs
from analysis.risk.inputs import RiskInputs, approximate_brackets
from analysis.sources.bars import MarketPair
from analysis.sources.crashes import Crashes, crash_path
from config.c_risk import RiskExposureConfig
from scripts.bench import estimates
from scripts.bench.measure import RUNS, Row, judged, versus
from scripts.bench.recorded_bars import recorded_bars
from utils.binance_api.bars import Bars

BARS: Final = 1_500
DAYS: Final = 1_000
WINDOWS_UNTIL: Final = ("2021-06-01", "2022-11-15", "2024-12-31")
"""Ends of the windows: after a fall, in a crisis, and the newest recorded."""
REST_MS: Final = 20.0
YEAR_MS: Final = 40.0
"""For each module over its own full look-back of hourly bars."""
ABSENT: Final = Reason("not_asked")


@dataclass(frozen=True, slots=True)
class Market:
    """Recorded spot bars, the perpetual's of the same hours, days, and the hours of the named crashes."""

    spot: Bars
    perpetual: Bars
    daily: Bars
    crashes: Crashes

    def last(self, count: int) -> "Market":
        """Return the newest ``count`` hours."""
        return replace(self, spot=self.spot.tail(count), perpetual=self.perpetual.tail(count))


def recorded_market(data: Path) -> Market | None:
    """Return what is recorded, ``None`` where ``data`` does not hold it."""
    spot, perpetual = recorded_bars(data, "spot", "1h"), recorded_bars(data, "futures", "1h")
    daily = recorded_bars(data, "spot", "1d")
    if spot is None or perpetual is None or daily is None:
        return None
    paths = {event.id: crash_path(spot.closed(event.end).tail(event.hours), event) for event in EVENTS}
    return Market(spot, perpetual, daily, Crashes(paths))


def regime_inputs(market: Market) -> RegimeInputs:
    """Return module B's inputs over these bars alone."""
    bars = market.spot
    price = float(bars.close[-1])
    return RegimeInputs(bars, bars.as_of, False, price, ABSENT, ABSENT, ABSENT, ABSENT, (), ())


def risk_inputs(market: Market) -> RiskInputs:
    """Return module G's inputs over these bars, with the margin table it has without a key."""
    bars, brackets = market.spot, approximate_brackets(RiskExposureConfig())
    return RiskInputs(bars, bars.as_of, False, market.daily.tail(DAYS), brackets, True, market.crashes, ())


def anomaly_inputs(market: Market) -> RegimeAnomalyInputs:
    """Return module J's inputs over these bars and the perpetual's."""
    return RegimeAnomalyInputs(
        pair=MarketPair(market.spot, market.perpetual, 1.0, None, ()),
        as_of=market.spot.as_of,
        open_interest=None,
        open_interest_reason=ABSENT,
        funding=None,
        funding_reason=ABSENT,
        stamps=(),
        whole=False,
        scored=estimates.SHOWN,
    )


MEASURED: Final[tuple[tuple[AnyModule, Callable[[Market], Any]], ...]] = (
    (volat_regime.MODULE, regime_inputs),
    (risk_expos.MODULE, risk_inputs),
    (regime_anomal.MODULE, anomaly_inputs),
)


def rows(data: Path, runs: int = RUNS) -> list[Row]:
    """Measure everything; skipped aloud where ``data`` does not hold the recorded hours."""
    market = recorded_market(data)
    if market is None:
        print("modules are not measured: no recorded hours; name their folder with --data", file=sys.stderr)
        return []
    found = list(estimates.rows([_until(market.spot, day) for day in WINDOWS_UNTIL], runs))
    return found + list(_answers(market, found, runs))


def _until(bars: Bars, day: str) -> Bars:
    """The ``BARS`` bars before a day's midnight, and one more for the first return."""
    end = int(np.datetime64(day, "ms").astype(np.int64))
    return bars.closed(end).tail(BARS + 1)


def _answers(market: Market, estimated: list[Row], runs: int) -> Iterator[Row]:
    """Compute of each module, over its own look-back and over ``BARS`` bars, and the sum of these."""
    short: list[float] = []
    for module, made in MEASURED:
        config = module.config()
        needed = module.history(config, "1h")
        whole = made(market.last(needed))
        fits = fits_of(module, whole)
        name = f"compute of {module.code}, fits at hand"
        yield versus(f"{name}, {needed:,} bars", _compute(module, whole, fits), at_most_ms=YEAR_MS, runs=runs)
        row = versus(f"{name}, {BARS:,} bars", _compute(module, made(market.last(BARS)), fits), runs=runs)
        short.append(row.ours)
        yield row
    parts = [row.ours for row in estimated if "update" in row.name and " 1 new" not in row.name]
    codes = " + ".join(module.code for module, _ in MEASURED)
    rest = max(0.0, sum(short) - sum(parts))
    yield judged(f"compute of {codes}, {BARS:,} bars, without the updates above", "ms", rest, at_most=REST_MS)


def _compute(module: AnyModule, inputs: object, fits: Mapping[int, object]) -> Callable[[], object]:
    config = module.config()
    return lambda: module.compute(inputs, fits, config)


def fits_of(module: AnyModule, inputs: object) -> dict[int, object]:
    """Return the fits at every boundary of the inputs."""
    config = module.config()
    return {moment: module.fit(inputs, config, moment) for moment in module.refit_times(inputs, config)}
