"""The recorder: what is kept because the exchange soon forgets it, how often, and for how long."""

from typing import Literal, Self

from pydantic import model_validator

from config.base import ConfigModel, setting

Period = Literal["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"]
MAJORS = ("BTC", "ETH", "BNB", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LINK", "TRX", "LTC", "SHIB")


class RecordConfig(ConfigModel):
    """What is recorded because the exchange soon forgets it; the defaults fill about 4 MB a day."""

    enabled: bool = setting(True, "whether anything is recorded")
    symbols: tuple[str, ...] = setting(
        MAJORS, "coins or perpetuals whose positioning is recorded", max_length=100
    )
    option_underlyings: tuple[str, ...] = setting(
        ("BTC", "ETH"), "coins whose option chain is summarised", max_length=20
    )
    periods: tuple[Period, ...] = setting(
        ("5m", "1h"), "periods of open interest, long/short and taker ratios", min_length=1
    )
    snapshot_minutes: int = setting(
        5, "between looks at open interest, mark, index and running funding", unit="minutes", ge=1, le=60
    )
    option_minutes: int = setting(15, "between looks at an option chain", unit="minutes", ge=5, le=1440)
    budget_share: float = setting(
        0.4, "share of each of the exchange's request limits that recording may spend", gt=0, le=0.7
    )
    keep_days: int = setting(400, "how long raw rows are kept", unit="days", ge=31, le=3650)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        for name in ("symbols", "option_underlyings", "periods"):
            words = getattr(self, name)
            if len(set(words)) != len(words) or not all(word.strip() for word in words):
                raise ValueError(f"expected {name} without blanks and repetitions")
        return self
