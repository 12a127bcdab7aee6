"""How a model was trained and how it did on what it had not seen, beside the weighted mean of the same rows."""

from dataclasses import dataclass
from typing import Final

from analysis.framework.reasons import Reason

LEAST_INDEPENDENT: Final = 200
"""Independent samples out of sample below which nothing is said to be better than anything else."""


@dataclass(frozen=True, slots=True)
class ForecastLosses:
    """Of forecasts of 0/1: mean log loss, Brier score, and rank correlation with the forward quantity (IC)."""

    log_loss: float
    brier: float
    ic: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference with its 95 % interval by a block bootstrap."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Model, calibrated weighted mean and base rate on the same ``rows``, none of which any of them had seen.

    ``independent`` counts moments over overlap: rows of several symbols at one moment are one. The gains are positive
    where the model is better: in log loss and Brier score against the weighted mean, in IC likewise, and in log loss
    against the base rate. ``slope`` is that of the outcome's log-odds on the forecast's (1: calibrated). The spreads
    are mean and median of the forward quantity (log return, or variance) in the model's top less its bottom fifth.
    """

    rows: int
    independent: float
    base_rate: float
    model: ForecastLosses
    weighted_mean: ForecastLosses
    base: ForecastLosses
    log_loss_gain: Difference
    brier_gain: Difference
    ic_gain: Difference
    gain_on_base: Difference
    slope: float
    mean_spread: float
    median_spread: float

    def verdict(self) -> tuple[Reason, ...]:
        """Return why the model may not be used, empty where it may.

        It must beat the weighted mean and the base rate in log loss by more than chance, and what it ranks high must
        have been higher on average too: a sign that rests on the hit rate alone is not used.
        """
        found = []
        if self.independent < LEAST_INDEPENDENT:
            found.append(Reason("ensemble_short", {"needs": LEAST_INDEPENDENT, "has": int(self.independent)}))
        if not (self.log_loss_gain.low > 0 and self.brier_gain.mean > 0):
            found.append(Reason("ensemble_not_better", _words(self.log_loss_gain)))
        if not self.gain_on_base.low > 0:
            found.append(Reason("ensemble_no_skill", _words(self.gain_on_base)))
        if not self.mean_spread > 0:
            found.append(Reason("ensemble_hits_only", {"spread": f"{self.mean_spread:.2g}"}))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What a model was trained on: first row and last outcome (UTC ms), symbols, interval, rows, independent rows.

    ``chosen`` names the candidate that lost least within the training years, of ``tried`` candidates; ``versions`` are
    those of Python and of the packages that fitted it.
    """

    first: int
    last: int
    symbols: tuple[str, ...]
    interval: str
    rows: int
    independent: float
    chosen: str
    tried: int
    seed: int
    versions: dict[str, str]
    comparison: Comparison


def _words(gain: Difference) -> dict[str, str]:
    return {"gain": f"{gain.mean:.4f}", "low": f"{gain.low:.4f}", "high": f"{gain.high:.4f}"}
