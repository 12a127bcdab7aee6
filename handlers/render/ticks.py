"""Where axis ticks go: round numbers on the value axis, round local moments on the time axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from handlers.render.labels import ChartLabels

_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_EPOCH = datetime(1970, 1, 5)  # noqa: DTZ001 -- a Monday on the local calendar, only used for whole steps
_HOUR = 3600
_DAY = 24 * _HOUR
_STEPS = (
    *(minutes * 60 for minutes in (5, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 3, 4, 5, 7, 14)),
)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_MOST_LOG_TICKS = 15


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A label under the bar with this index."""

    index: int
    text: str


def nice_step(span: float, parts: int) -> float:
    """Return the smallest of 1, 2, 2.5, 5 x 10^k that cuts ``span`` into at most ``parts`` parts."""
    rough = span / max(parts, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in _NICE if nice * power >= rough * (1 - 1e-9))


def value_ticks(low: float, high: float, parts: int, least: int = 0) -> tuple[list[float], int]:
    """Return round values inside [low, high] and the decimals that show them all exactly; needs low < high.

    Their steps cut the range into at most ``parts`` parts, or as many more as it takes to have ``least`` values.
    """
    step = nice_step(high - low, parts)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first + 1 < least:
        return value_ticks(low, high, parts + 1, least)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    return [count * step for count in range(first, last + 1)], decimals


def log_ticks(low: float, high: float) -> list[float]:
    """Return the 1, 2 and 5 x 10^k inside [low, high], the 1 alone where those are too many; needs 0 < low < high."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    powers = [10.0**power for power in range(first, last + 1)]
    found = [nice * power for power in powers for nice in (1.0, 2.0, 5.0) if low <= nice * power <= high]
    return found if len(found) < _MOST_LOG_TICKS else [power for power in powers if low <= power <= high]


def local_times(open_ms: Sequence[float], zone: str) -> list[datetime]:
    """Return bar opens (UTC ms) as wall-clock times of an IANA zone; ``ZoneInfoNotFoundError`` if unknown."""
    place: tzinfo = ZoneInfo(zone)
    return [datetime.fromtimestamp(moment / 1000, place).replace(tzinfo=None) for moment in open_ms]


def time_ticks(times: Sequence[datetime], labels: ChartLabels, most: int) -> list[TimeTick]:
    """Return at most ``most`` ticks on round local moments, the finest step that fits.

    A tick stands on the first bar of its hour, day, month or year; its text is that bar's own time.
    """
    if len(times) < 2:
        return [TimeTick(0, _moment(times[0], labels))] if times else []
    seconds = np.array([(moment - _EPOCH).total_seconds() for moment in times])
    for step in _STEPS:
        found = _changes(seconds // step)
        if len(found) == 1:
            return [TimeTick(found[0], _moment(times[found[0]], labels))]
        if 0 < len(found) <= most:
            return [TimeTick(index, _clock_text(times, index, step, labels)) for index in found]
    month = np.array([moment.year * 12 + moment.month - 1.0 for moment in times])
    for months in _MONTH_STEPS:
        found = _changes(month // months)
        if 0 < len(found) <= most:
            return [TimeTick(index, _month_text(times[index], months, labels)) for index in found]
    return [TimeTick(len(times) - 1, _moment(times[-1], labels))]


def years(times: Sequence[datetime]) -> str:
    """Word the year of the times, or the years of the first and the last: ``2024``, ``2023–24``; empty without any."""
    if not times:
        return ""
    first, last = times[0].year, times[-1].year
    return str(last) if first == last else f"{first}–{last % 100:02}"


def _changes(keys: NDArray[np.float64]) -> list[int]:
    """Return where a key is not the one before it."""
    return (np.flatnonzero(np.diff(keys)) + 1).tolist()


def _clock_text(times: Sequence[datetime], index: int, step: int, labels: ChartLabels) -> str:
    moment = times[index]
    new_day = moment.date() != times[index - 1].date()
    return labels.day(moment) if step >= _DAY or new_day else f"{moment:%H:%M}"


def _month_text(moment: datetime, months: int, labels: ChartLabels) -> str:
    if months >= 12:
        return str(moment.year)
    return labels.month_year(moment) if months >= 6 else labels.month(moment)


def _moment(moment: datetime, labels: ChartLabels) -> str:
    return f"{labels.day(moment)} {moment:%H:%M}"
