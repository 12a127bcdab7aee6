"""``python -m bot check``: try every setting, file and host; print what works, what fails and what to do."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import aiohttp
from telegram.error import InvalidToken, TelegramError

from bot.bind import check_bind
from bot.build import check_http, read_config
from bot.connections import exchange_proxy, option_source, own_credentials, rest_urls, telegram_api
from bot.network import open_session
from bot.onchain import onchain_providers
from bot.sections import CHAT
from bot.telegram.receive.webhook import webhook_of
from bot.telegram.send.limiter import PerChatRateLimiter
from config.c_chat import ChatConfig
from config.loader import ConfigError
from config.settings import Settings, split_bind
from handlers.services import SymbolFound
from handlers.symbols import ExchangeSymbols
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import Credentials
from utils.binance_api.symbols import SymbolTable
from utils.clock import Clock
from utils.http.errors import Misconfigured, SourceError
from utils.onchain_api.facts import OnchainProvider
from utils.store.database import Database
from utils.units import DAY_MS

State = Literal["ok", "fail", "none", "silent"]
TIMEOUT_S = 15.0
CHECKED_DAYS = 14
# beyond this difference the machine's clock should be set, although the bot measures market time itself
CLOCK_WARN_MS = 1000
MARKS: dict[State, str] = {"ok": "works", "fail": "FAILS", "none": "not set", "silent": "silent"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; ``advice`` says what to do about a failure; a silent source can be done without."""

    what: str
    state: State
    detail: str
    advice: str = ""


async def check(
    settings: Settings, clock: Clock, rng: random.Random, print_line: Callable[[str], None]
) -> int:
    """Check everything, print a table; return 0 if everything that is set works, else 1."""
    async with open_session() as session:
        findings = [
            *_files(settings),
            _http(settings),
            *await asyncio.gather(
                finding_of("database", _database(settings)),
                finding_of("telegram", telegram_finding(settings, session, clock)),
                finding_of("binance spot", _spot(_exchange(settings, session, clock, rng))),
                finding_of("default symbol", _default(settings, _exchange(settings, session, clock, rng))),
                finding_of("binance futures", _futures(_exchange(settings, session, clock, rng))),
                finding_of("binance options", _options(_exchange(settings, session, clock, rng))),
                finding_of("deribit", _deribit(settings, session, clock, rng)),
                finding_of("binance key", _key(settings, session, clock, rng)),
                *(
                    provider_finding(provider, clock)
                    for provider in onchain_providers(settings, session, clock, clock.now_ms, rng)
                ),
            ),
        ]
    for line in table(findings):
        print_line(line)
    return int(any(finding.state == "fail" for finding in findings))


def table(findings: Iterable[Finding]) -> Iterable[str]:
    """Return the printed lines."""
    for finding in findings:
        yield f"{finding.what:<18} {MARKS[finding.state]:<8} {finding.detail}"
        if finding.advice:
            yield f"{'':<27} -> {finding.advice}"


def _files(settings: Settings) -> list[Finding]:
    findings = []
    path = settings.bot_config
    try:
        config = read_config(settings)
        origin = str(path) if path.exists() else f"all defaults, there is no {path}"
        findings.append(Finding("configuration", "ok", f"{origin}, digest {config.digest}"))
    except ConfigError as error:
        findings += [
            Finding("configuration", "fail", str(problem), f"edit {path}") for problem in error.problems
        ]
    data = settings.sandbox_data
    if data is not None:
        found = data.is_dir()
        advice = "" if found else "set SANDBOX_DATA to the folder with the recordings, or unset it"
        findings.append(Finding("sandbox data", "ok" if found else "fail", str(data), advice))
    return findings


def _http(settings: Settings) -> Finding:
    host, port = split_bind(settings.http_bind)
    try:
        guarded = check_http(settings)
        check_bind(host, port)
    except Misconfigured as error:
        return Finding("http api", "fail", error.detail, error.what_to_do)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding(
            "http api", "fail", f"{settings.http_bind}: {reason}", "set HTTP_BIND to a free address"
        )
    return Finding("http api", "ok", f"{settings.http_bind}, {'with' if guarded else 'without'} a token")


async def telegram_finding(settings: Settings, session: aiohttp.ClientSession, clock: Clock) -> Finding:
    """Return whether Telegram knows the bot; raises what `finding_of` turns into a finding."""
    if settings.telegram_bot_token is None:
        return Finding("telegram", "none", "no TELEGRAM_BOT_TOKEN: run uses the sandbox")
    webhook_of(settings)  # or what it raises is the finding
    api = telegram_api(settings, session, PerChatRateLimiter(clock))
    try:
        me = await api.get_me()
    except InvalidToken:
        advice = "set TELEGRAM_BOT_TOKEN to the token from @BotFather"
        return Finding("telegram", "fail", "the token was refused", advice)
    except TelegramError as error:
        return Finding("telegram", "fail", str(error), "check the network, HTTPS_PROXY and TELEGRAM_API_URL")
    return Finding("telegram", "ok", f"@{me.username} at {settings.telegram_api_url}")


def _exchange(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    rng: random.Random,
    found: Credentials | None = None,
) -> BinanceAggregator:
    return BinanceAggregator(
        rest_urls(settings),
        session=session,
        clock=clock,
        rng=rng,
        proxy=exchange_proxy(settings),
        credentials=found,
    )


async def _spot(exchange: BinanceAggregator) -> Finding:
    await exchange.measure_time()
    symbols = await exchange.spot.symbols()
    offset_ms = exchange.clock_offset_ms or 0
    advice = "set this machine's clock" if abs(offset_ms) > CLOCK_WARN_MS else ""
    detail = f"{_listed(symbols, 'symbols')}, its clock is {offset_ms:+d} ms from ours"
    return Finding("binance spot", "ok", detail, advice)


async def _default(settings: Settings, exchange: BinanceAggregator) -> Finding:
    what = "default symbol"
    try:
        chat = read_config(settings).section(CHAT, ChatConfig)
    except ConfigError:
        return Finding(what, "none", "the configuration is refused")
    found = await ExchangeSymbols(exchange).resolve(chat.default_symbol, quote=chat.quote)
    if isinstance(found, SymbolFound) and found.guessed_from is None:
        return Finding(what, "ok", found.symbol)
    detail = f"the exchange lists no {chat.default_symbol}"
    return Finding(what, "fail", detail, f"set chat.default_symbol in {settings.bot_config} to a listed one")


async def _futures(exchange: BinanceAggregator) -> Finding:
    return Finding("binance futures", "ok", _listed(await exchange.futures.symbols(), "perpetuals"))


def _listed(table: SymbolTable, what: str) -> str:
    """Return how many symbols are listed, and how many more the exchange sent in a form that cannot be read."""
    unreadable = len(table.unreadable)
    return f"{len(table)} {what}" + (f" and {unreadable} that cannot be read" if unreadable else "")


async def _database(settings: Settings) -> Finding:
    database = await Database.open(settings.database_url.get_secret_value())
    try:
        return Finding("database", "ok", f"{database.dialect} {database.shown}")
    finally:
        await database.close()


async def _options(exchange: BinanceAggregator) -> Finding:
    underlyings = await exchange.options.underlyings()
    return Finding("binance options", "ok", f"{len(underlyings.value)} underlyings")


async def _deribit(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock, rng: random.Random
) -> Finding:
    answer = await option_source(settings, session, clock, clock.now_ms, rng).option_chain("BTC")
    return Finding("deribit", "ok", f"{len(answer.value)} options on BTC")


async def _key(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock, rng: random.Random
) -> Finding:
    found = own_credentials(settings)
    if found is None:
        return Finding("binance key", "none", "public data only: nothing is said about an own account")
    await _exchange(settings, session, clock, rng, found).account.spot()
    return Finding("binance key", "ok", "is accepted for reading the account")


async def provider_finding(provider: OnchainProvider, clock: Clock) -> Finding:
    """Return whether an on-chain provider answers about its first topic; a keyless one may be silent."""
    what, offer = provider.title.lower(), provider.offers[0]
    if not provider.has_access:
        return Finding(what, "none", f"{provider.key_setting} is not set: its share of /macro is missing")
    found = await finding_of(what, _delivered(provider, offer.topic, min(offer.assets), clock))
    if found.state == "fail" and provider.key_setting is None:
        return Finding(what, "silent", found.detail, "others are asked instead; /macro says what is missing")
    return found


async def _delivered(provider: OnchainProvider, topic: str, asset: str, clock: Clock) -> Finding:
    rows = await provider.read(topic, asset, clock.now_ms() - CHECKED_DAYS * DAY_MS)
    return Finding(provider.title.lower(), "ok", f"{len(rows)} days of {topic}")


async def finding_of(what: str, finding: Awaitable[Finding]) -> Finding:
    """Return the finding of a check; a source error or a timeout is a finding too."""
    try:
        return await asyncio.wait_for(finding, TIMEOUT_S)
    except Misconfigured as error:
        return Finding(what, "fail", error.detail, error.what_to_do)
    except SourceError as error:
        return Finding(
            what, "fail", error.detail, "check the network, HTTPS_PROXY and the address of this source"
        )
    except TimeoutError:
        return Finding(what, "fail", f"no answer in {TIMEOUT_S:.0f} s", "check the network and HTTPS_PROXY")
