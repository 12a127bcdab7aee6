"""Settings of the liquidation model, which every module that reads it has in its own section."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting
from config.margin import HIGHEST_LEVERAGE


class LiquidationModelConfig(ConfigModel):
    """How new positions are leveraged, and on which price rows their liquidations are counted."""

    liq_leverages: tuple[float, ...] = setting(
        (5.0, 10.0, 25.0, 50.0, 100.0), "leverages of new positions in the liquidation model"
    )
    liq_shares: tuple[float, ...] = setting((0.2, 0.2, 0.2, 0.2, 0.2), "share of the notional opened at each")
    liq_notional: float = setting(10_000.0, "size of one such position", unit="USDT", gt=0, le=1e9)
    liq_levels: int = setting(120, "price rows of the liquidation map", ge=20, le=400)
    liq_reach: float = setting(
        0.05, "distance from the price within which liquidations are added up", gt=0, le=0.5
    )

    @model_validator(mode="after")
    def _mix(self) -> Self:
        if not self.liq_leverages or len(self.liq_leverages) != len(self.liq_shares):
            raise ValueError("expected as many liq_leverages as liq_shares, at least one")
        if not all(1 <= leverage <= HIGHEST_LEVERAGE for leverage in self.liq_leverages):
            raise ValueError(f"expected liq_leverages from 1 to {HIGHEST_LEVERAGE}")
        if min(self.liq_shares) < 0 or not sum(self.liq_shares) > 0:
            raise ValueError("expected liq_shares of at least 0, one above")
        return self
