"""Module B's metrics of past volatility: estimates from bars, and the rank of each in its past year."""

from analysis.framework.metric import MetricSpec
from analysis.regime.specs import RANK, RankSpec, rank_bars, returns_bars

HV = returns_bars("hv_bars")
HV_YANG_ZHANG = MetricSpec(
    "hv_yang_zhang",
    "Yang-Zhang",
    "%/year",
    "Volatility of the last bars from open, high, low and close.",
    decimals=1,
    bars=HV,
    on_card=True,
)
HV_CLOSE = MetricSpec(
    "hv_close", "Close vol", "%/year", "Volatility of the last bars from closing prices.", decimals=1, bars=HV
)
HV_PARKINSON = MetricSpec(
    "hv_parkinson",
    "Parkinson",
    "%/year",
    "Volatility of the last bars from their highs and lows.",
    decimals=1,
    bars="hv_bars",
)
HV_GARMAN_KLASS = MetricSpec(
    "hv_garman_klass",
    "Garman-Klass",
    "%/year",
    "Volatility of the last bars from their ranges and candle bodies.",
    decimals=1,
    bars="hv_bars",
)
ATR_PCT = MetricSpec(
    "atr_pct", "ATR %", "%", "Average true range in percent of price.", bars=returns_bars("atr_period")
)
BB_WIDTH = MetricSpec(
    "bb_width", "BB width", "%", "Distance between the Bollinger bands in percent of price.", bars="bb_period"
)

VOLATILITY_METRICS: tuple[MetricSpec, ...] = (
    HV_YANG_ZHANG,
    RankSpec(
        "vol_percentile",
        "Vol rank",
        "0..1",
        "Rank of the Yang-Zhang volatility among its values of the past year; 1 is the highest.",
        bars=rank_bars(HV_YANG_ZHANG),
        family=RANK,
        of=HV_YANG_ZHANG,
        on_card=True,
    ),
    HV_CLOSE,
    RankSpec(
        "hv_close_rank",
        "Close vol rank",
        "0..1",
        "Rank of the volatility from closes among its values of the past year.",
        bars=rank_bars(HV_CLOSE),
        family=RANK,
        of=HV_CLOSE,
        expensive=True,
    ),
    HV_PARKINSON,
    RankSpec(
        "hv_parkinson_rank",
        "Parkinson rank",
        "0..1",
        "Rank of the Parkinson volatility among its values of the past year.",
        bars=rank_bars(HV_PARKINSON),
        family=RANK,
        of=HV_PARKINSON,
        expensive=True,
    ),
    HV_GARMAN_KLASS,
    RankSpec(
        "hv_garman_klass_rank",
        "G-K rank",
        "0..1",
        "Rank of the Garman-Klass volatility among its values of the past year.",
        bars=rank_bars(HV_GARMAN_KLASS),
        family=RANK,
        of=HV_GARMAN_KLASS,
        expensive=True,
    ),
    ATR_PCT,
    RankSpec(
        "atr_rank",
        "ATR rank",
        "0..1",
        "Rank of the average true range among its values of the past year.",
        bars=rank_bars(ATR_PCT),
        family=RANK,
        of=ATR_PCT,
        expensive=True,
    ),
    BB_WIDTH,
    RankSpec(
        "bb_rank",
        "BB width rank",
        "0..1",
        "Rank of the Bollinger width among its values of the past year; near 0 is a squeeze.",
        bars=rank_bars(BB_WIDTH),
        family=RANK,
        of=BB_WIDTH,
        expensive=True,
    ),
)
