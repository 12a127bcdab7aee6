"""Whom a command of administrators is about: an id in its words, or the person whose message it replies to."""

from handlers.admin.ports import Restricted
from handlers.chat.context import RequestContext

_LIMIT = 2**52  # https://core.telegram.org/bots/api#user: at most 52 significant bits


def person_meant(context: RequestContext, words: tuple[str, ...]) -> Restricted | None:
    """Return the person of an id or of a reply, ``None`` where neither names one; a chat is no person."""
    found = subject_meant(context, words)
    return found if found is not None and found.id > 0 else None


def subject_meant(context: RequestContext, words: tuple[str, ...]) -> Restricted | None:
    """Return the person or chat of an id, else the one whose message the command replies to, ``None``: neither."""
    if words:
        number = id_of(words[0])
        return None if number is None or len(words) > 1 else Restricted(number, str(number))
    replied = None if context.message is None else context.message.replied_to
    return None if replied is None else Restricted(replied.id, replied.name or str(replied.id))


def id_of(word: str) -> int | None:
    """Return the id that a word is, ``None`` if it is none."""
    digits = word.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 16:
        return None
    number = int(word)
    return number if 0 < abs(number) < _LIMIT else None
