"""Values set while the process runs, laid over those of the file: by dotted keys such as ``trend.rsi_period``."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from config.base import ConfigModel

Overrides = Mapping[str, object]
"""Values by dotted key."""
LONGEST_VALUE: Final = 1_000


def parse_value(text: str) -> object:
    """Return what a text means as a TOML value; one that is none is the text itself. ``ValueError`` if it is too long.

    A date or time is text too: no setting is one.
    """
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"expected at most {LONGEST_VALUE} characters")
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = table.get("value")
    return value if set(table) == {"value"} and _is_plain(value) else text


def overlaid(table: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    """Return a copy of a file's table with overrides in it; what is no table on the way to a key becomes one."""
    made = _copied(table)
    for key, value in overrides.items():
        *parents, last = key.split(".")
        place = made
        for name in parents:
            inner = place.get(name)
            place[name] = inner if isinstance(inner, dict) else {}
            place = place[name]
        place[last] = value
    return made


def field_of(sections: Mapping[str, type[ConfigModel]], key: str) -> FieldInfo | None:
    """Return the declaration of a dotted key, ``None`` for a section and for what does not exist."""
    section, *names = key.split(".")
    kind: type[ConfigModel] | None = sections.get(section)
    field: FieldInfo | None = None
    for name in names:
        field = None if kind is None else kind.model_fields.get(name)
        kind = None if field is None else table_of(field)
    return field


def table_of(field: FieldInfo) -> type[ConfigModel] | None:
    """Return the class of a field that is a table, ``None`` for a value."""
    for inner in (field.annotation, *get_args(field.annotation)):
        if isinstance(inner, type) and issubclass(inner, ConfigModel):
            return inner
    return None


def _copied(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in table.items()}


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str))
