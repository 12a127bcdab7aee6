"""A module's declaration and a result of it, for tests that do not depend on the numbers."""

from typing import Any

import numpy as np

from analysis.framework.metric import MetricSpec, ScoreSpec
from analysis.framework.module import Module
from analysis.framework.question import Request, SourceStamp
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, CostToAct, Group, Metric, OtherTimeframe, Scalar
from config.base import ConfigModel

AS_OF = 1_722_863_400_000  # 2024-08-05T13:10:00Z
CLOSE = 1_722_859_199_999  # 2024-08-05T11:59:59.999Z


class SampleConfig(ConfigModel):
    """No settings."""


def _unused(*_: Any) -> Any:
    raise AssertionError("a declaration is only read")


def sample_module() -> Module[SampleConfig, Any]:
    return Module(
        code="A",
        id="trend",
        commands=("t", "trend"),
        title="Trend",
        question="Where is the price heading?",
        explanation="An explanation.",
        declared_in="unused",
        package="unused",
        config=SampleConfig,
        job="batch",
        score=ScoreSpec("trend_score", 0.0, 1.0, 0.5),
        groups=("oscillators",),
        metrics=(MetricSpec("rsi_14", "RSI", "0..100", "strength of moves", group="oscillators"),),
        scalars=(),
        history=lambda config, interval: 100,
        fetch=_unused,
        fit_keys=_unused,
    )


def sample_analysis(request: Request | None = None, **changes: Any) -> Analysis:
    asked = request or Request("BTCUSDT", "4h")
    reason = Reason("no_data", {"what": "perpetual bars"})
    facts: dict[str, Any] = {
        "module": "trend",
        "symbol": asked.symbol,
        "market": asked.market,
        "interval": asked.interval,
        "as_of": asked.as_of or AS_OF,
        "bar_close": CLOSE,
        "is_final": True,
        "price": 50412.31,
        "score_name": "trend_score",
        "score": 0.2153,
        "low": 0.0,
        "high": 1.0,
        "neutral": 0.5,
        "uncertainty": 0.06,
        "percentile": 0.07,
        "coverage": 0.94,
        "direction": -0.78,
        "multipliers": {"strength": 0.73},
        "groups": (Group("oscillators", -0.71, 0.25, -0.2847),),
        "metrics": (
            Metric("rsi_14", "oscillators", 21.4, "0..100", -0.572, 1.0, -0.0174, CLOSE),
            Metric("basis_bps", None, None, "bps", None, 0.0, 0.0, None, reason),
        ),
        "scalars": (
            Scalar(
                "trend.direction",
                "directional",
                "up",
                -0.78,
                14400.0,
                28800.0,
                1.0,
                0.07,
                ("klines.4h",),
                CLOSE,
                is_final=True,
                period_s=14400.0,
            ),
        ),
        "sources": (SourceStamp("binance.spot.klines", CLOSE, AS_OF, 1000),),
        "series": {"time": np.array([1.0, 2.0])},
        "config_hash": "9f3c2a71b0de",
        "other_timeframes": (OtherTimeframe("1h", 0.19), OtherTimeframe("15m", None, reason)),
        "cost": CostToAct(0.2, None, 20.0, 0.3, None, {"slippage_10k": reason}),
        "computed_at": AS_OF + 412,
    }
    return Analysis(**(facts | changes))
