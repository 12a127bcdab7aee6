"""How far a series has come: one stamp that never goes back, also between concurrent recorders."""

import asyncio

from utils.store.store import Store


async def test_a_cursor_moves_forward_only(store: Store) -> None:
    assert await store.cursors.get("um.open_interest_base", "BTCUSDT") is None
    await store.cursors.advance("um.open_interest_base", "BTCUSDT", 100, now_ms=1)
    await store.cursors.advance("um.open_interest_base", "BTCUSDT", 90, now_ms=2)
    assert await store.cursors.get("um.open_interest_base", "BTCUSDT") == 100
    assert await store.cursors.get("um.open_interest_base", "ETHUSDT") is None


async def test_concurrent_advances_end_at_the_farthest(store: Store) -> None:
    await asyncio.gather(*(store.cursors.advance("s", "X", ts, now_ms=1) for ts in (3, 9, 1, 7, 5)))
    assert await store.cursors.get("s", "X") == 9
