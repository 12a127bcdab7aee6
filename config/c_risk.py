"""Module G: stops, drawdown, volatility, value-at-risk and liquidation; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import MAX_SEED, setting
from config.liquidation_model import LiquidationModelConfig
from config.margin import BRACKET_CAPS, BRACKET_LEVERAGES, BRACKET_RATES, HIGHEST_LEVERAGE

LARGEST_CAP = 1e12


class RiskExposureConfig(LiquidationModelConfig):
    """Risk & Exposure."""

    atr_period: int = setting(14, "average true range", unit="bars", ge=2, le=100)
    stop_multiple: float = setting(2.0, "distance of the fixed stops", unit="ATR", gt=0, le=10)
    chandelier_bars: int = setting(
        22, "extreme the chandelier stop is measured from", unit="bars", ge=2, le=200
    )
    chandelier_calm: float = setting(
        2.5, "its distance at the year's calmest volatility", unit="ATR", gt=0, le=10
    )
    chandelier_stressed: float = setting(
        4.5, "its distance at the year's highest volatility", unit="ATR", gt=0, le=10
    )
    drawdown_bars: int = setting(250, "window of drawdown and Ulcer index", unit="bars", ge=20, le=2000)
    ratio_bars: int = setting(500, "window of the rolling Sharpe and Sortino", unit="bars", ge=50, le=2000)
    ratio_half_life: float = setting(
        100.0, "half-life of the exponential Sharpe and Sortino", unit="bars", ge=5, le=200
    )
    ratio_lags: int = setting(3, "Newey-West lags of their errors", unit="bars", ge=0, le=30)
    fit_bars: int = setting(
        2000, "returns of each GARCH fit and of its residuals", unit="bars", ge=2000, le=5000
    )
    refit_bars: int = setting(500, "bars between fits, from the Unix epoch", unit="bars", ge=20, le=2000)
    ewma_decay: float = setting(
        0.94, "weight a squared return keeps, where GARCH does not converge", gt=0.5, lt=1
    )
    paths: int = setting(10_000, "simulated days", ge=1000, le=100_000)
    seed: int = setting(20_240_805, "seed of the simulation", ge=0, le=MAX_SEED)
    target_volatility: float = setting(
        20.0, "volatility the position is sized to", unit="% a year", gt=0, le=1000
    )
    leverage_cap: float = setting(3.0, "highest leverage suggested", ge=0, le=125)
    failure_bars: int = setting(100, "window of recent value-at-risk violations", unit="bars", ge=50, le=1000)
    reference_leverage: float = setting(10.0, "leverage whose liquidation enters the score", ge=2, le=125)
    liq_notional: float = setting(
        10_000.0, "size of a position that is liquidated", unit="USDT", gt=0, le=1e9
    )
    bracket_caps: tuple[float, ...] = setting(
        BRACKET_CAPS,
        "approximate margin brackets, a large coin's: upper ends, rising",
        unit="USDT",
    )
    bracket_rates: tuple[float, ...] = setting(
        BRACKET_RATES, "maintenance margin of each, a share of notional"
    )
    bracket_leverages: tuple[float, ...] = setting(BRACKET_LEVERAGES, "highest leverage of each")
    beta_bars: int = setting(
        500, "returns of the beta to bitcoin in the stress replay", unit="bars", ge=50, le=2000
    )
    ordinary_volatility: float = setting(
        60.0, "volatility that counts as the middle level", unit="% a year", gt=0, le=1000
    )
    ordinary_distance: float = setting(
        3.0, "liquidation distance that counts as the middle level", unit="daily deviations", gt=0, le=100
    )
    rank_days: int = setting(365, "past the score is ranked among", unit="days", ge=30, le=365)
    rank_min_bars: int = setting(100, "past values a rank needs", unit="bars", ge=20, le=1000)
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.chandelier_calm > self.chandelier_stressed:
            raise ValueError("expected chandelier_calm <= chandelier_stressed")
        sizes = {len(self.bracket_caps), len(self.bracket_rates), len(self.bracket_leverages)}
        if len(sizes) != 1 or not self.bracket_caps:
            raise ValueError(
                "expected as many bracket_caps as bracket_rates and bracket_leverages, at least one"
            )
        if list(self.bracket_caps) != sorted(set(self.bracket_caps)) or not self.bracket_caps[0] > 0:
            raise ValueError("expected bracket_caps above 0, rising")
        if self.bracket_caps[-1] > LARGEST_CAP:
            raise ValueError(f"expected bracket_caps of at most {LARGEST_CAP:g}")
        if not all(1 <= leverage <= HIGHEST_LEVERAGE for leverage in self.bracket_leverages):
            raise ValueError(f"expected bracket_leverages from 1 to {HIGHEST_LEVERAGE}")
        if not all(0 < rate < 1 for rate in self.bracket_rates):
            raise ValueError("expected bracket_rates between 0 and 1")
        if list(self.bracket_rates) != sorted(self.bracket_rates):
            raise ValueError("expected bracket_rates that rise")
        return self
