"""Numbers, moments and spans in the reader's way of writing them (CLDR, through Babel)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import floor, isfinite, log10
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern

DASH = "–"  # stands where a number is missing
HUGE = 1e15  # from here on in scientific notation: doubles have no exact digits left
PRICE_DIGITS = 6  # significant digits of a price below a thousand: one tick of most symbols stays visible


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """Return Babel's locale of a language; made once, because loading one reads its CLDR file."""
    return Locale.parse(language)


@lru_cache(maxsize=64)
def _pattern(decimals: int, signed: bool) -> NumberPattern:
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return parse_pattern(f"+{digits};-{digits}" if signed else digits)


def number(value: float | None, decimals: int, language: str, *, signed: bool = False) -> str:
    """Return ``value`` with a fixed number of decimals; a dash for ``None`` and what is not finite."""
    if value is None or not isfinite(value):
        return DASH
    if abs(value) >= HUGE:
        return f"{value:.1e}"
    rounded = round(value, decimals) + 0.0  # minus zero reads as zero
    return str(format_decimal(rounded, _pattern(decimals, signed), locale_of(language)))


def price(value: float, language: str, digits: int = PRICE_DIGITS, *, tick_size: float | None = None) -> str:
    """Return a price with the decimals of the step it is quoted in.

    Where that is not known or larger than the price: with two decimals from a thousand on, and below it with as many
    as ``digits`` significant digits need.
    """
    if not isfinite(value):
        return DASH
    size = abs(value)
    if tick_size is not None and 0 < tick_size <= size:
        return number(value, decimals_of(tick_size), language)
    decimals = 2 if size >= 1000 or size == 0 else min(12, digits - 1 - floor(log10(size)))
    text = number(value, max(decimals, 2), language)
    mark = number(0.5, 1, language)[1]
    whole, _, fraction = text.partition(mark)
    return f"{whole}{mark}{fraction.rstrip('0').ljust(2, '0')}"


def decimals_of(tick_size: float) -> int:
    """Return the decimals in which a step of prices is written: 2 of 0.01, none of 5."""
    return max(0, -int(Decimal(repr(tick_size)).normalize().as_tuple().exponent))


def percent(share: float, language: str) -> str:
    """Return a share of one as whole per cent, rounded down so that 100 % means all of it."""
    return str(format_percent(floor(share * 100 + 1e-9) / 100, locale=locale_of(language)))


def moment(at_ms: int, zone: str, language: str) -> str:
    """Return a moment (UTC ms) to the minute in the zone, named by its abbreviation or offset."""
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, 'd MMM yyyy HH:mm', locale=locale_of(language))} {local:%Z}"


def span(milliseconds: int, language: str) -> str:
    """Return a length of time in its largest fitting unit: ``70 minutes``, ``3 hours``."""
    length = timedelta(seconds=max(0, milliseconds) // 1000)
    return str(format_timedelta(length, threshold=1.5, locale=locale_of(language), format="short"))


def warm_up(languages: Iterable[str]) -> None:
    """Load what a first card would wait about 100 ms for: every language's number and date formats."""
    for language in languages:
        price(1.5, language)
        percent(0.5, language)
        span(60_000, language)
        moment(0, "UTC", language)
