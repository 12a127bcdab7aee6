"""A text and its entities: offsets and lengths in UTF-16 units, Bot API shapes."""

from dataclasses import dataclass
from typing import Any, Final

# what TDLib's `is_empty_string` passes over besides white space
_INVISIBLE: Final = frozenset(
    map(
        chr,
        (
            *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
            *range(0x200B, 0x2010),
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2070),
        ),
    )
)


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
        if self.argument is not None and self.type == "text_mention":
            user = {"id": int(self.argument[1]), "is_bot": False, "first_name": "Somebody"}
            return plain | {"user": user}
        if self.argument is not None and self.type == "date_time":
            unix, _, shape = self.argument[1].partition(" ")
            return plain | {"unix_time": int(unix)} | ({"date_time_format": shape} if shape else {})
        return plain | dict([self.argument] if self.argument else [])


@dataclass(frozen=True, slots=True)
class RichText:
    """A text with its entities."""

    text: str
    entities: tuple[Entity, ...] = ()

    @property
    def is_visible(self) -> bool:
        """Whether there is anything to see: Telegram refuses texts of blanks and invisible characters."""
        return any(not (c.isspace() or c in _INVISIBLE) for c in self.text)

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
