"""Kinds of module G's metrics and the words their fields take, and the families that say why a value is missing."""

from dataclasses import dataclass
from typing import Final, Literal

from analysis.features.stress import CrashEvent
from analysis.framework.metric import MetricSpec, Modelled
from config.c_risk import RiskExposureConfig

Measure = Literal["var", "es"]
Method = Literal["historical", "cornish_fisher", "filtered"]
Horizon = Literal["bar", "day"]
Statistic = Literal["failures", "kupiec", "christoffersen"]
RatioName = Literal["sharpe", "sortino"]
Side = Literal["long", "short"]

LEVELS: Final = (95, 99)

VOLATILITY, RATIO, SORTINO = "volatility", "ratio", "sortino"
RETURNS, EXPANDED_RETURNS, DAYS, EXPANDED_DAYS = "returns", "expanded_returns", "days", "expanded_days"
FILTERED, BACKTEST, RECENT = "filtered", "backtest", "recent"
LIQUIDATION, CLUSTER, BETA = "liquidation", "cluster", "beta"

LEVEL = Modelled("level")


@dataclass(frozen=True, slots=True, kw_only=True)
class TailSpec(MetricSpec):
    """A figure of one forecast of losses: ``method`` and confidence ``level`` (percent)."""

    method: Method
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSpec(TailSpec):
    """Value-at-risk or expected shortfall of a long over the coming bar or day, percent of notional."""

    measure: Measure
    horizon: Horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSpec(TailSpec):
    """How one-bar forecasts did over the past year: share of violations, or the p-value of a test."""

    statistic: Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioSpec(MetricSpec):
    """A Sharpe or Sortino ratio or its standard error, with equal or exponentially fading weights."""

    ratio: RatioName
    fading: bool
    error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationSpec(MetricSpec):
    """The liquidation price of one side at one leverage."""

    side: Side
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashSpec(MetricSpec):
    """A replayed crash: the worst loss of a long, or (``survivor``) the highest leverage that is not liquidated."""

    event: CrashEvent
    survivor: bool


def rank_bars(c: RiskExposureConfig, _: str) -> int:
    """Return how many bars the trailing stops need, and the rank of ATR % that widens them."""
    return max(c.chandelier_bars, c.atr_period + c.rank_min_bars + 1)
