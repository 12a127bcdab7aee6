"""Answers that spot and futures share: time, bars, trades, book."""

from utils.sandbox.exchange.market.book import BookSnapshot
from utils.sandbox.exchange.market.contract import LAST, DayStatistics, TradeQuery
from utils.sandbox.exchange.market.intervals import HOUR_MS
from utils.sandbox.exchange.market.trades import Trades
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Json, Question
from utils.sandbox.exchange.rest.klines import kline_page
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.rest.pages import Page


def ping(_: Question) -> Json:
    """An empty object."""
    return {}


def server_time(question: Question) -> Json:
    """The exchange's clock."""
    return {"serverTime": question.told_ms}


def last_klines(question: Question, symbol: str, default: int, most: int) -> Page:
    """Klines of the last price."""
    spot = question.kind == "spot"
    window = question.params.window(default, most, spot=spot)
    style = question.style(symbol)
    bars = question.market.bars(question.kind, symbol, LAST, window, question.now_ms)
    return kline_page(bars, style, window.interval, window.shift_ms)


def found_trades(question: Question, symbol: str, query: TradeQuery) -> tuple[Trades, Style]:
    """Trades and how their numbers are written."""
    style = question.style(symbol)
    return question.market.trades(question.kind, symbol, query, question.now_ms), style


def trade_query(question: Question, *, clamp: bool, longest_hours: int | None) -> TradeQuery:
    """`fromId` or times and `limit` of aggregate trades. `longest_hours` is the longest span allowed."""
    params = question.params
    start, end, from_id = params.time("startTime"), params.time("endTime"), params.number("fromId")
    if from_id is not None and (start is not None or end is not None):
        raise errors.bad_combination()
    if longest_hours is not None and start is not None and end is not None:
        if start > end:
            raise errors.start_after_end()
        if end - start > longest_hours * HOUR_MS:
            raise errors.span_too_long(longest_hours)
    return TradeQuery(params.limit(500, 1000, clamp=clamp), from_id, start, end)


def book_levels(book: BookSnapshot, style: Style) -> tuple[list[list[str]], list[list[str]]]:
    """Bids and asks as price and quantity texts."""
    digits = style.digits
    bids, asks = (
        [
            [price, quantity]
            for price, quantity in zip(
                style.column(prices, digits.price), style.column(lots, digits.quantity), strict=True
            )
        ]
        for prices, lots in ((book.bid_prices, book.bid_lots), (book.ask_prices, book.ask_lots))
    )
    return bids, asks


def day_fields(day: DayStatistics, symbol: str, style: Style) -> dict[str, object]:
    """The 24-hour fields that both markets send."""
    bar = day.bar
    if not len(bar):
        raise errors.not_recorded(f"{symbol} did not trade")
    opened, last = bar.open[0].item(), bar.close[0].item()
    volume, quote = bar.volume[0].item(), bar.quote[0].item()
    percent = (last - opened) / opened * 100
    digits = 8 if style.spot else style.digits.price
    return {
        "symbol": symbol,
        "priceChange": style.price(last - opened),
        "priceChangePercent": f"{percent:.3f}",
        "weightedAvgPrice": f"{style.average(quote, volume):.{digits}f}",
        "lastPrice": style.price(last),
        "lastQty": style.quantity(int(day.last_lots)),
        "openPrice": style.price(opened),
        "highPrice": style.price(bar.high[0].item()),
        "lowPrice": style.price(bar.low[0].item()),
        "volume": style.quantity(volume),
        "quoteVolume": style.turnover(quote),
        "openTime": day.open_ms,
        "closeTime": day.close_ms,
        "firstId": day.first_id,
        "lastId": day.last_id,
        "count": int(bar.trades[0]),
    }


def last_price(question: Question, symbol: str) -> str:
    """The last price as text."""
    day = question.market.day(question.kind, symbol, question.now_ms)
    if not len(day.bar):
        raise errors.not_recorded(f"{symbol} did not trade")
    return question.style(symbol).price(day.bar.close[0].item())
