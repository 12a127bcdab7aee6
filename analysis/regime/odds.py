"""P(trend): the calibrated logistic of the shipped table, with the terms it is the sum of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.windows import divide
from analysis.regime.odds_table import IntervalOdds, OddsTable, nearest_interval, shipped_table

CLIP = 4.0  # scales: a feature further out says no more than one there


@dataclass(frozen=True, slots=True, eq=False)
class TrendOdds:
    """``probability`` per row, its ``logit`` = ``constant`` + the sum of ``terms``, and how much was known.

    A missing feature has the term 0 and lowers ``coverage`` = sum of |b| known / sum of |b|; with none known the
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


def trend_odds(features: Mapping[str, Floats], interval: str, table: OddsTable | None = None) -> TrendOdds:
    """Return P(trend) per row with its terms, from the features of ``regime_features`` with the table's windows.

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
    """Return P(trend) per row by the shipped table; ``trend_odds`` has its terms."""
    return trend_odds(features, interval).probability
