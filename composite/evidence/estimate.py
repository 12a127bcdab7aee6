"""A measured number with its interval, and how that is drawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its central 95 % interval from the stationary bootstrap; NaN where it could not be measured."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are drawn: how many bootstraps, from which seed."""

    draws: int = 400
    seed: int = 1

    @staticmethod
    def block(horizon: int) -> float:
        """Mean block length in bars: twice the horizon, ten bars at least."""
        return float(max(10, 2 * horizon))
