"""How the chat answers where a chat has not chosen for itself."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator

from config.base import ConfigModel, setting


class ChatConfig(ConfigModel):
    """Defaults of every chat: what a bare command means and how an answer looks."""

    default_symbol: str = setting("BTCUSDT", "symbol of a command that names none", pattern=r"^\S+$")
    default_interval: str = setting("4h", "interval of a command that names none")
    quote: str = setting("USDT", "quote asset put behind a bare coin name", pattern=r"^[A-Z0-9]+$")
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

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("expected an IANA zone such as Europe/Istanbul") from error
        return value
