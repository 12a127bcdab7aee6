"""Process settings and secrets, from the environment, ``.env`` and files; their names are a public contract."""

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import DirectoryPath, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

ENV_FILE: Final = ".env"
CREDENTIALS_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
"""Names a folder of files, one a setting; systemd sets it for `LoadCredential=`. https://systemd.io/CREDENTIALS/"""
TOKEN_FORM: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
SCHEDULER_FORM: Final = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")
PROXY_EXAMPLE: Final = "http://127.0.0.1:7890"
HIGHEST_PORT: Final = 65_535


class Settings(BaseSettings):
    """Everything the process takes from its environment. Secrets are ``SecretStr`` and never shown.

    What neither the environment nor ``.env`` sets may be a file of the setting's name in the folder that
    ``CREDENTIALS_DIRECTORY`` names. Blanks and quotes around a value do not belong to it: shells and
    ``docker --env-file`` pass them on. Without ``telegram_bot_token`` the process runs in the sandbox.
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8-sig", extra="ignore", frozen=True, env_ignore_empty=True
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
    bgeometrics_url: str = "https://bitcoin-data.com"
    glassnode_calls_per_day: Annotated[int, Field(ge=5, le=1_000_000)] = 50
    cryptoquant_calls_per_minute: Annotated[int, Field(ge=2, le=10_000)] = 20
    coinglass_calls_per_minute: Annotated[int, Field(ge=2, le=10_000)] = 30

    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///var/bot.db")
    bot_owner_ids: Annotated[tuple[int, ...], NoDecode] = ()
    bot_config: Path = Path("config/bot.toml")

    http_bind: str = "127.0.0.1:8080"
    http_token: SecretStr | None = None
    webhook_url: str | None = None
    webhook_bind: str = "127.0.0.1:8443"
    webhook_secret: SecretStr | None = None
    https_proxy: SecretStr | None = None
    no_proxy: str = ""

    sandbox_chat_bind: str = "127.0.0.1:8090"
    sandbox_exchange_bind: str = "127.0.0.1:8091"
    sandbox_data: Path | None = None

    kept_bars: Annotated[int, Field(ge=100_000, le=100_000_000)] | None = None
    parked_bars: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    parked_folder: DirectoryPath | None = None
    workers: Annotated[int, Field(ge=3, le=64)] = 3
    dask_scheduler: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from, the first that has one first."""
        folder = os.environ.get(CREDENTIALS_DIRECTORY)
        if folder and Path(folder).is_dir():
            file_secret_settings = SecretsSettingsSource(settings_cls, secrets_dir=folder)
        return init_settings, env_settings, dotenv_settings, file_secret_settings

    @model_validator(mode="before")
    @classmethod
    def _bare_values(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        bare = {name: _bare(value) for name, value in values.items()}
        return {name: value for name, value in bare.items() if value != ""}

    @field_validator("telegram_bot_token")
    @classmethod
    def _a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not TOKEN_FORM.fullmatch(value.get_secret_value()):
            raise ValueError("expected the token as @BotFather wrote it, digits, a colon and letters")
        return value

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

    @field_validator(
        "telegram_api_url",
        "binance_spot_rest_url",
        "binance_futures_rest_url",
        "binance_options_rest_url",
        "deribit_url",
        "glassnode_url",
        "cryptoquant_url",
        "coinglass_url",
        "coinmetrics_url",
        "defillama_url",
        "farside_url",
        "bgeometrics_url",
    )
    @classmethod
    def _web_address(cls, value: str) -> str:
        return _address(value, ("https", "http"))

    @field_validator("binance_spot_ws_url", "binance_spot_ws_api_url", "binance_futures_ws_url")
    @classmethod
    def _stream_address(cls, value: str) -> str:
        return _address(value, ("wss", "ws"))

    @field_validator("webhook_url")
    @classmethod
    def _webhook_address(cls, value: str | None) -> str | None:
        return None if value is None else _address(value, ("https", "http"))

    @field_validator("dask_scheduler")
    @classmethod
    def _scheduler_address(cls, value: str | None) -> str | None:
        if value is not None and not SCHEDULER_FORM.fullmatch(value):
            raise ValueError(
                "expected a scheduler's address such as tls://10.0.0.5:8786, or tcp:// on one machine"
            )
        return value

    @field_validator("https_proxy")
    @classmethod
    def _a_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(_proxy(value.get_secret_value()))


def _bare(value: object) -> object:
    """Return a text without blanks and one pair of quotes around it."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1].strip() if quoted else text


def _proxy(text: str) -> str:
    """Return a proxy's address with its scheme; the text may contain a password and is never quoted."""
    scheme, found, _ = text.partition("://")
    if found and scheme.lower().startswith("socks"):
        raise ValueError(
            f"SOCKS proxies cannot be used; name an HTTP proxy such as {PROXY_EXAMPLE}, "
            "most SOCKS programs offer one beside it"
        )
    try:
        return _address(text if found else f"http://{text}", ("http", "https"))
    except ValueError:
        raise ValueError(f"expected an HTTP proxy such as {PROXY_EXAMPLE}") from None


def _address(text: str, schemes: tuple[str, ...]) -> str:
    """Return an address without the slash at its end; `ValueError` in words, without the text."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme.lower() in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", text):
        raise ValueError(f"expected an address such as {schemes[0]}://example.org")
    return text.rstrip("/")


def split_bind(bind: str) -> tuple[str, int]:
    """Split ``host:port``; ``ValueError`` in words when it is not of that form."""
    host, colon, port = bind.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > HIGHEST_PORT:
        raise ValueError(f"expected host:port such as 127.0.0.1:8080, was {bind!r}")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"expected an IPv6 address in brackets such as [::1]:8080, was {bind!r}")
    return host.strip("[]"), int(port)
