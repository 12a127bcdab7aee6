"""A small module with its result: what handlers are tested with, so that no formula can break a card's test."""

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.framework.metric import MetricSpec, Native, Scaled, ScoreSpec, ShareOfFull
from analysis.framework.module import AnyModule, Module
from analysis.framework.question import Request, SourceStamp
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, CostToAct, Group, Metric, OtherTimeframe
from config.base import ConfigModel

AS_OF = 1_722_863_400_000  # 2024-08-05 13:10 UTC
BAR_CLOSE = 1_722_859_199_999  # 2024-08-05 11:59:59.999 UTC

SPECS = (
    MetricSpec(
        "ema_slope",
        "EMA slope",
        "ATR/bar",
        "Slope of the middle EMA, in ATRs per bar.",
        group="slope",
        signal=Scaled(),
    ),
    MetricSpec(
        "macd_hist",
        "MACD hist",
        "ATR",
        "MACD line minus its signal line, in ATRs.",
        decimals=3,
        group="slope",
        signal=Scaled(),
    ),
    MetricSpec(
        "rsi_14",
        "RSI",
        "0..100",
        "Relative strength index (Wilder): above 50 gains outweigh losses.",
        decimals=1,
        group="oscillators",
        signal=Native(centre=50, half_range=50),
        on_card=True,
    ),
    MetricSpec(
        "di_diff",
        "DI difference",
        "points",
        "+DI minus -DI: above 0 the upward movement prevails.",
        decimals=1,
        group="di",
        signal=Scaled(),
    ),
    MetricSpec(
        "percent_b",
        "%B",
        "ratio",
        "Where the close is between the Bollinger bands: 0 at the lower, 1 at the upper.",
        group="position",
    ),
    MetricSpec(
        "adx_14",
        "ADX",
        "0..100",
        "Strength of the trend, up or down (Wilder).",
        decimals=1,
        group="strength",
        signal=ShareOfFull("level", 50.0),
        on_card=True,
    ),
    MetricSpec("atr_pct", "ATR %", "%", "Average true range in percent of price.", on_card=True),
    MetricSpec("basis_bps", "Basis", "bps", "Perpetual price above (+) or below (-) spot.", decimals=1),
)


def _unused(*_: Any) -> Any:
    raise AssertionError("a handler computes nothing")


MODULE: AnyModule = Module(
    code="A",
    id="trend",
    commands=("trend", "t"),
    title="Trend & Momentum",
    question="Which way is the price going, and with how much strength?",
    explanation="Direction times strength, around 0.5.",
    declared_in="unused",
    package="unused",
    config=ConfigModel,
    job="batch",
    score=ScoreSpec("trend_score", 0.0, 1.0, 0.5),
    groups=("slope", "oscillators", "di", "position"),
    metrics=SPECS,
    scalars=(),
    history=_unused,
    fetch=_unused,
    fit_keys=_unused,
)


def _metric(spec: MetricSpec, value: float | None, contribution: float = 0.0, weight: float = 0.0) -> Metric:
    reason = None if value is not None else Reason("no_perpetual", {"symbol": "BTCUSDT"})
    at = None if value is None else BAR_CLOSE
    return Metric(spec.id, spec.group, value, spec.unit, None, weight, contribution, at, reason)


VALUES = ((-0.412, -0.12, 1.0), (-0.35, -0.08, 1.0), (21.4, -0.06, 1.0), (-31.2, -0.05, 1.0))
MORE = ((0.08, 0.0253, 1.0), (38.2, 0.0, 1.0), (3.91, 0.0, 0.0), (None, 0.0, 0.5))


def analysis(request: Request | None = None, **changes: Any) -> Analysis:
    """Return the sample result for a request."""
    asked = request or Request("BTCUSDT", "4h", AS_OF)
    rows = zip(SPECS, (*VALUES, *MORE), strict=True)
    result = Analysis(
        module="trend",
        symbol=asked.symbol,
        market=asked.market,
        interval=asked.interval,
        as_of=AS_OF if asked.as_of is None else asked.as_of,
        bar_close=BAR_CLOSE
        if asked.as_of is None
        else min(BAR_CLOSE, asked.as_of // 14_400_000 * 14_400_000 - 1),
        is_final=True,
        price=50412.31,
        score_name="trend_score",
        score=0.2153,
        low=0.0,
        high=1.0,
        neutral=0.5,
        uncertainty=0.06,
        percentile=0.07,
        coverage=0.94,
        direction=-0.78,
        multipliers={"strength": 0.73},
        groups=(
            Group("slope", -0.92, 0.25, -0.2),
            Group("oscillators", -0.71, 0.25, -0.06),
            Group("di", -0.84, 0.25, -0.05),
            Group("position", 0.2, 0.25, 0.0253),
        ),
        metrics=tuple(_metric(spec, *row) for spec, row in rows),
        scalars=(),
        sources=(SourceStamp("binance.spot.klines", BAR_CLOSE, AS_OF, 1000),),
        series={"time": np.zeros(1)},
        config_hash="9f3c2a71b0de",
        notes=(Reason("gaps", {"count": 3}),),
        other_timeframes=(
            OtherTimeframe("15m", None, Reason("no_data", {"what": "bars"})),
            OtherTimeframe("1h", 0.51),
            OtherTimeframe("1d", 0.62),
        ),
        cost=CostToAct(0.2, 0.4, 20.0, None, None, {"funding": Reason("no_history", {"what": "funding"})}),
        computed_at=AS_OF,
    )
    return replace(result, **changes)
