"""Administrators hear once that a source fails and once that it answers again, however it flaps."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.administration.notices import (
    DEGRADED_AFTER_S,
    LOOK_S,
    RECOVERED_AFTER_S,
    Failing,
    NoticeKind,
    Notices,
)
from bot.administration.telling import MOST_NAMED, AdminNotices, notice
from bot.scheduler.push import push_of
from handlers.locale.messages import Translator
from tests.handlers.harness import MESSAGES, RecordingNotifier
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from utils.store.store import Store, open_store

BOT = 77


class Watched:
    """Sources that fail when a test says so, looked at every few seconds of a fake clock."""

    def __init__(self) -> None:
        self.failing: dict[str, int | None] = {}
        self.told: list[tuple[NoticeKind, tuple[str, ...]]] = []
        self.clock = FakeClock()
        self.notices = Notices(self._now, self._tell, self.clock)

    def _now(self) -> Failing:
        return dict(self.failing)

    async def _tell(self, kind: NoticeKind, sources: Sequence[str]) -> None:
        self.told.append((kind, tuple(sources)))

    async def pass_s(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK_S)):
            await self.clock.advance(round(1000 * LOOK_S))
            await self.notices.look()

    async def fail(self, *names: str, seconds: float = DEGRADED_AFTER_S + 2 * LOOK_S) -> None:
        self.failing |= dict.fromkeys(names)
        await self.pass_s(seconds)

    async def answer(self, seconds: float = RECOVERED_AFTER_S + 2 * LOOK_S) -> None:
        self.failing.clear()
        await self.pass_s(seconds)


async def test_each_transition_is_told_once() -> None:
    watched = Watched()
    await watched.fail("spot.klines", seconds=3_600)
    assert watched.told == [("degraded", ("spot.klines",))]
    await watched.answer(3_600)
    assert watched.told[1:] == [("recovered", ("spot.klines",))]
    await watched.fail("spot.klines")
    assert len(watched.told) == 3


async def test_what_fails_together_is_one_notice() -> None:
    watched = Watched()
    await watched.fail("b", "a", "c")
    await watched.answer()
    assert watched.told == [("degraded", ("a", "b", "c")), ("recovered", ("a", "b", "c"))]


async def test_a_short_failure_is_told_to_nobody() -> None:
    watched = Watched()
    for _ in range(50):
        await watched.fail("a", seconds=DEGRADED_AFTER_S / 2)
        await watched.answer(LOOK_S)
    assert watched.told == []


async def test_a_source_that_flaps_is_told_of_once() -> None:
    watched = Watched()
    for _ in range(50):
        await watched.fail("a")
        await watched.answer(RECOVERED_AFTER_S / 2)
    assert watched.told == [("degraded", ("a",))]
    await watched.answer()
    assert watched.told[1:] == [("recovered", ("a",))]


async def test_one_failed_request_that_nobody_repeats_is_no_outage() -> None:
    watched = Watched()
    watched.failing = {"spot.depth": 1}
    await watched.pass_s(3_600)
    assert watched.told == []
    watched.failing = {"spot.depth": 2}
    await watched.pass_s(LOOK_S)
    assert watched.told == [("degraded", ("spot.depth",))]


class Told:
    """The teller over a database that may be away."""

    def __init__(self, store: Store) -> None:
        self.store: Store | None = store
        self.notifier = RecordingNotifier()
        self.clock = FakeClock()
        self.woken = 0
        self.tell = AdminNotices(
            lambda: self.store,
            self.notifier,
            self.clock,
            bot_id=lambda: BOT,
            admins=lambda: (1, 2),
            translator=self._translator,
            wake=self._wake,
        )

    async def _translator(self, person_id: int) -> Translator:
        return MESSAGES.of("tr" if person_id == 2 else "en")

    def _wake(self) -> None:
        self.woken += 1


async def test_every_admin_is_told_in_their_language_once_whatever_the_number_of_processes(
    tmp_path: Path,
) -> None:
    async with open_store(fresh_sqlite(tmp_path)) as store:
        told = Told(store)
        for _ in range(3):
            await told.tell("degraded", ["spot.klines"])
        claimed = await store.outbox.claim(BOT, now_ms=told.clock.now_ms(), most=10)
        texts = {one.message.to.chat_id: push_of(one.message.content).content.plain for one in claimed}
        assert texts == {
            1: "Data degraded: no answer from\nspot.klines",
            2: "Veri aksıyor: yanıt vermeyen\nspot.klines",
        }
        assert (told.notifier.sent, told.woken) == ([], 3)


async def test_without_a_database_admins_are_told_at_once(tmp_path: Path) -> None:
    async with open_store(fresh_sqlite(tmp_path)) as store:
        told = Told(store)
        told.store = None
        await told.tell("degraded", ["database"])
        assert [chat.chat_id for chat, _, _ in told.notifier.sent] == [1, 2]


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_long_outage_list_is_shortened(language: str) -> None:
    names = [f"source.<{number}>" for number in range(40)]
    text = notice("recovered", names, MESSAGES.of(language)).content.plain
    assert text.splitlines()[-1] == f"… +{40 - MOST_NAMED}"
    assert "source.<0>" in text
