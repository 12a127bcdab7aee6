"""Module B: windows, look-backs, fits and the thresholds of label and volatility state."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting


class VolatilityConfig(ConfigModel):
    """Market Regime."""

    look_back_days: int = setting(365, "past that ranks are taken among", unit="days", ge=30, le=730)
    rank_min_bars: int = setting(100, "past values a rank needs", unit="bars", ge=20, le=1000)
    hv_bars: int = setting(24, "window of historical volatility", unit="bars", ge=5, le=500)
    atr_period: int = setting(14, "average true range", unit="bars", ge=2, le=100)
    bb_period: int = setting(20, "Bollinger mean", unit="bars", ge=5, le=200)
    bb_width: float = setting(2.0, "Bollinger band distance", unit="sd", gt=0, le=5)
    entropy_bars: int = setting(500, "window of the entropies", unit="bars", ge=200, le=2000)
    sign_word: int = setting(5, "returns in a pattern of signs", unit="bars", ge=2, le=7)
    jump_bars: int = setting(100, "window of the share of jumps", unit="bars", ge=20, le=1000)
    garch_fit_bars: int = setting(1500, "bars each GARCH fit reads", unit="bars", ge=250, le=4000)
    markov_fit_bars: int = setting(1000, "bars each switching fit reads", unit="bars", ge=250, le=4000)
    refit_bars: int = setting(200, "bars between fits, from the Unix epoch", unit="bars", ge=20, le=2000)
    har_fit_bars: int = setting(1500, "bars each HAR fit reads", unit="bars", ge=100, le=4000)
    ewma_decay: float = setting(
        0.94, "weight that a squared return keeps after a day", unit="per day", ge=0.5, le=0.999
    )
    qlike_bars: int = setting(250, "forecasts whose losses are averaged", unit="bars", ge=20, le=1000)
    premium_bars: int = setting(
        500, "past premiums that the premium is compared with", unit="bars", ge=100, le=1000
    )
    delivery_days: int = setting(
        7, "days to delivery below which the quarterly basis is left out", unit="days", ge=1, le=30
    )
    option_age_hours: float = setting(
        6.0, "oldest recorded implied volatility that still counts", unit="h", gt=0, le=72
    )
    trend_enter: float = setting(0.5, "P(trend) from which the label is trend", ge=0, le=1)
    trend_leave: float = setting(0.4, "P(trend) down to which the label stays trend", ge=0, le=1)
    stress_bars: int = setting(
        6, "bars over which P(stressed) is averaged for the level", unit="bars", ge=1, le=100
    )
    stress_enter: float = setting(0.8, "stress level from which volatility is stressed", ge=0, le=1)
    stress_leave: float = setting(0.6, "stress level down to which it stays stressed", ge=0, le=1)
    calm_enter: float = setting(0.2, "stress level from which volatility is calm", ge=0, le=1)
    calm_leave: float = setting(0.35, "stress level up to which it stays calm", ge=0, le=1)
    replay_bars: int = setting(100, "bars over which label and state are replayed", unit="bars", ge=1, le=500)
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.trend_leave > self.trend_enter:
            raise ValueError("expected trend_leave <= trend_enter")
        if not self.calm_enter <= self.calm_leave <= self.stress_leave <= self.stress_enter:
            raise ValueError("expected calm_enter <= calm_leave <= stress_leave <= stress_enter")
        return self
