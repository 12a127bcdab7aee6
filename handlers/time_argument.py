"""The ``@TIME`` argument of a command: a date, a date and time in the chat's zone, or how long ago."""

import re
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
EARLIEST_MS = (
    1_499_990_400_000  # 2017-07-14 00:00 UTC, the exchange's first day: https://www.binance.com/en/about
)

TimeFault = Literal["time", "future", "too_early"]

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{2}))?", re.ASCII)
_AGO = re.compile(r"[-−–](\d{1,6})([mhdw])", re.ASCII | re.IGNORECASE)
_UNIT_MS = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 1440 * MINUTE_MS, "w": 10_080 * MINUTE_MS}


def parse_time(word: str, now_ms: int, zone: ZoneInfo) -> int | TimeFault:
    """Return the UTC milliseconds that ``word`` (without its ``@``) names, or what is wrong with it.

    Times are whole minutes: callback data marks a time that a person asked for in that way. A capital ``M``, which
    is a month in an interval, is refused here.
    """
    at_ms = _on_date(word, zone) if _DATE.fullmatch(word) else _ago(word, now_ms)
    if at_ms is None:
        return "time"
    if at_ms > now_ms:
        return "future"
    return "too_early" if at_ms < EARLIEST_MS else at_ms


def _on_date(word: str, zone: ZoneInfo) -> int | None:
    match = _DATE.fullmatch(word)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        local = datetime(year, month, day, hour, minute, tzinfo=zone)
        return int(local.astimezone(UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def _ago(word: str, now_ms: int) -> int | None:
    match = _AGO.fullmatch(word)
    if match is None or match[2] == "M":
        return None
    at_ms = now_ms - int(match[1]) * _UNIT_MS[match[2].lower()]
    return at_ms - at_ms % MINUTE_MS
