"""Rich messages: their blocks are checked and become the blocks of the message that was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.fields import FieldError, as_object, child, number, optional_text, parsing, text
from utils.sandbox.telegram.markup import inline_keyboard
from utils.sandbox.telegram.media import Photo
from utils.sandbox.telegram.text.entities import utf16_length

# https://core.telegram.org/bots/api#rich-message-limits
MAX_UNITS: Final = 32_768
MAX_BLOCKS: Final = 500
MAX_LEVELS: Final = 16
MAX_MEDIA: Final = 50
MAX_COLUMNS: Final = 20
MAX_BUTTONS: Final = 8
ALIGNS: Final = frozenset({"left", "center", "right"})
VALIGNS: Final = frozenset({"top", "middle", "bottom"})
LARGEST_HEADING: Final = 6
_SOURCES: Final = ("html", "markdown", "blocks")
# https://core.telegram.org/bots/api#richtext: those that hold a text
_TEXTS: Final = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "subscript",
        "superscript",
        "marked",
        "code",
        "date_time",
        "url",
        "text_mention",
    }
)
Json = Mapping[str, Any]
GetPhoto = Callable[[str], Photo]
"""Returns the photo of a file id or an upload; raises `BotApiError`."""


def read_rich(value: Json, photo_of: GetPhoto, *, draft: bool = False) -> list[dict[str, Any]]:
    """The blocks of an `InputRichMessage` as the message shows them. Raises `BotApiError`."""
    given = [name for name in _SOURCES if value.get(name) is not None]
    if len(given) != 1:
        raise bad_request("exactly one of html, markdown and blocks must be specified in a rich message")
    if given != ["blocks"]:
        raise bad_request(f"this server reads no rich messages in {given[0]}; use blocks")
    if not isinstance(value["blocks"], list):
        raise bad_request("expected an Array of InputRichBlock")
    reader = _Reader(photo_of, draft=draft)
    with parsing("InputRichBlock"):
        blocks = reader.blocks(value["blocks"], 1)
    if not reader.units and not reader.media:
        raise bad_request("rich message must be non-empty")
    return blocks


@dataclass(slots=True)
class _Reader:
    photo_of: GetPhoto
    draft: bool
    units: int = 0
    count: int = 0
    media: int = 0
    _readers: dict[str, Callable[[Json, int], dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._readers = {
            "paragraph": self._texted,
            "footer": self._texted,
            "pre": self._texted,
            "thinking": self._thinking,
            "heading": self._heading,
            "divider": lambda _, __: {},
            "blockquote": self._nested,
            "expandable_blockquote": self._nested,
            "details": self._details,
            "list": self._list,
            "table": self._table,
            "photo": self._photo,
            "slideshow": self._nested,
            "collage": self._nested,
            "buttons": self._buttons,
        }

    def blocks(self, value: object, level: int) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise FieldError('Field "blocks" must be of type Array')
        if level > MAX_LEVELS:
            raise _too_many("levels")
        return [self._block(as_object(item, "expected an Object"), level) for item in value]

    def _block(self, item: Json, level: int) -> dict[str, Any]:
        kind = text(item, "type")
        if kind not in self._readers:
            raise FieldError(f'type "{kind}" is unsupported')
        self.count += 1
        if self.count > MAX_BLOCKS:
            raise _too_many("blocks")
        return {"type": kind, **self._readers[kind](item, level)}

    def _text(self, value: object) -> Any:
        if isinstance(value, str):
            self.units += utf16_length(value)
            if self.units > MAX_UNITS:
                raise bad_request("rich message is too long")
            return value
        if isinstance(value, list):
            return [self._text(part) for part in value]
        part = as_object(value, "RichText must be a String, an Array or an Object")
        kind = text(part, "type")
        if kind not in _TEXTS:
            raise FieldError(f'type "{kind}" of RichText is unsupported')
        if kind == "date_time":
            number(part, "unix_time")
            text(part, "date_time_format")
        return {**part, "text": self._text(part.get("text"))}

    def _texted(self, item: Json, _: int) -> dict[str, Any]:
        language = optional_text(item, "language")
        return {"text": self._text(item.get("text"))} | ({"language": language} if language else {})

    def _thinking(self, item: Json, level: int) -> dict[str, Any]:
        if not self.draft:
            raise FieldError('type "thinking" is allowed only in drafts')
        return self._texted(item, level)

    def _heading(self, item: Json, level: int) -> dict[str, Any]:
        size = number(item, "size")
        if not 1 <= size <= LARGEST_HEADING:
            raise FieldError('Field "size" must be from 1 to 6')
        return {"size": size, **self._texted(item, level)}

    def _nested(self, item: Json, level: int) -> dict[str, Any]:
        return {"blocks": self.blocks(item.get("blocks"), level + 1)}

    def _details(self, item: Json, level: int) -> dict[str, Any]:
        opened = {"is_open": True} if item.get("is_open") is True else {}
        return {"summary": self._text(item.get("summary")), **self._nested(item, level), **opened}

    def _list(self, item: Json, level: int) -> dict[str, Any]:
        items = item.get("items")
        if not isinstance(items, list):
            raise FieldError('Field "items" must be of type Array')
        return {"items": [self._nested(as_object(one), level) for one in items]}

    def _table(self, item: Json, _: int) -> dict[str, Any]:
        rows = item.get("cells")
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise FieldError('Can\'t find field "cells"')
        cells = [[self._cell(as_object(cell)) for cell in row] for row in rows]
        if any(sum(cell.get("colspan", 1) for cell in row) > MAX_COLUMNS for row in cells):
            raise _too_many("columns")
        looks = {name: True for name in ("is_bordered", "is_striped", "is_compact") if item.get(name) is True}
        caption = {} if item.get("caption") is None else {"caption": self._text(item["caption"])}
        return {"cells": cells, **looks, **caption}

    def _cell(self, cell: Json) -> dict[str, Any]:
        align, valign = text(cell, "align"), text(cell, "valign")
        if align not in ALIGNS or valign not in VALIGNS:
            raise FieldError("wrong alignment of RichBlockTableCell specified")
        shown = {} if cell.get("text") is None else {"text": self._text(cell["text"])}
        header = {"is_header": True} if cell.get("is_header") is True else {}
        spans = {name: number(cell, name) for name in ("colspan", "rowspan") if cell.get(name) is not None}
        return {"align": align, "valign": valign, **shown, **header, **spans}

    def _photo(self, item: Json, _: int) -> dict[str, Any]:
        reference = text(child(item, "photo"), "media")
        self.media += 1
        if self.media > MAX_MEDIA:
            raise _too_many("media")
        if self.draft and reference.startswith(("attach://", "http://", "https://")):
            raise bad_request("files can't be uploaded in drafts")
        return {"photo": self.photo_of(reference).json()}

    def _buttons(self, item: Json, _: int) -> dict[str, Any]:
        buttons = item.get("buttons")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= MAX_BUTTONS:
            raise FieldError("wrong number of buttons in a row; 1 to 8 are allowed")
        checked = inline_keyboard({"inline_keyboard": [buttons]})
        return {"buttons": checked["inline_keyboard"][0] if checked else []}


def _too_many(what: str) -> BotApiError:
    return bad_request(f"rich message has too many {what}")
