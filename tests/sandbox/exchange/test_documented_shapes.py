"""Answers have the fields of the documented examples."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.exchange.conftest import Client
from tests.sandbox.exchange.listening import listening

FUTURES, OPTIONS, SPOT = "derivatives_trading_usds_futures", "derivatives_trading_options", "spot"
BTC: dict[str, object] = {"symbol": "BTCUSDT"}
PERIOD: dict[str, object] = {**BTC, "period": "1h"}
BASIS: dict[str, object] = {"pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "1h"}

REST: list[tuple[str, str, str, dict[str, object]]] = [
    (FUTURES, "exchange_information", "/fapi/v1/exchangeInfo", {}),
    (FUTURES, "compressed_aggregate_trades_list", "/fapi/v1/aggTrades", BTC),
    (FUTURES, "recent_trades_list", "/fapi/v1/trades", BTC),
    (FUTURES, "order_book", "/fapi/v1/depth", BTC),
    (FUTURES, "rpi_order_book", "/fapi/v1/rpiDepth", BTC),
    (FUTURES, "mark_price", "/fapi/v1/premiumIndex", BTC),
    (FUTURES, "get_funding_rate_history", "/fapi/v1/fundingRate", BTC),
    (FUTURES, "get_funding_rate_info", "/fapi/v1/fundingInfo", {}),
    (FUTURES, "open_interest", "/fapi/v1/openInterest", BTC),
    (FUTURES, "symbol_order_book_ticker", "/fapi/v1/ticker/bookTicker", BTC),
    (FUTURES, "symbol_price_ticker_v2", "/fapi/v2/ticker/price", BTC),
    (FUTURES, "ticker24hr_price_change_statistics", "/fapi/v1/ticker/24hr", BTC),
    (FUTURES, "query_index_price_constituents", "/fapi/v1/constituents", BTC),
    (FUTURES, "open_interest_statistics", "/futures/data/openInterestHist", PERIOD),
    (FUTURES, "long_short_ratio", "/futures/data/globalLongShortAccountRatio", PERIOD),
    (FUTURES, "top_trader_long_short_ratio_accounts", "/futures/data/topLongShortAccountRatio", PERIOD),
    (FUTURES, "top_trader_long_short_ratio_positions", "/futures/data/topLongShortPositionRatio", PERIOD),
    (FUTURES, "taker_buy_sell_volume", "/futures/data/takerlongshortRatio", PERIOD),
    (FUTURES, "basis", "/futures/data/basis", BASIS),
    (SPOT, "agg_trades", "/api/v3/aggTrades", BTC),
    (SPOT, "depth", "/api/v3/depth", BTC),
    (SPOT, "get_trades", "/api/v3/trades", BTC),
    (SPOT, "avg_price", "/api/v3/avgPrice", BTC),
    (SPOT, "ticker24hr", "/api/v3/ticker/24hr", BTC),
    (SPOT, "ticker", "/api/v3/ticker", BTC),
    (SPOT, "ticker_trading_day", "/api/v3/ticker/tradingDay", BTC),
    (SPOT, "execution_rules", "/api/v3/executionRules", BTC),
    (SPOT, "reference_price", "/api/v3/referencePrice", BTC),
    (SPOT, "historical_block_trades", "/api/v3/historicalBlockTrades", BTC | {"fromId": 498_000}),
    (FUTURES, "adl_risk", "/fapi/v1/symbolAdlRisk", BTC),
    (FUTURES, "asset_index", "/fapi/v1/assetIndex", {"symbol": "BTCUSD"}),
    (FUTURES, "composite_index_symbol_information", "/fapi/v1/indexInfo", {}),
    (FUTURES, "query_insurance_fund_balance_snapshot", "/fapi/v1/insuranceBalance", BTC),
    (FUTURES, "trading_schedule", "/fapi/v1/tradingSchedule", {}),
    (OPTIONS, "exchange_information", "/eapi/v1/exchangeInfo", {}),
    (OPTIONS, "option_mark_price", "/eapi/v1/mark", {}),
    (OPTIONS, "index_price", "/eapi/v1/index", {"underlying": "BTCUSDT"}),
    (OPTIONS, "ticker24hr_price_change_statistics", "/eapi/v1/ticker", {}),
]

STREAMS = [
    (FUTURES, "aggregate_trade_streams", "/market/ws/btcusdt@aggTrade"),
    (FUTURES, "all_market_mini_tickers_stream", "/market/ws/!miniTicker@arr"),
    (FUTURES, "all_market_tickers_streams", "/market/ws/!ticker@arr"),
    (FUTURES, "mark_price_stream", "/market/ws/btcusdt@markPrice@1s"),
    (FUTURES, "kline_candlestick_streams", "/market/ws/btcusdt@kline_1m"),
    (FUTURES, "diff_book_depth_streams", "/public/ws/btcusdt@depth@100ms"),
    (FUTURES, "individual_symbol_book_ticker_streams", "/public/ws/btcusdt@bookTicker"),
    (FUTURES, "asset_index", "/market/ws/!assetIndex@arr"),
    (FUTURES, "composite_index_symbol_information_streams", "/market/ws/defiusdt@compositeIndex"),
    (FUTURES, "trading_session_stream", "/market/ws/tradingSession"),
    (SPOT, "reference_price", "/ws/btcusdt@referencePrice"),
    (SPOT, "kline", "/ws/btcusdt@kline_1m"),
    (SPOT, "agg_trade", "/ws/btcusdt@aggTrade"),
    (SPOT, "diff_book_depth", "/ws/btcusdt@depth@100ms"),
    (SPOT, "ticker", "/ws/btcusdt@ticker"),
    (OPTIONS, "option_mark_price", "/market/ws/btcusdt@optionMarkPrice"),
]


@pytest.fixture(scope="session")
def documented(shared_data: Path) -> dict[tuple[str, str, str], Any]:
    with gzip.open(shared_data / "rest" / "binance_official_doc_examples.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return {(row["client"], row["kind"], row["test"]): row["json"] for row in rows}


def assert_covers(ours: Any, theirs: Any, where: str) -> None:
    """Every documented field is there with the same kind of value, at any depth; lists by their first element."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        assert theirs.keys() <= ours.keys(), (where, sorted(theirs.keys() - ours.keys()))
        for name, value in theirs.items():
            if name not in {"filters", "rateLimits", "assets", "bids", "asks", "b", "a", "sym"}:
                assert_covers(ours[name], value, f"{where}.{name}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        if theirs and ours:
            assert_covers(ours[0], theirs[0], f"{where}[0]")
    elif not isinstance(theirs, bool):
        assert isinstance(ours, int | float) == isinstance(theirs, int | float), (where, ours, theirs)


@pytest.mark.parametrize(("source", "test", "path", "query"), REST, ids=[f"{r[0]}-{r[1]}" for r in REST])
async def test_rest(
    client: Client,
    documented: dict[tuple[str, str, str], Any],
    source: str,
    test: str,
    path: str,
    query: dict[str, object],
) -> None:
    example = documented[(source, "rest_api", test)]
    answer = await client.get(path, **query)
    assert isinstance(answer, dict | list)
    if isinstance(example, list) != isinstance(answer, list):
        example = example[0]
    assert_covers(answer, example, test)


@pytest.mark.parametrize(("source", "test", "path"), STREAMS, ids=[f"{s[0]}-{s[1]}" for s in STREAMS])
async def test_streams(
    client: Client, documented: dict[tuple[str, str, str], Any], source: str, test: str, path: str
) -> None:
    kind = "spot" if source == SPOT else "futures"
    async with listening(client, path, kind) as listener:
        await listener.advance(12_000)
        message = await listener.read()
    assert_covers(message, documented[(source, "websocket_streams", test)], test)
