"""Frames into typed payloads: routing, both frame forms, what is dropped and what is refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from utils.binance_api.streams import events as schemas
from utils.binance_api.streams.decode import (
    MAX_ROUTES,
    BadFrame,
    Frame,
    FrameDecoder,
    kind_of_payload,
    kind_of_stream,
)
from utils.http.errors import Retryable

DEPTH = {"e": "depthUpdate", "E": 5, "s": "BTCUSDT", "U": 1, "u": 2, "b": [["1.5", "2.0"]], "a": []}
TICKER = {"u": 7, "s": "BTCUSDT", "b": "1.0", "B": "2.0", "a": "3.0", "A": "4.0"}
TRADE = {"e": "trade", "E": 5, "s": "X", "t": 9, "p": "1", "q": "2", "T": 4, "m": True}
MARK = {"e": "markPriceUpdate", "E": 1, "s": "X", "p": "1", "i": "1", "P": "1", "r": "", "T": 0}
MINI = {"e": "24hrMiniTicker", "E": 1, "s": "X", "c": "1", "o": "1", "h": "1", "l": "1", "v": "1", "q": "1"}


def framed(stream: str, payload: object) -> bytes:
    return json.dumps({"stream": stream, "data": payload}, separators=(",", ":")).encode()


def bare(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


def read(decoder: FrameDecoder, raw: bytes) -> Any:
    frame = decoder.decode(raw)
    assert isinstance(frame, Frame)
    return frame.data


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("btcusdt@depth", "depthUpdate"),
        ("btcusdt@depth@100ms", "depthUpdate"),
        ("btcusdt@depth@0ms", "depthUpdate"),
        ("btcusdt@depth20@100ms", "partialDepth"),
        ("btcusdt@rpiDepth@500ms", None),
        ("btcusdt@kline_1m", "kline"),
        ("btcusdt@kline_1d@+08:00", "kline"),
        ("btcusdt_perpetual@continuousKline_1m", "kline"),
        ("btcusdt@markPrice@1s", "markPriceUpdate"),
        ("!markPrice@arr@1s", "markPriceUpdate[]"),
        ("!forceOrder@arr", "forceOrder"),
        ("!miniTicker@arr", "24hrMiniTicker[]"),
        ("btc-251123-126000-c@optionTrade", "trade"),
        ("btcusdt@openInterest@251123", "openInterest[]"),
        ("btcusdt@ticker_1h", None),
        ("!serverShutdown", "serverShutdown"),
        ("", None),
    ],
)
def test_kind_of_stream(stream: str, kind: str | None) -> None:
    assert kind_of_stream(stream) == kind


@pytest.mark.parametrize(
    ("stream", "payload"),
    [("btcusdt@depth@100ms", DEPTH), ("btcusdt@bookTicker", TICKER), ("x@trade", TRADE)],
)
def test_raw_and_combined_frames_give_the_same(stream: str, payload: dict[str, object]) -> None:
    decoder = FrameDecoder(spot=True)
    combined = read(decoder, framed(stream, payload))
    assert read(decoder, bare(payload)) == combined
    swapped = json.dumps({"data": payload, "stream": stream}, indent=1).encode()
    frame = decoder.decode(swapped)
    assert isinstance(frame, Frame)
    assert (frame.stream, frame.data) == (stream, combined)
    assert decoder.received == {stream: 2, "": 1}


def test_numbers_are_the_floats_of_the_wire() -> None:
    update = read(
        FrameDecoder(spot=True), framed("x@depth", {**DEPTH, "b": [["61837.63000000", "0.10000000"]]})
    )
    assert isinstance(update, schemas.DepthUpdate)
    assert update.bids == [(float("61837.63000000"), float("0.10000000"))]
    assert (update.first_id, update.final_id, update.previous_id) == (1, 2, None)


def test_partial_depth_is_not_mistaken_for_a_difference() -> None:
    futures = read(FrameDecoder(spot=False), framed("x@depth20@100ms", DEPTH))
    assert isinstance(futures, schemas.PartialDepth)
    spot = {"lastUpdateId": 3, "bids": [["1", "2"]], "asks": []}
    decoder = FrameDecoder(spot=True)
    assert isinstance(read(decoder, framed("x@depth5", spot)), schemas.SpotPartialDepth)
    assert read(decoder, bare(spot)).last_update_id == 3


@pytest.mark.parametrize(("kind", "is_market"), [("MARKET", True), ("INSURANCE_FUND", False), ("NEW", False)])
def test_trades_say_whether_they_are_market_trades(kind: str, is_market: bool) -> None:
    assert read(FrameDecoder(spot=False), framed("x@trade", {**TRADE, "X": kind})).is_market is is_market


def test_coin_margined_events_are_dropped_and_counted() -> None:
    decoder = FrameDecoder(spot=False)
    rows = [{**MINI, "s": "A", "st": 1}, {**MINI, "s": "B_PERP", "st": 2}, {**MINI, "s": "C"}]
    assert [row.symbol for row in read(decoder, framed("!miniTicker@arr", rows))] == ["A", "C"]
    assert decoder.decode(framed("!miniTicker@arr", rows[1:2])) is None
    assert decoder.decode(framed("!bookTicker", {**TICKER, "st": 2})) is None
    assert decoder.coin_margined == 3


@pytest.mark.parametrize("inside", [True, False])
def test_force_orders_are_recognised_wherever_st_stands(inside: bool) -> None:
    order: dict[str, object] = {
        "s": "BTCUSDT", "S": "SELL", "q": "0.1", "p": "90", "ap": "100", "X": "FILLED", "z": "0.05", "T": 3,
    }  # fmt: skip
    for product, dropped in ((1, False), (2, True)):
        mark = {"st": product}
        payload = {"e": "forceOrder", "E": 4, "o": order | (mark if inside else {})} | (
            {} if inside else mark
        )
        frame = FrameDecoder(spot=False).decode(framed("!forceOrder@arr", payload))
        assert (frame is None) is dropped
        if isinstance(frame, Frame):
            assert isinstance(frame.data, schemas.ForceOrder)
            assert frame.data.order.value == pytest.approx(5.0)


@pytest.mark.parametrize(("text", "rate"), [("0.00038167", 0.00038167), ("", None)])
def test_delivery_contracts_have_no_funding_rate(text: str, rate: float | None) -> None:
    assert (
        read(FrameDecoder(spot=False), framed("!markPrice@arr", [{**MARK, "r": text}]))[0].funding_rate
        == rate
    )


def test_server_shutdown_in_both_forms() -> None:
    decoder = FrameDecoder(spot=True)
    payload = {"e": "serverShutdown", "E": 12}
    for raw in (framed("!serverShutdown", payload), bare(payload)):
        assert read(decoder, raw).event_ms == 12


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (b'{"result":null,"id":1}', False),
        (b'{"result":["a"],"id":"x"}', False),
        (b'{"error":{"code":2,"msg":"Invalid request"},"id":null}', True),
        (b'{"code":2,"msg":"Invalid request","id":7}', True),
    ],
)
def test_control_replies(raw: bytes, refused: bool) -> None:
    reply = FrameDecoder(spot=False).decode(raw)
    assert isinstance(reply, schemas.ControlReply)
    assert reply.refused is refused


@pytest.mark.parametrize(
    "raw",
    [
        framed("btcusdt@somethingNew", {"e": "new"}),
        bare({"e": "somethingNew", "x": 1}),
        bare([{"e": "somethingNew"}]),
        bare([]),
        bare({}),
    ],
)
def test_unknown_frames_are_counted_and_never_fail(raw: bytes) -> None:
    decoder = FrameDecoder(spot=True)
    assert decoder.decode(raw) is None
    assert (decoder.unknown, decoder.bad) == (1, 0)


def test_unknown_fields_are_ignored() -> None:
    assert (
        read(FrameDecoder(spot=True), framed("x@bookTicker", {**TICKER, "zz": {"new": [1]}})).update_id == 7
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b'{"stream":"',
        b'{"stream":"x@trade","data":{"e":"trade"}}',
        framed("x@trade", TRADE)[:-10],
        framed("x@trade", {**TRADE, "p": "NaN"}),
        framed("x@trade", {**TRADE, "p": "inf"}),
        framed("x@trade", {**TRADE, "p": "1e400"}),
        framed("x@trade", {**TRADE, "q": "-1"}),
        framed("x@depth", {**DEPTH, "b": [["nan", "1.0"]]}),
        framed("x@markPrice", {**MARK, "r": "NaN"}),
        framed("x@markPrice", {**MARK, "r": "much"}),
        framed("x@trade", {**TRADE, "t": "abc"}),
        framed("x@depth", {**DEPTH, "b": [["1.0"]]}),
        framed("x@trade", [TRADE]),
        b'{"stream":"\xff\xfe@trade","data":{}}',
        b'{"data":{},"stream":5}',
    ],
)
def test_bad_frames_are_a_typed_error_and_counted(raw: bytes) -> None:
    decoder = FrameDecoder(spot=True)
    with pytest.raises(BadFrame, match="could not be decoded") as caught:
        decoder.decode(raw)
    assert isinstance(caught.value, Retryable)
    assert decoder.bad == 1
    assert read(decoder, framed("x@trade", TRADE)).trade_id == 9


def test_the_table_of_routes_is_bounded() -> None:
    decoder = FrameDecoder(spot=True)
    for number in range(MAX_ROUTES + 5):
        decoder.decode(framed(f"s{number}@trade", TRADE))
    assert len(decoder._routes) <= MAX_ROUTES


def _documented(folder: Path) -> list[tuple[str, object]]:
    with gzip.open(folder / "rest" / "binance_official_doc_examples.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    streams = [row for row in rows if row["kind"] == "websocket_streams"]
    # the spot examples were stored without their decimal strings, so they are no frames of the wire
    return [(row["test"], row["json"]) for row in streams if row["client"] != "spot"]


def _lacks_quantities(payload: object) -> bool:
    """The documentation shows some book levels as a price alone, which the wire never sends."""
    levels = payload.get("b") if isinstance(payload, dict) else None
    return isinstance(levels, list) and any(len(level) == 1 for level in levels)


def test_documented_examples_decode(shared_data: Path) -> None:
    seen, decoder = set(), FrameDecoder(spot=False)
    for test, payload in _documented(shared_data):
        raw = bare(payload)
        kind = kind_of_payload(raw)
        if kind is None or _lacks_quantities(payload):
            continue
        frame = decoder.decode(raw)
        assert frame is None or isinstance(frame, Frame), test
        seen.add(kind)
    assert decoder.bad == 0
    assert {
        "aggTrade",
        "forceOrder",
        "markPriceUpdate",
        "markPriceUpdate[]",
        "24hrTicker",
        "24hrTicker[]",
    } <= seen
    assert {"kline", "continuous_kline", "bookTicker", "trade", "markPrice[]", "openInterest[]"} <= seen


def test_documented_option_greeks(shared_data: Path) -> None:
    payload = dict(_documented(shared_data))["option_mark_price"]
    (mark,) = read(FrameDecoder(spot=False), framed("btcusdt@optionMarkPrice", payload))
    assert isinstance(mark, schemas.OptionMarkUpdate)
    assert (mark.symbol, mark.bid_iv, mark.ask_iv) == ("BTC-251120-126000-C", None, 0.98161161)
    assert (mark.delta, mark.gamma, mark.theta, mark.vega) == (
        0.11111964,
        0.00001245,
        -164.26702615,
        30.63855919,
    )


def test_documented_agg_trade_has_its_visible_quantity(shared_data: Path) -> None:
    trade = read(FrameDecoder(spot=False), bare(dict(_documented(shared_data))["aggregate_trade_streams"]))
    assert (trade.visible_quantity, trade.product, trade.first_trade_id) == (100.0, 1, 100)
