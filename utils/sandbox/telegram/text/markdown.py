"""Telegram's two Markdown dialects to text and entities; refuses what Telegram refuses, in its words.

Behaviour and error texts follow `parse_markdown` and `parse_markdown_v2` of tdlib (`td/telegram/MessageEntity.cpp`).
"""

from dataclasses import dataclass, field

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.text.entities import Entity, RichText, utf16_length
from utils.sandbox.telegram.text.links import link_argument

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_LAST_ASCII = 126
# mark, entity, its name in error texts; a longer mark comes first
_MARKS = (
    ("```", "pre", "Pre"),
    ("__", "underline", "Underline"),
    ("||", "spoiler", "Spoiler"),
    ("*", "bold", "Bold"),
    ("_", "italic", "Italic"),
    ("~", "strikethrough", "Strikethrough"),
    ("`", "code", "Code"),
    ("[", "text_link", "TextUrl"),
)
_OPAQUE = frozenset({"pre", "code"})
_OLD_KINDS = {"_": "italic", "*": "bold", "`": "code", "[": "text_link"}


@dataclass(slots=True)
class _Opened:
    mark: str
    kind: str
    name: str
    byte: int
    units: int
    chars: int
    language: str = ""


@dataclass(slots=True)
class _Reader:
    """A position in the source and what has been read of it."""

    source: str
    at: int = 0
    text: list[str] = field(default_factory=list)
    units: int = 0
    entities: list[Entity] = field(default_factory=list)

    def peek(self, length: int = 1) -> str:
        return self.source[self.at : self.at + length]

    def byte(self, index: int) -> int:
        return len(self.source[:index].encode())

    def copy(self) -> None:
        """Take one character into the text."""
        self.text.append(self.source[self.at])
        self.units += utf16_length(self.source[self.at])
        self.at += 1

    def language(self) -> str:
        """Skip the language and the line end behind the mark of a block of code."""
        end = self.at
        while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
            end += 1
        named = end < len(self.source) and self.source[end] != "`"
        language = self.source[self.at : end] if named else ""
        self.at = end if named else self.at
        if self.peek() in {"\n", "\r"}:
            pair = self.peek(2)
            self.at += 2 if pair in {"\r\n", "\n\r"} else 1
        return language

    def add(self, kind: str, units: int, argument: tuple[str, str] | None) -> None:
        """Keep an entity that ends here."""
        if self.units > units:
            self.entities.append(Entity(kind, units, self.units - units, argument))

    def add_link(self, target: str, units: int) -> None:
        """Keep the entity of a link that ends here, if Telegram takes its address."""
        found = link_argument(target)
        if found is not None:
            self.add(found[0], units, found[1])

    def rich(self) -> RichText:
        return RichText("".join(self.text), tuple(self.entities))


def parse_markdown_v2(source: str) -> RichText:
    """Text and entities of MarkdownV2. Raises `BotApiError` 400 "can't parse entities: …"."""
    reader = _Reader(source)
    opened: list[_Opened] = []
    while reader.at < len(source):
        character = reader.peek()
        after = source[reader.at + 1 : reader.at + 2]
        if character == "\\" and after and ord(after) <= _LAST_ASCII:
            reader.at += 1
            reader.copy()
        elif character not in ("`" if opened and opened[-1].kind in _OPAQUE else _RESERVED):
            reader.copy()
        elif opened and _ends(reader, opened[-1]):
            _close(reader, opened.pop())
        elif character == ">" and _begins_line(reader):
            _quote(reader)
        else:
            opened.append(_open(reader))
    if opened:
        last = opened[-1]
        raise _refusal(f"Can't find end of {last.name} entity at byte offset {last.byte}")
    return reader.rich()


def _ends(reader: _Reader, opened: _Opened) -> bool:
    if opened.kind == "italic":
        return reader.peek() == "_" and reader.peek(2) != "__"
    return reader.peek(len(opened.mark)) == ("]" if opened.kind == "text_link" else opened.mark)


def _open(reader: _Reader) -> _Opened:
    for mark, kind, name in _MARKS:
        if reader.peek(len(mark)) == mark:
            opened = _Opened(mark, kind, name, reader.byte(reader.at), reader.units, len(reader.text))
            reader.at += len(mark)
            if kind == "pre":
                opened.language = reader.language()
            return opened
    raise _refusal(f"Character '{reader.peek()}' is reserved and must be escaped with the preceding '\\'")


def _close(reader: _Reader, opened: _Opened) -> None:
    reader.at += len(opened.mark)
    if opened.kind != "text_link":
        language = ("language", opened.language) if opened.language else None
        reader.add(opened.kind, opened.units, language)
        return
    shown = "".join(reader.text[opened.chars :])
    reader.add_link(_target(reader) if reader.peek() == "(" else shown, opened.units)


def _target(reader: _Reader) -> str:
    """Take the address in round brackets."""
    reader.at += 1
    begin, url = reader.at, []
    while reader.peek() not in {")", ""}:
        if reader.peek() == "\\" and reader.source[reader.at + 1 : reader.at + 2] <= chr(_LAST_ASCII):
            reader.at += 1
        url.append(reader.peek())
        reader.at += 1
    if not reader.peek():
        raise _refusal(f"Can't find end of a URL at byte offset {reader.byte(begin)}")
    reader.at += 1
    return "".join(url)


def _begins_line(reader: _Reader) -> bool:
    return reader.at == 0 or reader.source[reader.at - 1] == "\n"


def _quote(reader: _Reader) -> None:
    """Take the lines that begin with the mark; what stands in them keeps its own marks."""
    begin, lines = reader.at, reader.source[reader.at :].split("\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith(">")), len(lines))
    inner = parse_markdown_v2("\n".join(line[1:] for line in lines[:count]))
    shift = reader.units
    reader.entities.extend(Entity(e.type, e.offset + shift, e.length, e.argument) for e in inner.entities)
    reader.text.extend(inner.text)
    reader.units += inner.units
    reader.add("blockquote", shift, None)
    reader.at = begin + len("\n".join(lines[:count]))


def parse_markdown(source: str) -> RichText:
    """Text and entities of the older Markdown, which has no nesting. Raises `BotApiError` 400."""
    reader = _Reader(source)
    while reader.at < len(source):
        character = reader.peek()
        if character == "\\" and source[reader.at + 1 : reader.at + 2] in set(_OLD_KINDS):
            reader.at += 1
            reader.copy()
        elif character not in _OLD_KINDS:
            reader.copy()
        else:
            _old_entity(reader)
    return reader.rich()


def _old_entity(reader: _Reader) -> None:
    begin, units, chars = reader.at, reader.units, len(reader.text)
    is_pre = reader.peek(3) == "```"
    first = reader.peek()
    end = "```" if is_pre else "]" if first == "[" else first
    reader.at += 3 if is_pre else 1
    language = reader.language() if is_pre else ""
    while reader.peek() and reader.peek(len(end)) != end:
        reader.copy()
    if not reader.peek():
        raise _refusal(f"Can't find end of the entity starting at byte offset {reader.byte(begin)}")
    reader.at += len(end)
    if first == "[":
        shown = "".join(reader.text[chars:])
        reader.add_link(_old_target(reader) if reader.peek() == "(" else shown, units)
        return
    reader.add("pre" if is_pre else _OLD_KINDS[first], units, ("language", language) if language else None)


def _old_target(reader: _Reader) -> str:
    end = reader.source.find(")", reader.at)
    end = len(reader.source) if end < 0 else end
    target = reader.source[reader.at + 1 : end]
    reader.at = end + 1
    return target


def _refusal(reason: str) -> BotApiError:
    return bad_request(f"can't parse entities: {reason}")
