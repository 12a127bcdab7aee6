"""Events near a moment: dated, computed and announced, each for its coins."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pytest

from analysis.sources.delistings import Delisting
from composite.calendar import Calendar, dated_spans, events_near, expiry_kind, hours_to_dated
from config.events import DatedEvent, EventTitle

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


AT: Final = ms("2026-12-09T19:00")
DECISION: Final = DatedEvent(
    id="fomc",
    title=EventTitle(en="Rate decision", tr="Faiz kararı"),
    time=datetime(2026, 12, 9, 19, tzinfo=UTC),
    source="https://example.org",
)
QUIET: Final = Calendar(funding_hours=0)


def ids(calendar: Calendar, asset: str | None, at: int, before_h: float = 0, after_h: float = 0) -> list[str]:
    return [one.id for one in events_near(calendar, asset, at, 3600 * before_h, 3600 * after_h)]


def test_a_dated_event_is_near_from_before_until_after_it() -> None:
    calendar = replace(QUIET, events=(DECISION,))
    (found,) = events_near(calendar, "DOGE", AT, 0, 0)
    assert (found.id, found.time, found.source, found.until) == ("fomc", AT, "https://example.org", None)
    assert (found.titled("en"), found.titled("tr"), found.titled("de")) == (
        "Rate decision",
        "Faiz kararı",
        "Rate decision",
    )
    assert ids(calendar, None, AT - 2 * HOUR, after_h=2) == ["fomc"]
    assert ids(calendar, None, AT - 2 * HOUR - 1, after_h=2) == []
    assert ids(calendar, None, AT + 3 * HOUR, before_h=3) == ["fomc"]
    assert ids(calendar, None, AT + 3 * HOUR + 1, before_h=3) == []


def test_one_that_lasts_counts_while_it_does_and_for_its_coins_alone() -> None:
    upgrade = DECISION.model_copy(update={"assets": ("ETH",), "until": datetime(2026, 12, 9, 23, tzinfo=UTC)})
    calendar = replace(QUIET, events=(upgrade,))
    (found,) = events_near(calendar, "ETH", AT + 2 * HOUR, 0, 0)
    assert found.until == AT + 4 * HOUR
    assert ids(calendar, "ETH", AT + 5 * HOUR) == []
    assert ids(calendar, "LINK", AT) == ids(calendar, None, AT) == []


@pytest.mark.parametrize(
    ("friday", "kind"),
    [
        ("2026-12-04", "weekly"),
        ("2026-11-27", "monthly"),
        ("2026-12-25", "quarterly"),
        ("2027-01-29", "monthly"),
        ("2024-03-29", "quarterly"),
        ("2024-02-23", "monthly"),
        ("2024-03-22", "weekly"),
    ],
)
def test_options_expire_on_fridays_at_eight(friday: str, kind: str) -> None:
    expiry = ms(f"{friday}T08:00")
    (found,) = events_near(QUIET, "BTC", expiry - 3 * DAY, 0, 4 * 86400)
    assert (found.id, found.time) == (f"option_expiry.{kind}", expiry)
    assert expiry_kind(expiry) == kind
    assert found.titled("tr") != found.title
    assert ids(QUIET, "LINK", expiry) == ids(QUIET, None, expiry) == []


def test_one_friday_of_a_week_is_found_from_any_moment() -> None:
    for at in range(AT, AT + 7 * DAY, 5 * HOUR):
        assert len(events_near(QUIET, "ETH", at, 0, 7 * 86400 - 1)) == 1


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_funding_is_settled_at_the_hours_of_its_interval(hours: int) -> None:
    calendar = Calendar(funding_hours=hours)
    midnight = ms("2026-12-07T00:00")
    found = events_near(calendar, "LINK", midnight, 0, 86400 - 1)
    assert [one.time for one in found] == [midnight + k * hours * HOUR for k in range(24 // hours)]
    assert {one.id for one in found} == {"funding"}
    assert events_near(calendar, None, midnight, 0, 86400) == ()


def test_a_delisting_is_of_its_coin() -> None:
    calendar = replace(QUIET, delistings=(Delisting("OLDUSDT", "OLD", AT),))
    (found,) = events_near(calendar, "OLD", AT - HOUR, 0, 3600)
    assert (found.id, found.title, found.time) == ("delisting.oldusdt", "OLDUSDT leaves the exchange", AT)
    assert ids(calendar, "NEW", AT) == ids(calendar, "OLD", AT + 1) == []


def test_events_stand_by_time() -> None:
    calendar = Calendar(events=(DECISION,), delistings=(Delisting("BTCUSDT", "BTC", AT + HOUR),))
    found = events_near(calendar, "BTC", AT, 12 * 3600, 48 * 3600)
    assert [one.time for one in found] == sorted(one.time for one in found)
    assert {one.id for one in found} == {"fomc", "delisting.btcusdt", "funding", "option_expiry.weekly"}


LASTING: Final = DECISION.model_copy(
    update={
        "id": "lasting",
        "time": datetime(2026, 12, 11, 19, tzinfo=UTC),
        "until": datetime(2026, 12, 11, 21, tzinfo=UTC),
    }
)


def test_hours_to_the_nearest_dated_event() -> None:
    calendar = Calendar(events=(LASTING, DECISION))
    moments = AT + HOUR * np.array([-5, 0, 3, 47, 49, 51], dtype=np.int64)
    spans = dated_spans(calendar, "BTC")
    np.testing.assert_array_equal(spans, AT + HOUR * np.array([[0, 0], [48, 50]]))
    np.testing.assert_allclose(hours_to_dated(spans, moments), [5, 0, 3, 1, 0, 1])
    assert np.isnan(hours_to_dated(dated_spans(Calendar(), "BTC"), moments)).all()
    own = replace(calendar, events=(DECISION.model_copy(update={"assets": ("ETH",)}),))
    assert np.isnan(hours_to_dated(dated_spans(own, "BTC"), moments)).all()


def test_an_event_that_lasts_over_others_is_near_until_its_end() -> None:
    rng = np.random.default_rng(7)
    starts = np.sort(rng.integers(0, 400, 30))
    spans = np.column_stack([starts, starts + rng.integers(0, 60, 30)])
    moments = np.arange(-20, 500, dtype=np.int64)
    away = np.maximum(spans[:, :1] - moments, moments - spans[:, 1:])
    nearest = np.maximum(away, 0).min(axis=0) / HOUR
    np.testing.assert_array_equal(hours_to_dated(spans, moments), nearest)
