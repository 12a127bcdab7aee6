"""The recorded perpetuals and option underlyings, resolved from the configured names and renewed regularly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from config.c_record import RecordConfig
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.symbol_words import DEFAULT_QUOTE, parse
from utils.binance_api.symbols import SymbolProblem, SymbolTable
from utils.units import HOUR_MS

_log = structlog.get_logger(__name__)

RENEW_MS: Final = 6 * HOUR_MS
"""Interval between reads of the symbol table, for symbols that are listed, delisted or renamed."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is recorded: perpetuals (``1000SHIBUSDT``) and underlyings of options (``BTCUSDT``)."""

    symbols: tuple[str, ...]
    underlyings: tuple[str, ...]

    @property
    def option_assets(self) -> tuple[str, ...]:
        """The coins of the underlyings (``BTC``)."""
        return tuple(name.removesuffix(DEFAULT_QUOTE) for name in self.underlyings)


class WatchList:
    """Resolves configured names to symbols; those without a symbol are logged once and excluded."""

    def __init__(self, exchange: BinanceAggregator, config: RecordConfig) -> None:
        self._exchange = exchange
        self._config = config
        self._watched: Watched | None = None
        self._read_at = 0
        self._unknown: set[str] = set()

    async def watched(self, now: int) -> Watched:
        """Return what is recorded now (UTC ms); raises ``SourceError`` until the first success."""
        if self._watched is None or now - self._read_at >= RENEW_MS:
            table = await self._exchange.futures.symbols()
            self._watched = Watched(
                self._known(table, self._config.symbols), _underlyings(self._config.option_underlyings)
            )
            self._read_at = now
        return self._watched

    def _known(self, table: SymbolTable, words: Sequence[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        unknown: dict[str, str] = {}
        for word in words:
            try:
                match = parse(table, word)
            except SymbolProblem as problem:
                unknown[word] = problem.detail
                continue
            if match.how == "exact":
                found[match.listed.symbol] = None
            else:
                unknown[word] = f"the nearest is {match.listed.symbol}"
        self._warn_once(unknown)
        return tuple(found)

    def _warn_once(self, unknown: Mapping[str, str]) -> None:
        """Log the words that were known before or not asked about, in one line."""
        if fresh := {word: why for word, why in unknown.items() if word not in self._unknown}:
            _log.warning("symbols of the section record are not recorded", words=fresh)
        self._unknown = set(unknown)


def _underlyings(words: Iterable[str]) -> tuple[str, ...]:
    names = (word.upper() for word in words)
    return tuple(name if name.endswith(DEFAULT_QUOTE) else name + DEFAULT_QUOTE for name in names)
