"""When digests are due across clock changes, and what is left of turns that were missed."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.alerts.local_time import EVERY_DAY, WORKDAYS
from handlers.digests.schedule import MOST_MISSED, turn_after, turns_until
from utils.store.digests import DigestDefinition, DigestTurn
from utils.store.outbox import Destination

DAY = 86_400_000


def ms(text: str, zone: str = "UTC") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def asked(at: str, days: Sequence[int] = tuple(EVERY_DAY)) -> DigestDefinition:
    hours, minutes = map(int, at.split(":"))
    to = Destination(7, -100, "group")
    return DigestDefinition(to, 42, (("BTCUSDT", "spot"),), "4h", 60 * hours + minutes, tuple(days), "en")


def dues(at: str, zone: str, since: str, count: int) -> list[str]:
    """The next turns in UTC."""
    turn = turn_after(asked(at), zone, ms(since))
    found = [turn]
    while len(found) < count:
        found.append(turn_after(asked(at), zone, found[-1].due_at))
    return [datetime.fromtimestamp(one.due_at / 1000, ZoneInfo("UTC")).strftime("%d %H:%M") for one in found]


@pytest.mark.parametrize(
    ("zone", "since", "at", "expected"),
    [
        # New York, 8 March 2026: 02:00 becomes 03:00
        ("America/New_York", "2026-03-07", "08:00", ["07 13:00", "08 12:00", "09 12:00"]),
        ("America/New_York", "2026-03-07", "02:30", ["07 07:30", "08 07:00", "09 06:30"]),
        # New York, 1 November 2026: 02:00 becomes 01:00
        ("America/New_York", "2026-10-31", "08:00", ["31 12:00", "01 13:00", "02 13:00"]),
        ("America/New_York", "2026-10-31", "01:30", ["31 05:30", "01 05:30", "02 06:30"]),
        # Istanbul, 27 March 2016: 03:00 becomes 04:00; since then it stays at +03
        ("Europe/Istanbul", "2016-03-26", "08:00", ["26 06:00", "27 05:00", "28 05:00"]),
        ("Europe/Istanbul", "2016-03-26", "03:30", ["26 01:30", "27 01:00", "28 00:30"]),
        ("Europe/Istanbul", "2026-03-28", "08:00", ["28 05:00", "29 05:00", "30 05:00"]),
        # Istanbul, 8 November 2015: 04:00 becomes 03:00
        ("Europe/Istanbul", "2015-11-07", "03:30", ["07 00:30", "08 00:30", "09 01:30"]),
    ],
)
def test_it_is_due_once_a_day_by_the_clocks_of_the_zone(
    zone: str, since: str, at: str, expected: list[str]
) -> None:
    assert dues(at, zone, since, 3) == expected


def test_only_the_named_days_count() -> None:
    friday = ms("2026-06-19T09:00")
    turn = turn_after(asked("08:00", tuple(WORKDAYS)), "UTC", friday)
    assert turn == DigestTurn("UTC", friday, ms("2026-06-22T08:00"))


def test_nothing_is_due_before_its_time_and_one_turn_at_it() -> None:
    turn = turn_after(asked("08:00"), "UTC", ms("2026-06-17"))
    assert turns_until(asked("08:00"), turn, "UTC", turn.due_at - 1).due == []
    found = turns_until(asked("08:00"), turn, "UTC", turn.due_at)
    assert (found.due, found.missed) == ([turn.due_at], [])
    assert found.next == DigestTurn("UTC", turn.due_at, turn.due_at + DAY)


def test_turns_that_were_missed_are_known() -> None:
    turn = turn_after(asked("08:00"), "UTC", ms("2026-06-17"))
    found = turns_until(asked("08:00"), turn, "UTC", turn.due_at + 2 * DAY + 1)
    assert found.due == [turn.due_at, turn.due_at + DAY, turn.due_at + 2 * DAY]
    assert found.missed == found.due[:2]
    years = turns_until(asked("08:00"), turn, "UTC", turn.due_at + 900 * DAY)
    assert len(years.due) == MOST_MISSED + 1
    assert years.due[-1] == turn.due_at + 900 * DAY


def test_a_chat_that_has_set_another_zone_has_its_turn_by_that_one() -> None:
    turn = turn_after(asked("08:00"), "UTC", ms("2026-06-17T09:00"))
    west = turns_until(asked("08:00"), turn, "America/New_York", ms("2026-06-17T11:59"))
    assert west.next.due_at == ms("2026-06-17T12:00")
    east = turns_until(asked("08:00"), turn, "Europe/Istanbul", ms("2026-06-18T06:00"))
    assert east.due == [ms("2026-06-18T05:00")]
    assert east.next.due_at == ms("2026-06-19T05:00")
