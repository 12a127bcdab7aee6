"""Make every part of the process once and connect the parts; an exit stack closes them in reverse order."""

import random
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from analysis.account.reader import AccountReader
from analysis.framework.past_reader import PastReader
from analysis.framework.question import Sources
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from bot.administration.files import read_files
from bot.connections import exchange_client, option_source, secret
from bot.http_api.access import AccessPolicy
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.server import HttpServer, build_app, needs_token
from bot.metrics.registry import Metrics
from bot.network import open_session
from bot.onchain import onchain_providers
from bot.publishing import PublishedComposites, ScorePublisher
from bot.readiness import Readiness
from bot.score_readings import ScoreReadings
from bot.score_records import ScoreRecords
from bot.sections import BASKET, CHAT, EVENTS
from bot.storage import Storage
from bot.version import own_version
from bot.workers import Workers, make_workers
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
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.locale.messages import Messages, load_messages
from handlers.question_log import QuestionLog
from handlers.registry import Registry
from handlers.render.pool import ChartRenderer
from handlers.scanner import Scanner
from handlers.symbols import ExchangeSymbols
from utils.binance_api.binance_a import BinanceAggregator
from utils.clock import Clock
from utils.onchain_api.reader import NAME as ONCHAIN
from utils.onchain_api.reader import OnchainReader
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import NAME as DERIBIT
from utils.priority import Attention
from utils.recorder.history import History


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
    workers: Workers
    charts: ChartRenderer

    @property
    def chat(self) -> ChatConfig:
        """The defaults of every chat, as the question that is being answered began with them."""
        return self.config.section(CHAT, ChatConfig)


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
    workers = make_workers(stack, settings.workers, settings.dask_scheduler)
    threads = ThreadPoolExecutor(1, thread_name_prefix="account")
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)
    attention = Attention(clock)
    exchange = exchange_client(settings, session, clock, rng, attention)
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
        executor=workers.computing,
        heavy=workers.fits,
        attention=attention,
    )
    stack.push_async_callback(runner.close)
    symbols = ExchangeSymbols(exchange, lambda: config.section(BASKET, BasketConfig))
    publisher = ScorePublisher(lambda: storage.store, clock, rng)
    reader = PastReader(sources, MODULES, lambda: config.current.sections, executor=workers.fits)
    longer_past = LongerPast(reader, MODULES, clock=clock, quiet=attention.quiet)
    readings = ScoreReadings(lambda: storage.store)
    composites = _composites(runner, sources, config, clock, workers.computing, longer_past, readings)
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
        workers=workers,
        charts=ChartRenderer(workers.answers),
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


def build_http(core: Core, readiness: Readiness, metrics: Metrics) -> HttpServer:
    """Make the HTTP side. Raises `Misconfigured` if it would listen beyond loopback without a token."""
    settings = core.settings
    token = secret(settings.http_token)
    access = AccessPolicy(core.clock, core.rng, Quota(core.clock), token, required=check_http(settings))
    parts = ApiDependencies(
        registry=core.registry,
        runner=core.runner,
        scans=Scanner(core.symbols, core.composites, core.workers.side_by_side),
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


def check_http(settings: Settings) -> bool:
    """Return whether HTTP requests need the token; `Misconfigured` if they do and none is set."""
    return needs_token(split_bind(settings.http_bind)[0], secret(settings.http_token))


def read_config(settings: Settings) -> Snapshot:
    """Read and validate the configuration file and the dated events; `ConfigError` lists every problem in them."""
    return read_files(settings).snapshot()
