"""A time, days, coins and an interval are read in any order."""

import pytest

from handlers.alerts.local_time import EVERY_DAY, WORKDAYS
from handlers.digests.wanted import WEEKEND, WantedDigest, read_wanted

ALL = tuple(sorted(EVERY_DAY))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00 btc eth 4h weekdays", WantedDigest(480, tuple(sorted(WORKDAYS)), ("btc", "eth", "4h"))),
        ("haftasonu sol 23.59", WantedDigest(1439, tuple(sorted(WEEKEND)), ("sol",))),
        ("0:05", WantedDigest(5, ALL, ())),
        ("btc daily", WantedDigest(None, ALL, ("btc",))),
        ("08:00 09:00 weekdays weekends", WantedDigest(480, tuple(sorted(WORKDAYS)), ("09:00", "weekends"))),
        ("24:00 8:60 800", WantedDigest(None, ALL, ("24:00", "8:60", "800"))),
    ],
)
def test_words_are_sorted(text: str, expected: WantedDigest) -> None:
    assert read_wanted(text.split()) == expected
