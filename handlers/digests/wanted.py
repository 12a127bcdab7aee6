"""The words after ``/digest``: a time of day, days, coins and an interval, in any order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handlers.alerts.local_time import EVERY_DAY, WORKDAYS

_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
WEEKEND: Final = EVERY_DAY - WORKDAYS
DAY_WORDS: Final = {
    "daily": EVERY_DAY,
    "weekdays": WORKDAYS,
    "workdays": WORKDAYS,
    "weekends": WEEKEND,
    "hergün": EVERY_DAY,
    "haftaiçi": WORKDAYS,
    "haftasonu": WEEKEND,
}
EXAMPLE: Final = "/digest 08:00 btc eth sol 4h weekdays"


@dataclass(frozen=True, slots=True)
class WantedDigest:
    """A minute of the day, ``None`` if no time is named; days (Monday is 0); and the words that are left."""

    minute: int | None
    days: tuple[int, ...]
    rest: tuple[str, ...]


def read_wanted(words: Sequence[str]) -> WantedDigest:
    """Take the first time of day and the first word for days."""
    minute, days, rest = None, None, list[str]()
    for word in words:
        found = _TIME.fullmatch(word)
        if found is not None and minute is None:
            minute = 60 * int(found[1]) + int(found[2])
        elif days is None and word.casefold() in DAY_WORDS:
            days = DAY_WORDS[word.casefold()]
        else:
            rest.append(word)
    return WantedDigest(minute, tuple(sorted(EVERY_DAY if days is None else days)), tuple(rest))
