"""Generated queries that are valid by their schema, made realistic: what no schema can say.

All are given a moment that has passed and words that can be read, and some a symbol that is listed; those share few
symbols and intervals and one moment, so that most answers are remembered ones. The others are answered "unknown symbol"
at once.
"""

import unicodedata
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT.P")
BASKET: Final = "BTCUSDT,ETHUSDT"
INTERVALS: Final = ("4h", "1h")
LISTED: Final = 4
"""One query of so many names a listed symbol."""

Query = dict[str, Any]


def moment_before(now: datetime) -> str:
    """Return a moment of the day before, as RFC 3339: a long simulated past would be made slowly."""
    day = now.astimezone(UTC).date() - timedelta(days=1)
    return f"{day}T15:10:00.5+02:00"


def realistic(query: Query, takes_basket: bool, moment: str) -> Query:
    """Return the query about ``moment``, and perhaps about listed symbols; the same for the same query."""
    number = zlib.crc32(repr(sorted(query.items())).encode())
    changed = dict(query)
    if "at" in changed:
        changed["at"] = moment
    # the document cannot say that one of both is needed, and enough, and that one word is a basket or too few
    both_or_none = ("symbols" in query) == ("symbol" in query)
    members = _members(query)
    one_word = "symbols" in query and len(set(members)) < 2
    unclear = takes_basket and (both_or_none or one_word)
    words = (query.get("symbol", ""), *members)
    if unclear or number % LISTED == 0 or not all(map(_can_be_read, words)):
        several = unclear or "symbols" in query
        changed.pop("symbol", None)
        changed.pop("symbols", None)
        changed |= _listed(several, number // LISTED)
    if "symbols" in changed:  # nor that one of these is enough
        changed.pop("count", None)
    return changed


def _members(query: Query) -> tuple[str, ...]:
    """Return the words of a list, which schemathesis hands over as it stands in the address: joined by commas."""
    return tuple(query["symbols"].split(",")) if query.get("symbols") else ()


def _can_be_read(word: str) -> bool:
    """Return whether a word stays as it is where invisible and compatibility characters are taken out of it."""
    return word.isprintable() and unicodedata.is_normalized("NFKC", word)


def _listed(several: bool, number: int) -> Query:
    interval = {"interval": INTERVALS[number % 2]}
    if several:
        return interval | {"symbols": BASKET}
    return interval | {"symbol": SYMBOLS[number // 2 % 2]}
