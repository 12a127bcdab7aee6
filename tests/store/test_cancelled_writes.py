"""A task that is cancelled in the middle of writing leaves the database to the others."""

import asyncio

from utils.store.observations import Observation
from utils.store.store import Store

STEPS = 40


async def test_after_a_write_cancelled_at_any_step_the_next_one_succeeds(store: Store) -> None:
    stored = 0
    for step in range(STEPS):
        rows = [Observation("cancelled", "BTCUSDT", step * 1000 + i, 1, 1.0) for i in range(200)]
        writing = asyncio.create_task(store.observations.append(rows))
        for _ in range(step):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait({writing})
        stored += await store.observations.append([Observation("next", "BTCUSDT", step, 1, 1.0)])
        del writing
    assert stored == STEPS
    found = await store.observations.window("cancelled", "BTCUSDT", 0, 2**62, as_of=2**62)
    assert len(found) % 200 == 0  # each batch whole or not at all
