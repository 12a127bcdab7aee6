"""Block trades of spot: one every hour, for a round amount at the price at which the last one closed."""

from collections.abc import Iterator
from dataclasses import dataclass

from utils.sandbox.exchange.market.contract import LAST, Market, Window
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.market.intervals import HOUR, HOUR_MS
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.numbers import Style

AMOUNT_USD = 1_000_000.0


@dataclass(frozen=True, slots=True)
class BlockTrade:
    """A block trade: its id is the number of its hour since 1970. Time in UTC ms, numbers as spot writes them."""

    id: int
    price: str
    quantity: str
    amount: str
    time_ms: int
    buyer_maker: bool


def block_trades(
    market: Market, symbol: str, style: Style, first_id: int, limit: int, now_ms: int
) -> Iterator[BlockTrade]:
    """Block trades from an id on, ascending."""
    window = Window(HOUR, limit, (first_id - 1) * HOUR_MS, now_ms - HOUR_MS)
    bars = market.bars(SPOT, symbol, LAST, window, now_ms)
    for opened, price in zip(bars.open_time.tolist(), bars.close.tolist(), strict=True):
        text = style.price(price)
        quantity = round(AMOUNT_USD / float(text), style.digits.quantity)
        amount, closed = float(text) * quantity, opened + HOUR_MS
        number = closed // HOUR_MS
        yield BlockTrade(number, text, f"{quantity:.8f}", f"{amount:.8f}", closed, number % 2 == 1)


def historical_block_trades(question: Question) -> Json:
    """Block trades from the mandatory `fromId` on, 500 by default and at most 1000."""
    params = question.params
    symbol, first_id = params.spot_symbol(), params.number("fromId")
    if first_id is None:
        raise errors.missing("fromId")
    limit = params.limit(500, 1000, clamp=True)
    found = block_trades(question.market, symbol, question.style(symbol), first_id, limit, question.now_ms)
    return [
        {
            "id": row.id,
            "price": row.price,
            "qty": row.quantity,
            "quoteQty": row.amount,
            "time": row.time_ms,
            "isBuyerMaker": row.buyer_maker,
        }
        for row in found
    ]


BLOCK_TRADE_ENDPOINTS = (
    Endpoint(
        "/api/v3/historicalBlockTrades",
        historical_block_trades,
        25,
        parameters=frozenset({"symbol", "fromId", "limit"}),
    ),
)
