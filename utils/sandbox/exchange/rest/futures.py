"""USD-M futures REST market data (`/fapi`), spec/binance.md section 5."""

from collections.abc import Callable

from utils.sandbox.exchange.market.contract import INDEX, MARK, PREMIUM, NotRecordedError, TradeQuery
from utils.sandbox.exchange.market.funding import Settlement
from utils.sandbox.exchange.market.instrument import FUTURES
from utils.sandbox.exchange.rest import common, errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.futures_info import coin_margined_info, exchange_info
from utils.sandbox.exchange.rest.klines import series_page
from utils.sandbox.exchange.rest.pages import Page
from utils.sandbox.exchange.rest.security import KEYED
from utils.sandbox.exchange.rest.trade_pages import aggregates_page, book_pages, trades_page
from utils.sandbox.exchange.rest.weights import (
    FUTURES_DEPTH_STEPS,
    FUTURES_KLINE_STEPS,
    by_limit,
    one_or_all,
)

KLINE_LIMIT = 1500
DEPTH_LIMITS = frozenset({5, 10, 20, 50, 100, 500, 1000})
CONTRACT_TYPES = frozenset({"PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL"})
USUAL_FUNDING_HOURS = 8
FUNDING_BUCKET = "funding"
UNTIMED_FUNDING_ROWS = 200
"""Without times, `fundingRate` answers with the newest 200 rows."""
TRADE_SPAN_HOURS = 1


def klines(question: Question) -> Json:
    """Klines of the last price."""
    return common.last_klines(question, question.params.required("symbol"), 500, KLINE_LIMIT)


def continuous_klines(question: Question) -> Json:
    """Klines of a pair's contract; only perpetuals are listed here."""
    pair, contract = question.params.required("pair"), question.params.required("contractType")
    if contract not in CONTRACT_TYPES:
        raise errors.invalid_contract_type()
    if contract != "PERPETUAL":
        raise errors.invalid_symbol()
    return common.last_klines(question, pair, 500, KLINE_LIMIT)


def series_klines(series: str, name: str) -> Callable[[Question], Json]:
    """Klines of mark, index or premium, whose symbol comes in the parameter `name`."""

    def answer(question: Question) -> Json:
        symbol = question.params.required(name)
        window = question.params.window(500, KLINE_LIMIT, spot=False)
        question.digits(symbol)
        bars = question.market.bars(FUTURES, symbol, series, window, question.now_ms)
        return series_page(bars, window.interval)

    return answer


def ticker_24hr(question: Question) -> Json:
    """Rolling 24-hour statistics (no bid and ask, unlike spot)."""

    def day(symbol: str) -> dict[str, object]:
        statistics = question.market.day(FUTURES, symbol, question.now_ms)
        return common.day_fields(statistics, symbol, question.style(symbol))

    return _one_or_all(question, day)


def ticker_price(question: Question) -> Json:
    """Last prices with their time."""
    now_ms = question.now_ms
    return _one_or_all(
        question, lambda s: {"symbol": s, "price": common.last_price(question, s), "time": now_ms}
    )


def book_ticker(question: Question) -> Json:
    """Best bid and ask with their time."""

    def best(symbol: str) -> dict[str, object]:
        style = question.style(symbol)
        book = question.market.book(FUTURES, symbol, 1, question.book_ms)
        bids, asks = common.book_levels(book, style)
        return {
            "symbol": symbol,
            "bidPrice": bids[0][0],
            "bidQty": bids[0][1],
            "askPrice": asks[0][0],
            "askQty": asks[0][1],
            "time": book.time_ms,
            "lastUpdateId": book.update_id,
        }

    return _one_or_all(question, best)


def depth(question: Question) -> Json:
    """The book with 5, 10, 20, 50, 100, 500 (default) or 1000 levels."""
    symbol = question.params.required("symbol")
    limit = question.params.number("limit")
    limit = 500 if limit is None else limit
    if limit not in DEPTH_LIMITS:
        raise errors.invalid_depth_limit()
    style = question.style(symbol)
    book = question.market.book(FUTURES, symbol, limit, question.book_ms)
    head = b'"lastUpdateId":%d,"E":%d,"T":%d' % (book.update_id, book.time_ms, book.time_ms)
    return Page(b'{%b,"bids":%b,"asks":%b}' % (head, *book_pages(book, style)))


def premium_index(question: Question) -> Json:
    """Mark, index and the running rate of the coming settlement; without symbol those that have them."""
    if question.params.text("symbol"):
        return _premium(question, _listed(question, question.params.required("symbol")))
    rows: list[object] = []
    for listing in question.listed.values():
        try:
            rows.append(_premium(question, listing.symbol))
        except NotRecordedError:
            continue
    return rows


def funding_rate(question: Question) -> Json:
    """Settled rates, ascending; an over-full range is cut at its end."""
    params = question.params
    start, end = params.time("startTime"), params.time("endTime")
    if start is not None and end is not None and start > end:
        raise errors.start_after_end()
    timed = start is not None or end is not None
    limit = params.limit(100 if timed else UNTIMED_FUNDING_ROWS, 1000, clamp=False)
    symbol = params.text("symbol")
    symbols = list(question.listed) if symbol is None else [_listed(question, symbol)]
    rows = [(s, row) for s in symbols for row in question.market.funding(s, question.now_ms)]
    rows.sort(key=lambda pair: pair[1].time_ms)
    rows = [(s, r) for s, r in rows if (start or 0) <= r.time_ms and (end is None or r.time_ms <= end)]
    chosen = rows[-limit:] if start is None else rows[:limit]
    return [_settlement(s, row) for s, row in chosen]


def funding_info(question: Question) -> Json:
    """Only symbols whose interval is not the usual eight hours."""
    return [
        {
            "symbol": listing.symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": question.market.funding_hours(listing.symbol),
            "disclaimer": False,
        }
        for listing in question.listed.values()
        if question.market.funding_hours(listing.symbol) != USUAL_FUNDING_HOURS
    ]


def open_interest(question: Question) -> Json:
    """Open interest in contract units."""
    symbol = question.params.required("symbol")
    digits = question.digits(symbol)
    held = question.market.open_interest(symbol, question.now_ms)
    return {"openInterest": f"{held:.{digits.quantity}f}", "symbol": symbol, "time": question.now_ms}


def trades(question: Question) -> Json:
    """The newest trades."""
    return _trades(question, TradeQuery(question.params.limit(500, 1000, clamp=False)))


def historical_trades(question: Question) -> Json:
    """Trades from an id on, or the newest ones; asks for a key."""
    limit = question.params.limit(100, 500, clamp=False)
    return _trades(question, TradeQuery(limit, question.params.number("fromId")))


def constituents(question: Question) -> Json:
    """The index is the one spot market here."""
    symbol = _listed(question, question.params.required("symbol"))
    index = question.market.premium(symbol, question.now_ms).index
    row = {"exchange": "binance", "symbol": symbol, "price": f"{index:.8f}", "weight": "1.00000000"}
    return {"symbol": symbol, "time": question.now_ms, "constituents": [row]}


def _trades(question: Question, query: TradeQuery) -> Json:
    symbol = question.params.required("symbol")
    return trades_page(*common.found_trades(question, symbol, query), b'"isRPITrade":false')


def aggregate_trades(question: Question) -> Json:
    """Aggregate trades; here each consists of one trade, shares its id and holds no RPI fill."""
    symbol = question.params.required("symbol")
    query = common.trade_query(question, clamp=False, longest_hours=TRADE_SPAN_HOURS)
    return aggregates_page(*common.found_trades(question, symbol, query))


def _premium(question: Question, symbol: str) -> dict[str, object]:
    state = question.market.premium(symbol, question.now_ms)
    return {
        "symbol": symbol,
        "markPrice": f"{state.mark:.8f}",
        "indexPrice": f"{state.index:.8f}",
        "estimatedSettlePrice": f"{state.index:.8f}",
        "lastFundingRate": f"{state.funding_rate:.8f}",
        "interestRate": "0.00010000",
        "nextFundingTime": state.next_funding_ms,
        "time": question.now_ms,
    }


def _settlement(symbol: str, row: Settlement) -> dict[str, object]:
    mark = "" if row.mark_price is None else f"{row.mark_price:.8f}"
    return {
        "symbol": symbol,
        "fundingTime": row.time_ms,
        "fundingRate": f"{row.rate:.8f}",
        "markPrice": mark,
        "rateType": "Regular",
    }


def _listed(question: Question, symbol: str) -> str:
    question.digits(symbol)
    return symbol


def _one_or_all(question: Question, answer: Callable[[str], dict[str, object]]) -> Json:
    symbol = question.params.text("symbol")
    if symbol is not None:
        return answer(_listed(question, symbol))
    return [answer(symbol) for symbol in question.listed]


_KLINES = by_limit(FUTURES_KLINE_STEPS, 500)

FUTURES_ENDPOINTS = (
    Endpoint("/fapi/v1/ping", common.ping, 1),
    Endpoint("/fapi/v1/time", common.server_time, 1),
    Endpoint("/fapi/v1/exchangeInfo", exchange_info, 1),
    Endpoint("/dapi/v1/exchangeInfo", coin_margined_info, 1),
    Endpoint("/fapi/v1/klines", klines, _KLINES),
    Endpoint("/fapi/v1/continuousKlines", continuous_klines, _KLINES),
    Endpoint("/fapi/v1/markPriceKlines", series_klines(MARK, "symbol"), _KLINES),
    Endpoint("/fapi/v1/indexPriceKlines", series_klines(INDEX, "pair"), _KLINES),
    Endpoint("/fapi/v1/premiumIndexKlines", series_klines(PREMIUM, "symbol"), _KLINES),
    Endpoint("/fapi/v1/ticker/24hr", ticker_24hr, one_or_all(1, 40)),
    Endpoint("/fapi/v1/ticker/price", ticker_price, one_or_all(1, 2)),
    Endpoint("/fapi/v2/ticker/price", ticker_price, one_or_all(1, 2), honest_header=False),
    Endpoint("/fapi/v1/ticker/bookTicker", book_ticker, one_or_all(2, 5), honest_header=False),
    Endpoint("/fapi/v1/depth", depth, by_limit(FUTURES_DEPTH_STEPS, 500)),
    Endpoint("/fapi/v1/premiumIndex", premium_index, one_or_all(1, 10)),
    Endpoint("/fapi/v1/fundingRate", funding_rate, 0, bucket=FUNDING_BUCKET),
    Endpoint("/fapi/v1/fundingInfo", funding_info, 0, bucket=FUNDING_BUCKET),
    Endpoint("/fapi/v1/openInterest", open_interest, 1),
    Endpoint("/fapi/v1/trades", trades, 5),
    Endpoint("/fapi/v1/historicalTrades", historical_trades, 200, security=KEYED),
    Endpoint("/fapi/v1/constituents", constituents, 2),
    Endpoint("/fapi/v1/rpiDepth", depth, 20),
    Endpoint("/fapi/v1/aggTrades", aggregate_trades, 20),
)
