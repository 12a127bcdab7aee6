"""Entities that a call names itself, checked as TDLib checks them: type, argument, bounds, halves of characters."""

from collections.abc import Mapping
from typing import Any, Final

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.fields import FieldError, as_object, child, number, optional_text, parsing, text
from utils.sandbox.telegram.text.entities import Entity, utf16_length

MAX_BOUND: Final = 1_000_000
_STYLES: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "code"})
_QUOTES: Final = frozenset({"blockquote", "expandable_blockquote"})
# found by Telegram itself and ignored here
_FOUND: Final = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
)


def explicit_entities(value: Any, source: str) -> tuple[Entity, ...]:
    """The entities of a list. Raises `BotApiError` 400 for one that is malformed or does not fit the text."""
    with parsing("MessageEntity"):
        if not isinstance(value, list | None):
            raise FieldError("expected an Array")
        found = [_entity(as_object(item)) for item in value or ()]
    entities = [entity for entity in found if entity is not None]
    for entity in entities:
        _check_bounds(entity)
    whole = utf16_length(source)
    for entity in entities:
        if entity.length:
            _check_place(entity, source, whole)
    return tuple(entity for entity in entities if entity.length)


def _entity(item: Mapping[str, Any]) -> Entity | None:
    offset, length, kind = number(item, "offset"), number(item, "length"), text(item, "type")
    if kind in _FOUND:
        return None
    return Entity(kind, offset, length, _argument(item, kind))


def _argument(item: Mapping[str, Any], kind: str) -> tuple[str, str] | None:
    if kind == "text_link":
        return "url", _url(text(item, "url"))
    if kind == "text_mention":
        return "user", str(number(child(item, "user"), "id"))
    if kind == "custom_emoji":
        return "custom_emoji_id", str(number(item, "custom_emoji_id"))
    if kind == "date_time":
        return "date_time", f"{number(item, 'unix_time')} {optional_text(item, 'date_time_format')}"
    if kind == "pre":
        language = optional_text(item, "language")
        return ("language", language) if language else None
    if kind not in _STYLES | _QUOTES:
        raise FieldError("Unsupported type specified" if kind else "Type is not specified")
    return None


def _url(url: str) -> str:
    if not url:
        raise bad_request("entity URL '' is invalid: URL host is empty")
    return url


def _check_bounds(entity: Entity) -> None:
    for name, value in (("offset", entity.offset), ("length", entity.length)):
        if not 0 <= value <= MAX_BOUND:
            raise bad_request(f"receive an entity with incorrect {name} {value}")


def _check_place(entity: Entity, source: str, whole: int) -> None:
    if entity.offset > whole:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
    begins_at = f"entity beginning at UTF-16 offset {entity.offset}"
    if entity.end > whole:
        raise bad_request(f"{begins_at} ends after the end of the text at UTF-16 offset {entity.end}")
    if (split := _byte_after_half(source, entity.offset)) is not None:
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {split}")
    if (split := _byte_after_half(source, entity.end)) is not None:
        raise bad_request(f"{begins_at} ends in a middle of a UTF-16 symbol at byte offset {split}")


def _byte_after_half(source: str, units: int) -> int | None:
    """The byte offset behind the character that this UTF-16 offset cuts in half, `None` where it cuts none."""
    seen = size = 0
    for character in source:
        if seen >= units:
            break
        seen += utf16_length(character)
        size += len(character.encode())
    return size if seen > units else None
