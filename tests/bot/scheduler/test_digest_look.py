"""Digests under a fake clock: sent at their time, late ones too, once, with one question per coin."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from analysis.framework.question import Request
from bot.scheduler.digest_look import ZONES_S, DigestLook
from bot.scheduler.push import push_of
from bot.scheduler.stored_digests import StoredDigests
from composite.result import Composite
from config.c_chat import ChatConfig
from handlers.digests.schedule import FRESH_MS
from handlers.ports import ChatRef
from handlers.render.html import plain
from handlers.settings.kept import ChatChoices
from tests.handlers.harness import MESSAGES
from tests.support.clock import FakeClock
from tests.support.composites import sample_composite
from utils.http.errors import Unavailable
from utils.store.digests import DigestDefinition
from utils.store.store import Store, open_store

BOT, HOUR, DAY = 7, 3_600_000, 86_400_000
START = round(datetime(2026, 6, 17, 6, tzinfo=UTC).timestamp() * 1000)
GROUP = ChatRef(-100, "supergroup", 5)


@dataclass
class Scores:
    """Answers boards and counts the questions."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    async def all(self, request: Request) -> tuple[Composite, ...]:
        self.asked.append((request.symbol, request.interval))
        if request.symbol in self.down:
            raise Unavailable("binance.spot", "gone")
        if request.symbol in self.broken:
            raise ZeroDivisionError
        return (sample_composite(symbol=request.symbol), sample_composite(symbol=request.symbol))

    async def score(self, name: str, request: Request) -> Composite:
        raise AssertionError(name, request)

    async def evidence(self, name: str, request: Request) -> Any:
        raise AssertionError(name, request)


class World:
    """Digests in a real database under a fake clock."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.scores = store, FakeClock(START), Scores()
        self.choices = ChatChoices(self.clock)
        self.kept = StoredDigests(lambda: store, self.clock, lambda: BOT)
        self.look = self.another()

    def another(self) -> DigestLook:
        return DigestLook(
            lambda: self.store,
            self.scores,
            MESSAGES,
            self.choices,
            self.clock,
            chat_config=ChatConfig,
            bot_id=lambda: BOT,
            scope=contextlib.nullcontext,
        )

    async def add(
        self, at: str = "08:00", *coins: str, chat: ChatRef = GROUP, zone: str = "UTC", language: str = "en"
    ) -> None:
        hours, minutes = map(int, at.split(":"))
        symbols = tuple((f"{coin}USDT", "spot") for coin in coins or ("BTC",))
        to = self.kept.destination(chat)
        asked = DigestDefinition(to, 42, symbols, "4h", 60 * hours + minutes, tuple(range(7)), language)
        assert await self.kept.add(asked, zone, most=9) is not None

    async def until(self, text: str) -> int:
        """Go on to a moment (UTC) and look once; return how many messages were written."""
        at_ms = round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
        await self.clock.advance(at_ms - self.clock.now_ms())
        return await self.look.look()

    async def written(self) -> list[str]:
        claimed = await self.store.outbox.claim(BOT, now_ms=self.clock.now_ms(), most=99)
        return [plain(push_of(one.message.content).text) for one in claimed]


@pytest.fixture
async def world(database_address: str) -> AsyncIterator[World]:
    async with open_store(database_address) as store:
        yield World(store)


async def test_it_is_sent_at_its_time_and_again_the_next_day(world: World) -> None:
    await world.add("08:00", "BTC", "ETH")
    assert await world.until("2026-06-17T07:59") == 0
    assert world.scores.asked == []
    assert await world.until("2026-06-17T08:00") == 1
    assert await world.until("2026-06-17T08:01") == 0
    assert await world.until("2026-06-18T08:00") == 1
    first, _ = await world.written()
    assert first.startswith("Digest 1 · 17 Jun 2026 08:00 UTC")
    assert "BTCUSDT" in first
    assert "ETHUSDT" in first
    assert "50,412" in first


async def test_it_goes_to_its_chat_and_topic_and_is_news_for_a_while(world: World) -> None:
    await world.add()
    await world.until("2026-06-17T08:00")
    (claimed,) = await world.store.outbox.claim(BOT, now_ms=world.clock.now_ms(), most=9)
    assert claimed.message.to == world.kept.destination(GROUP)
    assert claimed.message.fresh_until == START + 2 * HOUR + FRESH_MS


async def test_a_coin_is_asked_once_for_all_digests_that_are_due(world: World) -> None:
    for number in range(10):
        await world.add("08:00", "BTC", "ETH", chat=replace(GROUP, chat_id=-200 - number))
    assert await world.until("2026-06-17T08:00") == 10
    assert sorted(world.scores.asked) == [("BTCUSDT", "4h"), ("ETHUSDT", "4h")]


async def test_a_coin_that_cannot_be_read_is_said_and_the_others_are_shown(world: World) -> None:
    await world.add("08:00", "BTC", "ETH", "SOL")
    world.scores.down, world.scores.broken = {"ETHUSDT"}, {"SOLUSDT"}
    assert await world.until("2026-06-17T08:00") == 1
    (text,) = await world.written()
    assert "BTCUSDT" in text
    assert "ETH\nThe exchange does not answer now" in text
    assert "SOL\nThis part does not answer now" in text
    assert world.look.failures == 1


async def test_what_is_late_is_still_sent_while_it_is_fresh(world: World) -> None:
    await world.add()
    assert await world.until("2026-06-17T10:00") == 1
    (text,) = await world.written()
    assert "BTCUSDT" in text


async def test_of_what_is_too_late_only_that_is_said(world: World) -> None:
    await world.add()
    assert await world.until("2026-06-17T10:01") == 1
    assert world.scores.asked == []
    assert await world.written() == ["Digest 1 was not sent at 17 Jun 2026 08:00 UTC."]
    assert await world.until("2026-06-20T12:00") == 1
    assert (await world.written())[-1] == ("Digest 1 was not sent 3 times, first at 18 Jun 2026 08:00 UTC.")


async def test_turns_that_were_missed_are_said_with_the_next_one(world: World) -> None:
    await world.add()
    assert await world.until("2026-06-19T08:30") == 1
    (text,) = await world.written()
    assert "The 2 before were not sent." in text
    assert "BTCUSDT" in text


async def test_two_processes_say_it_once(world: World) -> None:
    await world.add()
    await world.clock.advance(2 * HOUR)
    other = world.another()
    assert await world.look.look() + await other.look() == 1
    assert len(await world.written()) == 1


async def test_a_restart_between_two_turns_forgets_nothing(world: World) -> None:
    await world.add()
    await world.until("2026-06-17T08:00")
    world.look = world.another()
    assert await world.until("2026-06-17T09:00") == 0
    assert await world.until("2026-06-18T08:00") == 1


async def test_it_follows_the_zone_and_language_that_its_chat_sets(world: World) -> None:
    await world.add("18:00")
    await world.choices.change(GROUP.chat_id, {"time_zone": "Europe/Istanbul", "language": "tr"})
    assert await world.until("2026-06-17T14:59") == 0
    assert await world.until("2026-06-17T15:00") == 1
    (text,) = await world.written()
    assert text.startswith("Özet 1 · 17 Haz 2026 18:00 +03")
    await world.choices.change(GROUP.chat_id, {"time_zone": "America/New_York"})
    assert await world.until("2026-06-17T22:00") == 1
    await world.clock.advance(round(ZONES_S * 1000))
    assert await world.until("2026-06-18T15:00") == 0
    assert await world.until("2026-06-18T22:00") == 1


async def test_words_that_fail_say_that_it_was_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(view: object) -> Any:
        raise ZeroDivisionError

    await world.add()
    monkeypatch.setattr("bot.scheduler.digest_look.digest_text", broken)
    assert await world.until("2026-06-17T08:00") == 1
    assert await world.written() == ["Digest 1 was not sent at 17 Jun 2026 08:00 UTC."]


async def test_without_a_database_nothing_is_done(world: World) -> None:
    world.look._store = lambda: None
    assert await world.look.look() == 0
