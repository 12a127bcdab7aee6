"""Module F: look-backs, ages and the band of on-chain and macro facts; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting


class OnChainConfig(ConfigModel):
    """On-chain & Macro."""

    scale_days: int = setting(
        365, "look-back that a fact's usual size is measured on", unit="days", ge=60, le=2000
    )
    scale_min_days: int = setting(
        60, "past values that a usual size or a rank needs", unit="days", ge=20, le=1000
    )
    net_days: int = setting(7, "days over which net inflow is added up", unit="days", ge=1, le=60)
    balance_days: int = setting(30, "change of exchange balances", unit="days", ge=2, le=180)
    etf_days: int = setting(5, "trading days over which ETF flow is added up", unit="days", ge=1, le=30)
    etf_fit_days: int = setting(
        250, "trading days on which ETF flow is fitted to the price's return", unit="days", ge=60, le=1000
    )
    etf_fit_min_days: int = setting(60, "trading days that this fit needs", unit="days", ge=20, le=1000)
    realised_days: int = setting(
        7, "days over which SOPR and realised profit are averaged", unit="days", ge=1, le=60
    )
    valuation_min_days: int = setting(
        730, "days that MVRV-Z needs, whose deviation grows from the first", unit="days", ge=60, le=3000
    )
    valuation_band: float = setting(
        0.1, "share of the past at either end in which valuation speaks the other way", ge=0.03, lt=0.5
    )
    max_age_days: float = setting(
        4.0, "age from which a value no longer counts, from the end of its day", unit="days", ge=1, le=60
    )
    etf_max_age_days: float = setting(
        6.0, "the same of ETF flow, which has no weekends", unit="days", ge=1, le=60
    )
    shown_age_days: float = setting(30.0, "age from which a value is not shown", unit="days", ge=1, le=400)
    history_days: int = setting(1000, "daily bars read beside the facts", unit="days", ge=320, le=1000)
    rank_bars: int = setting(500, "past scores the percentile is taken among", unit="bars", ge=250, le=900)
    min_coverage: float = setting(0.3, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.scale_min_days > self.scale_days:
            raise ValueError("expected scale_min_days <= scale_days")
        if self.etf_fit_min_days > self.etf_fit_days:
            raise ValueError("expected etf_fit_min_days <= etf_fit_days")
        if self.rank_bars >= self.history_days:
            raise ValueError("expected rank_bars < history_days")
        if max(self.max_age_days, self.etf_max_age_days) > self.shown_age_days:
            raise ValueError("expected max_age_days and etf_max_age_days <= shown_age_days")
        return self
