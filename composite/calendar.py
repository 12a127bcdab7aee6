"""The event calendar: dated events of a file, and option expiries, funding times and delistings, which are computed.

Weekly options expire on Fridays at 08:00 UTC, monthly and quarterly ones on the last Friday of the month or quarter; a
Friday that is several of these is the longest alone (Deribit's contract introduction policy).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.sources.delistings import Delisting
from composite.result import Event
from config.events import DatedEvent
from utils.binance_api.intervals import DAY, HOUR, WEEK

FUNDING_HOURS: Final = 8
"""Hours between two settlements of a perpetual that has no other interval."""
OPTION_ASSETS: Final = frozenset({"BTC", "ETH", "SOL", "XRP"})
"""Coins with weekly, monthly and quarterly options."""
DERIBIT: Final = "https://support.deribit.com/hc/en-us/articles/25944688876957-Contract-Introduction-Policy"
BINANCE: Final = "Binance USD-M perpetuals"
FUNDING_ID: Final = "funding"
FIRST_EXPIRY: Final = DAY + 8 * HOUR
"""The first Friday 08:00 after the epoch, which was a Thursday (UTC ms)."""
EXPIRIES: Final = {
    "weekly": ("Weekly option expiry", "Haftalık opsiyon vadesi"),
    "monthly": ("Monthly option expiry", "Aylık opsiyon vadesi"),
    "quarterly": ("Quarterly option expiry", "Üç aylık opsiyon vadesi"),
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of events: those of the file, announced delistings, and the hours between settlements.

    ``funding_hours`` of 0 is a coin without a perpetual.
    """

    events: tuple[DatedEvent, ...] = ()
    delistings: tuple[Delisting, ...] = ()
    funding_hours: int = FUNDING_HOURS


def events_near(
    calendar: Calendar, asset: str | None, at: int, before_s: float, after_s: float
) -> tuple[Event, ...]:
    """Return the events of a coin from ``before_s`` seconds before ``at`` (UTC ms) to ``after_s`` after it, by time.

    One that lasts counts while it does. Without a coin those alone that are about all.
    """
    start, end = at - round(1000 * before_s), at + round(1000 * after_s)
    found = chain(
        (
            _dated(one)
            for one in _about(calendar.events, asset)
            if one.start_ms <= end and one.end_ms >= start
        ),
        _expiries(start, end) if asset in OPTION_ASSETS else (),
        _delistings(calendar.delistings, asset, start, end),
        _settlements(calendar.funding_hours, start, end) if asset is not None else (),
    )
    return tuple(sorted(found, key=lambda event: (event.time, event.id)))


def dated_spans(calendar: Calendar, asset: str | None) -> Times:
    """Return start and end of every dated event of a coin (m, 2), UTC ms, by start.

    What is computed (expiries, settlements) is none of them, nor are delistings, which were not known before they were
    announced.
    """
    spans = sorted((one.start_ms, one.end_ms) for one in _about(calendar.events, asset))
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def hours_to_dated(spans: Times, time: Times) -> Floats:
    """Return how many hours the nearest of the ``spans`` (m, 2) is away from each moment (n, UTC ms), 0 inside one.

    NaN where there is none.
    """
    if not len(spans):
        return np.full(len(time), np.nan)
    begun = np.searchsorted(spans[:, 0], time, side="right")
    ends = np.maximum.accumulate(spans[:, 1])
    since = np.where(begun > 0, np.maximum(time - ends[begun - 1], 0), np.inf)
    until = np.where(begun < len(spans), spans[np.minimum(begun, len(spans) - 1), 0] - time, np.inf)
    return np.minimum(since, until) / HOUR


def _about(events: Iterable[DatedEvent], asset: str | None) -> Iterator[DatedEvent]:
    return (one for one in events if not one.assets or asset in one.assets)


def _dated(one: DatedEvent) -> Event:
    until = None if one.until is None else one.end_ms
    return Event(one.id, one.title.en, one.start_ms, one.source, {"tr": one.title.tr}, until)


def _every(first: int, step: int, start: int, end: int) -> range:
    """Return the moments of ``first`` + k * ``step`` from ``start`` to ``end``, both included."""
    return range(first + -(-(start - first) // step) * step, end + 1, step)


def _expiries(start: int, end: int) -> Iterator[Event]:
    for time in _every(FIRST_EXPIRY, WEEK, start, end):
        kind = expiry_kind(time)
        english, turkish = EXPIRIES[kind]
        yield Event(f"option_expiry.{kind}", english, time, DERIBIT, {"tr": turkish})


def expiry_kind(friday: int) -> str:
    """Return which options expire on a Friday (UTC ms): ``weekly``, ``monthly`` or ``quarterly``."""
    month, next_month = (datetime.fromtimestamp(ms / 1000, UTC).month for ms in (friday, friday + WEEK))
    if month == next_month:
        return "weekly"
    return "quarterly" if month % 3 == 0 else "monthly"


def _settlements(hours: int, start: int, end: int) -> Iterator[Event]:
    if hours <= 0:
        return
    for time in _every(0, hours * HOUR, start, end):
        yield Event(FUNDING_ID, "Funding settlement", time, BINANCE, {"tr": "Fonlama ödemesi"})


def _delistings(delistings: Iterable[Delisting], asset: str | None, start: int, end: int) -> Iterator[Event]:
    for one in delistings:
        if one.asset == asset and start <= one.time <= end:
            yield Event(
                f"delisting.{one.symbol.lower()}",
                f"{one.symbol} leaves the exchange",
                one.time,
                BINANCE,
                {"tr": f"{one.symbol} borsadan kaldırılıyor"},
            )
