"""Where a language puts the sign of per cent: behind the number (``-3.2%``), or between its sign and it (``-%3,2``)."""

from functools import lru_cache
from typing import Final

from babel import Locale

PERCENT: Final = "%"
Marks = tuple[str, str]
"""What stands before the digits of a number in per cent, and what stands behind them."""
BEHIND: Final[Marks] = ("", PERCENT)
_SIGNS: Final = "+-−<"


@lru_cache(maxsize=16)
def percent_marks(language: str) -> Marks:
    """Return the marks of a language from its CLDR pattern. Raises ``babel.UnknownLocaleError``."""
    pattern = Locale.parse(language).percent_formats[None]
    return pattern.prefix[0], pattern.suffix[0]


def in_percent(text: str, marks: Marks) -> str:
    """Return a written number of per cent with its marks; its sign stays in front."""
    digits = text.lstrip(_SIGNS)
    sign = text[: len(text) - len(digits)]
    return f"{sign}{marks[0]}{digits}{marks[1]}"
