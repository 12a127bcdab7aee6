"""Kills some of several bot processes on one PostgreSQL again and again, and counts what people see.

The sandbox goes on all the time. Alerts and digests that fire once, and people who ask once, come at random moments;
between two kills each killed process is started anew. At the end every push must be in its chat once: one twice only if
it was there and not marked as sent when a process was killed. Every question must have one answer, and not more answers
may be double than processes were killed. Prints the counts and exits with 1 where one of them is wrong.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import aiohttp
from pydantic import SecretStr
from sqlalchemy import select

from bot.sandbox_child import TOKEN, SandboxChild
from config.settings import Settings
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from scripts.balancer import balancer
from scripts.kill_loop import FINAL_S
from scripts.killable import Crowd, running_bot
from scripts.load_chat import unix_ms
from scripts.load_report import percentile
from tests.store.databases import fresh_postgres
from tests.support.app_under_test import free_ports
from utils.store.alerts import AlertDefinition
from utils.store.digests import DigestDefinition, DigestTurn
from utils.store.outbox import HELD_MS, Destination
from utils.store.store import Store, open_store
from utils.store.tables import LEASE, OUTBOX

CONFIG: Final = "[chat]\ncommands_per_minute = 600\n[record]\nenabled = false\n"
BOT_ID: Final = int(TOKEN.partition(":")[0])
SECRET: Final = "told-to-the-sandbox-alone"  # noqa: S105 - of a run on loopback
CHATS: Final = 10
"""So many chats share the alerts; each digest and each question has one of its own."""
RULES: Final = ("price > {} cooldown 1d", "price > {} for 1m cooldown 1d")
ON_ITS_WAY_S: Final = 1.0
"""What a killed process had sent is with Telegram after this time."""
DELIVERED_S: Final = FINAL_S + HELD_MS / 1000
"""How long all processes may take at the end for what is still on its way, what a killed one held included."""
POLL_S: Final = 1.0
LAST_LINES: Final = 20
_C = OUTBOX.c


@dataclass(frozen=True, slots=True)
class Plan:
    """How many kills of how many processes; so many alerts, digests and questions come between two kills.

    A kill follows the one before after ``shortest_s`` to ``longest_s`` seconds; ``seed`` draws all that is random. With
    ``webhook`` updates come by webhook through an nginx in front of all processes, else by polling.
    """

    kills: int = 30
    processes: int = 3
    alerts: int = 4
    digests: int = 1
    questions: int = 2
    shortest_s: float = 4.0
    longest_s: float = 20.0
    seed: int = 1
    webhook: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A push that must come once: its chat, how its key in the outbox begins, and words of no other push there."""

    chat: int
    key: str
    words: str


@dataclass(slots=True)
class Counts:
    """What was seen: ``times`` how often each push came, ``ambiguous`` those that may come twice."""

    times: Counter[Due] = field(default_factory=Counter)
    ambiguous: set[Due] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    delays_ms: list[int] = field(default_factory=list)
    unsent: int = 0
    leaders_killed: int = 0


class Pushes:
    """Makes alerts that fire once and digests that are due, and knows what must come of them."""

    def __init__(self, store: Store, crowd: Crowd, rng: random.Random) -> None:
        self._store = store
        self._crowd = crowd
        self._rng = rng
        self._chats: list[int] = []
        self.due: list[Due] = []

    async def open(self) -> None:
        """Let the people come who share the alerts."""
        self._chats = [await self._crowd.join() for _ in range(CHATS)]

    async def alert(self) -> None:
        """Make an alert whose condition is true; its level is its own, so that its push can be told from others."""
        chat, level = self._rng.choice(self._chats), len(self.due) + 1
        rule = self._rng.choice(RULES).format(level)
        asked = AlertDefinition(_to(chat), chat, "BTCUSDT", "spot", "4h", rule, None, "en")
        made = await self._store.alerts.add(asked, standing_of(NEW, fired=0), now_ms=unix_ms(), most=10_000)
        if made is None:
            raise RuntimeError("the alert was not kept")
        self.due.append(Due(chat, f"alert {BOT_ID} {chat} {made.key.number} ", f"above {level}.00"))

    async def digest(self) -> None:
        """Make a digest that is due now and not again before tomorrow."""
        chat, now_ms = await self._crowd.join(), unix_ms()
        minute = time.gmtime(now_ms / 1000)
        asked = DigestDefinition(
            _to(chat),
            chat,
            (("BTCUSDT", "spot"),),
            "4h",
            60 * minute.tm_hour + minute.tm_min,
            tuple(range(7)),
            "en",
        )
        turn = DigestTurn("UTC", now_ms - 1, now_ms)
        made = await self._store.digests.add(asked, turn, now_ms=now_ms, most=1)
        if made is None:
            raise RuntimeError("the digest was not kept")
        self.due.append(Due(chat, f"digest {BOT_ID} {chat} {made.number} ", ""))

    async def unsent(self) -> set[Due]:
        """Return those that are not marked as sent."""
        query = select(_C.key).where(_C.message_id.is_not(None))
        async with self._store.database.read() as connection:
            sent = tuple((await connection.execute(query)).scalars())
        return {one for one in self.due if not any(key.startswith(one.key) for key in sent)}

    async def delays_ms(self) -> list[int]:
        """Return how long each push was on its way, from its evaluation until it was marked as sent."""
        query = select(_C.done_at - _C.written_at).where(_C.done_at.is_not(None))
        async with self._store.database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def leader_pid(self) -> int | None:
        """Return the process that leads, ``None`` if none does."""
        async with self._store.database.read() as connection:
            holder = (await connection.execute(select(LEASE.c.holder))).scalar_one_or_none()
        return None if holder is None else int(holder.split()[-2])

    async def times(self, some: set[Due]) -> Counter[Due]:
        """Return how often each of some pushes is in its chat."""
        said = {chat: await self._crowd.said(chat) for chat in {one.chat for one in some}}
        return Counter({one: sum(one.words in text for text in said[one.chat]) for one in some})


def _to(chat: int) -> Destination:
    return Destination(BOT_ID, chat, "private")


@dataclass(slots=True)
class Life:
    """A process of the bot from its start until it is killed; ``said`` are its last lines."""

    process: asyncio.subprocess.Process
    said: deque[str]
    stack: AsyncExitStack

    @classmethod
    async def begin(cls, settings: Settings) -> Self:
        """Start a process."""
        stack, said = AsyncExitStack(), deque[str](maxlen=LAST_LINES)
        return cls(await stack.enter_async_context(running_bot(settings, said)), said, stack)

    async def kill(self) -> None:
        """Kill it. Raises ``RuntimeError`` if it has ended by itself."""
        code = self.process.returncode
        await self.stack.aclose()
        if code is not None:
            raise RuntimeError("\n".join([f"the bot ended by itself with {code}", *self.said]))


class Several:
    """Several processes of the bot; one that is killed is started anew."""

    def __init__(self, each: Sequence[Settings]) -> None:
        self._settings = each
        self._lives: list[Life] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run all of them, and kill all at the end."""
        async with AsyncExitStack() as stack:
            for settings in self._settings:
                self._lives.append(await Life.begin(settings))
                stack.push_async_callback(self._end, len(self._lives) - 1)
            yield

    async def kill(self, number: int) -> int:
        """Kill a process; return its id."""
        life = self._lives[number]
        await life.kill()
        return life.process.pid

    async def restart(self, number: int) -> None:
        """Start a process that was killed."""
        self._lives[number] = await Life.begin(self._settings[number])

    async def _end(self, number: int) -> None:
        await self._lives[number].stack.aclose()


class Run:
    """Acts, kills, and looks at what came of it."""

    def __init__(
        self, plan: Plan, several: Several, pushes: Pushes, crowd: Crowd, rng: random.Random
    ) -> None:
        self._plan = plan
        self._several = several
        self._pushes = pushes
        self._crowd = crowd
        self._rng = rng
        self.seen = Counts()

    async def go(self) -> Counts:
        """Kill as often as planned, wait until everything is delivered, and return what was seen."""
        for done in range(self._plan.kills):
            await self._act()
            await self._kill()
            print(f"{done + 1} of {self._plan.kills} killed, {len(self._pushes.due)} pushes", flush=True)
        await self._until_delivered()
        self.seen.times = await self._pushes.times(set(self._pushes.due))
        self.seen.unsent = len(await self._pushes.unsent())
        self.seen.delays_ms = await self._pushes.delays_ms()
        self.seen.answers = await self._crowd.outcomes()
        self.seen.violations = await self._crowd.violations()
        return self.seen

    async def _act(self) -> None:
        plan = self._plan
        deeds = [self._pushes.alert] * plan.alerts + [self._pushes.digest] * plan.digests
        deeds += [self._ask] * plan.questions
        self._rng.shuffle(deeds)
        left_s = self._rng.uniform(plan.shortest_s, plan.longest_s)
        moments = sorted(self._rng.uniform(0, left_s) for _ in deeds)
        before_s = 0.0
        for moment_s, deed in zip(moments, deeds, strict=True):
            await asyncio.sleep(moment_s - before_s)
            await deed()
            before_s = moment_s
        await asyncio.sleep(left_s - before_s)

    async def _ask(self) -> None:
        await self._crowd.ask(1)

    async def _kill(self) -> None:
        number = self._rng.randrange(self._plan.processes)
        leader = await self._pushes.leader_pid()
        self.seen.leaders_killed += await self._several.kill(number) == leader
        unsent = await self._pushes.unsent()
        await asyncio.sleep(ON_ITS_WAY_S)
        self.seen.ambiguous |= {one for one, times in (await self._pushes.times(unsent)).items() if times}
        await self._several.restart(number)

    async def _until_delivered(self) -> None:
        """Wait for what is missing, for `DELIVERED_S`; what is missing then is told by the counts."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DELIVERED_S
        while loop.time() < deadline:
            answers = await self._crowd.outcomes()
            if not answers["lost"] + answers["stuck"] and not await self._pushes.unsent():
                return
            await asyncio.sleep(POLL_S)


def wrong(seen: Counts, kills: int) -> Iterator[str]:
    """Yield what must not be."""
    lost = sum(not times for times in seen.times.values())
    if lost or seen.unsent:
        yield f"{lost} pushes never came, {seen.unsent} are not marked as sent"
    often = [one for one, times in seen.times.items() if times > 1 and one not in seen.ambiguous]
    often += [one for one, times in seen.times.items() if times > 2]
    if often:
        yield f"{len(often)} pushes came too often, such as {often[0].key!r}"
    if seen.answers["lost"] + seen.answers["stuck"]:
        yield f"{seen.answers['lost']} questions without an answer, {seen.answers['stuck']} stuck"
    if seen.answers["double"] > kills:
        yield f"{seen.answers['double']} double answers after {kills} kills"


def lines(seen: Counts, kills: int) -> Iterator[str]:
    """Yield the figures, one a line."""
    yield f"{kills} kills, {seen.leaders_killed} of them of the process that led"
    twice = sum(times == 2 for times in seen.times.values())
    once = sum(times == 1 for times in seen.times.values())
    yield (
        f"{len(seen.times)} pushes: {once} once, {twice} twice; "
        f"{len(seen.ambiguous)} were with Telegram and not marked at a kill"
    )
    p50, p95 = (percentile(seen.delays_ms, share) / 1000 for share in (0.5, 0.95))
    longest = max(seen.delays_ms, default=0) / 1000
    yield f"from evaluated to marked as sent: p50 {p50:.1f} s, p95 {p95:.1f} s, longest {longest:.1f} s"
    counts = ", ".join(f"{seen.answers[word]} {word}" for word in ("answered", "double", "stuck", "lost"))
    yield f"{seen.answers.total()} questions: {counts}"
    yield f"limits of Telegram exceeded: {seen.violations.total()}"


async def kill_several(plan: Plan, address: str) -> int:
    """Run on an empty PostgreSQL database, print the figures, and return 1 if any of them is wrong."""
    rng = random.Random(plan.seed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kill-several-")))
        config = folder / "bot.toml"
        config.write_text(CONFIG)
        chat, exchange = free_ports(1)[0], free_ports(5)[0]
        child = SandboxChild(
            Settings(
                sandbox_chat_bind=f"127.0.0.1:{chat}",
                sandbox_exchange_bind=f"127.0.0.1:{exchange}",
                database_url=SecretStr(address),
                bot_config=config,
            ),
            any_webhook=plan.webhook,
        )
        stack.push_async_callback(child.close)
        await child.open()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        store = await stack.enter_async_context(open_store(address))
        settings = child.settings()
        each = [
            settings.model_copy(update={"http_bind": f"127.0.0.1:{port}"})
            for port in free_ports(plan.processes)
        ]
        if plan.webhook:
            each = await stack.enter_async_context(_behind_nginx(each, folder))
        crowd = Crowd(session, settings.telegram_api_url, rng)
        pushes = Pushes(store, crowd, rng)
        await pushes.open()
        several = Several(each)
        await stack.enter_async_context(several.running())
        seen = await Run(plan, several, pushes, crowd, rng).go()
    faults = list(wrong(seen, plan.kills))
    print(*lines(seen, plan.kills), *(f"WRONG: {one}" for one in faults), sep="\n", flush=True)
    return int(bool(faults))


@asynccontextmanager
async def _behind_nginx(each: Sequence[Settings], folder: Path) -> AsyncIterator[list[Settings]]:
    """Give every process a port of its own for the webhook, which is nginx's address."""
    front, *ports = free_ports(1 + len(each))
    common = {"webhook_url": f"http://127.0.0.1:{front}/telegram", "webhook_secret": SecretStr(SECRET)}
    async with balancer(folder, front, ports):
        yield [
            settings.model_copy(update=common | {"webhook_bind": f"127.0.0.1:{port}"})
            for settings, port in zip(each, ports, strict=True)
        ]


async def _on_fresh_database(plan: Plan) -> int:
    async with fresh_postgres() as address:
        return await kill_several(plan, address)


def main() -> int:
    """Run from the command line; 1 when anything was wrong, 2 without a server."""
    whole = Plan()
    parser = argparse.ArgumentParser(prog="scripts/kill_several", description=__doc__)
    parser.add_argument("--kills", type=int, default=whole.kills)
    parser.add_argument("--processes", type=int, default=whole.processes)
    parser.add_argument("--alerts", type=int, default=whole.alerts, help="new ones between two kills")
    parser.add_argument("--digests", type=int, default=whole.digests, help="new ones between two kills")
    parser.add_argument("--questions", type=int, default=whole.questions, help="between two kills")
    parser.add_argument("--shortest-s", type=float, default=whole.shortest_s, help="between two kills")
    parser.add_argument("--longest-s", type=float, default=whole.longest_s, help="between two kills")
    parser.add_argument("--seed", type=int, default=whole.seed)
    parser.add_argument("--webhook", action="store_true", help="updates by webhook, through an nginx")
    plan = Plan(**vars(parser.parse_args()))
    if not os.environ.get("TEST_POSTGRES_URL"):
        print("there is no PostgreSQL: start it with scripts/kill_several or name one in TEST_POSTGRES_URL")
        return 2
    return asyncio.run(_on_fresh_database(plan))


if __name__ == "__main__":
    sys.exit(main())
