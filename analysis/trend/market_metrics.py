"""Module A's metrics of spot against perpetual, and of the last price."""

from analysis.framework.metric import Itself, MetricSpec
from analysis.trend.specs import DAY_CHANGE, LIVE, PERPETUAL, STRENGTH, atr_bars
from config.c_trend import TrendConfig


def _agreement(c: TrendConfig, _: str) -> int:
    return c.ols_window + c.agreement_bars - 1


PERPETUAL_METRICS = (
    MetricSpec(
        "perp_sign",
        "Spot/perp sign",
        "-1/+1",
        "1 when spot and perpetual trend the same way, -1 when they do not.",
        decimals=0,
        bars="ols_window",
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_correlation",
        "Spot/perp corr",
        "-1..1",
        "Correlation of the spot and perpetual slopes.",
        decimals=3,
        bars=_agreement,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_agreement",
        "Perp agreement",
        "0..1",
        "How well spot and perpetual trends agree: their correlation, or 0 when they point opposite ways.",
        group=STRENGTH,
        signal=Itself("level"),
        bars=_agreement,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "basis_bps",
        "Basis",
        "bps",
        "Perpetual price above (+) or below (-) spot.",
        decimals=1,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
)

LATEST_METRICS = (
    MetricSpec("change_24h", "24h change", "%", "Price change over 24 hours.", family=DAY_CHANGE),
    MetricSpec(
        "since_close",
        "Since close",
        "ATR",
        "Move of the last price since the last close, in ATRs; live only.",
        bars=atr_bars,
        needs=("quote",),
        family=LIVE,
    ),
    MetricSpec(
        "mean_5m_gap",
        "From 5m mean",
        "bps",
        "How far the last price is above (+) or below (-) its five-minute mean; live only.",
        decimals=1,
        needs=("quote",),
        family=LIVE,
    ),
)
