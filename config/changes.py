"""What is different between two configurations, key by key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from config.loader import Snapshot

ABSENT: Final = "–"
LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One key whose value is another one, as text; `ABSENT` where there is none."""

    key: str
    before: str
    after: str


def changes(before: Snapshot, after: Snapshot) -> tuple[ConfigChange, ...]:
    """Return what is different, in the order of the sections."""
    old, new = values_of(before), values_of(after)
    return tuple(
        ConfigChange(key, value_text(old.get(key, ABSENT)), value_text(new.get(key, ABSENT)))
        for key in dict.fromkeys((*old, *new))
        if old.get(key, ABSENT) != new.get(key, ABSENT)
    )


def values_of(snapshot: Snapshot) -> dict[str, object]:
    """Return every value by its dotted key; rows that have an id are values by it."""
    found: dict[str, object] = {}
    for name, section in snapshot.sections.items():
        found |= _flat(name, section.model_dump(mode="json"))
    return found


def value_text(value: object) -> str:
    """Return a value in one line of at most `LONGEST_SHOWN` characters, as a configuration file writes it."""
    text = ABSENT if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _flat(key: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    elif isinstance(value, list) and value and all(isinstance(row, dict) and "id" in row for row in value):
        for row in value:
            yield f"{key}.{row['id']}", {name: inner for name, inner in row.items() if name != "id"}
    else:
        yield key, value
