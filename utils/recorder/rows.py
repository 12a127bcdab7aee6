"""Responses of the exchange as rows to store, each with the time from which it was known.

Statistics are known at their stamp, taker volumes one period later, settlements at their funding time; values of the
current moment are known when the response arrived.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer
from utils.binance_api.positioning.rows import OpenInterestHistory, RatioHistory, Statistic, TakerHistory
from utils.binance_api.schemas import FundingRate, OpenInterest, PremiumIndex
from utils.recorder import names
from utils.store.observations import Observation

Floats = NDArray[np.float64]


def open_interest_rows(history: OpenInterestHistory) -> list[Observation]:
    """Return open interest in base and in quote units."""
    columns = {
        names.OPEN_INTEREST_BASE: history.open_interest,
        names.OPEN_INTEREST_USD: history.value_usd,
    }
    return _rows(history, columns)


def ratio_rows(name: str, history: RatioHistory) -> list[Observation]:
    """Return long/short ratios under ``name``."""
    return _rows(history, {name: history.ratio})


def taker_rows(history: TakerHistory) -> list[Observation]:
    """Return taker buy and sell volume in base units."""
    return _rows(history, {names.TAKER_BUY: history.buy_volume, names.TAKER_SELL: history.sell_volume})


def funding_rows(symbol: str, settled: Iterable[FundingRate]) -> list[Observation]:
    """Return settled rates (fraction per interval) at their own time, which is some ms after the hour."""
    return [
        Observation(
            names.funding_of(row.rate_type), symbol, row.funding_time, row.funding_time, row.funding_rate
        )
        for row in settled
    ]


def open_interest_now_rows(answer: Answer[OpenInterest]) -> list[Observation]:
    """Return open interest (base units) at the time of the request."""
    value = answer.value
    known_at = max(answer.fetched_at, value.time)
    return [Observation(names.OPEN_INTEREST_BASE, value.symbol, value.time, known_at, value.open_interest)]


def premium_rows(answer: Answer[dict[str, PremiumIndex]], symbols: Sequence[str]) -> list[Observation]:
    """Return mark, index and running rate of those of the symbols that are listed."""
    rows = [answer.value[symbol] for symbol in symbols if symbol in answer.value]
    return [
        Observation(name, row.symbol, row.time, max(answer.fetched_at, row.time), value)
        for row in rows
        for name, value in (
            (names.MARK, row.mark_price),
            (names.INDEX, row.index_price),
            (names.RUNNING_FUNDING, row.last_funding_rate),
        )
    ]


def _rows(history: Statistic, columns: Mapping[str, Floats]) -> list[Observation]:
    return [
        Observation(
            names.per_period(name, history.period), history.symbol, int(stamp), int(known), float(value)
        )
        for name, values in columns.items()
        for stamp, known, value in zip(history.stamp, history.known_at, values, strict=True)
        if np.isfinite(value)
    ]
