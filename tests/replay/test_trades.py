"""Recorded trades through the decoder and the tape against sums over the plain JSON."""

import json
from pathlib import Path

import pytest

from tests.replay.recordings import Snapshot, cryptofeed_frames, single_frames
from utils.binance_api.book.order_flow import TouchTracker
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, KlineUpdate, Trade
from utils.binance_api.trades.tape import TradeTape

SINGLE = [
    ("spot_btcusdt_2024-08-08", True, 9757),
    ("usdm_btcusdt_2024-08-08", False, 21313),
    ("usdm_ethusdt_2024-08-08", False, 14076),
]


@pytest.mark.parametrize(("name", "spot", "trades"), SINGLE)
def test_trades_equal_the_recorded_sums(shared_data: Path, name: str, spot: bool, trades: int) -> None:
    tape, decoder = TradeTape("X", capacity=5000), FrameDecoder(spot=spot)
    volume = signed = 0.0
    prices = []
    for item in single_frames(shared_data / "ws" / f"{name}.jsonl.gz"):
        if isinstance(item, Snapshot) or b"@trade" not in item[:40]:
            continue
        plain = json.loads(item)["data"]
        volume += float(plain["q"])
        signed += float(plain["q"]) * (-1 if plain["m"] else 1)
        prices.append(float(plain["p"]))
        frame = decoder.decode(item)
        assert isinstance(frame, Frame)
        assert isinstance(frame.data, Trade)
        assert tape.take(frame.data)
    window = tape.window(3600)
    assert (tape.accepted, tape.ignored, tape.missed) == (trades, 0, 0)
    assert tape.dropped == trades - 5000
    assert (window.count, window.high, window.low) == (trades, max(prices), min(prices))
    assert window.volume == pytest.approx(volume)
    assert window.signed_volume == pytest.approx(signed)
    assert tape.cvd == pytest.approx(signed)


def test_quotes_arrive_in_order_and_give_flow(shared_data: Path) -> None:
    tracker, decoder = TouchTracker(), FrameDecoder(spot=True)
    for item in single_frames(shared_data / "ws" / "spot_btcusdt_2024-08-08.jsonl.gz"):
        frame = None if isinstance(item, Snapshot) else decoder.decode(item)
        if isinstance(frame, Frame) and isinstance(frame.data, BookTickerUpdate):
            tracker.feed(frame.data.update_id, frame.data.touch)
    assert (tracker.quotes, tracker.ignored) == (28040, 0)
    assert tracker.total != 0.0


@pytest.mark.parametrize(
    ("name", "agg_trades", "klines"), [("cryptofeed_binance", 2, 2), ("cryptofeed_binance_futures", 91, 67)]
)
def test_aggregate_trades_and_klines_of_minor_symbols(
    shared_data: Path, name: str, agg_trades: int, klines: int
) -> None:
    decoder = FrameDecoder(spot=name == "cryptofeed_binance")
    tapes: dict[str, TradeTape] = {}
    seen_klines = 0
    for item in cryptofeed_frames(shared_data / "ws" / f"{name}.jsonl.gz"):
        frame = None if isinstance(item, Snapshot) else decoder.decode(item)
        if not isinstance(frame, Frame):
            continue
        if isinstance(frame.data, AggTrade):
            assert tapes.setdefault(frame.data.symbol, TradeTape(frame.data.symbol)).take(frame.data)
        elif isinstance(frame.data, KlineUpdate):
            seen_klines += 1
            assert frame.data.kline.low <= frame.data.kline.close <= frame.data.kline.high
    assert sum(tape.accepted for tape in tapes.values()) == agg_trades
    assert sum(tape.missed for tape in tapes.values()) == 0
    assert seen_klines == klines
    assert (decoder.bad, decoder.unknown) == (0, 0)
