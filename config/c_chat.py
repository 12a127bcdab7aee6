"""How the chat answers where a chat has not chosen for itself."""

from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator

from config.base import ConfigModel, setting

# the exchange's intervals: https://developers.binance.com/docs/binance-spot-api-docs/enums#klines-intervals
Interval = Literal[
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"
]
LONGEST_SYMBOL: Final = 32


class ChatConfig(ConfigModel):
    """Defaults of every chat: what a bare command means and how an answer looks."""

    default_symbol: str = setting("BTCUSDT", "symbol of a command that names none")
    default_interval: Interval = setting("4h", "interval of a command that names none")
    quote: str = setting("USDT", "quote asset put behind a bare coin name", pattern=r"^[A-Z0-9]{2,16}$")
    time_zone: str = setting("UTC", "zone of the times people read", unit="IANA name")
    theme: Literal["dark", "light"] = setting("dark", "look of the charts")
    language: Literal["auto", "en", "tr"] = setting("auto", "language of answers; auto follows Telegram's")
    commands_per_minute: int = setting(
        20, "how many commands one person may give in a minute", ge=1, le=600, unit="commands"
    )
    group_commands_per_minute: int = setting(
        6,
        "how many of them in one group, where Telegram takes 20 messages of a bot in a minute",
        ge=1,
        le=20,
        unit="commands",
    )

    lists_per_chat: int = setting(
        10, "how many lists of symbols one chat may keep", ge=1, le=50, unit="lists"
    )
    symbols_per_list: int = setting(
        30, "how many symbols one of these lists may hold", ge=2, le=100, unit="symbols"
    )
    alerts_per_chat: int = setting(20, "how many alerts one chat may have", ge=1, le=100, unit="alerts")
    alert_cooldown_minutes: int = setting(
        5, "the shortest time between two messages of one alert", ge=1, le=1440, unit="minutes"
    )

    @field_validator("default_symbol")
    @classmethod
    def _a_symbol(cls, value: str) -> str:
        name = value.removesuffix(".P")
        if not name.isalnum() or name != name.upper() or len(name) > LONGEST_SYMBOL:
            raise ValueError("expected a symbol in capitals such as BTCUSDT, or BTCUSDT.P for the perpetual")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("expected an IANA zone such as Europe/Istanbul") from error
        return value
