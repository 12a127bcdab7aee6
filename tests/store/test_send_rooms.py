"""Room to send is asked for by name, lent, and forgotten; bots do not see each other's."""

from utils.store.send_rooms import RoomAsked
from utils.store.store import Store

BOT, OTHER_BOT, CHAT = 7, 8, -100


async def test_what_is_asked_is_lent_and_ended_by_name(store: Store) -> None:
    rooms = store.send_rooms
    for asking in ("b", "a", "c"):
        await rooms.ask(BOT, asking, CHAT)
    assert await rooms.asked(BOT) == tuple(RoomAsked(asking, CHAT, False) for asking in ("a", "b", "c"))
    await rooms.lend(BOT, ("a", "c"))
    assert [await rooms.is_lent(BOT, asking) for asking in ("a", "b", "c")] == [True, False, True]
    await rooms.end(BOT, ("a",))
    assert await rooms.asked(BOT) == (RoomAsked("b", CHAT, False), RoomAsked("c", CHAT, True))
    assert not await rooms.is_lent(BOT, "a")


async def test_bots_on_one_database_have_rooms_of_their_own(store: Store) -> None:
    for bot in (BOT, OTHER_BOT):
        await store.send_rooms.ask(bot, "a", CHAT)
    await store.send_rooms.lend(BOT, ("a",))
    assert not await store.send_rooms.is_lent(OTHER_BOT, "a")
    await store.send_rooms.end(BOT, ("a",))
    assert await store.send_rooms.asked(OTHER_BOT) == (RoomAsked("a", CHAT, False),)
