"""Positioning statistics in memory: a later question requests only what can have come since."""

import random
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.binance_api.exchange import Exchange, SkippingClock
from tests.binance_api.test_statistics import Positioning
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.positioning.kept import HOLES_TTL_S, NEWEST_TTL_S
from utils.binance_api.urls import BinanceUrls

MINUTE, HOUR = 60_000, 3_600_000
ROWS = 600


class Hourly(Positioning):
    """Rows by the hour; ``missing`` ones do not exist, those of the last ``late_ms`` have not come."""

    def __init__(self, exchange: Exchange, clock: SkippingClock) -> None:
        self.missing: set[int] = set()
        self.late_ms = 0
        super().__init__(exchange, clock, HOUR)

    def rows(self, query: dict[str, str]) -> list[dict[str, Any]]:
        come = self.clock.now_ms() - self.late_ms
        rows = super().rows(query)
        return [
            row for row in rows if int(row["timestamp"]) <= come and int(row["timestamp"]) not in self.missing
        ]


@pytest.fixture
def hourly(exchange: Exchange, clock: SkippingClock) -> Hourly:
    return Hourly(exchange, clock)


def hour(clock: SkippingClock) -> int:
    return clock.now_ms() // HOUR * HOUR


async def until(clock: SkippingClock, minute: int) -> None:
    """Go to a minute of the next hour."""
    await clock.advance(hour(clock) + HOUR + minute * MINUTE - clock.now_ms())


async def test_a_new_hour_requests_the_new_row_alone(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock
) -> None:
    await until(clock, 10)
    first = (await aggregator.statistics.top_accounts("BTCUSDT", "1h", rows=ROWS)).value
    asked = len(exchange.calls)
    await until(clock, 10)
    later = (await aggregator.statistics.top_accounts("BTCUSDT", "1h", rows=ROWS)).value
    (query,) = [query for _, query in exchange.calls[asked:]]
    assert int(query["startTime"]) == int(query["endTime"]) == hour(clock)
    assert later.stamp.tolist() == [*first.stamp.tolist()[1:], hour(clock)]


@pytest.mark.parametrize("kind", ["open_interest", "taker_volume", "global_accounts"])
async def test_an_extended_history_is_what_a_new_reader_reads(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock, kind: str
) -> None:
    for rows, minute in ((ROWS, 2), (40, 0), (ROWS, 0), (ROWS - 1, 59), (ROWS + 30, 6), (48, 7)):
        await until(clock, minute)
        kept = await getattr(aggregator.statistics, kind)("BTCUSDT", "1h", rows=rows)
        async with aiohttp.ClientSession() as session:
            urls = BinanceUrls(spot=exchange.url, futures=exchange.url)
            new = BinanceAggregator(urls, session=session, clock=clock, rng=random.Random(1))
            read = await getattr(new.statistics, kind)("BTCUSDT", "1h", rows=rows)
            await new.close()
        assert (kept.as_of, kept.source) == (read.as_of, read.source)
        for name in type(kept.value).__dataclass_fields__:
            np.testing.assert_array_equal(getattr(kept.value, name), getattr(read.value, name))


async def test_nothing_is_requested_until_the_next_row_is_due(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock
) -> None:
    await until(clock, 6)
    for _ in range(50):
        answer = await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)
        await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=1)
        await clock.advance(MINUTE)
    assert answer.as_of == hour(clock)
    assert len(exchange.calls) == 2  # the pages of the first question


async def test_a_row_that_may_still_change_is_requested_again(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock
) -> None:
    await until(clock, 1)
    for expected in (2, 2, 3):
        await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)
        assert len(exchange.calls) == expected
        await clock.advance(int(NEWEST_TTL_S) * 500)


async def test_a_late_row_is_requested_until_it_comes(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock
) -> None:
    hourly.late_ms = 20 * MINUTE
    await until(clock, 10)
    newest = []
    for _ in range(3):
        answer = await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)
        newest.append(answer.as_of == hour(clock))
        await clock.advance(9 * MINUTE)
    assert newest == [False, False, True]
    assert len(exchange.calls) == 4


async def test_a_history_with_holes_is_read_again_as_a_whole_after_an_hour(
    aggregator: BinanceAggregator, exchange: Exchange, hourly: Hourly, clock: SkippingClock
) -> None:
    await until(clock, 10)
    hourly.missing = {hour(clock) - 5 * HOUR}
    assert len((await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)).value) == ROWS - 1
    hourly.missing = set()
    await clock.advance(int(HOLES_TTL_S) * 1000 - 1)
    assert len((await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)).value) == ROWS - 1
    await clock.advance(1)
    assert len((await aggregator.statistics.open_interest("BTCUSDT", "1h", rows=ROWS)).value) == ROWS
    assert len(exchange.calls) == 2 + 1 + 2
