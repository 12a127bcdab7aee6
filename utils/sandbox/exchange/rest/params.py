"""Reading query parameters the way the exchange does, with its error for each mistake."""

import json
import re
from collections.abc import Mapping

from utils.sandbox.exchange.market.contract import Window
from utils.sandbox.exchange.market.intervals import INTERVALS, Interval
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.time_unit import in_milliseconds

SYMBOL_PATTERN = r"^[\w\-._&&[^a-z]]{1,50}$"
NUMBER_PATTERN = r"^[0-9]{1,20}$"
ZONE = re.compile(r"(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::(?P<minutes>\d{2}))?")
FIRST_ZONE_MIN, LAST_ZONE_MIN = -12 * 60, 14 * 60
LATEST_MS = 2**52


class Params:
    """The query of one request. `spot` takes moments in microseconds as well."""

    def __init__(self, query: Mapping[str, str], *, spot: bool = False) -> None:
        self._query = query
        self._spot = spot

    def text(self, name: str) -> str | None:
        """A parameter as sent, `None` when absent or empty."""
        return self._query.get(name) or None

    def required(self, name: str) -> str:
        """A parameter that must be there."""
        value = self.text(name)
        if value is None:
            raise errors.missing(name)
        return value

    def number(self, name: str) -> int | None:
        """A whole number of at most 20 digits."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,20}", value):
            raise errors.illegal_characters(name, NUMBER_PATTERN)
        return int(value)

    def decimal(self, name: str) -> float | None:
        """A number with at most three decimals."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", value):
            raise errors.illegal_characters(name, r"^[0-9]{1,12}(\.[0-9]{1,3})?$")
        return float(value)

    def time(self, name: str) -> int | None:
        """A moment in UTC ms; far futures are cut to a representable one."""
        value = self.number(name)
        if value is not None and self._spot:
            value = in_milliseconds(value, up=name == "startTime")
        return None if value is None else min(value, LATEST_MS)

    def limit(self, default: int, most: int, *, clamp: bool) -> int:
        """`limit`, at least 1. Above `most` it is cut (spot) or refused (futures)."""
        value = self.number("limit")
        if value is None:
            return default
        if value < 1 or (value > most and not clamp):
            raise errors.invalid_value("limit")
        return min(value, most)

    def interval(self, *, seconds: bool) -> Interval:
        """`interval`; `1s` exists where `seconds` is true."""
        interval = INTERVALS.get(self.required("interval"))
        if interval is None or (interval.name == "1s" and not seconds):
            raise errors.invalid_interval()
        return interval

    def zone_ms(self) -> int:
        """`timeZone` as an offset in ms, from -12:00 to +14:00."""
        text = self.text("timeZone")
        if text is None:
            return 0
        match = ZONE.fullmatch(text)
        if match is None:
            raise errors.invalid_value("timeZone")
        minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        minutes = -minutes if match["sign"] == "-" else minutes
        if not FIRST_ZONE_MIN <= minutes <= LAST_ZONE_MIN:
            raise errors.invalid_value("timeZone")
        return minutes * 60_000

    def window(self, default: int, most: int, *, spot: bool) -> Window:
        """The kline parameters `interval`, `startTime`, `endTime`, `limit` and (spot) `timeZone`."""
        start, end = self.time("startTime"), self.time("endTime")
        if not spot and start is not None and end is not None and start > end:
            raise errors.start_after_end()
        return Window(
            interval=self.interval(seconds=spot),
            limit=self.limit(default, most, clamp=spot),
            start_ms=start,
            end_ms=end,
            shift_ms=self.zone_ms() if spot else 0,
        )

    def spot_symbol(self) -> str:
        """The mandatory `symbol` of spot; lower case is illegal."""
        return legal_symbol(self.required("symbol"))

    def symbols(self) -> list[str] | None:
        """Spot's `symbol` or `symbols` as a list, `None` for all. Both at once are refused."""
        one, many = self.text("symbol"), self.text("symbols")
        if one is not None and many is not None:
            raise errors.bad_combination()
        if many is not None:
            return _symbol_list(many)
        return None if one is None else [legal_symbol(one)]


def legal_symbol(symbol: str) -> str:
    """The symbol when it has no forbidden character. Raises -1100."""
    if not re.fullmatch(r"[\w\-.]{1,50}", symbol) or re.search("[a-z]", symbol):
        raise errors.illegal_characters("symbol", SYMBOL_PATTERN)
    return symbol


def _symbol_list(text: str) -> list[str]:
    try:
        listed = json.loads(text)
    except json.JSONDecodeError as error:
        raise errors.illegal_characters("symbols", SYMBOL_PATTERN) from error
    if " " in text or not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise errors.illegal_characters("symbols", SYMBOL_PATTERN)
    if not listed:
        raise errors.missing("symbols")
    if len(set(listed)) < len(listed):
        raise errors.duplicate_symbol()
    return [legal_symbol(symbol) for symbol in listed]
