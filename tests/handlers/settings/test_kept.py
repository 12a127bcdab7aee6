"""The choices of chats are read once in a while; a database that fails or hangs costs no answer and no known choice."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from handlers.settings.choices import Choices
from handlers.settings.kept import FRESH_S, PATIENCE_S, REST_S, ChatChoices, UnkeptRows
from tests.support.clock import FakeClock
from utils.http.errors import SourceError, Unavailable

TURKISH = {"language": "tr"}


@dataclass
class Rows(UnkeptRows):
    """Rows that a test lets fail, or wait for a gate."""

    error: SourceError | None = None
    gate: asyncio.Event | None = None
    finds: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def find(self, chat_id: int) -> Mapping[str, str]:
        self.finds.append(chat_id)
        found = dict(await super().find(chat_id))
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return found

    async def change(self, chat_id: int, changes: Mapping[str, str | None]) -> None:
        if self.error is not None:
            raise self.error
        await super().change(chat_id, changes)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def choices(clock: FakeClock, rows: Rows) -> ChatChoices:
    return ChatChoices(clock, rows)


async def test_each_chat_has_its_own_and_a_change_holds_at_once(choices: ChatChoices) -> None:
    assert await choices.of(7) == Choices()
    assert await choices.change(7, TURKISH) == Choices(language="tr")
    assert await choices.of(7) == Choices(language="tr")
    assert await choices.of(-100) == Choices()


async def test_a_changed_language_is_told_and_nothing_else_is(clock: FakeClock, rows: Rows) -> None:
    told: list[int] = []
    choices = ChatChoices(clock, rows, told.append)
    await choices.change(7, {"theme": "light"})
    assert told == []
    await choices.change(7, TURKISH)
    await choices.change(-100, {"language": None})
    assert told == [7, -100]
    rows.error = Unavailable("database", "away")
    with pytest.raises(SourceError):
        await choices.change(8, TURKISH)
    assert told == [7, -100]


async def test_the_database_is_asked_once_in_a_while(
    choices: ChatChoices, rows: Rows, clock: FakeClock
) -> None:
    await choices.of(7)
    await rows.change(7, TURKISH)  # by another process
    assert await choices.of(7) == Choices()
    await clock.advance(int(FRESH_S * 1000))
    assert await choices.of(7) == Choices(language="tr")
    assert rows.finds == [7, 7]


async def test_requests_at_the_same_time_share_one_reading(choices: ChatChoices, rows: Rows) -> None:
    await asyncio.gather(*(choices.of(7) for _ in range(5)))
    assert rows.finds == [7]


async def test_a_failing_database_leaves_what_is_known_and_else_the_configuration(
    choices: ChatChoices, rows: Rows, clock: FakeClock
) -> None:
    await choices.change(7, TURKISH)
    rows.error = Unavailable("database", "gone")
    await clock.advance(int(FRESH_S * 1000))
    assert await choices.of(7) == Choices(language="tr")
    assert await choices.of(8) == Choices()
    with pytest.raises(Unavailable):
        await choices.change(7, {"language": "en"})
    assert await choices.of(7) == Choices(language="tr")
    rows.error = None
    await rows.change(8, TURKISH)
    assert await choices.of(8) == Choices(language="tr")


async def test_a_database_that_hangs_is_waited_for_once_and_what_it_says_late_is_used(
    choices: ChatChoices, rows: Rows, clock: FakeClock
) -> None:
    await rows.change(7, TURKISH)
    rows.gate = asyncio.Event()
    asked = asyncio.ensure_future(choices.of(7))
    await clock.settle()
    assert not asked.done()
    await clock.advance(int(PATIENCE_S * 1000))
    assert await asked == Choices()
    assert await choices.of(8) == Choices()
    assert rows.finds == [7]
    rows.gate.set()
    await clock.settle()
    assert await choices.of(7) == Choices(language="tr")
    await clock.advance(int(REST_S * 1000))
    await choices.of(8)
    assert rows.finds == [7, 8]


async def test_a_reading_from_before_a_change_does_not_undo_it(
    choices: ChatChoices, rows: Rows, clock: FakeClock
) -> None:
    gate = rows.gate = asyncio.Event()
    early = asyncio.ensure_future(choices.of(7))
    await clock.settle()
    rows.gate = None
    await choices.change(7, TURKISH)
    gate.set()
    assert await early == Choices(language="tr")
    assert await choices.of(7) == Choices(language="tr")
