"""What acting costs: the fees and the size the cost is quoted for."""

from config.base import ConfigModel, setting


class CostConfig(ConfigModel):
    """Cost to act, shown on every directional card."""

    spot_fee_bps: float = setting(10.0, "taker fee on spot, per side", unit="bps", ge=0, le=100)
    futures_fee_bps: float = setting(5.0, "taker fee on the perpetual, per side", unit="bps", ge=0, le=100)
    notional_usdt: float = setting(10_000.0, "size whose slippage is shown", unit="USDT", gt=0, le=1e8)
    depth_levels: int = setting(100, "book levels read for slippage", ge=5, le=1000)
