"""P(trend): the calibrated logistic of the shipped table, its terms, and the label with hysteresis.

The table is fitted by ``scripts/fit_regime`` and read once; nothing is fitted on the way to an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.windows import divide
from analysis.regime.features import FeatureWindows
from utils.binance_api.intervals import SHORTEST_MS

CLIP = 4.0  # standard deviations: a reading further out says no more than one there


@dataclass(frozen=True, slots=True)
class Scores:
    """How forecasts did: area under the ROC curve, Brier score, mean log loss and the same of the base rate alone.

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
    """What is shipped: span, target, windows of the readings, and one logistic per interval.

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


@dataclass(frozen=True, slots=True, eq=False)
class TrendOdds:
    """``probability`` per row, its ``logit`` = ``constant`` + the sum of ``terms``, and how much was known.

    A missing reading has the term 0 and lowers ``coverage`` = sum of |b| known / sum of |b|; with none known the
    probability is NaN. ``fitted_on`` names the interval whose coefficients were used.
    """

    probability: Floats
    logit: Floats
    terms: dict[str, Floats]
    constant: float
    coverage: Floats
    fitted_on: str

    def contributions(self) -> dict[str, Floats]:
        """Return each term's share of probability - 0.5, (rows); with that of ``constant`` they add up to it."""
        return {name: self._share(term) for name, term in self.terms.items()}

    def constant_contribution(self) -> Floats:
        """Return the constant's share of probability - 0.5, (rows): the base rate's distance from one half."""
        return self._share(np.full(len(self.logit), self.constant))

    def _share(self, term: Floats) -> Floats:
        # (sigmoid(x) - 1/2) / x tends to 1/4 at 0
        near = np.abs(self.logit) < 1e-6
        return term * np.where(near, 0.25, divide(self.probability - 0.5, np.where(near, 1.0, self.logit)))


@lru_cache(maxsize=1)
def shipped_table() -> OddsTable:
    """Return the table in ``config/trend_odds.json``; ``msgspec.ValidationError`` names what is wrong in it."""
    return parsed_table(files("config").joinpath("trend_odds.json").read_bytes())


def parsed_table(text: bytes) -> OddsTable:
    """Return a table from its json text; ``msgspec.ValidationError`` where a field is missing or of another type."""
    return msgspec.json.decode(text, type=OddsTable)


def nearest_interval(table: OddsTable, interval: str) -> str:
    """Return the fitted interval whose length is nearest by ratio, the shorter of two equally near."""
    length = SHORTEST_MS[interval]

    def ratio(fitted: str) -> float:
        other = SHORTEST_MS[fitted]
        return max(length, other) / min(length, other)

    return min(sorted(table.intervals, key=SHORTEST_MS.__getitem__), key=ratio)


def trend_odds(features: Mapping[str, Floats], interval: str, table: OddsTable | None = None) -> TrendOdds:
    """Return P(trend) per row with its terms, from readings by ``regime_features`` with the table's windows.

    Trend: the next bars' efficiency ratio will stand above its trailing median. ``KeyError`` for an unknown interval.
    """
    table = shipped_table() if table is None else table
    fitted_on = nearest_interval(table, interval)
    odds = table.intervals[fitted_on]
    constant = odds.slope * odds.intercept + odds.shift
    terms = {name: _term(features[name], name, odds) for name in odds.coefficient}
    coverage = _coverage(features, odds)
    logit = np.where(coverage > 0, constant + sum(terms.values()), np.nan)
    return TrendOdds(expit(logit), logit, terms, constant, coverage, fitted_on)


def _term(values: Floats, name: str, odds: IntervalOdds) -> Floats:
    away = np.clip((values - odds.centre[name]) / odds.scale[name], -CLIP, CLIP)
    return np.where(np.isfinite(values), odds.slope * odds.coefficient[name] * away, 0.0)


def _coverage(features: Mapping[str, Floats], odds: IntervalOdds) -> Floats:
    weights = {name: abs(b) for name, b in odds.coefficient.items()}
    known = [weight * np.isfinite(features[name]) for name, weight in weights.items()]
    return np.asarray(np.sum(known, axis=0) / sum(weights.values()), dtype=np.float64)


def p_trend(features: Mapping[str, Floats], interval: str) -> Floats:
    """Return P(trend) per row by the shipped table; the rest by ``trend_odds``."""
    return trend_odds(features, interval).probability


def label_path(p: Floats, enter: float, leave: float, bars: int) -> Floats:
    """Return 1 (trend) or 0 (range) per row: trend from ``p >= enter`` on, range from ``p <= leave`` on.

    Row t replays its last ``bars`` rows and nothing before them; where none of them decides, the oldest known one is
    held against the middle of the two thresholds. NaN before ``bars`` rows and where p is. ``ValueError`` unless
    leave <= enter and bars >= 1.
    """
    if not leave <= enter or bars < 1:
        raise ValueError(f"a label needs leave <= enter and a bar to replay, was {leave}, {enter}, {bars}")
    rows = np.arange(len(p))
    known = np.isfinite(p)
    decided = np.maximum.accumulate(np.where((p >= enter) | (p <= leave), rows, -1))
    following = np.minimum.accumulate(np.where(known, rows, len(p))[::-1])[::-1]
    oldest = np.maximum(rows - bars + 1, 0)
    replayed = decided >= oldest
    judge = np.where(replayed, decided, np.minimum(following[oldest], rows))
    limit = np.where(replayed, enter, (enter + leave) / 2)
    return np.where(known & (rows >= bars - 1), (p[judge] >= limit).astype(np.float64), np.nan)
