"""The last touch Telegram gives every text: cleaned, trimmed, with the entities it finds by itself."""

import re
from dataclasses import replace

from utils.sandbox.telegram.text.entities import Entity, RichText, utf16_length
from utils.sandbox.telegram.text.overlap import settled

_SPACES = " \t\r\n\v\f\u00a0"
# Found in every text, outside code: https://core.telegram.org/bots/api#messageentity
_FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")),
    (
        "url",
        re.compile(
            r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|me|info|dev|tr)(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]])?(?![\w@-])",
            re.I,
        ),
    ),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.I)),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/@])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?:@\w{3,32})?(?!\w)")),
)
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention"})


def finished(rich: RichText) -> RichText:
    """The text as Telegram stores it: control characters gone, trimmed, found entities added, sorted."""
    trimmed = _trimmed(RichText(_cleaned(rich.text), rich.entities))
    return replace(trimmed, entities=settled([*trimmed.entities, *_found(trimmed)]))


def _cleaned(text: str) -> str:
    return "".join(" " if c < " " and c != "\n" else c for c in text.replace("\r", ""))


def _trimmed(rich: RichText) -> RichText:
    first = min((e.offset for e in rich.entities), default=rich.units)
    lead = min(len(rich.text) - len(rich.text.lstrip(_SPACES)), first)
    text = rich.text[lead:].rstrip(_SPACES)
    end = utf16_length(text)
    moved = (
        replace(e, offset=e.offset - lead, length=min(e.end - lead, end) - e.offset + lead)
        for e in rich.entities
    )
    return RichText(text, tuple(e for e in moved if e.length > 0))


def _found(rich: RichText) -> list[Entity]:
    taken = [e for e in rich.entities if e.type in _OPAQUE]
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(rich.text):
            entity = Entity(kind, utf16_length(rich.text[: match.start()]), utf16_length(match.group()))
            if not any(entity.offset < e.end and e.offset < entity.end for e in taken):
                taken.append(entity)
                found.append(entity)
    return found
