"""Trading sessions of the markets under TradFi contracts, in UTC and without daylight saving or holidays."""

from dataclasses import dataclass

from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS, MONDAY_MS, WEEK_MS
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question

CLOSED = "NO_TRADING"
WEEKEND = 5
"""The first day of the week's end, Monday being 0."""
HOURS: dict[str, tuple[tuple[float, str], ...]] = {
    "EQUITY": ((0.0, "OVERNIGHT"), (9.0, "PRE_MARKET"), (14.5, "REGULAR"), (21.0, "AFTER_MARKET")),
    "COMMODITY": ((0.0, "REGULAR"), (22.0, CLOSED), (23.0, "REGULAR")),
    "KR_EQUITY": ((0.0, "REGULAR"), (6.5, CLOSED)),
    "HK_EQUITY": ((0.0, CLOSED), (1.5, "REGULAR"), (8.0, CLOSED)),
    "CN_EQUITY": ((0.0, CLOSED), (1.5, "REGULAR"), (7.0, CLOSED)),
}
"""Hours of a weekday at which each market's sessions begin."""
EVENTS = {
    "EQUITY": "EquityUpdate",
    "COMMODITY": "CommodityUpdate",
    "KR_EQUITY": "KR_EquityUpdate",
    "HK_EQUITY": "HK_EquityUpdate",
    "CN_EQUITY": "CN_EquityUpdate",
}


@dataclass(frozen=True, slots=True)
class Session:
    """A session from `start_ms` up to `end_ms` (UTC)."""

    start_ms: int
    end_ms: int
    kind: str


def sessions(market: str, day_ms: int) -> list[Session]:
    """The sessions of the day that begins at `day_ms`."""
    if (day_ms - MONDAY_MS) % WEEK_MS // DAY_MS >= WEEKEND:
        return [Session(day_ms, day_ms + DAY_MS, CLOSED)]
    begins = [(day_ms + round(hour * HOUR_MS), kind) for hour, kind in HOURS[market]]
    ends = [start for start, _ in begins[1:]] + [day_ms + DAY_MS]
    return [Session(start, end, kind) for (start, kind), end in zip(begins, ends, strict=True)]


def session_now(market: str, now_ms: int) -> Session:
    """The session under way."""
    today = sessions(market, now_ms // DAY_MS * DAY_MS)
    return next(one for one in today if now_ms < one.end_ms)


def trading_schedule(question: Question) -> Json:
    """The sessions of one week from today on."""
    first = question.now_ms // DAY_MS * DAY_MS
    days = range(first, first + WEEK_MS, DAY_MS)
    markets = {
        market: {"sessions": [_row(one) for day in days for one in sessions(market, day)]} for market in HOURS
    }
    return {"updateTime": first, "marketSchedules": markets}


def _row(session: Session) -> dict[str, object]:
    return {"startTime": session.start_ms, "endTime": session.end_ms, "type": session.kind}


TRADING_SESSION_ENDPOINTS = (Endpoint("/fapi/v1/tradingSchedule", trading_schedule, 5),)
