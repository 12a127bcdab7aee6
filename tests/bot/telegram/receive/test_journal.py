"""The journal of updates: a row before the confirmation, done after the answer, memory alone without a database."""

from typing import Any

from bot.telegram.receive.journal import Journal
from tests.support.clock import FakeClock
from utils.store.store import Store
from utils.store.telegram_updates import UnansweredUpdate

BOT = 77


def raw(update_id: int) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"text": f"/t {update_id}"}}


def journal_of(store: Store | None, clock: FakeClock) -> Journal:
    journal = Journal(lambda: store, clock)
    journal.bot_id = BOT
    return journal


async def left_to(journal: Journal) -> tuple[UnansweredUpdate, ...]:
    found = await journal.unanswered()
    assert found is not None
    return found


async def test_what_this_process_received_is_not_among_what_others_left(
    store: Store, clock: FakeClock
) -> None:
    await journal_of(store, clock).add([raw(1)])
    late = journal_of(store, clock)
    await late.add([raw(2)])
    assert [row.update_id for row in await left_to(late)] == [1]
    assert await left_to(late) == ()


async def test_an_update_comes_back_until_it_is_done(store: Store, clock: FakeClock) -> None:
    first = journal_of(store, clock)
    assert await first.add([raw(1), raw(2), raw(3)]) == [raw(1), raw(2), raw(3)]
    await first.done(2)
    left = await left_to(journal_of(store, clock))
    assert [(row.update_id, row.attempts) for row in left] == [(1, 0), (3, 0)]
    assert "/t 3" in left[1].raw
    again = await left_to(journal_of(store, clock))
    assert [(row.update_id, row.attempts) for row in again] == [(1, 1), (3, 1)]


async def test_an_update_that_is_known_is_not_new(store: Store, clock: FakeClock) -> None:
    first, second = journal_of(store, clock), journal_of(store, clock)
    await first.add([raw(1)])
    assert await first.add([raw(1), raw(2)]) == [raw(2)]
    assert await second.add([raw(2), raw(3)]) == [raw(3)]
    await second.done(3)
    assert await journal_of(store, clock).add([raw(3)]) == []


async def test_bots_do_not_see_each_others_updates(store: Store, clock: FakeClock) -> None:
    await journal_of(store, clock).add([raw(1)])
    other = journal_of(store, clock)
    other.bot_id = BOT + 1
    assert await other.unanswered() == ()
    assert await other.add([raw(1)]) == [raw(1)]


async def test_what_was_answered_is_forgotten_but_for_its_id(store: Store, clock: FakeClock) -> None:
    journal = journal_of(store, clock)
    await journal.add([raw(1)])
    await journal.done(1)
    async with store.database.read() as connection:
        (text,) = (await connection.exec_driver_sql("SELECT raw FROM telegram_update")).one()
    assert text == ""
    assert await store.telegram_updates.prune(clock.now_ms() + 2 * 86_400_000) == 0
    assert await store.telegram_updates.prune(clock.now_ms() + 4 * 86_400_000) == 1


async def test_a_placeholder_is_known_to_the_next_process(store: Store, clock: FakeClock) -> None:
    journal = journal_of(store, clock)
    await journal.add([raw(1), raw(2), raw(3)])
    rows = [journal.row(number) for number in (1, 2, 3)]
    for row in rows:
        await row.placing(40)
    await rows[1].placed(41)
    await rows[2].placed(None)
    left = await left_to(journal_of(store, clock))
    assert [(row.placing_after, row.placeholder_id) for row in left] == [(40, None), (None, 41), (None, None)]
    assert [row.placeholder_id for row in rows] == [None, 41, None]


async def test_without_a_database_the_oldest_unanswered_update_is_not_confirmed(clock: FakeClock) -> None:
    journal = journal_of(None, clock)
    assert await journal.unanswered() is None
    assert await journal.add([raw(5), raw(6), raw(7)]) == [raw(5), raw(6), raw(7)]
    assert await journal.add([raw(6), raw(8)]) == [raw(8)]
    await journal.done(5)
    assert journal.confirmable(9) == 6
    await journal.done(7)
    assert journal.confirmable(9) == 6
    for number in (6, 8):
        await journal.done(number)
    assert journal.confirmable(9) == 9


async def test_with_a_database_everything_received_is_confirmed(store: Store, clock: FakeClock) -> None:
    journal = journal_of(store, clock)
    await journal.add([raw(5)])
    assert journal.confirmable(6) == 6


async def test_a_database_that_fails_costs_no_answer(store: Store, clock: FakeClock) -> None:
    journal = journal_of(store, clock)
    await journal.add([raw(1)])
    await store.database.close()
    async with store.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE telegram_update RENAME TO away")
    assert await journal.add([raw(2)]) == [raw(2)]
    assert journal.confirmable(3) == 2
    await journal.row(1).placing(40)
    await journal.done(1)
    await journal.done(2)
    async with store.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE away RENAME TO telegram_update")
    await journal.add([raw(3)])
    await journal.done(3)  # writes what could not be written before
    assert [row.update_id for row in await left_to(journal_of(store, clock))] == []
