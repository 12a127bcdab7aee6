"""A composite score for tests that do not depend on the numbers."""

from dataclasses import replace
from typing import Any

from analysis.framework.question import SourceStamp
from analysis.framework.reasons import Reason
from composite.result import Composite, Contribution, Multiplier, Part

AS_OF = 1_722_863_400_000  # 2024-08-05T13:10:00Z
CLOSE = 1_722_859_199_999  # 2024-08-05T11:59:59.999Z
NO_LEVERAGE = Reason("no_data", {"what": "open interest"})


def sample_contributions() -> tuple[Contribution, ...]:
    """Three inputs that add up to raw - neutral."""
    first = Contribution(
        input="trend.direction",
        module="trend",
        group="trend",
        value=-0.78,
        weight=0.4,
        horizon_match=1.0,
        staleness=1.0,
        quality=1.0,
        effective=0.4,
        contribution=-0.1315,
        parents=("klines.4h",),
        as_of=CLOSE,
    )
    tilt = replace(
        first,
        input="sentiment.tilt",
        module="sentiment",
        group="positioning",
        value=-0.3,
        weight=0.3,
        horizon_match=0.7071,
        quality=0.9,
        effective=0.1909,
        contribution=-0.0242,
        parents=("funding",),
    )
    flow = replace(
        first,
        input="flow.bar_imbalance",
        module="flow",
        group="flow",
        value=-0.22,
        weight=0.2,
        effective=0.2,
        contribution=-0.0186,
    )
    return first, tilt, flow


def sample_composite(**changes: Any) -> Composite:
    """A trend strength of BTCUSDT; ``changes`` replace fields."""
    facts: dict[str, Any] = {
        "name": "trend_strength",
        "score_name": "trend_strength_score",
        "symbol": "BTCUSDT",
        "market": "spot",
        "interval": "4h",
        "horizon_s": 14_400.0,
        "as_of": AS_OF,
        "bar_close": CLOSE,
        "is_final": True,
        "price": 50412.31,
        "score": 0.3257,
        "raw": 0.3257,
        "low": 0.0,
        "high": 1.0,
        "neutral": 0.5,
        "uncertainty": 0.09,
        "percentile": 0.18,
        "rank_days": 282.5,
        "method": "weighted_mean",
        "coverage": 0.974,
        "min_coverage": 0.6,
        "groups_present": 3,
        "min_groups": 2,
        "contributions": sample_contributions(),
        "config_hash": "9f3c2a71b0de",
        "multipliers": (Multiplier("trend.strength", 0.73), Multiplier("regime.p_trend", 0.61)),
        "parts": (Part("direction", -0.5225, -1.0, 1.0, 0.0), Part("strength", 0.6673, 0.0, 1.0, 0.5)),
        "sources": (SourceStamp("binance.spot.klines", CLOSE, AS_OF, 1000),),
        "computed_at": AS_OF + 412,
    }
    return Composite(**(facts | changes))
