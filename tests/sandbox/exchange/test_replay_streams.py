"""Recorded messages reach their listeners unchanged."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.exchange.conftest import Client
from tests.sandbox.exchange.listening import listening
from tests.support.clock import FakeClock
from utils.sandbox.exchange import ExchangeSandbox

FILE = "spot_btcusdt_2024-08-08"
STREAMS = ("btcusdt@depth@100ms", "btcusdt@bookTicker", "btcusdt@trade")
START_MS = 1_735_689_600_000


@pytest.fixture
async def replay(shared_data: Path) -> AsyncIterator[Client]:
    sandbox = ExchangeSandbox(clock=FakeClock(START_MS), data=shared_data)
    await sandbox.start()
    async with aiohttp.ClientSession() as session:
        yield Client(session, sandbox)
    await sandbox.stop()


def recorded(folder: Path, count: int) -> list[dict[str, object]]:
    with gzip.open(folder / "ws" / f"{FILE}.jsonl.gz", "rt") as lines:
        read = (json.loads(line) for line, _ in zip(lines, range(count), strict=False))
        return list(read)


async def test_as_fast_as_read(replay: Client, shared_data: Path) -> None:
    lines = recorded(shared_data, 3_000)
    expected = [line["d"] for line in lines if "stream" in line["d"]]  # type: ignore[operator]
    async with listening(replay, "/stream?streams=" + "/".join(STREAMS)) as listener:
        assert await listener.subscriptions()
        status, _ = await replay.control("POST", "/replay_ws", file=FILE, rate=0)
        assert status == 200
        assert [await listener.read() for _ in expected] == expected
        snapshot = next(line["d"] for line in lines if "stream" not in line["d"])  # type: ignore[operator]
        assert await replay.get("/api/v3/depth", symbol="BTCUSDT") == snapshot


async def test_at_the_recorded_pace(replay: Client, shared_data: Path) -> None:
    lines = recorded(shared_data, 500)
    first_ns = int(str(lines[0]["t"]))
    within = [line for line in lines if int(str(line["t"])) - first_ns <= 1_000_000_000]
    expected = [line["d"] for line in within if "stream" in line["d"]]  # type: ignore[operator]
    async with listening(replay, "/stream?streams=" + "/".join(STREAMS)) as listener:
        assert await listener.subscriptions()
        await replay.control("POST", "/replay_ws", file=FILE, rate=2)
        await listener.advance(500)
        assert [await listener.read() for _ in expected] == expected
        await listener.socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert "result" in await listener.read()


async def test_only_what_is_there_can_be_played(replay: Client, client: Client) -> None:
    for name in ("spot_btcusdt_2030-01-01", "../rest/anything", "nonsense"):
        assert (await replay.control("POST", "/replay_ws", file=name))[0] == 404
    assert (await client.control("POST", "/replay_ws", file=FILE))[0] == 404
    assert (await replay.control("POST", "/replay_ws", file=FILE, rate=-1))[0] == 400
