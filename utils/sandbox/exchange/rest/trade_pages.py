"""Trades and levels of books as JSON text."""

import json

from utils.sandbox.exchange.market.book import BookSnapshot, Side
from utils.sandbox.exchange.market.trades import Trades
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.rest.pages import Cells, Page, flag_cells, number_cells, rows_page, unit_cells

FEW_LEVELS = 100
"""So few are faster written one by one."""


def trades_page(found: Trades, style: Style, last_field: bytes) -> Page:
    """Single trades; each object ends with `last_field`, which markets have of their own."""
    digits = style.digits
    row: list[bytes | Cells] = [
        b'{"id":',
        unit_cells(found.id, 0, 0),
        b',"price":"',
        number_cells(found.price, style, digits.price),
        b'","qty":"',
        number_cells(found.lots, style, digits.quantity),
        b'","quoteQty":"',
        number_cells(found.price * found.lots, style, digits.quote),
        b'","time":',
        unit_cells(found.time, 0, 0),
        b',"isBuyerMaker":',
        flag_cells(found.buyer_maker),
        b",%b}" % last_field,
    ]
    return Page(rows_page(len(found), *row))


def aggregates_page(found: Trades, style: Style) -> Page:
    """Aggregate trades; here each consists of one trade, shares its id and holds no RPI fill."""
    number, quantity = unit_cells(found.id, 0, 0), number_cells(found.lots, style, style.digits.quantity)
    row: list[bytes | Cells] = [
        b'{"a":',
        number,
        b',"p":"',
        number_cells(found.price, style, style.digits.price),
        b'","q":"',
        quantity,
        *((b'"',) if style.spot else (b'","nq":"', quantity, b'"')),
        b',"f":',
        number,
        b',"l":',
        number,
        b',"T":',
        unit_cells(found.time, 0, 0),
        b',"m":',
        flag_cells(found.buyer_maker),
        b',"M":true}' if style.spot else b"}",
    ]
    return Page(rows_page(len(found), *row))


def book_pages(book: BookSnapshot, style: Style) -> tuple[bytes, bytes]:
    """Bids and asks as JSON lists of price and quantity."""
    bids, asks = (book.bid_prices, book.bid_lots), (book.ask_prices, book.ask_lots)
    return levels_page(bids, style), levels_page(asks, style)


def levels_page(levels: Side, style: Style) -> bytes:
    """Levels of a book as a JSON list of price and quantity."""
    prices, lots = levels
    digits = style.digits
    if len(prices) < FEW_LEVELS:
        columns = style.column(prices, digits.price), style.column(lots, digits.quantity)
        return json.dumps(list(zip(*columns, strict=True)), separators=(",", ":")).encode()
    return rows_page(
        len(prices),
        b'["',
        number_cells(prices, style, digits.price),
        b'","',
        number_cells(lots, style, digits.quantity),
        b'"]',
    )
