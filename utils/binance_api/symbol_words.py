"""Resolves user input to a symbol: exact, then by prefix, then fuzzy; otherwise suggests three symbols."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from utils.binance_api.symbols import QUOTES, Listed, SymbolProblem, SymbolTable

How = Literal["exact", "prefix", "fuzzy"]

DEFAULT_QUOTE: Final = "USDT"
SUGGESTIONS: Final = 3
LONGEST_WORD: Final = 40
SHORTEST_PREFIX: Final = 2
SHORTEST_FUZZY: Final = 4
FUZZY_RATIO: Final = 0.85
"""Similarity (Ratcliff/Obershelp) from which a single similar asset is accepted."""
NEAR_RATIO: Final = 0.6
"""Similarity from which an asset is suggested."""

NAMES: Final[Mapping[str, str]] = {
    "BITCOIN": "BTC",
    "XBT": "BTC",
    "ETHEREUM": "ETH",
    "SOLANA": "SOL",
    "RIPPLE": "XRP",
    "DOGECOIN": "DOGE",
    "CARDANO": "ADA",
    "LITECOIN": "LTC",
}

_TURKISH_I: Final = str.maketrans({"ı": "I", "İ": "I"})
_DECORATION: Final = re.compile(r"^[$#]+|^BINANCE:|([.\-_]P|[.\-_/]?PERP)$")
_SEPARATOR: Final = re.compile(r"[\s/\-_:]+")


@dataclass(frozen=True, slots=True)
class Match:
    """The symbol and how it was found; the user should be told of a ``fuzzy`` match."""

    listed: Listed
    how: How


def parse(table: SymbolTable, word: str, *, quote: str = DEFAULT_QUOTE) -> Match:
    """Return the trading symbol for ``btc``, ``$btc``, ``BTC/USDT``, ``btc-usdt``, ``BTCUSDT.P``, ``shib``.

    A base without a quote is combined with ``quote``, else with the first of ``QUOTES`` it trades in. Raises
    ``SymbolProblem`` for symbols that are unknown or ambiguous (with the nearest listed symbols), unreadable (with
    others of that coin), pending, halted or delisted.
    """
    parts = _parts(word)
    text = "".join(parts)
    if not text or len(text) > LONGEST_WORD:
        raise SymbolProblem(table.market, word, "unknown", ())
    if not table.unreadable.isdisjoint((text, text + quote, NAMES.get(text, text) + quote)):
        others = [row.symbol for row in _exact(table, parts, text) if row.state == "trading"]
        raise SymbolProblem(table.market, word, "unreadable", tuple(others[:SUGGESTIONS]))
    if rows := _exact(table, parts, text):
        return Match(_one(table, word, rows, text, quote), "exact")
    if rows := _by_prefix(table, text):
        return Match(_one(table, word, rows, text, quote), "prefix")
    if rows := _by_likeness(table, text, quote):
        return Match(_one(table, word, rows, text, quote), "fuzzy")
    raise SymbolProblem(table.market, word, "unknown", nearest(table, text, quote=quote))


def nearest(table: SymbolTable, text: str, *, quote: str = DEFAULT_QUOTE) -> tuple[str, ...]:
    """Return up to three trading symbols whose asset or name is most similar to ``text``."""
    names = _names(table, quote)
    close = difflib.get_close_matches(text, names, n=2 * SUGGESTIONS, cutoff=NEAR_RATIO)
    return tuple(dict.fromkeys(names[name].symbol for name in close))[:SUGGESTIONS]


def _parts(word: str) -> list[str]:
    text = word[: 4 * LONGEST_WORD].strip().translate(_TURKISH_I).upper()
    text = _DECORATION.sub("", _DECORATION.sub("", text))
    parts = [part for part in _SEPARATOR.split(text) if part]
    if len(parts) == 3 and parts[1] == parts[2]:  # BTC/USDT:USDT names a contract and its margin
        parts.pop()
    return parts


def _exact(table: SymbolTable, parts: list[str], text: str) -> list[Listed]:
    row = table.get(text)
    if row is not None:
        return [row]
    if len(parts) == 2:
        return table.of_asset(parts[0], parts[1]) or table.of_asset(NAMES.get(parts[0], ""), parts[1])
    rows = table.of_asset(text) or table.of_asset(NAMES.get(text, ""))
    if rows:
        return rows
    quotes = {row.quote for row in table.rows.values() if text.endswith(row.quote)}
    return [row for quote in quotes for row in table.of_asset(text.removesuffix(quote), quote)]


def _by_prefix(table: SymbolTable, text: str) -> list[Listed]:
    if len(text) < SHORTEST_PREFIX:
        return []
    return [r for r in table.trading() if r.asset.startswith(text) or r.symbol.startswith(text)]


def _by_likeness(table: SymbolTable, text: str, quote: str) -> list[Listed]:
    if len(text) < SHORTEST_FUZZY:
        return []
    names = _names(table, quote)
    return [names[name] for name in difflib.get_close_matches(text, names, n=SUGGESTIONS, cutoff=FUZZY_RATIO)]


def _one(table: SymbolTable, word: str, rows: list[Listed], text: str, quote: str) -> Listed:
    """Choose among rows of one asset by quote; rows of several assets are ambiguous."""
    best = _best_by_asset(rows, text, quote)
    if len(best) > 1:
        ranked = sorted(best.values(), key=lambda row: (len(row.asset), row.asset))
        raise SymbolProblem(table.market, word, "ambiguous", tuple(r.symbol for r in ranked[:SUGGESTIONS]))
    (row,) = best.values()
    if row.state != "trading":
        others = [own for own in table.of_asset(row.asset) if own.state == "trading"]
        alive = sorted(others, key=lambda own: _rank(own, text, quote))
        raise SymbolProblem(table.market, word, row.state, tuple(r.symbol for r in alive[:SUGGESTIONS]))
    return row


def _best_by_asset(rows: list[Listed], text: str, quote: str) -> dict[str, Listed]:
    best: dict[str, Listed] = {}
    for row in sorted(rows, key=lambda row: _rank(row, text, quote)):
        best.setdefault(row.asset, row)
    return best


def _rank(row: Listed, text: str, quote: str) -> tuple[bool, bool, int, bool, str]:
    order = QUOTES.index(row.quote) if row.quote in QUOTES else len(QUOTES)
    return row.state != "trading", row.quote != quote, order, row.base != text, row.symbol


def _names(table: SymbolTable, quote: str) -> dict[str, Listed]:
    """Map every asset, its preferred symbol and common names of coins to that symbol's row."""
    best = _best_by_asset(table.trading(), "", quote)
    names = {asset: row for asset, row in best.items()}
    names |= {row.symbol: row for row in best.values()}
    return names | {name: best[asset] for name, asset in NAMES.items() if asset in best and name not in names}
