"""P(trend) now and P(ahead): the calibrated logistics of the shipped tables, with the terms they are the sums of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.hurst import INTERVAL
from analysis.features.windows import divide
from analysis.regime.now_table import NowTable, shipped_now
from analysis.regime.odds_table import IntervalOdds, OddsTable, nearest_interval, shipped_table

CLIP = 4.0  # scales: a feature further out says no more than one there


@dataclass(frozen=True, slots=True, eq=False)
class Odds:
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


def odds_now(features: Mapping[str, Floats], interval: str, table: NowTable | None = None) -> Odds:
    """Return P(trend) per row with its terms: does the stretch that ends here belong to a trend?

    ``features`` are those of ``now_features``; ``KeyError`` for an unknown interval.
    """
    table = shipped_now() if table is None else table
    fitted_on = nearest_interval(table.intervals, interval)
    return _odds(features, table.intervals[fitted_on].logistic, fitted_on)


def odds_ahead(features: Mapping[str, Floats], interval: str, table: OddsTable | None = None) -> Odds:
    """Return P(ahead) per row with its terms: will the next bars' efficiency ratio stand above its trailing median?

    ``features`` are those of ``regime_features``; ``KeyError`` for an unknown interval.
    """
    table = shipped_table() if table is None else table
    fitted_on = nearest_interval(table.intervals, interval)
    return _odds(features, table.intervals[fitted_on], fitted_on)


def has_edge(interval: str, p: float, table: OddsTable | None = None) -> bool:
    """Whether such a P(ahead) has been right more often than chance, in the span of the fit and after it.

    Beyond the 5 and 95 % of the span's values there is too little to judge by, and on coins that no fit had seen the
    lowest were wrong.
    """
    table = shipped_table() if table is None else table
    fitted = table.intervals[nearest_interval(table.intervals, interval)]
    records = (fitted.out_of_fold, fitted.hold_out)
    was_right = all(scores is not None and scores.slope_low > 0 for scores in records)
    return was_right and fitted.quantiles[0] <= p <= fitted.quantiles[-1]


def _odds(features: Mapping[str, Floats], odds: IntervalOdds, fitted_on: str) -> Odds:
    constant = odds.slope * odds.intercept + odds.shift
    terms = {name: _term(features[name], name, odds) for name in odds.coefficient}
    coverage = _coverage(features, odds)
    logit = np.where(coverage > 0, constant + sum(terms.values()), np.nan)
    return Odds(expit(logit), logit, terms, constant, coverage, fitted_on)


def _term(values: Floats, name: str, odds: IntervalOdds) -> Floats:
    away = np.clip((values - odds.centre[name]) / odds.scale[name], -CLIP, CLIP)
    return np.where(np.isfinite(values), odds.slope * odds.coefficient[name] * away, 0.0)


def _coverage(features: Mapping[str, Floats], odds: IntervalOdds) -> Floats:
    weights = {name: abs(b) for name, b in odds.coefficient.items()}
    known = [weight * np.isfinite(features[name]) for name, weight in weights.items()]
    return np.asarray(np.sum(known, axis=0) / sum(weights.values()), dtype=np.float64)


def standard_error(
    features: Mapping[str, Floats], found: Odds, fitted: IntervalOdds, offset: float
) -> Floats:
    """Return one sigma of P per row: the errors of the calibration, and the usual size of the terms that are missing.

    ``offset`` is the standard error of the logistic's constant.
    """
    slope = (fitted.out_of_fold.slope_high - fitted.out_of_fold.slope_low) / (2 * INTERVAL)
    variance = offset**2 + (found.logit * slope) ** 2
    for name, coefficient in fitted.coefficient.items():
        variance += np.where(np.isfinite(features[name]), 0.0, (fitted.slope * coefficient) ** 2)
    return np.asarray(found.probability * (1 - found.probability) * np.sqrt(variance), dtype=np.float64)
