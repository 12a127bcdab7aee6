"""Choices of chats in the database outlive the process; without a database they cannot be kept, and that is said."""

import pytest

from bot.telegram.send.chat_choices import StoredChoices
from handlers.settings.choices import Choices
from handlers.settings.kept import ChatChoices
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable
from utils.store.store import Store, open_store


def choices_of(store: Store | None, clock: FakeClock) -> ChatChoices:
    return ChatChoices(clock, StoredChoices(lambda: store, clock, lambda: 77))


async def test_choices_are_known_to_the_next_process(database_address: str, clock: FakeClock) -> None:
    async with open_store(database_address) as store:
        await choices_of(store, clock).change(-100, {"time_zone": "Asia/Tokyo"})
    async with open_store(database_address) as store:
        assert await choices_of(store, clock).of(-100) == Choices(time_zone="Asia/Tokyo")


async def test_without_a_database_nothing_is_chosen_and_a_change_is_refused(clock: FakeClock) -> None:
    closed = choices_of(None, clock)
    assert await closed.of(7) == Choices()
    with pytest.raises(Unavailable, match="not open"):
        await closed.change(7, {"theme": "light"})
