"""Module C: look-backs and thresholds of positioning; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import setting
from config.liquidation_model import LiquidationModelConfig


class DerivSentimentConfig(LiquidationModelConfig):
    """Derivatives & Sentiment."""

    funding_days: int = setting(30, "look-back of the funding rate", unit="days", ge=7, le=90)
    funding_min: int = setting(
        30, "settlements that the funding rate is measured against", unit="settlements", ge=5, le=500
    )
    funding_repeats: int = setting(
        3, "times a rate must occur in the look-back to be the coin's baseline", ge=2, le=50
    )
    funding_rank: int = setting(
        1000, "past settlements the funding rate is ranked among", unit="settlements", ge=250, le=5000
    )
    position_hours: int = setting(
        720, "look-back of open interest and ratios, hourly values", unit="hours", ge=250, le=2160
    )
    position_min_hours: int = setting(
        100, "past hourly values that a scale needs", unit="hours", ge=20, le=2160
    )
    residual_hours: int = setting(
        480, "past hourly values that a ratio is fitted to the return on", unit="hours", ge=100, le=2160
    )
    residual_min_hours: int = setting(
        168, "past hourly values that this fit needs", unit="hours", ge=50, le=2160
    )
    skew_min_hours: int = setting(
        168,
        "recorded hours of the option skew that it is centred on at least",
        unit="hours",
        ge=24,
        le=2160,
    )
    interest_hours: int = setting(
        24, "change of price and open interest that are set against each other", unit="hours", ge=1, le=168
    )
    rank_min: int = setting(250, "past values that a rank needs", ge=50, le=2000)
    scale_bars: int = setting(250, "look-back of the taker imbalance", unit="bars", ge=30, le=1000)
    scale_min_bars: int = setting(60, "values that its mean and scale need", unit="bars", ge=20, le=1000)
    crowded_beyond: float = setting(
        0.1, "share of the past at either end in which positioning is crowded", gt=0, lt=0.5
    )
    rank_bars: int = setting(500, "past scores the percentile is taken among", unit="bars", ge=250, le=2000)
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.scale_min_bars > self.scale_bars:
            raise ValueError("expected scale_min_bars <= scale_bars")
        if self.position_min_hours > self.position_hours:
            raise ValueError("expected position_min_hours <= position_hours")
        if self.residual_min_hours > self.residual_hours:
            raise ValueError("expected residual_min_hours <= residual_hours")
        return self
