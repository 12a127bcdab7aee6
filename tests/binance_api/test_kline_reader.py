"""The reader's memory stays bounded: what was not read for longest lies in a file, and comes back as it was."""

import asyncio
import os
import random
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from structlog.testing import capture_logs

from tests.binance_api.exchange import HOUR, Exchange, SkippingClock
from utils.binance_api.bars import Bars
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.klines.parked import BLOCK_BYTES, ROW_BYTES, Parked, ParkedBars
from utils.binance_api.klines.store import VALUE_COLUMNS, Rows, Segment
from utils.binance_api.urls import BinanceUrls
from utils.priority import beside

NAMES = ("A", "B", "A", "C")
ARRAYS = ("open_time", "close_time", *VALUE_COLUMNS, "trades", "is_final")


@asynccontextmanager
async def reading(
    exchange: Exchange, clock: SkippingClock, tuning: Tuning
) -> AsyncIterator[BinanceAggregator]:
    urls = BinanceUrls(spot=exchange.url, futures=exchange.url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(urls, session=session, clock=clock, rng=random.Random(1), tuning=tuning)
        try:
            yield made
        finally:
            await made.close()


async def read_in_turn(small: BinanceAggregator, names: Sequence[str]) -> None:
    for symbol in names:
        await small.spot.klines(symbol, "1h", rows=100)
        await small._klines.settled()


def same(one: Bars, other: Bars) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)


async def test_the_least_recently_read_is_parked_and_comes_back_without_a_request(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path
) -> None:
    async with reading(exchange, clock, Tuning(max_rows=250, parked_in=tmp_path)) as small:
        first = await small.spot.klines("B", "1h", rows=100)
        await read_in_turn(small, NAMES)
        assert small.kept["rows"] == 200
        asked = len(exchange.calls)
        assert same(await small.spot.klines("B", "1h", rows=100), first)
        await read_in_turn(small, NAMES)
        assert len(exchange.calls) == asked
        assert small.kept["rows"] == 200
        assert os.listdir(tmp_path) == []  # the file has no name that a killed process would leave behind


async def test_without_a_file_the_least_recently_read_goes(exchange: Exchange, clock: SkippingClock) -> None:
    async with reading(exchange, clock, Tuning(max_rows=250, max_parked=0)) as small:
        await read_in_turn(small, NAMES)
        assert small.kept["rows"] == 200
        asked = len(exchange.calls)
        await read_in_turn(small, ["A"])
        assert len(exchange.calls) == asked
        await read_in_turn(small, ["B"])
        assert len(exchange.calls) == asked + 1


async def test_what_is_dropped_while_somebody_waits_to_read_it_is_not_counted(
    exchange: Exchange, clock: SkippingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(exchange, clock, Tuning(max_rows=150, max_parked=0)) as small:
        leaves, written = asyncio.Event(), threading.Event()
        loop, unwritten = asyncio.get_running_loop(), small._klines._unwritten

        def slowly(writing: Any) -> Any:
            loop.call_soon_threadsafe(leaves.set)
            written.wait()
            return unwritten(writing)

        monkeypatch.setattr(small._klines, "_unwritten", slowly)
        await small.spot.klines("A", "1h", rows=100)
        await small.spot.klines("B", "1h", rows=100)
        await leaves.wait()
        again = asyncio.create_task(small.spot.klines("A", "1h", rows=100))
        await clock.settle()
        written.set()
        assert len(await again) == 101
        await small._klines.settled()
        assert small.kept["rows"] == 100


async def test_in_a_full_file_what_was_not_read_for_longest_makes_room(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path
) -> None:
    two = Tuning(max_rows=100, max_parked=2 * BLOCK_BYTES // ROW_BYTES + 1, parked_in=tmp_path)
    async with reading(exchange, clock, two) as small:
        await read_in_turn(small, "ABCD")  # A was parked first and had to go for C
        asked = len(exchange.calls)
        await read_in_turn(small, "BC")
        assert len(exchange.calls) == asked
        await read_in_turn(small, "A")
        assert len(exchange.calls) == asked + 1


async def test_what_no_answer_waits_for_has_room_made_for_one_after_another(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path
) -> None:
    async with reading(exchange, clock, Tuning(max_rows=250, parked_in=tmp_path)) as small:
        await read_in_turn(small, "ABCDEFGH")
        most = 0

        async def look() -> None:
            nonlocal most
            while True:
                most = max(most, small.kept["rows"])
                await asyncio.sleep(0)

        looking = asyncio.create_task(look())
        with beside():
            await asyncio.gather(*(small.spot.klines(name, "1h", rows=100) for name in "ABCDEFGH"))
        looking.cancel()
        assert 200 <= most <= 300


async def test_only_what_came_since_is_requested_of_a_parked_series(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path
) -> None:
    async with reading(exchange, clock, Tuning(max_rows=100, parked_in=tmp_path)) as small:
        await read_in_turn(small, "AB")
        await clock.advance(3 * HOUR)
        found = await small.spot.klines("A", "1h", rows=100)
        assert exchange.limits[-1] < 10
    async with reading(exchange, clock, Tuning()) as fresh:
        assert same(await fresh.spot.klines("A", "1h", rows=100), found)


async def test_a_broken_disk_costs_requests_and_is_told_once(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path
) -> None:
    nowhere = Tuning(max_rows=150, parked_in=tmp_path / "absent")
    with capture_logs() as logs:
        async with reading(exchange, clock, nowhere) as small:
            for _ in range(3):
                await read_in_turn(small, "AB")
            assert small.kept["rows"] == 100
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == [
        "bars cannot be kept on disk"
    ]


async def test_what_the_disk_lost_is_read_from_the_exchange(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(exchange, clock, Tuning(max_rows=150, parked_in=tmp_path)) as small:
        first = await small.spot.klines("A", "1h", rows=100)
        await read_in_turn(small, "B")
        asked = len(exchange.calls)
        monkeypatch.setattr("os.pread", lambda file, size, position: b"")
        assert same(await small.spot.klines("A", "1h", rows=100), first)
        assert len(exchange.calls) > asked


@pytest.mark.parametrize("seed", range(3))
async def test_readers_at_once_get_what_a_fresh_look_gives(
    exchange: Exchange, clock: SkippingClock, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    exchange.missing = {clock.now_ms() // HOUR * HOUR - rng.randrange(150) * HOUR for _ in range(9)}
    tuning = Tuning(max_rows=300, max_parked=700, parked_in=tmp_path)
    async with (
        reading(exchange, clock, tuning) as small,
        reading(exchange, clock, Tuning()) as plenty,
    ):

        async def compare() -> None:
            symbol, rows, back = (
                rng.choice("ABCDEFG"),
                rng.randrange(1, 160),
                rng.choice((None, 30, 200, 600)),
            )
            as_of = None if back is None else clock.now_ms() - back * HOUR
            one, other = [
                await each.spot.klines(symbol, "1h", rows=rows, as_of=as_of) for each in (small, plenty)
            ]
            assert same(one, other)

        for _ in range(25):
            await asyncio.gather(*(compare() for _ in range(6)))
            await clock.advance(rng.choice((1_000, 400_000, 3_700_000)))
        await small._klines.settled()
        assert small.kept["rows"] <= 300 + 160


def made(rng: np.random.Generator, start: int, count: int) -> Segment:
    opens = start + HOUR * np.arange(count)
    rows = Rows(opens, opens + HOUR - 1, rng.normal(size=(8, count)), rng.integers(0, 1 << 60, count))
    return Segment(rows, start, start + count * HOUR)


def test_segments_of_any_size_come_back_and_blocks_are_used_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    kept = ParkedBars(tmp_path, most_rows=20_000)
    there: list[tuple[Parked, list[Segment]]] = []
    for number in range(200):
        if there and (number % 3 == 2 or len(there) > 12):
            place, segments = there.pop(int(rng.integers(len(there))))
            found = kept.read(place)
            assert found is not None
            for one, other in zip(found, segments, strict=True):
                assert (one.start, one.until) == (other.start, other.until)
                for name in ("open_time", "close_time", "values", "trades"):
                    np.testing.assert_array_equal(getattr(one.rows, name), getattr(other.rows, name))
            kept.free(place)
            continue
        segments = [
            made(rng, int(at) * 10_000 * HOUR, int(rng.integers(0, 900))) for at in range(rng.integers(1, 4))
        ]
        reserved = kept.reserve(segments)
        if reserved is not None:
            assert kept.write(reserved, segments)
            there.append((reserved, segments))
    in_use = [block for place, _ in there for block in place.blocks]
    assert len(set(in_use)) == len(in_use)
    assert kept._made * BLOCK_BYTES <= 20_000 * ROW_BYTES
    kept.close()
