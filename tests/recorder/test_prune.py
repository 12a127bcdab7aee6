"""Old rows are forgotten once a day."""

from tests.support.clock import FakeClock
from utils.recorder.prune import prune_if_due
from utils.store.observations import Observation
from utils.store.store import Store

DAY = 86_400_000


async def test_old_rows_go_once_a_day_also_after_a_restart(store: Store, clock: FakeClock) -> None:
    now = clock.now_ms()

    async def put_old(ts: int) -> None:
        await store.observations.append([Observation("s", "BTCUSDT", ts, ts, 1.0)])

    async def kept() -> list[int]:
        found = await store.observations.window("s", "BTCUSDT", 0, 2**62, as_of=2**62)
        return [int(ts) for ts in found.ts]

    await put_old(now - 41 * DAY)
    await put_old(now - 39 * DAY)
    assert await prune_if_due(store, now, 40)
    assert await kept() == [now - 39 * DAY]
    await put_old(now - 50 * DAY)
    assert not await prune_if_due(store, now + DAY - 1, 40)
    assert len(await kept()) == 2
    assert await prune_if_due(store, now + DAY, 40)
    assert await kept() == [now - 39 * DAY]
