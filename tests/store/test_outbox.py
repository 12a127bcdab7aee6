"""A message that is due is claimed by one process, sent once, and never lost."""

import asyncio
from dataclasses import replace

from utils.store.outbox import HELD_MS, KEPT_AFTER_SENDING_MS, Destination, Outgoing
from utils.store.store import Store, open_store

BOT, NOW = 7, 1_781_703_420_000
GROUP = Destination(BOT, -100, "supergroup", 3)
HOUR = 3_600_000


def message(key: str, *, due_at: int = NOW, to: Destination = GROUP) -> Outgoing:
    return Outgoing(key, to, {"text": f"<b>{key}</b>", "buttons": []}, due_at, due_at + HOUR)


async def keys(store: Store, now_ms: int, *, most: int = 10) -> list[str]:
    return [claimed.message.key for claimed in await store.outbox.claim(BOT, now_ms=now_ms, most=most)]


async def test_what_is_written_is_claimed_as_it_was(store: Store) -> None:
    written = message("a")
    assert await store.outbox.put([written], now_ms=NOW - 1) == 1
    (claimed,) = await store.outbox.claim(BOT, now_ms=NOW, most=10)
    assert (claimed.message, claimed.written_at, claimed.attempts) == (written, NOW - 1, 0)


async def test_the_same_is_not_written_twice_even_after_it_was_sent(store: Store) -> None:
    assert await store.outbox.put([message("a"), message("b")], now_ms=NOW) == 2
    assert await store.outbox.put([message("a"), message("c")], now_ms=NOW) == 1
    await keys(store, NOW)
    await store.outbox.sent("a", 55, now_ms=NOW)
    assert await store.outbox.put([message("a")], now_ms=NOW) == 0
    assert await store.outbox.put([], now_ms=NOW) == 0


async def test_only_what_is_due_is_claimed_and_the_longest_due_first(store: Store) -> None:
    later = [message("late", due_at=NOW + 1), message("b", due_at=NOW - 5), message("a", due_at=NOW)]
    await store.outbox.put(later, now_ms=NOW)
    other = replace(message("other"), to=replace(GROUP, bot_id=8))
    await store.outbox.put([other], now_ms=NOW)
    assert await keys(store, NOW, most=1) == ["b"]
    assert await keys(store, NOW) == ["a"]
    assert await keys(store, NOW) == []
    assert await keys(store, NOW + 1) == ["late"]


async def test_what_a_process_leaves_behind_is_taken_over(store: Store) -> None:
    await store.outbox.put([message("a")], now_ms=NOW)
    assert await keys(store, NOW) == ["a"]
    assert await keys(store, NOW + HELD_MS - 1) == []
    (again,) = await store.outbox.claim(BOT, now_ms=NOW + HELD_MS, most=10)
    assert again.attempts == 1


async def test_what_was_sent_or_dropped_is_done(store: Store) -> None:
    await store.outbox.put([message("a"), message("b"), message("c")], now_ms=NOW)
    await keys(store, NOW)
    await store.outbox.sent("a", 55, now_ms=NOW)
    await store.outbox.dropped("b", "the chat is gone", now_ms=NOW)
    assert await store.outbox.waiting(BOT) == 1
    assert await keys(store, NOW + HELD_MS) == ["c"]


async def test_what_is_postponed_is_due_again_at_that_time(store: Store) -> None:
    await store.outbox.put([message("a")], now_ms=NOW)
    await keys(store, NOW)
    await store.outbox.postpone("a", NOW + 5)
    assert await store.outbox.next_due(BOT) == NOW + 5
    assert await keys(store, NOW + 4) == []
    assert await keys(store, NOW + 5) == ["a"]


async def test_it_is_known_when_the_next_is_due(store: Store) -> None:
    assert await store.outbox.next_due(BOT) is None
    await store.outbox.put([message("a", due_at=NOW + 9), message("b", due_at=NOW + 3)], now_ms=NOW)
    assert await store.outbox.next_due(BOT) == NOW + 3
    await keys(store, NOW + 3)
    assert await store.outbox.next_due(BOT) == NOW + 9


async def test_done_messages_are_forgotten_after_some_days(store: Store) -> None:
    await store.outbox.put([message("a"), message("b")], now_ms=NOW)
    await store.outbox.sent("a", 55, now_ms=NOW)
    assert await store.outbox.prune(NOW + KEPT_AFTER_SENDING_MS) == 0
    assert await store.outbox.prune(NOW + KEPT_AFTER_SENDING_MS + 1) == 1
    assert await store.outbox.put([message("a")], now_ms=NOW) == 1
    assert await store.outbox.waiting(BOT) == 2


async def test_two_processes_never_claim_the_same(address: str) -> None:
    if address.startswith("sqlite"):
        async with open_store(address) as alone:
            await _claimed_once(alone, alone)
        return
    async with open_store(address) as one, open_store(address) as other:
        await _claimed_once(one, other)


async def _claimed_once(one: Store, other: Store) -> None:
    written = [message(f"{number:02}") for number in range(40)]
    await one.outbox.put(written, now_ms=NOW)
    claims = [keys(store, NOW, most=7) for store in (one, other) * 4]
    found = [key for some in await asyncio.gather(*claims) for key in some]
    assert sorted(found) == [one.key for one in written]
