"""A lease has one holder, until it gives it back or does not renew it."""

import asyncio

from utils.store.store import Store, open_store

NOW, LONG = 1_781_703_420_000, 15_000


async def take(store: Store, holder: str, now_ms: int = NOW, name: str = "bot 7") -> str:
    return await store.leases.take(name, holder, now_ms=now_ms, until=now_ms + LONG)


async def test_a_lease_is_held_by_the_first_and_renewed(store: Store) -> None:
    assert await take(store, "a") == "a"
    assert await take(store, "b") == "a"
    assert await take(store, "a", NOW + LONG - 1) == "a"
    assert await take(store, "b", NOW + LONG) == "a"


async def test_one_that_is_not_renewed_goes_to_another(store: Store) -> None:
    await take(store, "a")
    assert await take(store, "b", NOW + LONG - 1) == "a"
    assert await take(store, "b", NOW + LONG) == "b"
    assert await take(store, "a", NOW + LONG) == "b"


async def test_one_that_is_given_back_is_free_at_once(store: Store) -> None:
    await take(store, "a")
    await store.leases.release("bot 7", "b")
    assert await take(store, "b") == "a"
    await store.leases.release("bot 7", "a")
    assert await take(store, "b") == "b"


async def test_each_name_has_its_own(store: Store) -> None:
    assert await take(store, "a") == "a"
    assert await take(store, "b", name="bot 8") == "b"


async def test_many_who_ask_at_once_agree(address: str) -> None:
    async with open_store(address) as one:
        for turn in range(5):
            now_ms = NOW + turn * LONG
            said = await asyncio.gather(*(take(one, f"{number}", now_ms) for number in range(8)))
            assert len(set(said)) == 1
