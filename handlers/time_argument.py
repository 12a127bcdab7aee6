"""The ``@TIME`` argument of a command: a date, a time of day in the chat's zone, a day's name, or how long ago."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from handlers.time_units import MONTH_UNIT, UNIT_MS, counted
from utils.units import MINUTE_MS

EARLIEST_MS = (
    1_499_990_400_000  # 2017-07-14 00:00 UTC, the exchange's first day: https://www.binance.com/en/about
)
CLOCK: Final = re.compile(r"(\d{1,2})[:.](\d{2})", re.ASCII)

TimeFault = Literal["time", "future", "too_early"]

_DAY_FIRST: Final = re.compile(r"(?P<day>\d{1,2})([.-])(?P<month>\d{1,2})\2(?P<year>\d{4})", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", re.ASCII)
_AT_TIME: Final = re.compile(r"(?P<day>.+?)(?:[Tt ](?P<clock>[0-9]{1,2}[:.][0-9]{2}))?")
_DAYS_AGO: Final = {
    "today": 0,
    "bugün": 0,
    "bugun": 0,
    "yesterday": 1,
    "dün": 1,
    "dun": 1,
    "tomorrow": -1,
    "yarın": -1,
    "yarin": -1,
}
_MINUS: Final = "-−–"


def parse_time(word: str, now_ms: int, zone: ZoneInfo) -> int | TimeFault:
    """Return the UTC milliseconds that ``word`` (without its ``@``) names, or what is wrong with it.

    A time of day without a date is its last occurrence. Times are whole minutes: callback data marks a time that a
    person asked for in that way. Months (a capital ``M``) have no fixed length and are refused.
    """
    at_ms = _on_day(word, now_ms, zone)
    if at_ms is None:
        at_ms = _at_clock(word, now_ms, zone)
    if at_ms is None:
        at_ms = _ago(word, now_ms)
    if at_ms is None:
        return "time"
    if at_ms > now_ms:
        return "future"
    return "too_early" if at_ms < EARLIEST_MS else at_ms


def parse_future(word: str, now_ms: int, zone: ZoneInfo) -> int | None:
    """Return the UTC milliseconds of a moment to come that ``word`` names: a date, a time of day, or how long from now.

    A time of day without a date is its next occurrence; ``3d`` is in three days. ``None`` for what is not to come.
    """
    at_ms = _on_day(word, now_ms, zone)
    if at_ms is None and CLOCK.fullmatch(word):
        at_ms = _next_clock(word, now_ms, zone)
    if at_ms is None:
        length = _length_ms(word)
        at_ms = None if length is None else now_ms + length
    return at_ms if at_ms is not None and at_ms > now_ms else None


def takes_clock(word: str) -> bool:
    """Return whether a time of day may follow this word (without its ``@``): it names a day."""
    return word.casefold() in _DAYS_AGO or bool(_YEAR_FIRST.fullmatch(word) or _DAY_FIRST.fullmatch(word))


def _on_day(word: str, now_ms: int, zone: ZoneInfo) -> int | None:
    parts = _AT_TIME.fullmatch(word)
    day = _day(parts["day"], now_ms, zone) if parts else None
    if parts is None or day is None:
        return None
    return _instant(day, parts["clock"] or "0:00", zone)


def _day(word: str, now_ms: int, zone: ZoneInfo) -> date | None:
    days_ago = _DAYS_AGO.get(word.casefold())
    if days_ago is not None:
        return datetime.fromtimestamp(now_ms / 1000, zone).date() - timedelta(days=days_ago)
    match = _YEAR_FIRST.fullmatch(word) or _DAY_FIRST.fullmatch(word)
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"])) if match else None
    except ValueError:
        return None


def _at_clock(word: str, now_ms: int, zone: ZoneInfo) -> int | None:
    if not CLOCK.fullmatch(word):
        return None
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    at_ms = _instant(today, word, zone)
    later_today = at_ms is not None and at_ms > now_ms
    return _instant(today - timedelta(days=1), word, zone) if later_today else at_ms


def _instant(day: date, clock: str, zone: ZoneInfo) -> int | None:
    match = CLOCK.fullmatch(clock)
    if match is None:
        return None
    try:
        local = datetime(day.year, day.month, day.day, int(match[1]), int(match[2]), tzinfo=zone)
        return int(local.astimezone(UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def _next_clock(word: str, now_ms: int, zone: ZoneInfo) -> int | None:
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    at_ms = _instant(today, word, zone)
    passed = at_ms is not None and at_ms <= now_ms
    return _instant(today + timedelta(days=1), word, zone) if passed else at_ms


def _ago(word: str, now_ms: int) -> int | None:
    length = _length_ms(word[1:] if word[:1] in _MINUS else word)
    if length is None:
        return None
    at_ms = now_ms - length
    return at_ms - at_ms % MINUTE_MS


def _length_ms(word: str) -> int | None:
    found = counted(word)
    return None if found is None or found[1] == MONTH_UNIT else found[0] * UNIT_MS[found[1]]
