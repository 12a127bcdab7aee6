"""Telegram's HTML subset to text and entities; refuses what Telegram refuses, in its words.

Behaviour and error texts follow the parser of tdlib (`td/telegram/MessageEntity.cpp`) and its test table.
"""

from dataclasses import dataclass, field

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.text.entities import Entity, RichText, utf16_length
from utils.sandbox.telegram.text.links import link_argument

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = " \t\r\n\0\v"
_BAD_UNICODE = (
    "Text contains invalid Unicode characters after decoding HTML entities, "
    "check for unmatched surrogate code units"
)
_MAX_CODE_POINT = 0x10FFFF


@dataclass(slots=True)
class _Tag:
    name: str
    begin: int  # byte offset of "<", for error texts
    units: int  # UTF-16 offset in the result
    chars: int  # index in the result
    attributes: dict[str, str]


@dataclass(slots=True)
class _Output:
    parts: list[str] = field(default_factory=list)
    units: int = 0
    chars: int = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.units += utf16_length(text)
        self.chars += len(text)


def parse_html(source: str) -> RichText:
    """Text and entities of `source`. Raises `BotApiError` 400 "can't parse entities: …"."""
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out = _Output()
        self._open: list[_Tag] = []
        self._entities: list[Entity] = []

    def run(self) -> RichText:
        while self._at < len(self._source):
            if self._source[self._at] == "<":
                self._tag()
            else:
                self._out.add(self._character())
        if self._open:
            raise _refusal(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        text = "".join(self._out.parts)
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise _refusal(_BAD_UNICODE)
        return RichText(text, tuple(_with_languages(self._entities)))

    def _peek(self) -> str:
        return self._source[self._at] if self._at < len(self._source) else ""

    def _byte(self, index: int) -> int:
        return len(self._source[:index].encode("utf-8", "surrogatepass"))

    def _take_while(self, allowed: str) -> str:
        begin = self._at
        while (c := self._peek()) and c in allowed:
            self._at += 1
        return self._source[begin : self._at]

    def _take_until(self, stops: str) -> str:
        begin = self._at
        while (c := self._peek()) and c not in stops:
            self._at += 1
        return self._source[begin : self._at]

    def _character(self) -> str:
        c = self._source[self._at]
        self._at += 1
        if c != "&":
            return c
        decoded, used = _reference(self._source[self._at : self._at + 12])
        self._at += used
        return decoded or "&"

    def _tag(self) -> None:
        begin = self._at
        self._at += 1
        if self._peek() == "/":
            self._at += 1
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        name = self._take_until(_SPACE + ">").lower()
        offset = self._byte(begin)
        if not self._peek():
            raise _refusal(f"Unclosed start tag at byte offset {offset}")
        if name not in _KINDS:
            raise _refusal(f'Unsupported start tag "{name}" at byte offset {offset}')
        attributes = self._attributes(name, offset)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _refusal(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
        self._open.append(_Tag(name, offset, self._out.units, self._out.chars, attributes))

    def _attributes(self, name: str, offset: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._take_while(_SPACE)
            if not self._peek():
                raise _refusal(f'Unclosed start tag "{name}" at byte offset {offset}')
            if self._peek() == ">":
                self._at += 1
                return attributes
            key = self._take_until(_SPACE + "=>").lower()
            if not key:
                raise _refusal(f'Empty attribute name in the tag "{name}" at byte offset {offset}')
            attributes[key] = self._value(name, offset)

    def _value(self, name: str, offset: int) -> str:
        self._take_while(_SPACE)
        if self._peek() != "=":
            return ""
        self._at += 1
        self._take_while(_SPACE)
        quote = self._peek()
        if not quote:
            raise _refusal(f'Unclosed start tag "{name}" at byte offset {offset}')
        return self._quoted(quote, offset) if quote in "'\"" else self._token(offset)

    def _quoted(self, quote: str, offset: int) -> str:
        self._at += 1
        value: list[str] = []
        while self._peek() and self._peek() != quote:
            value.append(self._character())
        if self._at + 1 >= len(self._source):
            raise _refusal(f"Unclosed start tag at byte offset {offset}")
        self._at += 1
        return "".join(value)

    def _token(self, offset: int) -> str:
        begin = self._at
        while (c := self._peek()) and ((c.isascii() and c.isalnum()) or c in ".-"):
            self._at += 1
        if not self._peek() or self._peek() not in _SPACE + ">":
            raise _refusal(f"Unexpected end of name token at byte offset {self._byte(begin)}")
        return self._source[begin : self._at].lower()

    def _end_tag(self, begin: int) -> None:
        offset = self._byte(begin)
        if not self._open:
            raise _refusal(f"Unexpected end tag at byte offset {offset}")
        name = self._take_until(_SPACE + ">").lower()
        self._take_while(_SPACE)
        if self._peek() != ">":
            raise _refusal(f"Unclosed end tag at byte offset {offset}")
        self._at += 1
        tag = self._open.pop()
        if name and name != tag.name:
            raise _refusal(
                f'Unmatched end tag at byte offset {offset}, expected "</{tag.name}>", found "</{name}>"'
            )
        self._close(tag)

    def _close(self, tag: _Tag) -> None:
        length = self._out.units - tag.units
        if length == 0:
            return
        inner = "".join(self._out.parts)[tag.chars :]
        entity = _entity(tag, length, inner)
        if entity is not None:
            self._entities.append(entity)


def _entity(tag: _Tag, length: int, inner: str) -> Entity | None:
    kind, argument = _KINDS[tag.name], None
    if tag.name == "a":
        link = link_argument(tag.attributes.get("href") or inner)
        return None if link is None else Entity(link[0], tag.units, length, link[1])
    if tag.name == "tg-time":
        argument = _time(tag)
    elif tag.name == "code" and tag.attributes.get("class", "").startswith("language-"):
        argument = ("language", tag.attributes["class"].removeprefix("language-"))
    elif tag.name == "blockquote" and "expandable" in tag.attributes:
        kind = "expandable_blockquote"
    elif tag.name == "tg-emoji":
        if not tag.attributes.get("emoji-id", "").isdigit():
            raise _refusal("Invalid custom emoji identifier specified")
        argument = ("custom_emoji_id", tag.attributes["emoji-id"])
    return Entity(kind, tag.units, length, argument)


def _time(tag: _Tag) -> tuple[str, str]:
    """The Unix time and the format of a `tg-time`, in one text."""
    unix, shape = tag.attributes.get("unix", ""), tag.attributes.get("format", "")
    if not unix.isdecimal():
        raise _refusal("Invalid date-time specified")
    if shape not in {"r", "R"} and set(shape) - set("tTdDwW"):
        raise _refusal("Invalid date-time format specified")
    return "date_time", f"{unix} {shape}"


def _with_languages(entities: list[Entity]) -> list[Entity]:
    """`<pre><code class="language-x">` of one span becomes a single `pre`; other languages are dropped."""
    spans = {(e.offset, e.length): e for e in entities if e.type == "code" and e.argument and e.argument[1]}
    pres = {(e.offset, e.length) for e in entities if e.type == "pre"}
    kept: list[Entity] = []
    for e in entities:
        span = (e.offset, e.length)
        if e.type == "pre" and span in spans:
            kept.append(Entity("pre", e.offset, e.length, spans[span].argument))
        elif e.type == "code" and not (span in pres and span in spans):
            kept.append(Entity("code", e.offset, e.length))
        elif e.type != "code":
            kept.append(e)
    return kept


def _reference(after: str) -> tuple[str, int]:
    """The character named after an ampersand and how many characters it took; ("", 0) when it is none."""
    if after.startswith("#"):
        return _numeric_reference(after)
    for name, character in _NAMED.items():
        if after.startswith(name):
            tail = after[len(name) : len(name) + 1]
            if not (tail.isascii() and tail.isalpha()):
                return character, len(name) + (tail == ";")
    return "", 0


def _numeric_reference(after: str) -> tuple[str, int]:
    base, begin = (16, 2) if after[1:2] in {"x", "X"} else (10, 1)
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    end = begin
    while after[end : end + 1] and after[end] in digits:
        end += 1
    code = int(after[begin:end], base) if end > begin else 0
    if not 0 < code <= _MAX_CODE_POINT:
        return "", 0
    return chr(code), end + (after[end : end + 1] == ";")


def _refusal(reason: str) -> BotApiError:
    return bad_request(f"can't parse entities: {reason}")
