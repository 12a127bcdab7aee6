"""A chat that moves, goes or comes back: every table that names it follows."""

from dataclasses import replace

from sqlalchemy import JSON, BigInteger, Boolean, Integer, Table, func, select

from tests.store.test_alerts import ASKED, BOT, GROUP, NEW, NOW, added, fired
from utils.store.alerts import Advance
from utils.store.chats import KEPT_MS
from utils.store.outbox import HELD_MS, Destination, Outgoing
from utils.store.store import Store
from utils.store.tables import METADATA, SEND_ROOM, TELEGRAM_CARD

OLD, OTHER, SUPERGROUP = -100, 5, -1009
NAMING_A_CHAT = [table for table in METADATA.sorted_tables if "chat_id" in table.c]
_SAMPLES = {BigInteger: 3, Integer: 3, Boolean: False, JSON: {}}


async def fill(store: Store, table: Table, chat_id: int) -> None:
    row = {column.name: _SAMPLES.get(type(column.type), "x") for column in table.columns}
    async with store.database.write() as connection:
        await connection.execute(table.insert(), row | {"bot_id": BOT, "chat_id": chat_id})


async def rows(store: Store, table: Table, chat_id: int) -> int:
    async with store.database.read() as connection:
        query = select(func.count()).where(table.c.bot_id == BOT, table.c.chat_id == chat_id)
        return int((await connection.execute(query)).scalar_one())


async def test_every_table_follows_a_group_that_has_moved(store: Store) -> None:
    for table in NAMING_A_CHAT:
        await fill(store, table, OLD)
    await store.chats.move(BOT, OLD, SUPERGROUP)
    left = [table.name for table in NAMING_A_CHAT if await rows(store, table, OLD)]
    # message ids begin anew; room for a message to the old chat is gone after seconds by itself
    assert set(left) == {TELEGRAM_CARD.name, SEND_ROOM.name}


async def test_a_group_that_moved_twice_into_itself_loses_nothing(store: Store) -> None:
    await added(store)
    for _ in range(2):
        await store.chats.move(BOT, OLD, SUPERGROUP)
    assert len(await store.alerts.of_chat(BOT, SUPERGROUP)) == 1


async def test_a_group_that_moved_keeps_its_alerts(store: Store) -> None:
    supergroup = replace(GROUP, chat_id=SUPERGROUP, chat_kind="supergroup")
    await added(store, replace(ASKED, to=supergroup, symbol="ETHUSDT"))
    for symbol in ("BTCUSDT", "SOLUSDT"):
        await added(store, replace(ASKED, symbol=symbol))
    await store.chats.move(BOT, OLD, SUPERGROUP)
    assert await store.alerts.of_chat(BOT, OLD) == ()
    found = await store.alerts.of_chat(BOT, SUPERGROUP)
    assert [(one.key.number, one.definition.symbol) for one in found] == [
        (1, "ETHUSDT"), (2, "BTCUSDT"), (3, "SOLUSDT"),
    ]  # fmt: skip
    assert {one.definition.to for one in found} == {supergroup}


async def test_a_group_that_moved_gets_what_waits_for_it(store: Store) -> None:
    await store.outbox.put([Outgoing("a", GROUP, {}, NOW, NOW)], now_ms=NOW)
    await store.chats.move(BOT, OLD, SUPERGROUP)
    (claimed,) = await store.outbox.claim(BOT, now_ms=NOW, most=10)
    assert claimed.message.to == replace(GROUP, chat_id=SUPERGROUP, chat_kind="supergroup")


async def test_nothing_is_sent_or_watched_for_a_chat_that_is_gone(store: Store) -> None:
    elsewhere = replace(GROUP, chat_id=OTHER)
    for to in (GROUP, elsewhere):
        alert = await added(store, replace(ASKED, to=to))
        message = Outgoing(f"to {to.chat_id}", to, {}, NOW, NOW)
        await store.alerts.advance([replace(fired(alert), messages=(message,))], now_ms=NOW)
    assert await store.chats.gone(BOT, OLD, "it was removed", now_ms=NOW) == 1
    assert await store.chats.gone(BOT, OLD, "it was removed", now_ms=NOW) == 0
    assert [alert.key.chat_id for alert in await store.alerts.live(BOT)] == [OTHER]
    (claimed,) = await store.outbox.claim(BOT, now_ms=NOW + HELD_MS, most=10)
    assert claimed.message.to == elsewhere


async def test_a_chat_that_is_back_has_its_alerts_which_begin_anew(store: Store) -> None:
    alert = await added(store)
    pending = Advance(alert.key, 0, replace(NEW, phase="pending", since=NOW, memory=({"above": True},)))
    await store.alerts.advance([pending], now_ms=NOW)
    await store.chats.gone(BOT, OLD, "it was removed", now_ms=NOW)
    assert await store.chats.back(BOT, (OTHER, OLD)) == (OLD,)
    assert await store.chats.back(BOT, (OTHER, OLD)) == ()
    (found,) = await store.alerts.live(BOT)
    assert (found.standing.phase, list(found.standing.memory), found.version) == ("armed", [], 2)


async def test_a_group_that_was_gone_is_not_gone_as_a_supergroup(store: Store) -> None:
    await added(store)
    await store.chats.gone(BOT, OLD, "it was removed", now_ms=NOW)
    await store.chats.move(BOT, OLD, SUPERGROUP)
    assert len(await store.alerts.live(BOT)) == 1


async def test_what_a_chat_has_asked_for_is_forgotten_long_after_it_has_gone(store: Store) -> None:
    await added(store)
    await added(store, replace(ASKED, to=Destination(BOT, OTHER, "private")))
    await store.chats.gone(BOT, OLD, "it was removed", now_ms=NOW)
    assert await store.chats.prune(NOW + KEPT_MS) == 0
    assert await store.chats.prune(NOW + KEPT_MS + 1) == 1
    assert await store.alerts.of_chat(BOT, OLD) == ()
    assert len(await store.alerts.of_chat(BOT, OTHER)) == 1
    assert await store.chats.back(BOT, (OLD,)) == ()
