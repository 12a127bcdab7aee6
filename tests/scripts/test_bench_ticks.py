"""The measurement of ticks in small: both sides see the same trades and quotes and agree about them."""

import json
import random

import pytest

from scripts.bench.messages import Recording
from scripts.bench.pandas_ticks import Frames, metrics
from scripts.bench.ticks import FollowedTicks, memory, with_agg_trades

START_MS = 1_723_161_600_000
SECONDS = 40


def quote(rng: random.Random, number: int, time_ms: int) -> bytes:
    bid = 600_000 + rng.randint(-3, 3)
    sizes = {side: f"{rng.randint(1, 500) / 100:.2f}" for side in ("B", "A")}
    prices = {"b": f"{bid / 10:.1f}", "a": f"{(bid + rng.randint(1, 2)) / 10:.1f}"}
    ids = {"e": "bookTicker", "u": number, "s": "BTCUSDT", "T": time_ms, "E": time_ms}
    return frame("bookTicker", {**ids, **prices, **sizes})


def trade(rng: random.Random, number: int, time_ms: int) -> bytes:
    ids = {"e": "trade", "E": time_ms, "T": time_ms, "s": "BTCUSDT", "t": number, "X": "MARKET"}
    price, quantity = f"{rng.randint(599_990, 600_010) / 10:.1f}", f"{rng.randint(1, 99) / 100:.2f}"
    return frame("trade", {**ids, "p": price, "q": quantity, "m": rng.random() < 0.4})


def frame(stream: str, data: dict[str, object]) -> bytes:
    return json.dumps({"stream": f"btcusdt@{stream}", "data": data}, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def messages() -> list[bytes]:
    rng, found = random.Random(4), list[tuple[int, bytes]]()
    for number in range(SECONDS * 20):
        time_ms = START_MS + 50 * number
        found += [(time_ms, quote(rng, number, time_ms)), (time_ms + 20, trade(rng, number, time_ms + 20))]
    return with_agg_trades(Recording("made up", "futures", found))


def test_pandas_and_our_state_measure_the_same(messages: list[bytes]) -> None:
    followed = FollowedTicks()
    for raw in messages:
        followed.take(raw)
    now = START_MS + SECONDS * 1000
    followed.state.advance(now)
    frames, state = Frames.of(messages), followed.state
    seen = metrics(frames.trades, frames.quotes, now)
    trades, quotes = state.trades.window(SECONDS + 1), state.quotes.window(SECONDS + 1)
    assert len(frames.trades) > SECONDS * 10
    assert trades.cvd == pytest.approx(seen["cvd"])
    assert trades.cvd_share == pytest.approx(seen["cvd_share"])
    assert trades.taker_dominance == pytest.approx(seen["dominance_60"])
    assert quotes.ofi == pytest.approx(seen["ofi"])
    assert quotes.imbalance == pytest.approx(seen["imbalance"], abs=1e-3)
    frames.every_second()


def test_the_memory_of_a_state_is_measured(messages: list[bytes]) -> None:
    row = memory(messages)
    assert 0.05 < row.ours < 1.5
    assert row.met
