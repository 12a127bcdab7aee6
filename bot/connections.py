"""The clients of the exchange, of Telegram and of the option source, as the settings name them."""

import random
from collections.abc import Callable

import aiohttp
from pydantic import SecretStr
from telegram.ext import ExtBot

from bot.network import proxy_for
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.limiter import PerChatRateLimiter
from config.settings import Settings
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.http.signing import Credentials, credentials
from utils.binance_api.klines.parked import MAX_PARKED
from utils.binance_api.klines.reader import MAX_ROWS
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.clock import Clock
from utils.http.errors import Misconfigured
from utils.options_api.deribit import Deribit
from utils.priority import Attention

# how long an answer may wait for the exchange before it reports an error
EXCHANGE_TIMEOUT_S = 25.0


def exchange_client(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    rng: random.Random,
    attention: Attention,
) -> BinanceAggregator:
    """Return the exchange's client with the key of the settings, not open yet."""
    return BinanceAggregator(
        rest_urls(settings),
        session=session,
        clock=clock,
        rng=rng,
        proxy=exchange_proxy(settings),
        credentials=own_credentials(settings),
        stream_urls=stream_urls(settings),
        attention=attention,
        tuning=tuning_of(settings),
    )


def tuning_of(settings: Settings) -> Tuning:
    """Return how long the exchange is waited for, and how many of its bars are kept, in memory and on disk."""
    kept, parked = settings.kept_bars, settings.parked_bars
    return Tuning(
        max_wait_s=EXCHANGE_TIMEOUT_S,
        max_rows=MAX_ROWS if kept is None else kept,
        max_parked=MAX_PARKED if parked is None else parked,
        parked_in=settings.parked_folder,
    )


def telegram_api(
    settings: Settings, session: aiohttp.ClientSession, limiter: PerChatRateLimiter
) -> ExtBot[int]:
    """Return the library's bot over the shared session and this limiter; `Misconfigured` without a token."""
    token = secret(settings.telegram_bot_token)
    if token is None:
        raise Misconfigured(
            "telegram", "no bot token", what_to_do="set TELEGRAM_BOT_TOKEN, or run the sandbox"
        )
    proxy = proxy_for(settings, settings.telegram_api_url)
    return ExtBot(
        token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=AiohttpRequest(session, proxy=proxy),
        get_updates_request=AiohttpRequest(session, proxy=proxy),
        rate_limiter=limiter,
    )


def rest_urls(settings: Settings) -> BinanceUrls:
    """Return the exchange's REST addresses."""
    return BinanceUrls(
        spot=settings.binance_spot_rest_url,
        futures=settings.binance_futures_rest_url,
        options=settings.binance_options_rest_url,
    )


def stream_urls(settings: Settings) -> StreamUrls:
    """Return the exchange's WebSocket addresses."""
    return StreamUrls(
        spot=settings.binance_spot_ws_url,
        futures=settings.binance_futures_ws_url,
        spot_api=settings.binance_spot_ws_api_url,
    )


def option_source(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    now_ms: Callable[[], int],
    rng: random.Random,
) -> Deribit:
    """Return the second source of options; ``now_ms`` is market time."""
    proxy = proxy_for(settings, settings.deribit_url)
    return Deribit(settings.deribit_url, session=session, clock=clock, now_ms=now_ms, rng=rng, proxy=proxy)


def exchange_proxy(settings: Settings) -> str | None:
    """Return the proxy of the exchange; `Misconfigured` if ``NO_PROXY`` names some of its addresses and not others."""
    return proxy_for(
        settings,
        settings.binance_spot_rest_url,
        settings.binance_spot_ws_url,
        settings.binance_spot_ws_api_url,
        settings.binance_futures_rest_url,
        settings.binance_futures_ws_url,
        settings.binance_options_rest_url,
    )


def own_credentials(settings: Settings) -> Credentials | None:
    """Return the exchange key of the settings, ``None`` without one; `Misconfigured` if it cannot be used."""
    return credentials(
        secret(settings.binance_api_key),
        secret(settings.binance_api_secret),
        secret(settings.binance_api_key_passphrase),
    )


def secret(value: SecretStr | None) -> str | None:
    """Return the value of a secret setting, ``None`` if it is not set."""
    return None if value is None else value.get_secret_value()
