"""The file of dated events, `events.toml`: read whole or refused with one line for each fault."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError, field_validator, model_validator

from config.base import ConfigModel, setting
from config.loader import ConfigError, ConfigProblem, problems_of, read_toml

SHIPPED: Final = Path(__file__).with_name("events.toml")
ASSET: Final = re.compile(r"[A-Z0-9]{1,20}")


class EventTitle(ConfigModel):
    """What an event is called."""

    en: str = setting(..., "title in English", min_length=1, max_length=60)
    tr: str = setting(..., "title in Turkish", min_length=1, max_length=60)


class DatedEvent(ConfigModel):
    """A scheduled event."""

    id: str = setting(..., "short name of its own", pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    title: EventTitle = setting(..., "what it is called")
    time: datetime = setting(..., "when it is, with its zone")
    source: str = setting(..., "address or name of who announced it", min_length=1, max_length=300)
    assets: tuple[str, ...] = setting((), "the coins it is about; without any, all")
    until: datetime | None = setting(None, "when it ends, with its zone")

    @field_validator("time", "until")
    @classmethod
    def _with_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("expected a time with its zone, such as 2026-12-09T14:00:00-05:00")
        return value

    @field_validator("assets")
    @classmethod
    def _assets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(ASSET.fullmatch(name) for name in value):
            raise ValueError('expected coins in capital letters, such as ["BTC", "ETH"]')
        return value

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.until is not None and self.until <= self.time:
            raise ValueError("expected until after time")
        return self

    @property
    def start_ms(self) -> int:
        """When it begins, UTC ms."""
        return round(self.time.timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """When it ends, UTC ms: when it begins, where it does not last."""
        return self.start_ms if self.until is None else round(self.until.timestamp() * 1000)


class EventFile(ConfigModel):
    """The whole file."""

    event: tuple[DatedEvent, ...] = setting((), "events, in any order")


def load_events(path: Path = SHIPPED) -> EventFile:
    """Return the events of a file by time; an empty file has none.

    Raises ``ConfigError`` with every problem, an id that is there twice among them.
    """
    table = read_toml(path)
    try:
        events = EventFile.model_validate(table).event
    except ValidationError as error:
        raise ConfigError(tuple(problems_of(str(path), "", EventFile, error))) from error
    twice = _twice(path, events)
    if twice:
        raise ConfigError(twice)
    return EventFile(event=tuple(sorted(events, key=lambda event: (event.start_ms, event.id))))


def _twice(path: Path, events: tuple[DatedEvent, ...]) -> tuple[ConfigProblem, ...]:
    seen: set[str] = set()
    found = []
    for row, event in enumerate(events):
        if event.id in seen:
            found.append(ConfigProblem(str(path), f"event.{row}.id", event.id, "expected an id of its own"))
        seen.add(event.id)
    return tuple(found)
