"""Module G's metrics of volatility, of the leverage that it allows, and of drawdowns."""

from analysis.features.look_backs import SEED_BARS
from analysis.framework.metric import MetricSpec
from analysis.risk.specs import LEVEL, VOLATILITY, rank_bars

VOLATILITY_METRICS = (
    MetricSpec(
        "vol_forecast",
        "Volatility",
        "%/year",
        "Forecast volatility of the next bar from past ranges and its hour of the week, annualised.",
        decimals=1,
        group="volatility",
        signal=LEVEL,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        on_card=True,
    ),
    MetricSpec(
        "vol_day",
        "Vol. 1 day",
        "%/year",
        "Mean forecast volatility over the next day from past ranges and its hours of the week, annualised.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "garch_vol",
        "GARCH next",
        "%/year",
        "Volatility that GARCH forecasts for the next bar; value-at-risk rests on it.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "garch_day",
        "GARCH day",
        "%/year",
        "Mean volatility that GARCH forecasts for the next day.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "vol_rank",
        "Vol. rank",
        "0..1",
        "Percentile of ATR % among its values of the past year.",
        bars=rank_bars,
        family=VOLATILITY,
    ),
    MetricSpec(
        "target_leverage",
        "Vol. target",
        "x",
        "Leverage that brings the position to the target volatility.",
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        on_card=True,
    ),
)

DRAWDOWN_METRICS = (
    MetricSpec(
        "drawdown_now",
        "Drawdown",
        "%",
        "How far the price is below the highest close of the window.",
        group="drawdown",
        signal=LEVEL,
        bars="drawdown_bars",
        on_card=True,
    ),
    MetricSpec(
        "drawdown_max",
        "Max drawdown",
        "%",
        "Deepest fall from a peak within the window.",
        bars="drawdown_bars",
        expensive=True,
    ),
    MetricSpec(
        "drawdown_bars",
        "Underwater",
        "bars",
        "Longest time below a peak within the window.",
        decimals=0,
        bars="drawdown_bars",
        expensive=True,
    ),
    MetricSpec(
        "ulcer",
        "Ulcer index",
        "%",
        "Root mean square of the drawdowns within the window.",
        bars="drawdown_bars",
        expensive=True,
    ),
)
