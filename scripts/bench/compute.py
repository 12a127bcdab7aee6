"""Module A as pure computing, beside bare TA-Lib calls and pandas-ta-classic on the same bars."""

from collections.abc import Iterator

import numpy as np

from analysis import trend_moment
from analysis.framework.reasons import Reason
from analysis.sources.bars import MarketPair
from analysis.trend.inputs import TrendInputs
from config.c_trend import TrendConfig
from scripts.bench.measure import Row, versus
from scripts.bench.peers import bare_talib, pandas_ta
from scripts.bench.series import HOUR_MS, Series, random_walk
from utils.binance_api.bars import Bars

COMPUTE_TARGET_MS = 10.0
SLOW_RUNS = 30


def rows() -> Iterator[Row]:
    """Measure compute on 1,000 and 5,000 bars and trace on 50,000, fits at hand."""
    config = TrendConfig()
    for count, target in ((1_000, COMPUTE_TARGET_MS), (5_000, None)):
        bars = random_walk(count)
        inputs = inputs_of(bars)
        fits = fits_of(inputs, config)

        def compute(inputs: TrendInputs = inputs, fits: dict[int, object] = fits) -> object:
            return trend_moment.compute(inputs, fits, config)  # type: ignore[arg-type]

        yield versus(
            f"compute of A, {count:,} bars",
            compute,
            lambda bars=bars: bare_talib(bars),  # type: ignore[misc]
            peer_name="bare TA-Lib calls",
            at_most_ms=target,
        )
        yield versus(
            f"compute of A, {count:,} bars",
            compute,
            lambda bars=bars: pandas_ta(bars),  # type: ignore[misc]
            peer_name="pandas-ta-classic, same indicators",
        )
    bars = random_walk(50_000)
    inputs = inputs_of(bars)
    fits = fits_of(inputs, config)
    yield versus(
        "trace of A, 50,000 bars",
        lambda: trend_moment.trace(inputs, fits, config),  # type: ignore[arg-type]
        lambda: bare_talib(bars),
        peer_name="bare TA-Lib calls",
        runs=SLOW_RUNS,
    )


def inputs_of(bars: Series) -> TrendInputs:
    """Return module A's inputs over these bars alone: no perpetual, no live quote."""
    close_time = bars.open_time + HOUR_MS - 1
    as_of = int(close_time[-1]) + 1
    taken = Bars(
        symbol="BTCUSDT",
        market="spot",
        interval="1h",
        series="trade",
        open_time=bars.open_time.copy(),
        close_time=close_time,
        open=bars.open.copy(),
        high=bars.high.copy(),
        low=bars.low.copy(),
        close=bars.close.copy(),
        volume=bars.volume.copy(),
        quote_volume=bars.volume * bars.close,
        taker_base=bars.volume / 2,
        taker_quote=bars.volume * bars.close / 2,
        trades=np.full(len(close_time), 100, dtype=np.int64),
        is_final=np.ones(len(close_time), dtype=np.bool_),
        as_of=as_of,
        source="benchmark",
        fetched_at=as_of,
    )
    pair = MarketPair(taken, None, 1.0, Reason("no_perpetual", {"symbol": "BTCUSDT"}), ())
    return TrendInputs(pair, as_of, None, Reason("not_asked"))


def fits_of(inputs: TrendInputs, config: TrendConfig) -> dict[int, object]:
    """Return the fits at every boundary of the inputs."""
    moments = trend_moment.refit_times(inputs, config)
    return {moment: trend_moment.fit(inputs, config, moment) for moment in moments}
