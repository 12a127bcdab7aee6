"""A trained model in the place of a weighted mean: what it reads, and what it says.

Its raw score is 0..1 with 0.5 where every known input is neutral: the calibrated odds are divided by those that the
same model gives to the neutral input, since what it says there is the base rate and no opinion of the inputs. The
probability itself is `TrainedEnsemble.probability`.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.ensemble.calibration import Isotonic, Sigmoid
from composite.ensemble.logistic import PatternLogistic
from composite.ensemble.record import TrainingRecord
from composite.ensemble.trees import BoostedTrees

Label = Literal["net_return", "turbulence"]
"""What is forecast: a long position that gains after fees, or a realised volatility in its top fifth."""
LABELS: Final[dict[str, Label]] = {
    "trend_strength": "net_return",
    "buy_opportunity": "net_return",
    "risk_exposure": "turbulence",
    "macro_sentiment": "net_return",
    "liquidity_pressure": "net_return",
}
"""Label by score; weights and a test of unusualness have none."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedEnsemble:
    """A calibrated model of one score over ``horizon_s`` seconds, with the record of its training.

    ``inputs`` are the scalars it reads, in the order of its columns, each turned by its polarity of ``polarities``
    (1 or -1) to the signed scale: -1 speaks against the score, 0 is neutral, 1 speaks for it.
    """

    score: str
    label: Label
    horizon_s: float
    inputs: tuple[str, ...]
    polarities: tuple[int, ...]
    model: PatternLogistic | BoostedTrees
    calibration: Sigmoid | Isotonic
    record: TrainingRecord

    @property
    def verdict(self) -> tuple[Reason, ...]:
        """Why the model may not be used; empty where it beat the weighted mean out of sample."""
        return self.record.comparison.verdict()

    def probability(self, values: Floats) -> Floats:
        """Return the calibrated probability (n) of the label from signed inputs (n, k), NaN where missing.

        It is NaN where too little is known. Row t is computed from row t alone.
        """
        return probability_of(self._log_odds(values))

    def predict(self, values: Floats) -> Floats:
        """Return the raw score (n), 0..1, from signed inputs (n, k); 0.5 where every known one is neutral.

        It is NaN where too little is known.
        """
        neutral = np.where(np.isnan(values), np.nan, 0.0)
        return probability_of(self._log_odds(values) - self._log_odds(neutral))

    def _log_odds(self, values: Floats) -> Floats:
        return self.calibration.log_odds(self.model.log_odds(values))


def probability_of(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log-odds)) without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * log_odds))
