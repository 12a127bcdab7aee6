"""Module D: windows, live streams, and what counts as fragile; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting


class OrderFlowConfig(ConfigModel):
    """Order Flow & Microstructure."""

    fast_s: int = setting(60, "window of pressure and of what stands at the touch", unit="s", ge=10, le=300)
    middle_s: int = setting(
        300, "window of the volume delta's slope and of dominance", unit="s", ge=30, le=600
    )
    slow_s: int = setting(
        900, "longest window, and the trades read before the stream", unit="s", ge=300, le=900
    )
    history_rows: int = setting(
        5000, "trades read before the stream at most", unit="trades", ge=500, le=20_000
    )
    keep_s: int = setting(900, "how long the streams stay open after a question", unit="s", ge=60, le=7200)
    max_delay_ms: int = setting(
        2000,
        "delay or difference of clocks beyond which live figures are not used",
        unit="ms",
        ge=100,
        le=15_000,
    )
    least_live_s: int = setting(10, "live quotes that a figure of quotes needs", unit="s", ge=1, le=60)
    scale_s: int = setting(120, "seconds that the usual size of order flow needs", unit="s", ge=60, le=600)
    slope_lags: int = setting(10, "Newey-West lags of the volume delta's slope", unit="s", ge=0, le=60)
    bar_scale: int = setting(240, "past minutes that a minute is compared with", unit="bars", ge=60, le=1000)
    flow_bars: int = setting(
        500,
        "past bars of the asked interval that a bar's taker flow is compared with",
        unit="bars",
        ge=100,
        le=2000,
    )
    spread_half_bps: float = setting(2.0, "spread that is half fragile", unit="bps", gt=0, le=100)
    slippage_half_bps: float = setting(
        5.0, "cost of filling 100k USDT that is half fragile", unit="bps", gt=0, le=500
    )
    refill_half_s: float = setting(5.0, "half-life of a refill that is half fragile", unit="s", gt=0, le=60)
    wall_multiple: float = setting(
        5.0, "size of a wall, in medians of the resting size per price", unit="x", ge=2, le=50
    )
    spoof_s: float = setting(
        60.0, "age below which a wall that vanishes untouched is suspicious", unit="s", ge=20, le=600
    )
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.fast_s < self.middle_s < self.slow_s:
            raise ValueError("expected fast_s < middle_s < slow_s")
        return self
