"""The account beside the market's risk: what its losses are simulated from and what counts as high."""

from config.base import MAX_SEED, ConfigModel, setting


class AccountConfig(ConfigModel):
    """How the risk of the owner's account is measured; used only with an exchange key."""

    tail_window: int = setting(
        2000, "past bars whose joint residuals are drawn", unit="bars", ge=2000, le=5000
    )
    decay: float = setting(
        0.94, "weight a squared return keeps from bar to bar where no GARCH can be fitted", gt=0.5, lt=1
    )
    paths: int = setting(10_000, "simulated days", ge=1000, le=100_000)
    seed: int = setting(20_240_805, "seed of the simulation", ge=0, le=MAX_SEED)
    atr_period: int = setting(
        14, "average true range that distances are measured in", unit="bars", ge=2, le=100
    )
    smallest_share: float = setting(
        0.002, "share of the exposure below which an asset is valued but not simulated", ge=0, le=0.1
    )
    most_assets: int = setting(30, "assets that are simulated, the largest first", ge=1, le=100)
    beta_days: int = setting(
        365, "daily bars of the beta that moves what did not trade in a crash", unit="days", ge=60, le=999
    )
    covered: float = setting(0.8, "share of the exposure that needs bars for a loss to be given", gt=0, le=1)
    half_loss: float = setting(
        0.10, "expected shortfall 99 % of a day, as a share of wealth, that counts as half", gt=0, le=1
    )
    half_distance: float = setting(
        3.0, "distance to the nearest liquidation that counts as half", unit="daily ATR", gt=0, le=50
    )
