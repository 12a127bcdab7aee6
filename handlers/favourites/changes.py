"""What words after ``/fav`` ask for: which list, what is to be done with it, and the symbols."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from handlers.favourites.lists import USUAL, USUAL_WORDS, list_name

Deed = Literal["show", "add", "remove", "clear"]
LONGEST_NAME: Final = 16
_DEEDS: Final[dict[str, Deed]] = {
    **dict.fromkeys(("add", "+", "ekle"), "add"),
    **dict.fromkeys(("remove", "rm", "del", "delete", "-", "sil", "çıkar", "kaldır"), "remove"),
    **dict.fromkeys(("clear", "temizle", "boşalt"), "clear"),
    **dict.fromkeys(("list", "show", "göster", "liste"), "show"),
}
_NAME: Final = re.compile(rf"[^\W_][\w-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A deed with a list and the words of symbols; ``list`` is ``None`` where all lists are to be shown."""

    deed: Deed
    list: str | None
    words: tuple[str, ...] = ()


def read_wish(words: Sequence[str], known: Sequence[str]) -> Wish:
    """Return what words ask for: ``add sol``, ``sol``, ``alts add sol``, ``alts``; ``known`` are the chat's lists."""
    if not words:
        return Wish("show", None)
    first = words[0].casefold()
    if first in _DEEDS:
        return _of(USUAL, words)
    if (len(words) > 1 and words[1].casefold() in _DEEDS) or first in USUAL_WORDS:
        return _of(list_name(first), words[1:])
    if list_name(first) in known:
        return _of(list_name(first), words[1:])
    return Wish("add", USUAL, tuple(words))


def is_list_name(name: str) -> bool:
    """Return whether a list may be called so: a word of letters and digits, none of those that ask for something."""
    return _NAME.fullmatch(name) is not None and name not in _DEEDS


def _of(name: str, words: Sequence[str]) -> Wish:
    if not words:
        return Wish("show", name)
    deed = _DEEDS.get(words[0].casefold())
    return Wish("add", name, tuple(words)) if deed is None else Wish(deed, name, tuple(words[1:]))
