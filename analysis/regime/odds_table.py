"""The table of P(ahead): the logistic of each interval, what it was fitted on, and how well it forecasts.

The table is fitted by ``scripts/fit_regime`` and read once; nothing is fitted when a question is answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from analysis.regime.shipped import read_shipped
from utils.binance_api.intervals import SHORTEST_MS


@dataclass(frozen=True, slots=True)
class FeatureWindows:
    """Bars (or returns) each feature looks back on; the table of P(ahead) holds for the windows it was fitted with."""

    variance_ratio: int = 128
    horizon: int = 4  # q of the variance ratio
    fractal: int = 64
    ordinal: int = 64
    order: int = 4
    bollinger: int = 20
    width: float = 2.0
    rank: int = 250  # past widths a width is ranked among

    @property
    def bars(self) -> int:
        """Bars from which on every feature is known."""
        return max(self.variance_ratio + 1, self.fractal, self.ordinal, self.bollinger + self.rank)


@dataclass(frozen=True, slots=True)
class Scores:
    """How well forecasts did: area under the ROC curve, Brier score, mean log loss and the same of the base rate alone.

    ``slope`` of the outcome's logit on the forecast's with its 95 % bounds (1: calibrated, 0: no skill), standard
    errors clustered by spans of time, as targets overlap and symbols move together.
    """

    rows: int
    base_rate: float
    auc: float
    brier: float
    brier_base: float
    log_loss: float
    log_loss_base: float
    slope: float
    slope_low: float
    slope_high: float


@dataclass(frozen=True, slots=True)
class IntervalOdds:
    """One interval's logistic: logit = slope (intercept + sum b (x - centre) / scale) + shift, x clipped at 4 scales.

    ``slope`` and ``shift`` are the sigmoid calibration on out-of-fold forecasts, the slope kept in 0..1.
    ``out_of_fold`` scores walk-forward forecasts of the span, each calibrated on earlier folds; ``hold_out`` the
    shipped forecast on the time after the span, never used in fitting. ``quantiles``: 5, 25, 50, 75, 95 % of P in
    the span.
    """

    symbols: tuple[str, ...]
    first: str
    last: str
    rows: int
    centre: dict[str, float]
    scale: dict[str, float]
    coefficient: dict[str, float]
    intercept: float
    slope: float
    shift: float
    out_of_fold: Scores
    hold_out: Scores | None
    quantiles: tuple[float, ...]
    note: str


@dataclass(frozen=True, slots=True)
class OddsTable:
    """What is shipped: span, target, windows of the features, and one logistic per interval.

    Target: the efficiency ratio of the next ``horizon`` bars is above the median of ``median_bars`` ratios that ended
    ``windows.bars`` bars ago. ``prior_deviation`` is that of the normal prior on coefficients, intercept and shift.
    """

    version: int
    first: str
    last: str
    horizon: int
    median_bars: int
    prior_deviation: float
    windows: FeatureWindows
    intervals: dict[str, IntervalOdds]


@lru_cache(maxsize=1)
def shipped_table() -> OddsTable:
    """Return the table in ``config/trend_odds.json``; ``msgspec.ValidationError`` names what is wrong in it."""
    return read_shipped("trend_odds.json", OddsTable)


def nearest_interval(intervals: Iterable[str], interval: str) -> str:
    """Return the fitted interval whose length is nearest by ratio, the shorter of two equally near."""
    length = SHORTEST_MS[interval]

    def ratio(fitted: str) -> float:
        other = SHORTEST_MS[fitted]
        return max(length, other) / min(length, other)

    return min(sorted(intervals, key=SHORTEST_MS.__getitem__), key=ratio)
