"""Times of day in a chat's zone: when a schedule is due next, and when quiet hours end.

Where clocks go forward, a time that does not exist on that day is due at the first moment after the gap. Where they go
back, a time that comes twice is due at its first coming alone.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from utils.units import MINUTE_MS

EVERY_DAY: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(5))
"""Monday is 0."""
_DAYS_LOOKED_AT: Final = 15
"""A weekday that is missing altogether (a zone that skipped a day) comes again a week later."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which nothing is pushed: from ``start`` to before ``end``, which may lie after midnight."""

    start: time
    end: time

    def hold(self, at: time) -> bool:
        """Return whether a time of day is quiet; equal ends are none."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def next_due(at: time, days: Set[int], zone: ZoneInfo, after_ms: int) -> int:
    """Return the first moment (UTC ms) after ``after_ms`` at which it is ``at`` on one of the ``days`` (Monday is 0).

    `ValueError` without any day.
    """
    if not days:
        raise ValueError("a schedule needs a day: name at least one")
    today = _local(after_ms, zone).date()
    moments = (_moment(day, at, zone) for day in _from(today) if day.weekday() in days)
    return next(moment for moment in moments if moment > after_ms)


def quiet_until(quiet: QuietHours, zone: ZoneInfo, now_ms: int) -> int | None:
    """Return when the quiet hours end (UTC ms), ``None`` where they are not now."""
    local = _local(now_ms, zone)
    return next_due(quiet.end, EVERY_DAY, zone, now_ms) if quiet.hold(local.time()) else None


def _from(first: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range(_DAYS_LOOKED_AT))


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> int:
    """The UTC ms at which it is ``at`` on a day; after a gap its first moment."""
    wanted = datetime.combine(day, at, zone)
    found_ms = round(wanted.timestamp() * 1000)
    if _local(found_ms, zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return found_ms
    return _end_of_gap(found_ms, zone)


def _end_of_gap(inside_ms: int, zone: ZoneInfo) -> int:
    """The moment at which the clocks went forward, of a moment that is read with the offset before it."""
    after_ms = inside_ms
    before_ms = inside_ms - 26 * 60 * MINUTE_MS
    offset = _local(after_ms, zone).utcoffset()
    while after_ms - before_ms > MINUTE_MS:
        middle = before_ms + (after_ms - before_ms) // MINUTE_MS // 2 * MINUTE_MS
        if _local(middle, zone).utcoffset() == offset:
            after_ms = middle
        else:
            before_ms = middle
    return after_ms
