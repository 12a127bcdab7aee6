"""Digests are kept by their numbers; a turn is taken once, together with the message that it writes."""

from dataclasses import replace

from utils.store.digests import DigestDefinition, DigestTurn, StoredDigest
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store

BOT, NOW, DAY = 7, 1_781_703_420_000, 86_400_000
GROUP = Destination(BOT, -100, "group", 3)
COINS = (("BTCUSDT", "spot"), ("ETHUSDT", "futures"))
ASKED = DigestDefinition(GROUP, 42, COINS, "4h", 480, (0, 1, 2, 3, 4), "tr")
TURN = DigestTurn("Europe/Istanbul", NOW, NOW + 5)
NEXT = DigestTurn("Europe/Istanbul", NOW + 5, NOW + 5 + DAY)


def message(key: str = "a") -> Outgoing:
    return Outgoing(key, GROUP, {"text": "x"}, NOW, NOW + 1)


async def added(store: Store, definition: DigestDefinition = ASKED) -> StoredDigest:
    made = await store.digests.add(definition, TURN, now_ms=NOW, most=3)
    assert made is not None
    return made


async def test_a_digest_is_kept_as_it_was_asked_for(store: Store) -> None:
    made = await added(store)
    assert made == StoredDigest(1, ASKED, TURN, NOW)
    assert await store.digests.of_chat(BOT, -100) == (made,)
    assert await store.digests.of_chat(BOT, 5) == ()


async def test_a_chat_has_only_so_many_by_the_lowest_free_numbers(store: Store) -> None:
    for number in (1, 2, 3):
        assert (await added(store)).number == number
    assert await store.digests.add(ASKED, TURN, now_ms=NOW, most=3) is None
    assert await store.digests.remove(BOT, -100, 2)
    assert not await store.digests.remove(BOT, -100, 2)
    assert (await added(store)).number == 2


async def test_what_is_due_is_found_unless_its_chat_is_gone(store: Store) -> None:
    made = await added(store)
    assert await store.digests.due(BOT, TURN.due_at - 1) == ()
    assert await store.digests.due(BOT, TURN.due_at) == (made,)
    assert await store.digests.due(8, TURN.due_at) == ()
    await store.chats.gone(BOT, -100, "it was removed", now_ms=NOW)
    assert await store.digests.due(BOT, TURN.due_at) == ()
    assert await store.digests.live(BOT) == ()


async def test_a_turn_is_taken_once_with_its_message(store: Store) -> None:
    made = await added(store)
    assert await store.digests.advance(made, NEXT, [message()], now_ms=NOW)
    assert not await store.digests.advance(made, NEXT, [message("b")], now_ms=NOW)
    assert (await store.outbox.backlog(BOT, now_ms=0)).waiting == 1
    assert await store.digests.live(BOT) == (replace(made, turn=NEXT),)


async def test_one_that_was_ended_meanwhile_says_nothing(store: Store) -> None:
    made = await added(store)
    await store.digests.remove(BOT, -100, 1)
    assert not await store.digests.advance(made, NEXT, [message()], now_ms=NOW)
    assert (await store.outbox.backlog(BOT, now_ms=0)).waiting == 0


async def test_a_group_that_moved_keeps_its_digests(store: Store) -> None:
    supergroup = replace(GROUP, chat_id=-1009, chat_kind="supergroup")
    await added(store, replace(ASKED, to=supergroup, interval="1d"))
    await added(store)
    await store.chats.move(BOT, -100, -1009)
    found = await store.digests.of_chat(BOT, -1009)
    assert [(one.number, one.definition.interval) for one in found] == [(1, "1d"), (2, "4h")]
    assert {one.definition.to for one in found} == {supergroup}
