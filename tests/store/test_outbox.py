"""A message that is due is claimed by one process, sent once, and never lost."""

import asyncio
from dataclasses import replace

from utils.store.outbox import HELD_MS, KEPT_AFTER_SENDING_MS, ORDER_KEPT_MS, Backlog, Destination, Outgoing
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
    ann, bob = replace(GROUP, chat_id=5), replace(GROUP, chat_id=6)
    later = [message("late", due_at=NOW + 1), message("b", due_at=NOW - 5, to=ann), message("a", to=bob)]
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
    assert (await store.outbox.backlog(BOT, now_ms=0)).waiting == 1
    assert await keys(store, NOW + HELD_MS) == ["c"]


async def test_the_backlog_is_what_is_not_done_and_since_when_it_is_due(store: Store) -> None:
    assert await store.outbox.backlog(BOT, now_ms=NOW) == Backlog()
    later = [message("a", due_at=NOW - 9), message("b"), message("c"), message("late", due_at=NOW + 1)]
    await store.outbox.put(later, now_ms=NOW)
    await store.outbox.put([replace(message("other"), to=replace(GROUP, bot_id=8))], now_ms=NOW)
    assert await store.outbox.backlog(BOT, now_ms=NOW - 10) == Backlog(4, 0, None)
    assert await store.outbox.backlog(BOT, now_ms=NOW) == Backlog(4, 3, NOW - 9)
    assert await keys(store, NOW) == ["a", "b", "c"]
    await store.outbox.sent("a", 55, now_ms=NOW)
    await store.outbox.dropped("b", "the chat is gone", now_ms=NOW)
    await store.outbox.postpone("c", NOW + HOUR)
    assert await store.outbox.backlog(BOT, now_ms=NOW + 1) == Backlog(2, 2, NOW)


async def test_what_is_postponed_is_due_again_at_that_time(store: Store) -> None:
    await store.outbox.put([message("a")], now_ms=NOW)
    await keys(store, NOW)
    await store.outbox.postpone("a", NOW + 5)
    assert await store.outbox.next_due(BOT) == NOW + 5
    assert await keys(store, NOW + 4) == []
    assert await keys(store, NOW + 5) == ["a"]


async def test_it_is_known_when_the_next_is_due(store: Store) -> None:
    assert await store.outbox.next_due(BOT) is None
    ann = replace(GROUP, chat_id=5)
    await store.outbox.put([message("a", due_at=NOW + 9), message("b", due_at=NOW + 3, to=ann)], now_ms=NOW)
    assert await store.outbox.next_due(BOT) == NOW + 3
    await keys(store, NOW + 3)
    assert await store.outbox.next_due(BOT) == NOW + 9


async def test_what_is_postponed_is_not_overtaken_in_its_chat(store: Store) -> None:
    other = replace(GROUP, chat_id=-101)
    await store.outbox.put([message("a"), message("b", due_at=NOW + 1)], now_ms=NOW)
    assert await keys(store, NOW) == ["a"]
    await store.outbox.postpone("a", NOW + 5)
    await store.outbox.put([message("0", due_at=NOW + 2), message("c", due_at=NOW + 2, to=other)], now_ms=NOW)
    assert await keys(store, NOW + 4) == ["c"]
    assert await store.outbox.next_due(BOT) == NOW + 5
    assert await keys(store, NOW + 5) == ["a", "b", "0"]


async def test_what_waits_for_its_time_holds_back_nothing_that_is_due_before(store: Store) -> None:
    await store.outbox.put([message("after the quiet hours", due_at=NOW + HOUR)], now_ms=NOW)
    await store.outbox.put([message("a digest", due_at=NOW + 1)], now_ms=NOW + 1)
    assert await keys(store, NOW + 1) == ["a digest"]


async def test_what_one_process_sends_is_not_overtaken_by_what_another_claims(store: Store) -> None:
    await store.outbox.put([message("a"), message("b", due_at=NOW + 1)], now_ms=NOW)
    assert await keys(store, NOW + 1, most=1) == ["a"]
    assert await keys(store, NOW + 1) == []
    await store.outbox.sent("a", 55, now_ms=NOW + 2)
    assert await keys(store, NOW + 2) == ["b"]


async def test_what_is_no_news_any_more_holds_back_nothing(store: Store) -> None:
    await store.outbox.put([message("a"), message("b", due_at=NOW + HOUR + ORDER_KEPT_MS)], now_ms=NOW)
    await keys(store, NOW)
    await store.outbox.postpone("a", NOW + 9 * HOUR)
    assert await keys(store, NOW + HOUR + ORDER_KEPT_MS) == ["b"]


async def test_done_messages_are_forgotten_after_some_days(store: Store) -> None:
    await store.outbox.put([message("a"), message("b")], now_ms=NOW)
    await store.outbox.sent("a", 55, now_ms=NOW)
    assert await store.outbox.prune(NOW + KEPT_AFTER_SENDING_MS) == 0
    assert await store.outbox.prune(NOW + KEPT_AFTER_SENDING_MS + 1) == 1
    assert await store.outbox.put([message("a")], now_ms=NOW) == 1
    assert (await store.outbox.backlog(BOT, now_ms=0)).waiting == 2


async def test_two_processes_never_claim_the_same(address: str) -> None:
    if address.startswith("sqlite"):
        async with open_store(address) as alone:
            await _claimed_once(alone, alone)
        return
    async with open_store(address) as one, open_store(address) as other:
        await _claimed_once(one, other)


async def test_two_that_claim_at_once_share_no_chat(address: str) -> None:
    if address.startswith("sqlite"):
        async with open_store(address) as alone:
            await _chats_are_shared_by_none(alone, alone)
        return
    async with open_store(address) as one, open_store(address) as other:
        await _chats_are_shared_by_none(one, other)


async def _chats_are_shared_by_none(one: Store, other: Store) -> None:
    chats = [replace(GROUP, chat_id=-chat) for chat in range(1, 6)]
    written = [
        message(f"{to.chat_id} {number}", due_at=NOW + number, to=to) for number in range(9) for to in chats
    ]
    await one.outbox.put(written, now_ms=NOW)
    claims = [
        store.outbox.claim(BOT, now_ms=NOW + 9, most=4 + number)
        for number, store in enumerate((one, other) * 4)
    ]
    holders: dict[int, set[int]] = {}
    for number, some in enumerate(await asyncio.gather(*claims)):
        for claimed in some:
            holders.setdefault(claimed.message.to.chat_id, set()).add(number)
    assert set(map(len, holders.values())) == {1}


async def _claimed_once(one: Store, other: Store) -> None:
    written = [message(f"{number:02}", to=replace(GROUP, chat_id=-100 - number)) for number in range(40)]
    await one.outbox.put(written, now_ms=NOW)
    claims = [keys(store, NOW, most=7) for store in (one, other) * 4]
    found = [key for some in await asyncio.gather(*claims) for key in some]
    assert sorted(found) == [one.key for one in written]
