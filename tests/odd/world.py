"""The whole bot in this process, without Telegram, on a sandbox whose coins are odd: who asks gets what people get."""

import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from analysis.framework.question import Sources
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from bot.http_api.access import AccessPolicy
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.server import HttpServer, build_app
from bot.onchain import onchain_providers
from bot.score_records import ScoreRecords
from bot.sections import config_sections
from composite.events_around import EventReader
from composite.sections import NAME as COMPOSITE
from composite.sections import CompositeSettings
from composite.service import CompositeService
from config.base import ConfigModel
from config.c_chat import ChatConfig
from config.settings import Settings
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.dispatch import Dispatcher
from handlers.ports import ChatRef, IncomingMessage, MessageContent, Person
from handlers.question_log import QuestionLog
from handlers.render.pool import ChartRenderer
from handlers.scanner import Scanner
from handlers.symbols import ExchangeSymbols
from tests.analysis.sandboxed import sandbox_client
from tests.handlers.harness import MESSAGES, RecordingNotifier
from tests.support.accounts import ScriptedAccount
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.onchain_api.client import DailyTuning
from utils.onchain_api.reader import NAME as ONCHAIN
from utils.onchain_api.reader import OnchainReader
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import NAME as DERIBIT
from utils.options_api.deribit_client import DeribitTuning
from utils.recorder.history import History
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox

NOW: Final = 1_795_178_096_789
"""A Friday, 12:34 UTC."""
ALONE: Final = ChatRef(7, "private")
ONCE: Final = DailyTuning(PATIENCE_S, PATIENCE_S, RetryPolicy(attempts=1))
Event = Mapping[str, object]


@dataclass
class World:
    """The bot and its exchange; ``clock`` is that of both."""

    sandbox: ExchangeSandbox
    exchange: BinanceAggregator
    clock: FakeClock
    session: aiohttp.ClientSession
    notifier: RecordingNotifier
    dispatcher: Dispatcher
    http: HttpServer

    async def order(self, symbol: str, **event: object) -> None:
        """Have the exchange do something to a coin."""
        url = f"{self.sandbox.spot_url}/_sandbox/market/{symbol}"
        async with self.session.post(url, json=event) as answer:
            assert answer.status == 200, await answer.text()

    @property
    def last_call(self) -> int:
        """The running number of the last request to the exchange."""
        return max((call.n for call in self.sandbox.calls.after()), default=0)

    async def get(self, path: str) -> tuple[int, Any]:
        """Return status and body of the HTTP API; a body with NaN or an infinity is no JSON."""
        async with self.session.get(self.http.url + path) as answer:
            return answer.status, json.loads(await answer.text(), parse_constant=_no_number)

    async def say(self, text: str, language: str = "en") -> MessageContent:
        """Return what the bot says to a message, after whatever it showed meanwhile."""
        self.notifier.sent.clear()
        self.notifier.edits.clear()
        person = Person(ALONE.chat_id, "Ann", language)
        await self.dispatcher.on_message(IncomingMessage(person, ALONE, 42, text, self.clock.now_ms()))
        said = [content for _, content, _ in self.notifier.sent] + [
            content for _, content in self.notifier.edits
        ]
        assert said, f"nothing was said to {text}"
        return said[-1]


@asynccontextmanager
async def odd_world(orders: Mapping[str, Sequence[Event]], *, seed: int = 1) -> AsyncIterator[World]:
    """Open the bot on an exchange to whose coins ``orders`` were done before it looked."""
    clock = FakeClock(NOW)
    async with AsyncExitStack() as stack:
        sandbox = ExchangeSandbox(clock=clock, seed=seed)
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        session = await stack.enter_async_context(open_session())
        for symbol, events in orders.items():
            for event in events:
                url = f"{sandbox.spot_url}/_sandbox/market/{symbol}"
                async with session.post(url, json=event) as answer:
                    assert answer.status == 200, await answer.text()
        exchange = await stack.enter_async_context(sandbox_client(sandbox, clock))
        threads = stack.enter_context(ThreadPoolExecutor(1))
        sources = await _sources(stack, sandbox, exchange, clock, session)
        yield await _world(stack, sandbox, exchange, sources, session, threads, clock)


async def _sources(
    stack: AsyncExitStack,
    sandbox: ExchangeSandbox,
    exchange: BinanceAggregator,
    clock: FakeClock,
    session: aiohttp.ClientSession,
) -> Sources:
    deribit, onchain = DeribitSandbox(sandbox), OnchainSandbox(sandbox)
    for provider in (deribit, onchain):
        await provider.start()
        stack.push_async_callback(provider.stop)
    addresses = {f"{name}_url": address for name, address in onchain.addresses.items()}
    providers = onchain_providers(
        Settings.model_validate(addresses), session, clock, exchange.market_time_ms, random.Random(1), ONCE
    )
    reader = OnchainReader(providers, lambda: None, clock=clock, now_ms=exchange.market_time_ms)
    stack.push_async_callback(reader.close)
    options = Deribit(
        deribit.url,
        session=session,
        clock=clock,
        now_ms=exchange.market_time_ms,
        rng=random.Random(1),
        tuning=DeribitTuning(PATIENCE_S, PATIENCE_S, RetryPolicy(attempts=1)),
    )
    stack.push_async_callback(options.close)
    return Sources(exchange, History(exchange, lambda: None), {DERIBIT: options, ONCHAIN: reader})


async def _world(
    stack: AsyncExitStack,
    sandbox: ExchangeSandbox,
    exchange: BinanceAggregator,
    sources: Sources,
    session: aiohttp.ClientSession,
    threads: Executor,
    clock: FakeClock,
) -> World:
    sections: dict[str, ConfigModel] = {name: kind() for name, kind in config_sections(MODULES).items()}
    specs = sections[COMPOSITE]
    assert isinstance(specs, CompositeSettings)
    runner = Runner(sources, MODULES, lambda: sections, clock=clock, executor=threads)
    stack.push_async_callback(runner.close)
    composites = CompositeService(
        runner,
        MODULES,
        specs.specs,
        clock=clock,
        executor=threads,
        events=EventReader(sources, lambda: ()),
    )
    symbols = ExchangeSymbols(exchange)
    registry = build_registry(MODULES, TOPICS)
    notifier, account = RecordingNotifier(), ScriptedAccount()
    questions = QuestionLog(clock)
    scans = Scanner(symbols, composites)
    dispatcher = Dispatcher(
        registry,
        runner,
        ChartRenderer(threads),
        symbols,
        notifier,
        account=account,
        clock=clock,
        market_now=exchange.market_time_ms,
        chat_config=lambda: ChatConfig(commands_per_minute=600),
        bot_username=lambda: "MarketViewBot",
        owners=lambda: (),
        rng=random.Random(5),
        messages=MESSAGES,
        questions=questions,
        composites=composites,
        scans=scans,
    )
    stack.push_async_callback(dispatcher.close)
    parts = ApiDependencies(
        registry=registry,
        runner=runner,
        composites=composites,
        records=ScoreRecords(lambda: None, sources),
        scans=scans,
        symbols=symbols,
        market_now=exchange.market_time_ms,
        quote=lambda: "USDT",
        readiness=lambda: {},
        access=AccessPolicy(clock, random.Random(1), Quota(clock), None, required=False, per_minute=100_000),
        version="0",
        account=account,
        questions=questions,
    )
    http = HttpServer(build_app(parts), "127.0.0.1", 0, clock=clock)
    await http.open()
    stack.push_async_callback(http.close)
    return World(sandbox, exchange, clock, session, notifier, dispatcher, http)


def _no_number(word: str) -> float:
    raise AssertionError(f"{word} is no number of JSON")
