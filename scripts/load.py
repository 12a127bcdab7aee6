"""Puts a load on the bot and measures it: many chats with alerts on many symbols, and commands at a steady rate.

Sandbox and bot run as processes. Chats are made in the sandbox, alerts are written by the database's own functions
before the bot starts. One alert in `LOUD_EVERY` must fire once, half of those at the first look and half a minute
later; the others watch what hardly ever comes. Printed are the waits for answers, the delays of pushes, the requests of
one look of the watch and of the whole run, refusals that the sandbox counted, and memory. The exit status is 1 when a
limit was exceeded, a command stayed unanswered, a push came twice or never, or memory grew.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from scripts.footprint import ROOT, together_mb
from scripts.load_chat import Heard, Question, hearing, unix_ms
from scripts.load_report import PushRow, Seen, lines, wrong
from scripts.snapshot.program import TOKEN, NotAnsweredError, Program, running
from scripts.snapshot.worlds import SIMULATED_NOW, World
from utils.store.alerts import AlertDefinition
from utils.store.outbox import Destination
from utils.store.store import Store, open_store

BOT_ID: Final = int(TOKEN.partition(":")[0])
LOUD_EVERY: Final = 10
LOUD: Final = ("price > 0.00000001 cooldown 1d", "price > 0.00000001 for 1m cooldown 1d")
QUIET: Final = (
    "price < 0.00000001",
    "trend.rsi_14.5m > 99.9",
    "regime.volatility_state.4h changes",
    "trend_strength.1h >= 1",
    "risk.1h >= 1 & price < 0.00000001",
)
TEXTS: Final = ("/t {}", "/t {} 1h", "/rg {}", "/r {}", "/rd {}", "/alerts")
QUIET_S: Final = 2.0
"""So long the exchange is asked nothing between two looks; on a busy machine looks run into one another."""
LOOK_WITHIN_S: Final = 90.0
LONGEST_S: Final = 240.0
"""How long answers and pushes may be under way at the end."""
POLL_S: Final = 0.25
MEMORY_EVERY_S: Final = 60.0
OUTBOX: Final = "SELECT key, chat_id, written_at, message_id FROM outbox"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much load, for how long; ``seed`` draws symbols, chats, texts and moments, ``loud`` are rules that fire."""

    chats: int = 500
    alerts: int = 5000
    symbols: int = 60
    commands_per_minute: float = 100.0
    minutes: float = 10.0
    seed: int = 1
    loud: tuple[str, ...] = LOUD


@dataclass(slots=True)
class Ground:
    """What is there before the bot starts: chats, symbols, alerts, and which of these must fire (chat, number)."""

    plan: Plan
    chats: list[int] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    loud: set[tuple[int, int]] = field(default_factory=set)

    async def prepare(self, addresses: Mapping[str, str], database: str) -> None:
        """Make the chats in the sandbox and the alerts in the database."""
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            async with session.get(f"{addresses['spot']}/api/v3/exchangeInfo") as answer:
                listed = [row["symbol"] for row in (await answer.json())["symbols"]]
            self.symbols = listed[: self.plan.symbols]
            for number in range(self.plan.chats):
                url = f"{addresses['chat'].rstrip('/')}/_sandbox/users"
                body = {"first_name": f"P{number}", "language_code": "en"}
                async with session.post(url, json=body) as made:
                    self.chats.append((await made.json())["id"])
        async with open_store(database) as store:
            await self._alerts(store, random.Random(self.plan.seed))

    async def _alerts(self, store: Store, rng: random.Random) -> None:
        for number in range(self.plan.alerts):
            chat, is_loud = self.chats[number % len(self.chats)], number % LOUD_EVERY == 0
            loud = self.plan.loud
            rule = loud[number // LOUD_EVERY % len(loud)] if is_loud else rng.choice(QUIET)
            to = Destination(BOT_ID, chat, "private")
            asked = AlertDefinition(to, chat, rng.choice(self.symbols), "spot", "4h", rule, None, "en")
            new = standing_of(NEW, fired=0)
            made = await store.alerts.add(asked, new, now_ms=unix_ms(), most=self.plan.alerts)
            if is_loud and made is not None:
                self.loud.add((chat, made.key.number))


async def one_look(program: Program) -> list[dict[str, Any]] | None:
    """Return the requests between two pauses of the exchange, ``None`` where it never pauses in time."""
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            _, before = await _until_pause(program, 0)
            calls = list[dict[str, Any]]()
            while not calls:
                calls, _ = await _until_pause(program, before)
            return calls
    except TimeoutError:
        return None


async def _until_pause(program: Program, after: int) -> tuple[list[dict[str, Any]], int]:
    """Wait until nothing was asked for `QUIET_S`; return the requests after number ``after``, and the last number."""
    loop = asyncio.get_running_loop()
    last, since = after, loop.time()
    while loop.time() - since < QUIET_S:
        await asyncio.sleep(POLL_S)
        news = (await _calls(program, last))["last"]
        if news != last:
            last, since = news, loop.time()
    return list((await _calls(program, after))["calls"]), last


async def _asked(program: Program) -> Counter[tuple[str, str]]:
    """How often each endpoint was asked about each symbol, an empty one where the request names none."""
    counts = (await _calls(program, sys.maxsize))["counts"]
    return Counter({(one["path"], one["symbol"] or ""): one["count"] for one in counts})


async def _calls(program: Program, after: int) -> Any:
    url = f"{program.exchange_url}/_sandbox/calls?after={after}"
    async with program.session.get(url) as answer:
        return await answer.json()


class Load:
    """Asks at a steady rate, in chats in which no question waits, and looks at memory on the way."""

    def __init__(self, program: Program, ground: Ground, heard: Heard) -> None:
        self._program = program
        self._ground = ground
        self._heard = heard
        self._rng = random.Random(ground.plan.seed + 1)
        self.memory_mb: list[float] = []

    async def run(self) -> None:
        """Ask everything; the memory of all processes, what they share counted once, is looked at every minute."""
        plan = self._ground.plan
        count, pause_s = round(plan.commands_per_minute * plan.minutes), 60 / plan.commands_per_minute
        loop = asyncio.get_running_loop()
        next_look = loop.time()
        for _ in range(count):
            if loop.time() >= next_look:
                self.memory_mb.append(await asyncio.to_thread(together_mb, self._program.pid))
                next_look += MEMORY_EVERY_S
            await asyncio.sleep(self._rng.uniform(0, 2 * pause_s))
            await self._ask()

    async def _ask(self) -> None:
        busy = self._heard.busy()
        free = [chat for chat in self._ground.chats if chat not in busy]
        while not free:
            await asyncio.sleep(POLL_S)
            busy = self._heard.busy()
            free = [chat for chat in self._ground.chats if chat not in busy]
        chat = self._rng.choice(free)
        text = self._rng.choice(TEXTS).format(self._rng.choice(self._ground.symbols))
        asked_ms = unix_ms()
        said = await self._program.control("POST", f"/chats/{chat}/messages", {"text": text})
        self._heard.questions.append(Question(chat, said["message"]["message_id"], text, asked_ms))


def _rows(database: Path) -> tuple[PushRow, ...]:
    """The outbox as it stands, read beside the bot."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return tuple(PushRow(*row) for row in connection.execute(OUTBOX))


async def _until(done: Callable[[], bool]) -> None:
    """Wait until it holds, for `LONGEST_S`; what is missing then is told by the report."""
    try:
        async with asyncio.timeout(LONGEST_S):
            while True:
                if done():
                    return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        return


def _are_sent(rows: Sequence[PushRow], loud: set[tuple[int, int]]) -> bool:
    return loud <= {row.alert for row in rows} and all(row.message is not None for row in rows)


async def _refused(program: Program) -> Counter[str]:
    """The breaches of limits that the servers of the sandbox have counted."""
    chat, exchange = await program.control("GET", "/calls"), await _calls(program, sys.maxsize)
    refused = Counter(f"Telegram: {one['limit']}" for one in chat["violations"])
    return refused + Counter(
        f"exchange: {' '.join(str(value) for name, value in one.items() if name != 'time_ms')}"
        for one in exchange["violations"]
    )


async def load(plan: Plan) -> Seen:
    """Run the load and return what was seen. Raises `NotAnsweredError` if the sandbox lists too few symbols."""
    ground = Ground(plan)
    world = World("load", SIMULATED_NOW, None, "dark", (), symbols=plan.symbols)
    async with running(ROOT, world, ground.prepare) as program, hearing(program) as heard:
        if len(ground.symbols) < plan.symbols:
            raise NotAnsweredError(f"the sandbox lists {len(ground.symbols)} symbols")
        began_ms = unix_ms()
        look = await one_look(program)
        asking = Load(program, ground, heard)
        await asking.run()
        await _until(lambda: not heard.busy() and _are_sent(_rows(program.database), ground.loud))
        rows, refused = _rows(program.database), await _refused(program)
        asked, lasted_s = await _asked(program), (unix_ms() - began_ms) / 1000
        return Seen(
            heard, frozenset(ground.loud), rows, look, asked, refused, asking.memory_mb, began_ms, lasted_s
        )


def main() -> int:
    """Run from the command line; 1 when anything was wrong."""
    whole = Plan()
    parser = argparse.ArgumentParser(prog="scripts/load", description=__doc__)
    parser.add_argument("--chats", type=int, default=whole.chats)
    parser.add_argument("--alerts", type=int, default=whole.alerts)
    parser.add_argument("--symbols", type=int, default=whole.symbols)
    parser.add_argument("--commands-per-minute", type=float, default=whole.commands_per_minute)
    parser.add_argument("--minutes", type=float, default=whole.minutes, help="how long commands are sent")
    parser.add_argument("--seed", type=int, default=whole.seed)
    seen = asyncio.run(load(Plan(**vars(parser.parse_args()))))
    faults = list(wrong(seen))
    print(*lines(seen), *(f"WRONG: {one}" for one in faults), sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
