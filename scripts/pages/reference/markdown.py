"""The few forms of Markdown that the reference is made of."""

import re
from collections.abc import Iterable
from typing import Final

from babel.numbers import get_decimal_symbol

from handlers.locale.messages import Translator

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def esc(text: str) -> str:
    """Return a text that reads as itself in Markdown."""
    return _SPECIAL.sub(r"\\\1", text)


def code(text: str) -> str:
    """Return a text as it is typed."""
    return f"`{text}`"


def codes(texts: Iterable[str]) -> str:
    """Return several texts as they are typed, with commas between."""
    return ", ".join(code(text) for text in texts)


def defined(term: str, lines: Iterable[str]) -> str:
    """Return an entry of a list of definitions; unlike a table it needs no sideways scrolling on a phone."""
    first, *more = [line for line in lines if line]
    return "\n".join([term, f": {first}", *(f"\n  {line}" for line in more), ""])


def bullets(lines: Iterable[str]) -> str:
    """Return a list, empty for none."""
    return "\n".join(f"- {line}" for line in lines)


def page(*blocks: str) -> str:
    """Return blocks below each other; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def number(value: float, tr: Translator) -> str:
    """Return a number as short as it is exact, with the language's decimal sign: ``-1``, ``0.25``."""
    return f"{value:g}".replace(".", get_decimal_symbol(tr.language))
