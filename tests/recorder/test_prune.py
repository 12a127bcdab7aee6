"""Old rows are forgotten once a day."""

import pytest

from tests.support.clock import FakeClock
from utils.http.errors import Unavailable
from utils.recorder.prune import prune_if_due
from utils.store.observations import Observation
from utils.store.store import Store
from utils.store.telegram_updates import TelegramUpdates

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


async def test_what_failed_half_way_is_done_at_the_next_look(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: TelegramUpdates, now_ms: int) -> int:
        raise Unavailable("database", f"not at {now_ms}")

    with monkeypatch.context() as broken:
        broken.setattr(TelegramUpdates, "prune", fail)
        with pytest.raises(Unavailable):
            await prune_if_due(store, clock.now_ms(), 40)
    assert await prune_if_due(store, clock.now_ms() + 1, 40)
