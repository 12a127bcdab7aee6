"""A text and its entities: offsets and lengths in UTF-16 units, Bot API shapes."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: kind, offset and length in UTF-16 units, and the argument of links, code and emoji."""

    type: str
    offset: int
    length: int
    argument: tuple[str, str] | None = None

    @property
    def end(self) -> int:
        """First unit after the entity."""
        return self.offset + self.length

    def json(self) -> dict[str, Any]:
        """The Bot API `MessageEntity`."""
        plain: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        return plain | dict([self.argument] if self.argument else [])


@dataclass(frozen=True, slots=True)
class RichText:
    """A text with its entities."""

    text: str
    entities: tuple[Entity, ...] = ()

    @property
    def units(self) -> int:
        """Length in UTF-16 units, as Telegram counts."""
        return utf16_length(self.text)

    def json(self, text_key: str, entities_key: str) -> dict[str, Any]:
        """The two message fields; empty ones are absent."""
        fields: dict[str, Any] = {text_key: self.text} if self.text else {}
        if self.entities:
            fields[entities_key] = [entity.json() for entity in self.entities]
        return fields


EMPTY = RichText("")


def utf16_length(text: str) -> int:
    """Number of UTF-16 code units."""
    return len(text) + sum(1 for c in text if c > "\uffff")
