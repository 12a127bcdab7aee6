"""Updates that cannot be read: counted, kept, told once a kind, and confirmed."""

import json
from typing import Any

import aiohttp

from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import MOST_KINDS_TOLD, UpdateReceiver
from handlers.ports import IncomingMessage
from tests.bot.conftest import InstantClock, bot_on
from tests.bot.telegram.receive.conftest import RecordingHandler, running
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.store import Store

ODD: dict[str, Any] = {
    "message": {"message_id": 3, "date": 1, "from": {"id": 7}, "text": "/t", "chatt": {"id": 7}},
    "subscription": {"user": {"id": 7}, "state": "active"},
}


async def test_updates_that_cannot_be_read_are_counted_kept_and_told_once_a_kind(
    receiver: UpdateReceiver, handler: RecordingHandler, store: Store
) -> None:
    good = {"message_id": 4, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": "/t"}
    async with running(receiver):
        raws = [{"update_id": 900, "message": good}]
        raws += [{"update_id": 901 + number, "message": ODD["message"]} for number in range(5)]
        raws += [{"update_id": 910, "subscription": ODD["subscription"]}, {"update_id": 911, "message": good}]
        assert await receiver.take(raws) == len(raws)
        answered = [await handler.next() for _ in range(2)]
        assert [one.person.id for one in answered if isinstance(one, IncomingMessage)] == [7, 7]
    assert receiver.unreadable == {"message": 5, "subscription": 1}
    assert sorted(handler.unreadable) == ["message", "subscription"]
    assert receiver.failed == 0
    async with store.database.read() as connection:
        query = "SELECT raw FROM telegram_update WHERE raw <> '' AND done_at IS NOT NULL ORDER BY update_id"
        kept = [json.loads(row[0]) for row in (await connection.exec_driver_sql(query)).all()]
    assert kept == [raw for raw in raws if raw.get("message") != good]


async def test_owners_are_not_told_of_endless_kinds(
    receiver: UpdateReceiver, handler: RecordingHandler
) -> None:
    async with running(receiver):
        await receiver.take([{"update_id": 900 + number, f"kind_{number}": {}} for number in range(40)])
        await receiver.take([{"update_id": 990, "k" * 5000: {}}])
    assert len(handler.unreadable) == MOST_KINDS_TOLD
    assert sum(receiver.unreadable.values()) == 41
    assert all(len(kind) <= 40 for kind in receiver.unreadable)


async def test_without_a_database_an_unreadable_update_is_confirmed(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
) -> None:
    journal = Journal(lambda: None, instant_clock)
    bot = bot_on(telegram, session, instant_clock)
    receiver = UpdateReceiver(bot, handler, instant_clock, journal=journal)
    async with running(receiver):
        await receiver.take([{"update_id": 900, **ODD}])
        assert journal.confirmable(901) == 901
