"""What module B's metrics share: families, sources, and the bars that returns, ranks and fits need."""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.features.look_backs import HURST_RETURNS
from analysis.framework.metric import BarsNeeded, MetricSpec, bars_needed
from analysis.regime.horizons import range_har_bars
from analysis.regime.odds_table import shipped_table
from config.c_volat import VolatilityConfig

PREMIUM, FUNDING, QUARTERLY, IMPLIED = "premium", "funding", "quarterly", "implied_volatility"
"""Sources beside the bars (``MetricSpec.needs``), and the families of their metrics."""
RANK, IMPLIED_PREMIUM = "rank", "implied_premium"
GARCH, HALF_LIFE, SWITCHING, RANGE_HAR = "garch", "half_life", "switching", "range_har"
AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSpec(MetricSpec):
    """A metric that is the rank of another among its past values, or is computed from that rank."""

    of: MetricSpec


def returns_bars(key: str) -> Callable[[VolatilityConfig, str], int]:
    """Return how many bars hold as many returns as a configuration key says."""
    return lambda config, _: int(getattr(config, key)) + 1


def rank_bars(of: MetricSpec) -> Callable[[VolatilityConfig, str], int]:
    """Return how many bars give a rank of a metric: its own, and the least number of values to rank it among."""
    return lambda config, interval: bars_needed(of.bars, config, interval) + config.rank_min_bars


def variance_ratio_bars(_: VolatilityConfig, interval: str) -> int:
    """Return how many bars the variance ratios read, those of the fitted table."""
    del interval
    return shipped_table().windows.variance_ratio + 1


def hurst_bars(_: VolatilityConfig, interval: str) -> int:
    """Return how many bars the Hurst exponents read."""
    del interval
    return HURST_RETURNS + 1


RANKED = returns_bars("rank_min_bars")
GARCH_BARS = returns_bars("garch_fit_bars")
SWITCHING_BARS = returns_bars("markov_fit_bars")
RANGE_HAR_BARS: BarsNeeded = range_har_bars
