"""The commented example file, written from the classes so that it cannot drift from the defaults."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from config.base import ConfigModel, unit_of
from config.loader import Sections

HEADER = """\
# Every key below stands at its default and may be left out.
# Copy this file to config/bot.toml (or name another by BOT_CONFIG) and change what you need.
"""


def example_toml(sections: Sections) -> str:
    """Return the example file's text: every section, key, unit, range and default."""
    blocks = [HEADER]
    blocks += ["\n".join(_section(name, kind)) + "\n" for name, kind in sections.items()]
    return "\n".join(blocks)


def keys_of(kind: type[ConfigModel]) -> dict[str, FieldInfo]:
    """Return the keys of a section that have a value, in order."""
    return {key: info for key, info in kind.model_fields.items() if _section_of(info) is None}


def sections_in(kind: type[ConfigModel]) -> dict[str, type[ConfigModel]]:
    """Return the sections inside a section by key, in order."""
    inner = {key: _section_of(info) for key, info in kind.model_fields.items()}
    return {key: found for key, found in inner.items() if found is not None}


def summary_of(kind: type[ConfigModel]) -> str:
    """Return what a section is about."""
    return (kind.__doc__ or "").strip().splitlines()[0]


def _section_of(info: FieldInfo) -> type[ConfigModel] | None:
    inner = info.annotation
    return inner if isinstance(inner, type) and issubclass(inner, ConfigModel) else None


def _section(name: str, kind: type[ConfigModel]) -> Iterator[str]:
    yield f"# {summary_of(kind)}"
    yield f"[{name}]"
    for key, info in keys_of(kind).items():
        yield _comment(info)
        yield f"{key} = {toml_value(info.get_default(call_default_factory=True))}"
    for key, inner in sections_in(kind).items():
        yield ""
        yield from _section(f"{name}.{key}", inner)


def _comment(info: FieldInfo) -> str:
    facts = [text for text in (unit_of(info), range_of(info)) if text]
    suffix = f" ({'; '.join(facts)})" if facts else ""
    return f"# {info.description}{suffix}"


def range_of(info: FieldInfo) -> str:
    """Return what a value may be, such as ``≥ 1, ≤ 20``; empty where nothing is said."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    parts = [
        f"{sign} {value}"
        for name, sign in signs.items()
        if (value := next((getattr(m, name) for m in info.metadata if hasattr(m, name)), None)) is not None
    ]
    return ", ".join(parts)


def toml_value(value: Any) -> str:
    """Return a default as the file writes it."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
