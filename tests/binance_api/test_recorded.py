"""Recorded and documented answers of the exchange decode, read in place."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from utils.binance_api import schemas
from utils.binance_api.klines.store import rows_of
from utils.binance_api.symbol_words import parse
from utils.binance_api.symbols import SymbolTable, symbol_table
from utils.binance_api.urls import Market
from utils.binance_api.wire import Decodes

# the spot examples of the tickers are documented without their prices and are left out
DECODERS: dict[str, tuple[Decodes[Any], ...]] = {
    "check_server_time": (schemas.server_time,),
    "exchange_information": (schemas.exchange_info,),
    "exchange_info": (schemas.exchange_info,),
    "order_book": (schemas.depth,),
    "depth": (schemas.depth,),
    "avg_price": (schemas.avg_price,),
    "mark_price": (schemas.premium_index, schemas.premium_rows),
    "get_funding_rate_history": (schemas.funding_rates,),
    "get_funding_rate_info": (schemas.funding_info,),
    "symbol_price_ticker": (schemas.ticker_price, schemas.ticker_prices),
    "symbol_price_ticker_v2": (schemas.ticker_price, schemas.ticker_prices),
    "symbol_order_book_ticker": (schemas.book_ticker, schemas.book_tickers),
    "ticker24hr_price_change_statistics": (schemas.ticker_24h, schemas.tickers_24h),
}
CLIENTS = ("spot", "derivatives_trading_usds_futures")


def documented(folder: Path) -> Iterator[tuple[str, Any]]:
    with gzip.open(folder / "rest" / "binance_official_doc_examples.jsonl.gz", "rt") as lines:
        for line in lines:
            example = json.loads(line)
            if example["kind"] == "rest_api" and example["client"] in CLIENTS:
                yield example["test"], example["json"]


def decodes(decoders: tuple[Decodes[Any], ...], raw: bytes) -> bool:
    for decoder in decoders:
        try:
            decoder.decode(raw)
        except msgspec.ValidationError:
            continue
        return True
    return False


def test_the_documented_examples_decode(shared_data: Path) -> None:
    known = [(name, body) for name, body in documented(shared_data) if name in DECODERS]
    refused = [name for name, body in known if not decodes(DECODERS[name], json.dumps(body).encode())]
    assert len(known) >= 10
    assert refused == []


def recorded_table(folder: Path, name: str, market: Market) -> SymbolTable:
    raw = gzip.decompress((folder / "rest" / name).read_bytes())
    return symbol_table(schemas.exchange_info.decode(raw), market, 1)


@pytest.mark.parametrize(
    ("word", "symbol"), [("btc", "BTCUSDT"), ("BTC/USDT", "BTCUSDT"), ("jup", None), ("1inch", "1INCHUSDT")]
)
def test_words_in_the_recorded_spot_listing(shared_data: Path, word: str, symbol: str | None) -> None:
    spot = recorded_table(shared_data, "exchangeInfo_spot_2021-10-12.json.gz", "spot")
    assert len(spot.trading()) > 1000
    assert not any(row.base == "BTCUP" for row in spot.rows.values())
    if symbol is not None:
        assert parse(spot, word).listed.symbol == symbol


def test_words_in_the_recorded_futures_listing(shared_data: Path) -> None:
    futures = recorded_table(shared_data, "exchangeInfo_usdm_2021-07-22.json.gz", "futures")
    assert parse(futures, "shib").listed.symbol == "1000SHIBUSDT"
    assert not any("_" in symbol for symbol in futures.rows)
    assert futures.rows["BTCUSDT"].tick_size == 0.01


def test_recorded_http_answers_decode(shared_data: Path) -> None:
    seen = 0
    for name in ("cryptofeed_binance.jsonl.gz", "cryptofeed_binance_futures.jsonl.gz"):
        with gzip.open(shared_data / "ws" / name, "rt") as lines:
            for line in lines:
                message = json.loads(line)
                if message["t"] != "http" or "depth" not in str(message.get("url", message.get("conn"))):
                    continue
                body = schemas.depth.decode(message["data"].encode())
                assert body.bids[0][0] < body.asks[0][0]
                seen += 1
    assert seen > 0


def test_the_documented_kline_becomes_a_row(shared_data: Path) -> None:
    with gzip.open(shared_data / "rest" / "nautilus_binance_samples.jsonl.gz", "rt") as lines:
        samples = {row["file"]: row["json"] for row in map(json.loads, lines)}
    wire = samples["rs/spot/http_json/klines_response.json"]
    rows = rows_of(schemas.klines.decode(json.dumps(wire).encode()))
    assert (rows.open_time[0], rows.close_time[0]) == (1499040000000, 1499644799999)
    assert rows.values[:, 0].tolist() == [
        0.0163479,
        0.8,
        0.015758,
        0.015771,
        148976.11427815,
        2434.19055334,
        1756.87402397,
        28.46694368,
    ]
    assert rows.trades[0] == 308
