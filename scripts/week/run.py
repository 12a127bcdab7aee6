"""A week from its beginning to its end: what is drawn happens at its moment, and what comes of it is noted."""

import gc
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import select

from bot import leadership, storage
from bot.scheduler import alert_watch, digest_look, outbox_sender, push_room
from config.settings import Settings
from scripts.footprint import resident_mb
from scripts.week.clock import BotClock, QuickClock, Traffic
from scripts.week.faults import EXCHANGE, Event, draw_events
from scripts.week.ground import Ground, WatchedChat
from scripts.week.judge import DIGEST, WeekSeen
from scripts.week.plan import LIGHT_FROM, WeekPlan
from scripts.week.process import BotProcess, Mortal, settings_of
from scripts.week.readings import Readings
from scripts.week.received import Received
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.server import ExchangeSandbox
from utils.sandbox.telegram.deeds import press, say
from utils.sandbox.telegram.places import patch_chat
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.store import open_store
from utils.store.tables import OUTBOX
from utils.units import DAY_MS, MINUTE_MS

TEXTS: Final = ("/help", "/alerts", "/digests", "/settings", "/help t")
LOOKS_A_BAR: Final = 2
"""How often what Telegram has received is read."""
OUTBOX_LOOK_S: Final = 120.0
CHECK_S: Final = 600.0
LEAD_S: Final = 30.0
"""Outbox and database are looked at less often than every 5 and 10 s, leadership and room for other processes than
every 3 s and second; what is written is sent at once."""
DOWN_MS: Final = (5_000, 60_000)
STEPS: Final = (1, 40)
"""Transactions and requests after which a process dies that is to be killed while it works."""
DIES_WITHIN_MS: Final = MINUTE_MS // 2
STEP_MS: Final = 500
SEEN_SHARE: Final = 0.1
DOWN_SHARE: Final = 0.3
LASTING: Final = 0.5
"""Part of Telegram's faults that last for a time and not for some calls."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Servers:
    clock: QuickClock
    traffic: Traffic
    telegram: TelegramSandbox
    exchange: ExchangeSandbox


class Week:
    """Runs a plan on servers of its own; ``database`` is the address of an empty database."""

    def __init__(self, plan: WeekPlan, servers: _Servers, database: str, tell: Tell) -> None:
        self._plan = plan
        self._servers = servers
        self._clock = servers.clock
        self._bot_clock = BotClock(servers.clock)
        self._tell = tell
        self._settings = _settings(servers, database)
        self._database = database
        symbols = [one.symbol for one in servers.exchange.market.listings(SPOT, self._clock.now_ms())]
        self._ground = Ground(plan, symbols[: plan.symbols])
        self._ground.make(servers.telegram.world)
        self._readings = Readings(self._ground.waves, self._clock.now_ms)
        self._away_until = 0
        self._asked_at: dict[int, int] = {}
        self._order = count()
        self._events = list[tuple[int, int, Callable[[], Any]]]()
        self._bot: BotProcess | None = None
        self.seen = WeekSeen(plan, self._ground, Received())

    async def run(self) -> WeekSeen:
        """Let everything happen and return what was seen."""
        began_s = time.monotonic()
        async with open_store(self._database) as store:
            await self._ground.store(store, self._clock)
        self._plan_events()
        self._begin()
        heapify(self._events)
        while self._events:
            at_ms, _, happen = heappop(self._events)
            await self._clock.advance(max(0, at_ms - self._clock.now_ms()))
            await happen()
        await self._clock.advance(max(0, self._plan.end_ms - MINUTE_MS - self._clock.now_ms()))
        await self._finish()
        self.seen.lasted_s = time.monotonic() - began_s
        return self.seen

    def _plan_events(self) -> None:
        private = [one.first_id for one in self._ground.chats if one.kind == "private" and not one.has_digest]
        groups = [one.first_id for one in self._ground.chats if one.kind == "group"]
        for event in draw_events(self._plan, private, groups):
            self._at(event.at_ms, partial(self._happen, event))
        for number in range(1, self._plan.bars * LOOKS_A_BAR):
            self._at(self._plan.at(number / LOOKS_A_BAR), self._look)
        for number in range(1, self._plan.measured):
            self._at(self._plan.at(self._plan.bars * number / self._plan.measured), self._measure)

    def _at(self, at_ms: int, happen: Callable[[], Any]) -> None:
        heappush(self._events, (at_ms, next(self._order), happen))

    async def _happen(self, event: Event) -> None:
        self.seen.faults[event.what] += 1
        rng = random.Random(event.seed)
        happenings: dict[str, Callable[[Event, random.Random], Any]] = {
            "telegram": self._disturb_telegram,
            "exchange": self._disturb_exchange,
            "database": self._take_database_away,
            "jump": self._jump,
            "stop": self._stop,
            "kill": self._kill,
            "block": self._block,
            "unblock": self._unblock,
            "migrate": self._migrate,
            "ask": self._ask,
        }
        await happenings[event.what](event, rng)

    async def _disturb_telegram(self, event: Event, rng: random.Random) -> None:
        # a lost response costs the bot ten seconds and the week none, so it is not drawn for a length of time
        is_lost = any(name.startswith("timeout") for name in event.facts)
        for_ms = rng.randint(5_000, self._plan.short_ms) if not is_lost and rng.random() < LASTING else None
        times = None if for_ms else rng.randint(1, 2 if is_lost else 5)
        method = rng.choice(("sendMessage", "sendMessage", "*"))
        match = {"kind": "call", "method": method}
        self._servers.telegram.faults.add(match, event.facts, count=times, for_ms=for_ms)

    async def _disturb_exchange(self, event: Event, rng: random.Random) -> None:
        lasts = rng.randint(self._plan.outage_ms // 4, self._plan.outage_ms)
        self._servers.exchange.faults.add({"kind": "rest"}, rng.choice(EXCHANGE), for_ms=lasts)
        symbols = self._ground.symbols
        self._readings.down = frozenset(rng.sample(symbols, max(1, round(DOWN_SHARE * len(symbols)))))
        self._at(event.at_ms + lasts, self._let_readings_return)

    async def _let_readings_return(self) -> None:
        self._readings.down = frozenset()

    async def _take_database_away(self, event: Event, _: random.Random) -> None:
        self._away_until = event.at_ms + self._plan.short_ms

    async def _jump(self, _: Event, rng: random.Random) -> None:
        self._bot_clock.ahead_ms = rng.randint(-self._plan.short_ms, self._plan.short_ms)
        self._readings.forget_time()

    async def _stop(self, _: Event, rng: random.Random) -> None:
        bot = self._bot_now()
        await bot.stop()
        await self._begin_again(bot, rng)

    async def _kill(self, event: Event, rng: random.Random) -> None:
        bot = self._bot_now()
        bot.mortal.steps_left = rng.randint(*STEPS)
        while not bot.mortal.is_dead and self._clock.now_ms() < event.at_ms + DIES_WITHIN_MS:
            await self._clock.advance(STEP_MS)
        await bot.kill()
        await self._note_unmarked()
        await self._begin_again(bot, rng)

    async def _begin_again(self, ended: BotProcess, rng: random.Random) -> None:
        self._note_end(ended)
        await self._clock.advance(rng.randint(*DOWN_MS))
        self._begin()

    async def _note_unmarked(self) -> None:
        """Note what a killed process may have sent: what it had taken and not noted as sent."""
        taken = select(OUTBOX.c.key).where(OUTBOX.c.done_at.is_(None), OUTBOX.c.attempts > 0)
        async with open_store(self._database) as store, store.database.read() as connection:
            keys = list((await connection.execute(taken)).scalars())
        for words in (key.split() for key in keys):
            if words[0] not in {"alert", DIGEST}:
                continue
            chat = self._ground.known[int(words[2])]
            what = DIGEST if words[0] == DIGEST else chat.numbers[int(words[3])]
            self.seen.twice_after_kill[chat.first_id, what] += 1

    async def _block(self, event: Event, _: random.Random) -> None:
        chat = self._ground.known[event.facts["chat"]]
        patch_chat(self._world, self._world.chats[chat.now_id], {"blocked": True})
        chat.gone = [(event.at_ms, self._plan.end_ms)]

    async def _unblock(self, event: Event, _: random.Random) -> None:
        chat = self._ground.known[event.facts["chat"]]
        patch_chat(self._world, self._world.chats[chat.now_id], {"blocked": False})
        chat.gone = [(chat.gone[0][0], event.at_ms)]
        self._say(chat, TEXTS[0])

    async def _migrate(self, event: Event, _: random.Random) -> None:
        chat = self._world.chats[event.facts["chat"]]
        patch_chat(self._world, chat, {"migrate": True})
        self._ground.moved(chat.id, chat.migrated_to or 0)

    async def _ask(self, _: Event, rng: random.Random) -> None:
        now_ms = self._clock.now_ms()
        free = [
            chat
            for chat in self._ground.chats
            if chat.kind == "private"
            and not any(begin <= now_ms <= end for begin, end in chat.gone)
            and self._asked_at.get(chat.first_id, 0) < now_ms - 2 * self._plan.bar_ms
        ]
        if free:
            self._say(rng.choice(free), rng.choice(TEXTS))

    def _say(self, chat: WatchedChat, text: str) -> None:
        self._asked_at[chat.first_id] = self._clock.now_ms()
        self.seen.received.questions[chat.first_id] += 1
        say(self._world, self._world.chats[chat.now_id], {"text": text})

    async def _look(self) -> None:
        """Read what was received, press *Seen* under some of it, and note what the servers have refused."""
        received = self.seen.received
        received.look(self._world, self._ground, now_ms=self._clock.now_ms())
        rng = random.Random(f"{self._plan.seed} {self._clock.now_ms()}")
        for message in received.fresh:
            chat = self._ground.known[message.chat.id]
            is_away = any(begin <= self._clock.now_ms() <= end for begin, end in chat.gone)
            kept = self._world.messages[message.chat.id]
            if chat.kind == "private" and not is_away and message.id in kept and rng.random() < SEEN_SHARE:
                symbol = message.content.rich.text.partition(":")[0]
                if chat.alerts[symbol].comes != "always":
                    press(self._world, {"chat": message.chat.id, "message": message.id, "button": "Seen"})
        self._note_calls()

    def _note_calls(self) -> None:
        telegram, exchange = self._servers.telegram.calls, self._servers.exchange.calls
        for one in telegram.violations:
            self.seen.violations[f"Telegram: {one['limit']}"] += 1
        for one in exchange.violations:
            said = " ".join(str(value) for name, value in one.items() if name != "time_ms")
            self.seen.violations[f"exchange: {said}"] += 1
        self.seen.exchange_requests += exchange.counts.total()
        telegram.clear()
        exchange.clear()

    async def _measure(self) -> None:
        gc.collect()
        self.seen.memory_mb.append(resident_mb(os.getpid()))
        day = (self._clock.now_ms() - self._plan.start_ms) / DAY_MS
        came = self.seen.received.messages
        self._tell(f"day {day:.2f}: {came} messages, {self.seen.memory_mb[-1]:.0f} MB")

    def _begin(self) -> None:
        self.seen.received.begun_ms.append(self._clock.now_ms())
        mortal = Mortal(self._servers.traffic, lambda: self._clock.now_ms() < self._away_until)
        queue = self._world.queue
        self._servers.traffic.is_between = lambda: (
            bool(mortal.polls) and (not queue.polling or bool(queue.pending))
        )
        rng = random.Random(f"bot {self._plan.seed} {self._clock.now_ms()}")
        self._bot = BotProcess(self._settings, self._bot_clock, rng, self._readings, mortal)

    def _bot_now(self) -> BotProcess:
        if self._bot is None:
            raise RuntimeError("the bot has not begun")
        return self._bot

    def _note_end(self, bot: BotProcess) -> None:
        self.seen.failures += bot.failures
        self.seen.dropped += bot.dropped
        self.seen.undelivered += bot.undelivered

    async def _finish(self) -> None:
        bot = self._bot_now()
        await bot.stop()
        self._note_end(bot)
        received = self.seen.received
        received.look(self._world, self._ground, now_ms=self._clock.now_ms() + DAY_MS)
        self._note_calls()
        await self._measure()
        async with open_store(self._database) as store:
            self.seen.waiting = (await store.outbox.backlog(1, now_ms=self._clock.now_ms())).waiting
        self.seen.questions_of_readings = self._readings.asked

    @property
    def _world(self) -> Any:
        return self._servers.telegram.world


async def run_week(plan: WeekPlan, tell: Tell = lambda line: None) -> WeekSeen:
    """Run a plan and return what was seen; ``tell`` is told how far it is."""
    with tempfile.TemporaryDirectory(prefix="week-") as folder, ExitStack() as paces:
        for module, name, seconds in (
            (alert_watch, "LOOK_S", plan.look_s),
            (digest_look, "LOOK_S", plan.look_s),
            (outbox_sender, "LOOK_S", OUTBOX_LOOK_S),
            (storage, "CHECK_EVERY_S", CHECK_S),
            (leadership, "RENEW_S", LEAD_S),
            (push_room, "TURN_S", LEAD_S),
        ):
            paces.enter_context(patch.object(module, name, seconds))
        async with _servers(plan) as servers:
            database = plan.database or f"sqlite+aiosqlite:///{folder}/bot.db"
            return await Week(plan, servers, database, tell).run()


@asynccontextmanager
async def _servers(plan: WeekPlan) -> AsyncIterator[_Servers]:
    traffic = Traffic()
    clock = QuickClock(plan.start_ms, traffic)
    telegram = TelegramSandbox("127.0.0.1:0", seed=plan.seed, clock=clock, limits=True)
    exchange = ExchangeSandbox(seed=plan.seed, clock=clock, symbols=max(0, plan.symbols - LIGHT_FROM))
    await telegram.start()
    try:
        await exchange.start()
        yield _Servers(clock, traffic, telegram, exchange)
    finally:
        await telegram.stop()
        await exchange.stop()


def _settings(servers: _Servers, database: str) -> Settings:
    telegram, exchange = servers.telegram, servers.exchange
    return settings_of(
        telegram=telegram.root_url,
        token=telegram.bot_token,
        spot=exchange.spot_url,
        futures=exchange.futures_url,
        options=exchange.options_url,
        database=database,
    )
