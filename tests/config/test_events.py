"""The file of events is read by time, or refused with one line for each fault."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.events import load_events
from config.loader import ConfigError

EVENT = """
[[event]]
id = "fomc"
title = { en = "Rate decision", tr = "Faiz kararı" }
time = 2026-12-09T14:00:00-05:00
source = "https://example.org"
"""
"""An event without a fault."""


def written(folder: Path, text: str) -> Path:
    file = folder / "events.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_events(written(folder, text))
    return str(caught.value).splitlines()


def test_events_come_by_time_in_utc(tmp_path: Path) -> None:
    earlier = EVENT.replace("fomc", "cpi").replace("2026-12-09T14:00:00-05:00", "2026-12-09T18:59:59Z")
    found = load_events(written(tmp_path, EVENT + earlier)).event
    assert [event.id for event in found] == ["cpi", "fomc"]
    assert found[1].start_ms == found[1].end_ms == 1_796_842_800_000
    assert datetime.fromtimestamp(found[1].start_ms / 1000, UTC) == datetime(2026, 12, 9, 19, tzinfo=UTC)
    assert (found[1].title.en, found[1].title.tr, found[1].assets) == ("Rate decision", "Faiz kararı", ())


def test_an_event_may_last_and_be_of_some_coins(tmp_path: Path) -> None:
    longer = EVENT + 'assets = ["BTC", "1INCH"]\nuntil = 2026-12-09T20:00:00Z\n'
    (found,) = load_events(written(tmp_path, longer)).event
    assert (found.assets, found.end_ms - found.start_ms) == (("BTC", "1INCH"), 3_600_000)


def test_an_empty_file_has_no_events(tmp_path: Path) -> None:
    assert load_events(written(tmp_path, "")).event == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("-05:00", "", "event.0.time = datetime.datetime(2026, 12, 9, 14, 0): expected a time with its zone"),
        ("T14:00:00-05:00", "", "event.0.time = datetime.date(2026, 12, 9): expected a time with its zone"),
        ('"fomc"', '"FOMC 1"', "event.0.id = 'FOMC 1'"),
        (', tr = "Faiz kararı"', "", "event.0.title.tr"),
        ('source = "https://example.org"', "", "event.0.source"),
        ("source", 'assets = ["btc"]\nsource', "event.0.assets = ['btc']: expected coins in capital letters"),
        ("source", "until = 2026-12-09T19:00:00Z\nsource", "expected until after time"),
        ("source", "when = 1\nsource", "unknown key; known are assets, id, source, time, title, until"),
        ("[[event]]", "[[events]]", "unknown key; known are event"),
    ],
)
def test_a_fault_is_one_line_that_names_it(tmp_path: Path, old: str, new: str, expected: str) -> None:
    (line,) = refused(tmp_path, EVENT.replace(old, new, 1))
    assert line.startswith(str(tmp_path / "events.toml"))
    assert expected in line


def test_every_fault_is_told_at_once_and_an_id_is_used_once(tmp_path: Path) -> None:
    lines = refused(tmp_path, EVENT.replace("-05:00", "") + EVENT.replace('"fomc"', '""'))
    assert len(lines) == 2
    (line,) = refused(tmp_path, EVENT + EVENT)
    assert line.endswith("event.1.id = 'fomc': expected an id of its own")
    (line,) = refused(tmp_path, "event = [")
    assert "expected valid TOML" in line


def test_the_shipped_rate_decisions_are_at_two_in_new_york() -> None:
    found = load_events().event
    assert len(found) >= 17
    for event in found:
        local = event.time.astimezone(ZoneInfo("America/New_York"))
        assert (local.hour, local.minute, local.strftime("%a")) == (14, 0, "Wed"), event.id
        assert event.id == f"fomc-{local:%Y-%m-%d}"
        assert event.source.startswith("https://")
