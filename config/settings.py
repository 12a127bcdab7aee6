"""Process settings and secrets, from the environment and ``.env``; their names are a public contract."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the process takes from its environment. Secrets are ``SecretStr`` and never shown.

    Without ``telegram_bot_token`` the process runs in the sandbox.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"

    binance_spot_rest_url: str = "https://api.binance.com"
    binance_spot_ws_url: str = "wss://stream.binance.com:9443"
    binance_spot_ws_api_url: str = "wss://ws-api.binance.com:443/ws-api/v3"
    binance_futures_rest_url: str = "https://fapi.binance.com"
    binance_futures_ws_url: str = "wss://fstream.binance.com"
    binance_options_rest_url: str = "https://eapi.binance.com"
    binance_api_key: SecretStr | None = None
    binance_api_secret: SecretStr | None = None
    binance_api_key_passphrase: SecretStr | None = None

    deribit_url: str = "https://www.deribit.com"
    glassnode_api_key: SecretStr | None = None
    glassnode_url: str = "https://api.glassnode.com"
    cryptoquant_api_key: SecretStr | None = None
    cryptoquant_url: str = "https://api.cryptoquant.com"
    coinglass_api_key: SecretStr | None = None
    coinglass_url: str = "https://open-api-v4.coinglass.com"
    coinmetrics_url: str = "https://community-api.coinmetrics.io"
    defillama_url: str = "https://stablecoins.llama.fi"
    farside_url: str = "https://farside.co.uk"

    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///var/bot.db")
    bot_owner_ids: Annotated[tuple[int, ...], NoDecode] = ()
    bot_config: Path = Path("config/bot.toml")

    http_bind: str = "127.0.0.1:8080"
    http_token: SecretStr | None = None
    webhook_url: str | None = None
    webhook_bind: str = "127.0.0.1:8443"
    webhook_secret: SecretStr | None = None
    https_proxy: SecretStr | None = None

    sandbox_chat_bind: str = "127.0.0.1:8090"
    sandbox_exchange_bind: str = "127.0.0.1:8091"
    sandbox_data: Path | None = None

    dask_scheduler: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"

    @field_validator("bot_owner_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not all(word.isdecimal() for word in words):
            raise ValueError(
                f"expected Telegram user ids separated by commas, such as 1001,1002, was {value!r}"
            )
        return tuple(int(word) for word in words)

    @field_validator("http_bind", "webhook_bind", "sandbox_chat_bind", "sandbox_exchange_bind")
    @classmethod
    def _has_port(cls, value: str) -> str:
        split_bind(value)
        return value

    @field_validator("telegram_api_url", "binance_spot_rest_url", "binance_futures_rest_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")


HIGHEST_PORT = 65_535


def split_bind(bind: str) -> tuple[str, int]:
    """Split ``host:port``; ``ValueError`` in words when it is not of that form."""
    host, colon, port = bind.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > HIGHEST_PORT:
        raise ValueError(f"expected host:port such as 127.0.0.1:8080, was {bind!r}")
    return host.strip("[]"), int(port)
