"""Spot REST market data (`/api/v3`), spec/binance.md section 3."""

from collections.abc import Callable

from utils.sandbox.exchange.market.contract import Listing, NotRecordedError, TradeQuery, Window
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.market.intervals import MINUTE
from utils.sandbox.exchange.rest import common, errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.pages import Page
from utils.sandbox.exchange.rest.spot_info import exchange_info
from utils.sandbox.exchange.rest.trade_pages import aggregates_page, book_pages, trades_page
from utils.sandbox.exchange.rest.weights import SPOT_DEPTH_STEPS, by_limit, one_or_all, spot_ticker

DEPTH_LIMIT = 5000
AVERAGE_MINUTES = 5
FULL_ONLY = (
    "priceChange",
    "priceChangePercent",
    "weightedAvgPrice",
    "prevClosePrice",
    "lastQty",
    "bidPrice",
    "bidQty",
    "askPrice",
    "askQty",
)


def klines(question: Question) -> Json:
    """Klines, 500 by default and at most 1000 (more is cut)."""
    return common.last_klines(question, question.params.spot_symbol(), 500, 1000)


def average_price(question: Question) -> Json:
    """Volume-weighted price of the last five minutes."""
    symbol = question.params.spot_symbol()
    style = question.style(symbol)
    window = Window(MINUTE, AVERAGE_MINUTES)
    bars = question.market.bars(SPOT, symbol, "last", window, question.now_ms)
    volume = bars.volume.sum().item() if len(bars) else 0
    if not volume or not bars.quote.sum():  # recordings of six columns have no quote volume
        return {
            "mins": AVERAGE_MINUTES,
            "price": common.last_price(question, symbol),
            "closeTime": question.now_ms,
        }
    price = f"{style.average(bars.quote.sum().item(), volume):.8f}"
    return {"mins": AVERAGE_MINUTES, "price": price, "closeTime": question.now_ms}


def ticker_24hr(question: Question) -> Json:
    """Rolling 24-hour statistics, FULL or MINI."""
    mini = wants_mini(question)
    return per_symbol(question, lambda symbol: _day(question, symbol, mini=mini))


def ticker_price(question: Question) -> Json:
    """Last prices."""
    return per_symbol(question, lambda s: {"symbol": s, "price": common.last_price(question, s)})


def book_ticker(question: Question) -> Json:
    """Best bid and ask."""
    return per_symbol(question, lambda symbol: {"symbol": symbol} | _best(question, symbol))


def depth(question: Question) -> Json:
    """The book, 100 levels by default and at most 5000 (more is cut)."""
    symbol = question.params.spot_symbol()
    limit = question.params.limit(100, DEPTH_LIMIT, clamp=True)
    style = question.style(symbol)
    book = question.market.book(SPOT, symbol, limit, question.book_ms)
    return Page(b'{"lastUpdateId":%d,"bids":%b,"asks":%b}' % (book.update_id, *book_pages(book, style)))


def trades(question: Question) -> Json:
    """The newest trades."""
    query = TradeQuery(question.params.limit(500, 1000, clamp=True))
    return _trades(question, query)


def historical_trades(question: Question) -> Json:
    """Trades from an id on, or the newest ones."""
    query = TradeQuery(question.params.limit(500, 1000, clamp=True), question.params.number("fromId"))
    return _trades(question, query)


def aggregate_trades(question: Question) -> Json:
    """Aggregate trades; here each consists of one trade and shares its id."""
    symbol = question.params.spot_symbol()
    query = common.trade_query(question, clamp=True, longest_hours=None)
    return aggregates_page(*common.found_trades(question, symbol, query))


def _trades(question: Question, query: TradeQuery) -> Json:
    symbol = question.params.spot_symbol()
    return trades_page(*common.found_trades(question, symbol, query), b'"isBestMatch":true')


def _day(question: Question, symbol: str, *, mini: bool) -> dict[str, object]:
    day = question.market.day(SPOT, symbol, question.now_ms)
    style = question.style(symbol)
    fields = common.day_fields(day, symbol, style)
    if mini:
        return {name: value for name, value in fields.items() if name not in FULL_ONLY}
    previous = day.previous_close
    fields["prevClosePrice"] = style.price(int(previous) if len(day.bar) and day.first_id >= 0 else previous)
    try:
        return fields | _best(question, symbol)
    except NotRecordedError:
        return fields | dict.fromkeys(("bidPrice", "bidQty", "askPrice", "askQty"), "0.00000000")


def _best(question: Question, symbol: str) -> dict[str, object]:
    style = question.style(symbol)
    book = question.market.book(SPOT, symbol, 1, question.book_ms)
    bids, asks = common.book_levels(book, style)
    return {"bidPrice": bids[0][0], "bidQty": bids[0][1], "askPrice": asks[0][0], "askQty": asks[0][1]}


def wants_mini(question: Question) -> bool:
    """Whether statistics are asked for in the short form (`type`). Raises -1139."""
    form = question.params.text("type") or "FULL"
    if form not in {"FULL", "MINI"}:
        raise errors.invalid_ticker_type()
    return form == "MINI"


def per_symbol(question: Question, answer: Callable[[str], dict[str, object]]) -> Json:
    """One row for `symbol`, a list for `symbols` or for all, of those that have the wanted `symbolStatus`."""
    wanted = question.params.symbols()
    status = question.params.text("symbolStatus")
    listed = question.listed
    chosen = list(listed) if wanted is None else wanted
    if any(symbol not in listed for symbol in chosen):
        raise errors.invalid_symbol()
    if question.params.text("symbol") is not None:
        check_status(listed[chosen[0]], status)
        return answer(chosen[0])
    return [answer(symbol) for symbol in chosen if status is None or listed[symbol].status == status]


def check_status(listing: Listing, status: str | None) -> None:
    """Refuse a symbol that does not have the wanted status, if one is wanted. Raises -1220."""
    if status is not None and listing.status != status:
        raise errors.status_mismatch(listing.symbol, listing.status)


_TICKERS_WEIGHT = one_or_all(2, 4)
_KLINES = frozenset({"symbol", "interval", "startTime", "endTime", "timeZone", "limit"})
_SYMBOL = frozenset({"symbol"})
TICKERS = frozenset({"symbol", "symbols", "symbolStatus"})

SPOT_ENDPOINTS = (
    Endpoint("/api/v3/ping", common.ping, 1),
    Endpoint("/api/v3/time", common.server_time, 1),
    Endpoint(
        "/api/v3/exchangeInfo",
        exchange_info,
        20,
        parameters=TICKERS | {"permissions", "showPermissionSets"},
    ),
    Endpoint("/api/v3/klines", klines, 2, parameters=_KLINES),
    Endpoint("/api/v3/uiKlines", klines, 2, parameters=_KLINES),
    Endpoint("/api/v3/avgPrice", average_price, 2, parameters=_SYMBOL),
    Endpoint("/api/v3/ticker/24hr", ticker_24hr, spot_ticker, parameters=TICKERS | {"type"}),
    Endpoint("/api/v3/ticker/price", ticker_price, _TICKERS_WEIGHT, parameters=TICKERS),
    Endpoint("/api/v3/ticker/bookTicker", book_ticker, _TICKERS_WEIGHT, parameters=TICKERS),
    Endpoint(
        "/api/v3/depth",
        depth,
        by_limit(SPOT_DEPTH_STEPS, 100),
        parameters=_SYMBOL | {"limit", "symbolStatus"},
    ),
    Endpoint("/api/v3/trades", trades, 25, parameters=_SYMBOL | {"limit"}),
    Endpoint("/api/v3/historicalTrades", historical_trades, 25, parameters=_SYMBOL | {"limit", "fromId"}),
    Endpoint(
        "/api/v3/aggTrades",
        aggregate_trades,
        4,
        parameters=_SYMBOL | {"fromId", "startTime", "endTime", "limit"},
    ),
)
