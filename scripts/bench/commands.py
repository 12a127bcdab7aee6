"""`/t` from update to the answer leaving, against the sandbox servers: warm, cold, a crowd; the others as text."""

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from bot.build import Core, build_core, read_config
from bot.readiness import Readiness
from bot.sandbox_child import SandboxChild
from bot.telegram_side import TelegramParts, build_telegram
from bot.warmup import warm_up
from config.holder import ConfigHolder
from config.settings import Settings
from handlers.dispatch import Dispatcher
from handlers.ports import (
    Asker,
    CallbackQuery,
    ChatRef,
    IncomingMessage,
    InlineCard,
    MessageContent,
    MessageRef,
    Person,
)
from scripts.bench.leaving import Leaving
from scripts.bench.measure import Row, elapsed_ms, judged
from scripts.bench.peers import MPLFINANCE, mplfinance_ms
from utils.clock import SystemClock

SYMBOLS = ("btc", "eth", "bnb", "sol", "xrp", "doge", "ada", "avax", "link", "trx", "ltc")
FEW_SYMBOLS = SYMBOLS[:4]  # each cold answer of the other modules reads a year of bars on five intervals
INTERVALS = ("2h", "6h", "12h")
EXPIRY_S = 5.2  # a live answer is kept for five seconds
STREAM_EXPIRY_S = 1.2  # one of a stream module for a second
FOLLOWED_S = 30.0  # what most of their metrics need to have seen
SPACING_S = 0.15  # below Telegram's 30 messages a second by far
WARM_PATIENCE_S, WARM_LOOK_S = 120.0, 0.2
CROWD = 200
TEXT_RATIO, OTHER_TEXT_RATIO, CHART_RATIO = 34.0, 4.0, 9.1
STREAM_TEXT_RATIO, STREAM_CHART_RATIO = 13.0, 3.9
"""How many answers there are to be in the time mplfinance takes for one chart."""
EVERY = 4  # questions between two charts of the peer
FIRST_PERSON = 700_000


@dataclass(slots=True)
class Mute:
    """A notifier that sends nothing and remembers what it was given."""

    sent: list[MessageContent] = field(default_factory=list)

    async def send_chat_action(self, chat: ChatRef, action: str) -> None:
        """Show nothing."""

    async def send(
        self,
        chat: ChatRef,
        content: MessageContent,
        *,
        reply_to: int | None = None,
        before: Callable[[int], Awaitable[None]] | None = None,
    ) -> MessageRef:
        """Remember the content."""
        self.sent.append(content)
        return MessageRef(chat, len(self.sent), content.picture is not None)

    async def find(
        self,
        chat: ChatRef,
        content: MessageContent,
        after_id: int,
        *,
        reply_to: int | None = None,
        others: frozenset[int] = frozenset(),
    ) -> int | None:
        """Find nothing."""
        return None

    async def whisper(self, chat: ChatRef, content: MessageContent, asker: Asker) -> MessageRef | None:
        """Take nothing: everybody may see the answers."""
        return None

    async def draft(self, chat: ChatRef, draft_id: int, content: MessageContent) -> bool:
        """Take nothing: a message stands for an answer."""
        return False

    async def answer_guest(self, query_id: str, card: InlineCard) -> None:
        """Answer nobody."""

    async def edit_if_free(self, ref: MessageRef, content: MessageContent) -> bool:
        """Change nothing."""
        return True

    async def edit(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """Remember the content."""
        self.sent.append(content)
        return replace(ref, has_picture=content.picture is not None)

    async def delete(self, ref: MessageRef) -> None:
        """Delete nothing."""

    async def answer_callback_query(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Show nothing."""

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer nothing."""

    async def is_admin(self, chat: ChatRef, person: Person) -> bool:
        """Nobody is."""
        return False


@dataclass(slots=True)
class Peer:
    """mplfinance at work while no question is under way: ``taken_ms`` of each chart so far."""

    pool: Executor
    taken_ms: list[float] = field(default_factory=list)
    asked: int = 0

    async def draw(self) -> None:
        """Draw one chart."""
        self.taken_ms.append(await asyncio.get_running_loop().run_in_executor(self.pool, mplfinance_ms))

    async def after(self, ask: Callable[[str], Awaitable[float]], text: str) -> float:
        """Ask, and after every few questions draw a chart."""
        taken = await ask(text)
        self.asked += 1
        if self.asked % EVERY == 0:
            await self.draw()
        return taken

    def row(self, name: str, taken_ms: Sequence[float], ratio: float) -> Row:
        """Hold the median of answers against that of the charts."""
        ours, its = statistics.median(taken_ms), statistics.median(self.taken_ms)
        return judged(name, "ms", ours, its, MPLFINANCE, ratio_at_least=ratio)


@dataclass(slots=True)
class Bench:
    """The bot's own parts against the sandbox servers, driven by updates that a person could have caused."""

    core: Core
    telegram: TelegramParts
    telegram_url: str
    leaving: Leaving
    people: int = 0

    async def person(self) -> Person:
        """Make somebody who has opened a chat with the bot."""
        self.people += 1
        body = {"id": FIRST_PERSON + self.people, "first_name": "Ada", "language_code": "en"}
        async with self.core.session.post(f"{self.telegram_url}/_sandbox/users", json=body) as response:
            made = await response.json()
        return Person(int(made["id"]), "Ada", "en")

    async def ask(self, text: str) -> float:
        """Give one command from a new person and return ms from update to the answer leaving."""
        incoming = _incoming(await self.person(), text)
        return await self.until_left(self.telegram.dispatcher.on_message(incoming))

    async def until_left(self, answering: Awaitable[object]) -> float:
        """Return ms from now to when the last message of an answer had left."""
        began_s = time.perf_counter()
        await answering
        left_s = self.leaving.at_s
        if left_s < began_s:
            raise RuntimeError("no answer left")
        await asyncio.sleep(SPACING_S)
        return 1000 * (left_s - began_s)

    def spent(self) -> tuple[int, int]:
        """Return requests sent and weight used so far."""
        requests = sum(self.core.exchange.requests.values())
        return requests, sum(used for used, _ in self.core.exchange.weight_used().values())


async def rows(_data: Path | None) -> AsyncIterator[Row]:
    """Measure all rows of this part, with charts of mplfinance drawn in a process of their own in between."""
    async with running_bench() as bench:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peer = Peer(pool)
            await peer.draw()
            peer.taken_ms.clear()  # the first one imports it
            async for row in _measured(bench, peer):
                yield row


async def _measured(bench: Bench, peer: Peer) -> AsyncIterator[Row]:
    pairs = [f"/t {symbol} {interval}" for interval in INTERVALS for symbol in SYMBOLS]
    await _draw_market(bench)
    before = bench.spent()
    cold = [await bench.ask(text) for text in pairs]
    cold_spent = _each(before, bench.spent(), len(pairs))
    yield judged("/t with chart, cold", "ms", statistics.median(cold))
    await _warm_streams(bench)
    before = bench.spent()
    warm = [await peer.after(bench.ask, text) for text in pairs]
    warm_spent = _each(before, bench.spent(), len(pairs))
    yield peer.row("/t with chart, warm, computed and drawn anew", warm, CHART_RATIO)
    again = [(await bench.ask(text), await peer.after(bench.ask, text))[1] for text in pairs]
    yield peer.row("/t with chart, asked again at once", again, CHART_RATIO)
    await asyncio.sleep(EXPIRY_S)
    yield peer.row("/t as text, warm, computed anew", await _text_answers(bench, "t", SYMBOLS), TEXT_RATIO)
    yield judged("  of these the limiter's waiting, in all", "ms", 1000 * bench.telegram.limiter.waited_s)
    yield judged("exchange requests per cold /t", "requests", cold_spent[0])
    yield judged("weight per cold /t", "weight", cold_spent[1])
    yield judged("exchange requests per warm /t", "requests", warm_spent[0], at_most=0.0)
    yield judged("weight per warm /t", "weight", warm_spent[1])
    async for row in _other_texts(bench, peer):
        yield row
    for row in await _crowd(bench):
        yield row


async def _warm_streams(bench: Bench) -> None:
    """Wait until everything the cold answers subscribed to has been told by its stream."""
    streams = bench.core.exchange.streams
    deadline = bench.core.clock.monotonic() + WARM_PATIENCE_S
    while not (
        all(quote.fresh for quote in streams.quotes)
        and all(live.book.reason is None for live in streams.books)
        and all(series.counts["appended"] for series in streams.bars)
    ):
        if bench.core.clock.monotonic() >= deadline:
            raise RuntimeError(f"the streams were not warm within {WARM_PATIENCE_S:.0f} s")
        await bench.core.clock.sleep(WARM_LOOK_S)


async def _other_texts(bench: Bench, peer: Peer) -> AsyncIterator[Row]:
    """Refresh text cards of every module but A, each first asked once, so that its fits are at hand."""
    for module in MODULES[1:]:
        command = module.commands[-1]
        if module.job == "stream":
            async for row in _streamed(bench, peer, module):
                yield row
            continue
        await _text_answers(bench, command, FEW_SYMBOLS)
        await peer.draw()
        await asyncio.sleep(EXPIRY_S)
        taken = await _text_answers(bench, command, FEW_SYMBOLS)
        yield peer.row(f"/{command} as text, warm, computed anew", taken, OTHER_TEXT_RATIO)


async def _streamed(bench: Bench, peer: Peer, module: AnyModule) -> AsyncIterator[Row]:
    """Ask a stream module, as text and with its chart, of symbols whose streams it follows."""
    command = module.commands[-1]
    for symbol in FEW_SYMBOLS:
        await bench.ask(f"/{command} {symbol}")
    await asyncio.sleep(FOLLOWED_S)
    texts, charts = list[float](), list[float]()
    for _ in INTERVALS:
        await peer.draw()
        await asyncio.sleep(STREAM_EXPIRY_S)
        texts += [
            await refreshed(bench, command, symbol, module.interval_of(INTERVALS[0]))
            for symbol in FEW_SYMBOLS
        ]
        await asyncio.sleep(STREAM_EXPIRY_S)
        charts += [await bench.ask(f"/{command} {symbol}") for symbol in FEW_SYMBOLS]
    yield peer.row(f"/{command} as text, warm, computed anew", texts, STREAM_TEXT_RATIO)
    yield peer.row(f"/{command} with chart, warm, computed and drawn anew", charts, STREAM_CHART_RATIO)


async def _text_answers(bench: Bench, command: str, symbols: Sequence[str]) -> list[float]:
    """Refresh text cards: each answer is computed anew and edited in, no picture."""
    pairs = itertools.product(symbols, INTERVALS)
    return [await refreshed(bench, command, symbol, interval) for symbol, interval in pairs]


async def refreshed(bench: Bench, command: str, symbol: str, interval: str) -> float:
    """Press *refresh* under a text card and return ms from the press to the edit leaving."""
    person = await bench.person()
    chat = ChatRef(person.id, "private")
    ref = await bench.telegram.notifier.send(chat, MessageContent("card", "card"))
    press = CallbackQuery(person, ref, "0", f"1|r|{command}|{symbol.upper()}USDT|{interval}|-|-")
    return await bench.until_left(bench.telegram.dispatcher.on_callback_query(press))


async def _crowd(bench: Bench) -> list[Row]:
    one = await _together(bench, 1, "/t eth 8h")
    many = await _together(bench, CROWD, "/t btc 8h")
    return [
        judged(f"{CROWD} people at once, until the last result (sends excluded)", "ms", many[0]),
        judged(
            f"exchange requests of {CROWD} at once",
            "requests",
            many[1],
            one[1],
            "one person's cold command",
            at_most=one[1],
        ),
    ]


async def _together(bench: Bench, people: int, text: str) -> tuple[float, int]:
    notifier = Mute()
    dispatcher = _dispatcher(bench, notifier)
    before = bench.spent()[0]
    asks = [_incoming(Person(FIRST_PERSON * 2 + number, "Ada", "en"), text) for number in range(people)]

    async def all_of_them() -> None:
        await asyncio.gather(*(dispatcher.on_message(ask) for ask in asks))

    taken = await elapsed_ms(all_of_them)
    if len([m for m in notifier.sent if m.picture is not None]) < people:
        raise RuntimeError(f"only {len(notifier.sent)} of {people} were answered")
    return taken, bench.spent()[0] - before


def _dispatcher(bench: Bench, notifier: Mute) -> Dispatcher:
    core = bench.core
    return Dispatcher(
        core.registry,
        core.runner,
        core.charts,
        core.symbols,
        notifier,
        account=core.account,
        clock=core.clock,
        market_now=core.exchange.market_time_ms,
        chat_config=lambda: core.chat,
        bot_username=lambda: "bench",
        owners=tuple,
        rng=core.rng,
        messages=core.messages,
    )


def _incoming(person: Person, text: str) -> IncomingMessage:
    return IncomingMessage(person, ChatRef(person.id, "private"), 1, text, 0)


def _each(before: tuple[int, int], after: tuple[int, int], count: int) -> tuple[float, float]:
    return (after[0] - before[0]) / count, max(0, after[1] - before[1]) / count


async def _draw_market(bench: Bench) -> None:
    """Let the sandbox make its bars first: its first drawing of a coin is no part of the bot's answer."""
    for symbol in SYMBOLS:
        listed = f"{symbol.upper()}USDT"
        for market in (bench.core.exchange.spot, bench.core.exchange.futures):
            await market.klines(listed, "1d", rows=10)
            await market.klines(listed, "1w", rows=10)


@asynccontextmanager
async def running_bench(symbols: int | None = None) -> AsyncIterator[Bench]:
    """Run the bot's parts against sandbox servers with a market of so many coins."""
    settings = Settings(
        sandbox_chat_bind="127.0.0.1:0",
        sandbox_exchange_bind="127.0.0.1:0",
        bot_config=Path("config/bot.example.toml"),
    )
    child = SandboxChild(settings, symbols=symbols)
    await child.open()
    try:
        async with AsyncExitStack() as stack:
            pointed = child.settings()
            core = await build_core(
                pointed, ConfigHolder(read_config(pointed)), SystemClock(), random.Random(1), stack
            )
            telegram = build_telegram(core)
            await telegram.receiver.open()
            stack.push_async_callback(telegram.receiver.close)
            await warm_up(core, Readiness(telegram.receiver, core.storage))
            leaving = Leaving()
            leaving.watch(core.session)
            yield Bench(core, telegram, pointed.telegram_api_url, leaving)
    finally:
        await child.close()
