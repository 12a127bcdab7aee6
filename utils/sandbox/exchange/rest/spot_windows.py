"""Spot statistics over other windows than 24 hours: a rolling one of any size, and the trading day."""

import re
from collections.abc import Mapping

from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from utils.sandbox.exchange.rest import common, errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.spot import FULL_ONLY, TICKERS, per_symbol, wants_mini

WINDOW = re.compile(r"(?P<count>[1-9]\d?)(?P<unit>[mhd])")
UNITS = {"m": (MINUTE_MS, 59), "h": (HOUR_MS, 23), "d": (DAY_MS, 7)}
"""Length of a unit and the most of it."""
MOST_SYMBOLS = 100
WEIGHT_PER_SYMBOL, MOST_WEIGHT = 4, 200


def rolling(question: Question) -> Json:
    """The last `windowSize` (`1m` to `7d`, one day by default), from the full minute at or before its beginning."""
    span_ms = window_ms(question.params.text("windowSize") or "1d")
    first = (question.now_ms - span_ms) // MINUTE_MS * MINUTE_MS
    return _statistics(question, first, question.now_ms)


def trading_day(question: Question) -> Json:
    """The day that has begun at midnight of `timeZone` (UTC by default), up to now."""
    shift_ms = question.params.zone_ms()
    first = (question.now_ms + shift_ms) // DAY_MS * DAY_MS - shift_ms
    return _statistics(question, first, first + DAY_MS - 1)


def window_ms(text: str) -> int:
    """The length of a window such as `2h`. Raises -1130."""
    found = WINDOW.fullmatch(text)
    if found is None:
        raise errors.invalid_value("windowSize")
    unit_ms, most = UNITS[found["unit"]]
    if int(found["count"]) > most:
        raise errors.invalid_value("windowSize")
    return int(found["count"]) * unit_ms


def _statistics(question: Question, first_ms: int, close_ms: int) -> Json:
    wanted = question.params.symbols()
    if wanted is None:
        raise errors.missing("symbols")
    if len(wanted) > MOST_SYMBOLS:
        raise errors.invalid_value("symbols")
    mini = wants_mini(question)
    # the market's windows end with the minute under way and begin at a full one
    span_ms = question.now_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS - first_ms

    def row(symbol: str) -> dict[str, object]:
        day = question.market.day(SPOT, symbol, question.now_ms, span_ms)
        fields = common.day_fields(day, symbol, question.style(symbol))
        fields |= {"openTime": first_ms, "closeTime": close_ms}
        left_out = FULL_ONLY if mini else ("lastQty",)
        return {name: value for name, value in fields.items() if name not in left_out}

    return per_symbol(question, row)


def _weight(query: Mapping[str, str]) -> int:
    count = query.get("symbols", "").count(",") + 1
    return min(WEIGHT_PER_SYMBOL * count, MOST_WEIGHT)


SPOT_WINDOW_ENDPOINTS = (
    Endpoint("/api/v3/ticker", rolling, _weight, parameters=TICKERS | {"type", "windowSize"}),
    Endpoint("/api/v3/ticker/tradingDay", trading_day, _weight, parameters=TICKERS | {"type", "timeZone"}),
)
