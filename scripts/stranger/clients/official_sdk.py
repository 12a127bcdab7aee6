"""Binance's own SDKs of spot and USD-M futures: REST into their typed models, and streams."""

import asyncio
from collections.abc import Callable
from typing import Any

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_spot.spot import Spot

from scripts.stranger.clients.notes import Notes, run

BTC = "BTCUSDT"
TIMEOUT_MS = 20_000


async def meet(servers: dict[str, str], notes: Notes) -> None:
    """Ask all of it."""
    await _spot(servers, notes)
    await _futures(servers, notes)


async def _spot(servers: dict[str, str], notes: Notes) -> None:
    rest = ConfigurationRestAPI(base_path=servers["spot"], timeout=TIMEOUT_MS)
    streams = ConfigurationWebSocketStreams(stream_url=servers["spot"].replace("http", "ws", 1))
    client = Spot(config_rest_api=rest, config_ws_streams=streams)
    api = client.rest_api
    calls: dict[str, Callable[[], Any]] = {
        "exchange_info": lambda: api.exchange_info(symbol=BTC),
        "klines": lambda: api.klines(BTC, "1h", limit=5),
        "depth": lambda: api.depth(BTC, limit=20),
        "agg_trades": lambda: api.agg_trades(BTC, limit=5),
        "ticker": lambda: api.ticker(BTC, window_size="2h"),
        "ticker_trading_day": lambda: api.ticker_trading_day(BTC),
        "execution_rules": lambda: api.execution_rules(symbol=BTC),
        "reference_price": lambda: api.reference_price(BTC),
        "historical_block_trades": lambda: api.historical_block_trades(BTC, 498_000),
    }
    for name, call in calls.items():
        await notes.call(f"spot {name}", call, lambda reply: reply.data())
    precise = ConfigurationRestAPI(base_path=servers["spot"], timeout=TIMEOUT_MS, time_unit="MICROSECOND")
    fine = Spot(config_rest_api=precise).rest_api
    await notes.call("spot time in microseconds", fine.time, lambda reply: reply.data().server_time > 10**15)
    socket = await client.websocket_streams.create_connection()
    for name, join in {
        "agg_trade": lambda: socket.agg_trade(symbol=BTC.lower()),
        "diff_book_depth": lambda: socket.diff_book_depth(symbol=BTC.lower()),
        "reference_price": lambda: socket.reference_price(symbol=BTC.lower()),
    }.items():
        await notes.ask(f"spot stream {name}", _first(join))
    await socket.close_connection(close_session=True)


async def _futures(servers: dict[str, str], notes: Notes) -> None:
    rest = ConfigurationRestAPI(base_path=servers["futures"], timeout=TIMEOUT_MS)
    streams = ConfigurationWebSocketStreams(stream_url=servers["futures"].replace("http", "ws", 1))
    client = DerivativesTradingUsdsFutures(config_rest_api=rest, config_ws_streams=streams)
    api = client.rest_api
    calls: dict[str, Callable[[], Any]] = {
        "exchange_information": api.exchange_information,
        "kline_candlestick_data": lambda: api.kline_candlestick_data(BTC, "1h", limit=5),
        "order_book": lambda: api.order_book(BTC, limit=20),
        "get_funding_rate_history": lambda: api.get_funding_rate_history(BTC, limit=5),
        "open_interest": lambda: api.open_interest(BTC),
        "open_interest_statistics": lambda: api.open_interest_statistics(BTC, "1h", limit=5),
        "taker_buy_sell_volume": lambda: api.taker_buy_sell_volume(BTC, "1h", limit=5),
        "adl_risk": lambda: api.adl_risk(symbol=BTC),
        "asset_index": api.asset_index,
        "composite_index_symbol_information": api.composite_index_symbol_information,
        "query_insurance_fund_balance_snapshot": api.query_insurance_fund_balance_snapshot,
        "trading_schedule": api.trading_schedule,
    }
    for name, call in calls.items():
        await notes.call(f"futures {name}", call, lambda reply: reply.data())
    socket = await client.websocket_streams.create_connection()
    for name, join in {
        "mark_price_stream": lambda: socket.mark_price_stream(symbol=BTC.lower()),
        "diff_book_depth_streams": lambda: socket.diff_book_depth_streams(symbol=BTC.lower()),
        "asset_index": socket.asset_index,
        "trading_session_stream": socket.trading_session_stream,
    }.items():
        await notes.ask(f"futures stream {name}", _first(join))
    await socket.close_connection(close_session=True)


async def _first(join: Callable[[], Any]) -> Any:
    """The first message of a stream."""
    arrived: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    stream = await join()
    stream.on("message", lambda message: None if arrived.done() else arrived.set_result(message))
    return await asyncio.wait_for(arrived, 15)


if __name__ == "__main__":
    run(
        meet,
        "binance-sdk-spot",
        "binance-sdk-derivatives-trading-usds-futures",
    )
