"""Choices stand over the configuration, are kept as text, and what is not valid is not taken."""

from datetime import time

import pytest
from structlog.typing import EventDict

from config.c_chat import ChatConfig
from handlers.alerts.local_time import QuietHours
from handlers.settings.choices import (
    CHOICE_NAMES,
    ChoiceName,
    Choices,
    choice_text,
    read_choices,
    with_choice,
)
from handlers.settings.quiet_text import read_quiet

ALL = {
    "language": "tr",
    "default_symbol": "ETHUSDT.P",
    "quote": "TRY",
    "default_interval": "1d",
    "time_zone": "Europe/Istanbul",
    "theme": "light",
    "quiet_hours": "23:00-07:00",
    "look": "rich",
}


def test_what_is_chosen_stands_over_the_configuration_and_the_rest_follows_it() -> None:
    config = ChatConfig(default_symbol="BNBUSDT", quote="EUR", commands_per_minute=7)
    chosen = read_choices({"quote": "TRY", "time_zone": "Europe/Istanbul"}).over(config)
    assert (chosen.default_symbol, chosen.quote, chosen.time_zone) == ("BNBUSDT", "TRY", "Europe/Istanbul")
    assert chosen.commands_per_minute == 7
    assert Choices().over(config) == config


def test_every_choice_comes_back_from_its_text() -> None:
    choices = read_choices(ALL)
    assert set(ALL) == set(CHOICE_NAMES)
    assert {str(name): choice_text(choices, name) for name in CHOICE_NAMES} == ALL
    config = choices.over(ChatConfig())
    assert {name: getattr(config, name) for name in CHOICE_NAMES[:6]} == {
        name: ALL[name] for name in CHOICE_NAMES[:6]
    }
    assert choices.quiet_hours == QuietHours(time(23), time(7))


@pytest.mark.parametrize("name", CHOICE_NAMES)
def test_a_choice_can_be_taken_back(name: ChoiceName) -> None:
    changed = with_choice(read_choices(ALL), name, None)
    assert changed == read_choices({other: text for other, text in ALL.items() if other != name})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("language", "de"),
        ("default_symbol", "eth/usdt"),
        ("quote", "usd t"),
        ("default_interval", "7h"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("theme", "pink"),
        ("quiet_hours", "25:00-07:00"),
        ("look", "baroque"),
    ],
)
def test_what_is_not_valid_is_not_taken_and_costs_no_other_choice(
    name: ChoiceName, text: str, logs: list[EventDict]
) -> None:
    assert with_choice(Choices(), name, text) is None
    others = {other: value for other, value in ALL.items() if other != name}
    assert read_choices({**ALL, name: text, "shoe_size": "42"}) == read_choices(others)
    assert [line["name"] for line in logs] == [name]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("23:00-07:00", QuietHours(time(23), time(7))),
        ("23-7", QuietHours(time(23), time(7))),
        (" 23.30 – 7:15 ", QuietHours(time(23, 30), time(7, 15))),
        ("13:00-24:00", QuietHours(time(13), time(0))),
        ("7:00-7:00", None),
        ("23:60-07:00", None),
        ("24:30-07:00", None),
        ("23:00", None),
        ("night", None),
    ],
)
def test_quiet_hours_are_read_as_people_type_them(text: str, hours: QuietHours | None) -> None:
    assert read_quiet(text) == hours
