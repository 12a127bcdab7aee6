"""The lists of chats: in their order, per bot and chat, replaced as a whole, moved and forgotten with a chat."""

from utils.store.store import Store


async def test_lists_are_written_in_their_order_and_an_empty_one_goes(store: Store) -> None:
    favourites = store.favourites
    await favourites.replace(
        77, 5, {"fav": ("SOLUSDT", "BTCUSDT", "ETHUSDT.P"), "alts": ("AVAXUSDT",)}, now_ms=1
    )
    assert await favourites.of_chat(77, 5) == {
        "alts": ("AVAXUSDT",),
        "fav": ("SOLUSDT", "BTCUSDT", "ETHUSDT.P"),
    }
    await favourites.replace(77, 5, {"fav": ("ETHUSDT.P", "SOLUSDT"), "alts": ()}, now_ms=2)
    assert await favourites.of_chat(77, 5) == {"fav": ("ETHUSDT.P", "SOLUSDT")}
    assert await favourites.of_chat(78, 5) == await favourites.of_chat(77, 6) == {}


async def test_a_group_that_moves_keeps_its_lists_and_one_that_is_there_already_stays(store: Store) -> None:
    favourites = store.favourites
    await favourites.replace(77, -5, {"fav": ("BTCUSDT",), "alts": ("SOLUSDT",)}, now_ms=1)
    await favourites.replace(77, -100, {"fav": ("ETHUSDT",)}, now_ms=1)
    await store.chats.move(77, -5, -100)
    assert await favourites.of_chat(77, -5) == {}
    assert await favourites.of_chat(77, -100) == {"alts": ("SOLUSDT",), "fav": ("ETHUSDT",)}
