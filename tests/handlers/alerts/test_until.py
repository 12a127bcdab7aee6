"""The end of an alert in nights in which clocks change: a repeated hour is its first coming, a missing one the next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.grammar import parse_alert
from handlers.alerts.machine import NEW, step
from handlers.alerts.rule import Rule

DAY = 86_400_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "typed", "ends"),
    [
        ("America/New_York", "2026-03-08 01:59", "2026-03-08T06:59"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:30"),  # is not: 03:30 in summer time
        ("America/New_York", "2026-03-08 03:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30"),  # comes twice: still in summer time
        ("America/New_York", "2026-11-01 02:00", "2026-11-01T07:00"),
        ("Europe/Istanbul", "2016-03-27 02:59", "2016-03-27T00:59"),
        ("Europe/Istanbul", "2016-03-27 03:30", "2016-03-27T01:30"),  # is not: 04:30 in summer time
        ("Europe/Istanbul", "2015-11-08 03:30", "2015-11-08T00:30"),  # comes twice: still in summer time
        ("Europe/Istanbul", "2015-11-08 04:00", "2015-11-08T02:00"),
        ("Europe/Istanbul", "2016-10-30 04:00", "2016-10-30T01:00"),  # the night on which the clocks stayed
    ],
)
def test_an_alert_ends_at_its_moment_in_the_chats_zone(
    everything: Catalogue, zone: str, typed: str, ends: str
) -> None:
    at_ms = ms(ends)
    rule = parse_alert(f"btc price > 5 until {typed}", everything, now_ms=at_ms - DAY, zone=ZoneInfo(zone))
    assert isinstance(rule, Rule)
    assert rule.until_ms == at_ms
    assert step(rule, NEW, {}, at_ms - 1).state.phase != "expired"
    assert step(rule, NEW, {}, at_ms).state.phase == "expired"
