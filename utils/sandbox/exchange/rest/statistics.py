"""Positioning statistics of USD-M futures (`/futures/data`), spec/binance.md section 5.1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.bars import Column
from utils.sandbox.exchange.market.contract import INDEX, LAST, Positioning, Window
from utils.sandbox.exchange.market.instrument import FUTURES
from utils.sandbox.exchange.market.intervals import DAY_MS, INTERVALS, IntArray, Interval
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.pages import Cells, Page, float_cells, number_cells, rows_page, unit_cells

STATISTICS_BUCKET = "statistics"
PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
DEFAULT_ROWS, MOST_ROWS = 30, 500
HISTORY_MS = 30 * DAY_MS
RATIO_DECIMALS = 4
VALUE_DECIMALS = 8
CONTRACT_TYPES = frozenset({"PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER"})
Share = Callable[[Positioning], Column]


@dataclass(frozen=True, slots=True)
class Range:
    """Which rows are wanted: a period and the first and last moment, both multiples of it."""

    period: Interval
    first_ms: int
    last_ms: int

    @property
    def times(self) -> list[int]:
        """The moments of the rows."""
        return list(range(self.first_ms, self.last_ms + 1, self.period.ms))


def asked_range(question: Question, *, closed: bool = False) -> Range:
    """`period`, `limit`, `startTime` and `endTime`: without times the newest rows, otherwise as klines are paged.

    A `startTime` before the last 30 days is refused. `closed`: a row is about the period that begins at its moment,
    so that the one under way has none.
    """
    params, now_ms = question.params, question.now_ms
    name = params.required("period")
    if name not in PERIODS:
        raise errors.invalid_parameter("period")
    period, limit = INTERVALS[name], params.limit(DEFAULT_ROWS, MOST_ROWS, clamp=False)
    start, end = params.time("startTime"), params.time("endTime")
    if start is not None and start < now_ms - HISTORY_MS:
        raise errors.invalid_parameter("startTime")
    if start is not None and end is not None and start > end:
        raise errors.start_after_end()
    newest = now_ms - period.ms if closed else now_ms
    last = min(newest if end is None else end, newest) // period.ms * period.ms
    oldest = -(-(now_ms - HISTORY_MS) // period.ms) * period.ms
    if start is None:
        return Range(period, max(oldest, last - (limit - 1) * period.ms), last)
    first = -(-start // period.ms) * period.ms
    return Range(period, first, min(last, first + (limit - 1) * period.ms))


def open_interest_history(question: Question) -> Json:
    """Open interest at the end of each period, in contracts and in USDT, with the coins there are (0: not known)."""
    symbol, wanted = _symbol(question), asked_range(question)
    state = question.market.positioning(symbol, question.now_ms)
    moments, rows = _rows(state, wanted)
    row: list[bytes | Cells] = [
        b'{"symbol":"%b","sumOpenInterest":"' % symbol.encode(),
        float_cells(state.held[rows], VALUE_DECIMALS),
        b'","sumOpenInterestValue":"',
        float_cells(state.value[rows], VALUE_DECIMALS),
        b'","CMCCirculatingSupply":"%.8f","timestamp":' % state.supply,
        unit_cells(moments, 0, 0),
        b"}",
    ]
    return Page(rows_page(len(moments), *row))


def ratio_history(share: Share) -> Callable[[Question], Json]:
    """Longs, shorts and their ratio at the end of each period, by a share that `share` picks."""

    def answer(question: Question) -> Json:
        symbol, wanted = _symbol(question), asked_range(question)
        state = question.market.positioning(symbol, question.now_ms)
        moments, rows = _rows(state, wanted)
        return _ratios(symbol, share(state)[rows], moments)

    return answer


def taker_history(question: Question) -> Json:
    """Taker volumes of each closed period; the timestamp is the period's beginning. There is no symbol in a row."""
    symbol, wanted = _symbol(question), asked_range(question, closed=True)
    style = question.style(symbol)
    window = Window(wanted.period, MOST_ROWS, wanted.first_ms, wanted.last_ms)
    bars = question.market.bars(FUTURES, symbol, LAST, window, question.now_ms)
    bought, sold = bars.taker_base, bars.volume - bars.taker_base
    ratio = np.divide(bought, sold, out=np.zeros(len(bars)), where=sold > 0)
    digits = style.digits.quantity
    row: list[bytes | Cells] = [
        b'{"buySellRatio":"',
        float_cells(ratio, RATIO_DECIMALS),
        b'","sellVol":"',
        number_cells(sold, style, digits),
        b'","buyVol":"',
        number_cells(bought, style, digits),
        b'","timestamp":',
        unit_cells(bars.open_time, 0, 0),
        b"}",
    ]
    return Page(rows_page(len(bars), *row))


def basis_history(question: Question) -> Json:
    """Futures price against index at the end of each period; only perpetuals are listed here."""
    params = question.params
    pair, contract = params.required("pair"), params.required("contractType")
    question.digits(pair)
    if contract not in CONTRACT_TYPES:
        raise errors.invalid_parameter("contractType")
    wanted = asked_range(question)
    if contract != "PERPETUAL":
        return []
    style = question.style(pair)
    window = Window(wanted.period, MOST_ROWS, wanted.first_ms - wanted.period.ms, wanted.last_ms - 1)
    last = question.market.bars(FUTURES, pair, LAST, window, question.now_ms)
    index = question.market.bars(FUTURES, pair, INDEX, window, question.now_ms)
    rows: list[object] = []
    closes = zip(last.open_time.tolist(), last.close.tolist(), index.close.tolist(), strict=True)
    for opened, close, index_price in closes:
        futures_price = float(style.price(close))
        rows.append(
            {
                "indexPrice": f"{index_price:.8f}",
                "contractType": contract,
                "basisRate": f"{futures_price / index_price - 1:.4f}",
                "futuresPrice": style.price(close),
                "annualizedBasisRate": "",
                "basis": f"{futures_price - index_price:.8f}",
                "pair": pair,
                "timestamp": opened + wanted.period.ms,
            }
        )
    return rows


def delivery_price(question: Question) -> Json:
    """Nothing has been delivered: only perpetuals are listed."""
    question.digits(question.params.required("pair"))
    return []


def _symbol(question: Question) -> str:
    symbol = question.params.required("symbol")
    question.digits(symbol)
    return symbol


def _rows(state: Positioning, wanted: Range) -> tuple[IntArray, IntArray]:
    """Moments, and for each the row that holds it."""
    moments = np.array(wanted.times, dtype=np.int64)
    rows = np.searchsorted(state.time, moments)
    present = (rows < len(state.time)) & (state.time[np.minimum(rows, len(state.time) - 1)] == moments)
    return moments[present], rows[present]


def _ratios(symbol: str, longs: Column, moments: IntArray) -> Page:
    shown = np.array([round(share, RATIO_DECIMALS) for share in longs.tolist()])
    row: list[bytes | Cells] = [
        b'{"symbol":"%b","longAccount":"' % symbol.encode(),
        float_cells(shown, RATIO_DECIMALS),
        b'","longShortRatio":"',
        float_cells(shown / (1 - shown), RATIO_DECIMALS),
        b'","shortAccount":"',
        float_cells(1 - shown, RATIO_DECIMALS),
        b'","timestamp":',
        unit_cells(moments, 0, 0),
        b"}",
    ]
    return Page(rows_page(len(moments), *row))


def _statistic(name: str, answer: Callable[[Question], Json]) -> Endpoint:
    return Endpoint(f"/futures/data/{name}", answer, 0, bucket=STATISTICS_BUCKET)


STATISTICS_ENDPOINTS = (
    _statistic("openInterestHist", open_interest_history),
    _statistic("globalLongShortAccountRatio", ratio_history(lambda state: state.accounts)),
    _statistic("topLongShortAccountRatio", ratio_history(lambda state: state.top_accounts)),
    _statistic("topLongShortPositionRatio", ratio_history(lambda state: state.top_positions)),
    _statistic("takerlongshortRatio", taker_history),
    _statistic("basis", basis_history),
    _statistic("delivery-price", delivery_price),
)
