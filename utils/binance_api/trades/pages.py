"""Aggregate trades over REST, the newest or from an id on, to fill gaps of a stream."""

from typing import Final

from utils.binance_api import schemas, urls
from utils.binance_api.http.paced import PacedRest
from utils.binance_api.schemas import AggTradeRow
from utils.binance_api.streams.events import AggTrade
from utils.binance_api.urls import Endpoint, Market

PAGE_ROWS: Final = 1000
"""Most rows of one ``aggTrades`` answer."""
_ENDPOINTS: Final[dict[Market, Endpoint]] = {
    "spot": urls.SPOT_AGG_TRADES,
    "futures": urls.FUTURES_AGG_TRADES,
}


async def read_trades(rest: PacedRest, market: Market, symbol: str, from_id: int | None) -> list[AggTrade]:
    """Return at most ``PAGE_ROWS`` trades ascending: from an id on, or the newest; raises ``SourceError``."""
    params: dict[str, str | int] = {"symbol": symbol, "limit": PAGE_ROWS}
    if from_id is not None:
        params["fromId"] = from_id
    fetched = await rest.get(_ENDPOINTS[market], params, schemas.agg_trades)
    return [_streamed(row, symbol) for row in fetched.value]


def _streamed(row: AggTradeRow, symbol: str) -> AggTrade:
    """Return a row as an event of the stream; REST has no event time, so the trade time is used."""
    return AggTrade(
        symbol=symbol,
        event_ms=row.time,
        trade_id=row.trade_id,
        price=row.price,
        quantity=row.quantity,
        visible_quantity=row.visible,
        first_trade_id=row.first_id,
        last_trade_id=row.last_id,
        trade_ms=row.time,
        buyer_is_maker=row.buyer_is_maker,
    )
