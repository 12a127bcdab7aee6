"""Our own markup as the text of rich messages.

https://core.telegram.org/bots/api#richtext: a string, a list, or an object that marks a text.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

RichText = str | list[Any] | dict[str, Any]

_MARKS: Final = {"b": "bold", "i": "italic", "code": "code"}
_TIME: Final = "tg-time"
_PRE: Final = re.compile(r"\n?<pre>(.*?)</pre>\n?", re.DOTALL)


def rich_text(markup: str) -> RichText:
    """Return markup without monospace blocks as a rich text. Raises `ValueError` for a tag that is none of ours."""
    parser = _Parser()
    parser.feed(markup)
    parser.close()
    return _short(parser.root.parts)


def split_pre(markup: str) -> list[tuple[bool, str]]:
    """Return the parts of markup in their order, each with whether it is the inside of a monospace block."""
    parts = ((bool(place % 2), part) for place, part in enumerate(_PRE.split(markup)))
    return [(is_pre, part) for is_pre, part in parts if part]


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)

    def closed(self) -> dict[str, Any]:
        text = _short(self.parts)
        if self.tag != _TIME:
            return {"type": _MARKS[self.tag], "text": text}
        unix, shown = int(self.attributes["unix"] or ""), self.attributes["format"]
        return {"type": "date_time", "text": text, "unix_time": unix, "date_time_format": shown}


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Open("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _MARKS and tag != _TIME:
            raise ValueError(f"no rich text for <{tag}>")
        self._open.append(_Open(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        if closed.tag != tag:
            raise ValueError(f"</{tag}> closes <{closed.tag}>")
        self._open[-1].parts.append(closed.closed())

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def _short(parts: list[Any]) -> RichText:
    """Return the parts as one string, one object, or a list."""
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return parts[0] if len(parts) == 1 else parts
