"""The words people write for units of time, in English and Turkish, as the exchange's own letters."""

import re
from typing import Final

from utils.units import MINUTE_MS

UNIT_MS: Final = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 1440 * MINUTE_MS, "w": 10_080 * MINUTE_MS}
MONTH_UNIT: Final = "M"

_WORDS: Final = {
    "m": ("m", "min", "mins", "minute", "minutes", "dk", "dakika", "dakikalık"),
    "h": ("h", "hr", "hrs", "hour", "hours", "hourly", "s", "sa", "saat", "saatlik"),
    "d": ("d", "day", "days", "daily", "g", "gün", "gun", "günlük", "gunluk"),
    "w": ("w", "wk", "week", "weeks", "weekly", "hafta", "haftalık", "haftalik"),
    MONTH_UNIT: ("mo", "month", "months", "monthly", "ay", "aylık", "aylik"),
}
EVERY: Final = frozenset(
    {
        "hourly",
        "saatlik",
        "daily",
        "günlük",
        "gunluk",
        "weekly",
        "haftalık",
        "haftalik",
        "monthly",
        "aylık",
        "aylik",
    }
)
"""Words that name one unit without a count."""
_UNITS: Final = {word: unit for unit, words in _WORDS.items() for word in words}
_COUNTED: Final = re.compile(r"(\d{1,6})([^\W\d_]+)")


def unit_of(word: str) -> str | None:
    """Return the unit that a word names: ``m h d w``, ``M`` for a month, ``None`` if it names none.

    Case counts in one place: ``m`` is a minute and ``M`` a month, as on the exchange.
    """
    return MONTH_UNIT if word == MONTH_UNIT else _UNITS.get(word.casefold())


def counted(word: str) -> tuple[int, str] | None:
    """Return count and unit of ``4h``, ``15min``, ``2saat``; ``None`` if the word is none of that kind."""
    match = _COUNTED.fullmatch(word)
    unit = unit_of(match[2]) if match else None
    return None if match is None or unit is None else (int(match[1]), unit)
