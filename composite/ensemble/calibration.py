"""From a model's log-odds to those that came true: a sigmoid, or a rising line where there are enough samples."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt's (1999): slope * log-odds + shift; a slope of 0 leaves the base rate."""

    slope: float
    shift: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds (n)."""
        return self.slope * raw + self.shift


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """The probability is interpolated between ``knots`` (m) of log-odds; outside it stays that of the nearest knot.

    ``probability`` (m) never falls and excludes 0 and 1, which no number of samples shows.
    """

    knots: Floats
    probability: Floats

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds (n)."""
        p = np.interp(raw, self.knots, self.probability)
        return np.asarray(np.log(p) - np.log1p(-p))


def why_no_calibration(calibration: Sigmoid | Isotonic) -> str:
    """Return why numbers are no calibration, in words; empty where they are."""
    if isinstance(calibration, Sigmoid):
        known = np.isfinite([calibration.slope, calibration.shift]).all()
        return "" if known and calibration.slope >= 0 else "the calibration falls or is not a number"
    knots, probability = calibration.knots, calibration.probability
    if len(knots) != len(probability) or not len(knots) or not np.isfinite(knots).all():
        return "the calibration's knots and probabilities do not belong together"
    if not (np.diff(knots) > 0).all():
        return "the calibration's knots do not rise"
    inside = (probability > 0) & (probability < 1)
    return (
        ""
        if inside.all() and (np.diff(probability) >= 0).all()
        else "the calibration falls, or reaches 0 or 1"
    )
