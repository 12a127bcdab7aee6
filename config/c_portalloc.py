"""Module I: windows, limits, costs and what the views rest on; its weight follows from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import MAX_SEED, ConfigModel, setting


class PortfolioAllocConfig(ConfigModel):
    """Portfolio Optimisation."""

    fit_bars: int = setting(365, "returns each allocation is estimated from", unit="days", ge=60, le=1000)
    min_bars: int = setting(
        120, "days that all coins of an estimate must have in common", unit="days", ge=30, le=1000
    )
    refit_bars: int = setting(7, "days between allocations, from the Unix epoch", unit="days", ge=1, le=90)
    walk_bars: int = setting(730, "past over which the methods are compared", unit="days", ge=90, le=1000)
    max_weight: float = setting(0.4, "most of the money in one coin", ge=0.05, le=1)
    min_position: float = setting(0.02, "smallest share worth holding", ge=0, le=0.2)
    fee: float = setting(0.001, "cost of each amount bought or sold, a share of it", ge=0, le=0.05)
    turnover_penalty: float = setting(
        0.0, "yearly variance that money moved in the owner's list must take away, 0 moves all", ge=0, le=1
    )
    risk_aversion: float = setting(2.5, "of the market whose weights are the prior", gt=0, le=20)
    view_horizon: int = setting(7, "days ahead that views speak of", unit="days", ge=1, le=30)
    evidence_bars: int = setting(
        730, "past that a view's record is measured on", unit="days", ge=120, le=1000
    )
    volume_bars: int = setting(30, "mean volume that stands in for market value", unit="days", ge=1, le=365)
    beta_bars: int = setting(365, "days of the betas to bitcoin", unit="days", ge=60, le=1000)
    beat_level: float = setting(0.05, "chance at which a better method replaces equal risk", gt=0, le=0.5)
    spa_draws: int = setting(500, "bootstrap draws of that test", ge=100, le=10_000)
    spa_block: float = setting(10.0, "mean length of its blocks", unit="days", ge=1, le=60)
    band_draws: int = setting(200, "bootstrap draws of the weights' bands", ge=50, le=1000)
    band_block: float = setting(10.0, "mean length of their blocks", unit="days", ge=1, le=60)
    null_draws: int = setting(100, "shuffled pasts of the drawdown correlation", ge=20, le=1000)
    ratio_lags: int = setting(5, "Newey-West lags of the ratios' errors", unit="days", ge=0, le=30)
    notional: float = setting(
        10_000.0, "money that the list of purchases shares out", unit="USDT", gt=0, le=1e9
    )
    seed: int = setting(20_240_805, "seed of every draw", ge=0, le=MAX_SEED)
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_bars > self.fit_bars:
            raise ValueError("expected min_bars <= fit_bars")
        if self.min_position > self.max_weight:
            raise ValueError("expected min_position <= max_weight")
        return self
