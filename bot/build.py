"""Make every part of the process once and connect the parts; an exit stack closes them in reverse order."""

import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import aiohttp
from pydantic import SecretStr
from telegram.ext import ExtBot

from analysis.account.reader import AccountReader
from analysis.framework.past_reader import PastReader
from analysis.framework.question import Sources
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from bot.administration.access import Access
from bot.administration.chats import AdministeredChats
from bot.administration.files import read_files
from bot.alerting import build_alerts
from bot.chat_changes import ChatChanges
from bot.http_api.access import AccessPolicy
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.server import HttpServer, build_app, needs_token
from bot.leadership import Leadership, leadership
from bot.metrics.parts import MeasuredParts
from bot.metrics.registry import Metrics
from bot.network import open_session, proxy_for
from bot.onchain import onchain_providers
from bot.publishing import PublishedComposites, ScorePublisher
from bot.readiness import Readiness
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.stored_digests import StoredDigests
from bot.score_readings import ScoreReadings
from bot.score_records import ScoreRecords
from bot.sections import BASKET, CHAT, EVENTS
from bot.storage import Storage
from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.receive.webhook import webhook_of
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.baskets import StoredBaskets
from bot.telegram.send.card_styles import StoredCardStyles
from bot.telegram.send.chat_choices import StoredChoices
from bot.telegram.send.chat_lists import StoredLists
from bot.telegram.send.limiter import PerChatRateLimiter
from bot.telegram.send.notifier import TelegramNotifier
from bot.turns import PeopleFirst
from bot.workers import shared_workers
from composite.events_around import EventReader
from composite.evidence.measured import measured_records
from composite.longer_past import LongerPast
from composite.sections import NAME as COMPOSITE
from composite.sections import CompositeSettings
from composite.service import CompositeService
from config.c_basket import BasketConfig
from config.c_chat import ChatConfig
from config.events import EventFile
from config.holder import ConfigHolder
from config.loader import Snapshot
from config.settings import Settings, split_bind
from handlers.admin.ports import Administration, ConfigurationPort, StatusReport
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.dispatch import Dispatcher
from handlers.holdings import AccountHoldings
from handlers.locale.messages import Messages, load_messages
from handlers.question_log import QuestionLog
from handlers.registry import Registry
from handlers.render.pool import ChartRenderer
from handlers.scanner import Scanner
from handlers.settings.kept import ChatChoices
from handlers.symbols import ExchangeSymbols
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.http.signing import Credentials, credentials
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.clock import Clock
from utils.http.errors import Misconfigured
from utils.onchain_api.reader import NAME as ONCHAIN
from utils.onchain_api.reader import OnchainReader
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import NAME as DERIBIT
from utils.priority import Attention
from utils.recorder.history import History
from utils.store.store import Store

# how long an answer may wait for the exchange before it reports an error
EXCHANGE_TIMEOUT_S = 25.0
DISTRIBUTION = "market-view-bot"
UNINSTALLED_VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Core:
    """The parts that make answers, independent of Telegram and HTTP."""

    settings: Settings
    clock: Clock
    rng: random.Random
    config: ConfigHolder
    registry: Registry
    messages: Messages
    session: aiohttp.ClientSession
    exchange: BinanceAggregator
    deribit: Deribit
    onchain: OnchainReader
    storage: Storage
    history: History
    sources: Sources
    symbols: ExchangeSymbols
    runner: Runner
    composites: PublishedComposites
    longer_past: LongerPast
    publisher: ScorePublisher
    account: AccountReader
    attention: Attention
    questions: QuestionLog
    pool: PeopleFirst
    fits: PeopleFirst
    charts: ChartRenderer

    @property
    def chat(self) -> ChatConfig:
        """The defaults of every chat, as the question that is being answered began with them."""
        return self.config.section(CHAT, ChatConfig)


@dataclass(frozen=True, slots=True)
class TelegramParts:
    """The parts that receive from Telegram and send to it.

    ``receiver`` is not open yet, ``chats`` and ``alerts`` do not run yet.
    """

    api: ExtBot[int]
    limiter: PerChatRateLimiter
    notifier: TelegramNotifier
    dispatcher: Dispatcher
    receiver: UpdateReceiver
    choices: ChatChoices
    chats: ChatChanges
    leadership: Leadership
    access: Access
    administered: AdministeredChats
    alerts: AlertWatch


async def build_core(
    settings: Settings,
    config: ConfigHolder,
    clock: Clock,
    rng: random.Random,
    stack: AsyncExitStack,
    *,
    questions: QuestionLog | None = None,
) -> Core:
    """Make everything of `Core` and open the exchange; the database opens later. ``stack`` closes the parts."""
    session = await stack.enter_async_context(open_session())
    storage = Storage(settings.database_url.get_secret_value(), clock)
    stack.push_async_callback(storage.close)
    pool, fits = shared_workers(stack)
    threads = ThreadPoolExecutor(1, thread_name_prefix="account")
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)
    attention = Attention(clock)
    exchange = _exchange(settings, session, clock, rng, attention)
    stack.push_async_callback(exchange.close)
    await exchange.open()
    history = History(exchange, lambda: storage.store)
    deribit = option_source(settings, session, clock, exchange.market_time_ms, rng)
    stack.push_async_callback(deribit.close)
    onchain = _onchain(settings, session, clock, rng, exchange, storage)
    stack.push_async_callback(onchain.close)
    sources = Sources(exchange, history, {DERIBIT: deribit, ONCHAIN: onchain})
    runner = Runner(
        sources,
        MODULES,
        lambda: config.current.sections,
        clock=clock,
        executor=pool,
        heavy=fits,
        attention=attention,
    )
    stack.push_async_callback(runner.close)
    symbols = ExchangeSymbols(exchange, lambda: config.section(BASKET, BasketConfig))
    publisher = ScorePublisher(lambda: storage.store, clock, rng)
    reader = PastReader(sources, MODULES, lambda: config.current.sections, executor=fits)
    longer_past = LongerPast(reader, MODULES, clock=clock, quiet=attention.quiet)
    readings = ScoreReadings(lambda: storage.store)
    composites = _composites(runner, sources, config, clock, pool, longer_past, readings)
    return Core(
        settings=settings,
        clock=clock,
        rng=rng,
        config=config,
        registry=build_registry(MODULES, TOPICS),
        messages=load_messages(),
        session=session,
        exchange=exchange,
        deribit=deribit,
        onchain=onchain,
        storage=storage,
        history=history,
        sources=sources,
        symbols=symbols,
        runner=runner,
        composites=PublishedComposites(composites, publisher, config.pinned),
        longer_past=longer_past,
        publisher=publisher,
        account=AccountReader(sources, lambda: config.current.sections, executor=threads),
        attention=attention,
        questions=questions or QuestionLog(clock),
        pool=pool,
        fits=fits,
        charts=ChartRenderer(pool),
    )


def _onchain(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    rng: random.Random,
    exchange: BinanceAggregator,
    storage: Storage,
) -> OnchainReader:
    return OnchainReader(
        onchain_providers(settings, session, clock, exchange.market_time_ms, rng),
        lambda: storage.store,
        clock=clock,
        now_ms=exchange.market_time_ms,
    )


def _composites(
    runner: Runner,
    sources: Sources,
    config: ConfigHolder,
    clock: Clock,
    executor: Executor,
    pasts: LongerPast,
    readings: ScoreReadings,
) -> CompositeService:
    return CompositeService(
        runner,
        MODULES,
        lambda: config.section(COMPOSITE, CompositeSettings).specs(),
        clock=clock,
        executor=executor,
        records=measured_records,
        events=EventReader(sources, lambda: config.section(EVENTS, EventFile).event),
        pasts=pasts,
        readings=readings,
    )


def _exchange(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    rng: random.Random,
    attention: Attention,
) -> BinanceAggregator:
    return BinanceAggregator(
        rest_urls(settings),
        session=session,
        clock=clock,
        rng=rng,
        proxy=exchange_proxy(settings),
        credentials=own_credentials(settings),
        stream_urls=stream_urls(settings),
        attention=attention,
        tuning=Tuning(max_wait_s=EXCHANGE_TIMEOUT_S),
    )


def build_telegram(
    core: Core,
    configuration: ConfigurationPort | None = None,
    status: Callable[[], Awaitable[StatusReport]] | None = None,
) -> TelegramParts:
    """Make the Telegram side; without ``configuration`` and ``status`` administrators have no commands of their own.

    Raises `Misconfigured` without a token.
    """
    limiter = PerChatRateLimiter(core.clock)
    api = telegram_api(core.settings, core.session, limiter)

    def store() -> Store | None:
        return core.storage.store

    def bot_id() -> int:
        return api.id

    choices = ChatChoices(core.clock, StoredChoices(store, core.clock, bot_id))
    chats = ChatChanges(store, core.clock, bot_id)
    notifier = TelegramNotifier(api, core.clock, on_moved=chats.note_moved, on_heard=chats.note_heard)
    access = Access(core.settings.bot_owner_ids, store, core.clock, bot_id)
    administered = AdministeredChats(store, core.clock, bot_id=bot_id, takes_pushes=access.takes_pushes)
    alerts = build_alerts(
        store,
        core.sources,
        core.runner,
        core.composites.unpublished,
        core.clock,
        core.messages,
        choices,
        market_now=core.exchange.market_time_ms,
        chat_config=lambda: core.chat,
        bot_id=bot_id,
        scope=core.config.pinned,
    )
    dispatcher = Dispatcher(
        core.registry,
        core.runner,
        core.charts,
        core.symbols,
        notifier,
        account=core.account,
        clock=core.clock,
        market_now=core.exchange.market_time_ms,
        chat_config=lambda: core.chat,
        bot_username=lambda: api.username,
        owners=lambda: core.settings.bot_owner_ids,
        rng=core.rng,
        messages=core.messages,
        questions=core.questions,
        styles=StoredCardStyles(store, core.clock, bot_id),
        baskets=StoredBaskets(store, core.clock),
        holdings=AccountHoldings(core.exchange),
        composites=core.composites,
        scans=Scanner(core.symbols, core.composites),
        choices=choices,
        lists=StoredLists(store, core.clock, bot_id),
        access=access,
        administration=None
        if configuration is None or status is None
        else Administration(configuration, administered, administered, status),
        digests=StoredDigests(store, core.clock, bot_id),
        alerts=alerts.stored,
    )
    leading = leadership(core.storage, core.clock, core.rng, bot_id)
    receiver = UpdateReceiver(
        api,
        dispatcher,
        core.clock,
        journal=Journal(store, core.clock),
        webhook=webhook_of(core.settings),
        on_conflict=leading.note_conflict,
        on_received=notifier.note_received,
        on_message=administered.note,
        on_moved=notifier.note_moved,
        on_status=chats.note_status,
        now_ms=core.exchange.market_time_ms,
        scope=core.config.pinned,
    )
    return TelegramParts(
        api,
        limiter,
        notifier,
        dispatcher,
        receiver,
        choices,
        chats,
        leading,
        access,
        administered,
        alerts.watch,
    )


def build_http(core: Core, readiness: Readiness, metrics: Metrics) -> HttpServer:
    """Make the HTTP side. Raises `Misconfigured` if it would listen beyond loopback without a token."""
    settings = core.settings
    token = secret(settings.http_token)
    access = AccessPolicy(core.clock, core.rng, Quota(core.clock), token, required=check_http(settings))
    parts = ApiDependencies(
        registry=core.registry,
        runner=core.runner,
        symbols=core.symbols,
        market_now=core.exchange.market_time_ms,
        quote=lambda: core.chat.quote,
        readiness=readiness.checks,
        access=access,
        version=own_version(),
        account=core.account,
        questions=core.questions,
        metrics=metrics,
        composites=core.composites,
        records=ScoreRecords(lambda: core.storage.store, core.sources),
        scope=core.config.pinned,
    )
    return HttpServer(build_app(parts), *split_bind(settings.http_bind), clock=core.clock)


def measured_parts(core: Core, telegram: TelegramParts, readiness: Readiness) -> MeasuredParts:
    """Return the parts that `/metrics` reads."""
    return MeasuredParts(
        core.exchange,
        core.deribit,
        core.runner,
        core.registry,
        core.pool,
        core.fits,
        telegram.receiver,
        readiness,
        core.publisher,
    )


def check_http(settings: Settings) -> bool:
    """Return whether HTTP requests need the token; `Misconfigured` if they do and none is set."""
    return needs_token(split_bind(settings.http_bind)[0], secret(settings.http_token))


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


def read_config(settings: Settings) -> Snapshot:
    """Read and validate the configuration file and the dated events; `ConfigError` lists every problem in them."""
    return read_files(settings).snapshot()


def own_version() -> str:
    """Return the version of this software."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:  # the usual case: run from a checkout
        return UNINSTALLED_VERSION


def secret(value: SecretStr | None) -> str | None:
    """Return the value of a secret setting, ``None`` if it is not set."""
    return None if value is None else value.get_secret_value()
