"""Resolve symbol words by the exchange's two symbol tables: spot first, the perpetual if only that is listed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from analysis.framework.question import Market
from config.c_basket import BasketConfig
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.symbol_words import Match, parse
from utils.binance_api.symbols import SymbolProblem, SymbolTable
from utils.http.errors import SourceError

MAX_SUGGESTIONS = 3
_PERPETUAL = re.compile(r".([.\-_]P|[.\-_/]?PERP)$", re.IGNORECASE)
MAJORS: Final = "majors"
_MAJORS: Final = frozenset({MAJORS, "major", "majör", "majörler"})
_MOST_TRADED: Final = re.compile(r"(?:top|ilk)(\d{1,2})", re.IGNORECASE | re.ASCII)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The result of looking up a word in one market's table."""

    market: Market
    result: Match | SymbolProblem


@dataclass(frozen=True, slots=True)
class ExchangeSymbols:
    """Implements `handlers.services.SymbolPort` over the symbol tables that the exchange client keeps."""

    exchange: BinanceAggregator
    config: Callable[[], BasketConfig] = BasketConfig

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        """Return the configured ``majors``, or the most traded of ``top20``."""
        if word.casefold() in _MAJORS:
            found = [await self.resolve(coin, quote=quote) for coin in self.config().majors]
            listed = tuple(one for one in found if isinstance(one, SymbolFound) and one.guessed_from is None)
            return NamedBasket(MAJORS, listed)
        counted = _MOST_TRADED.fullmatch(word)
        if counted is None:
            return None
        count = int(counted[1])
        return NamedBasket(f"top{count}", (await self._most_traded(quote))[:count])

    async def _most_traded(self, quote: str) -> tuple[SymbolFound, ...]:
        """Return the spot symbols of a quote, those with most quote volume in 24 hours first; money is left out."""
        spot, never = self.exchange.spot, frozenset(self.config().never)
        table = await spot.symbols()
        volumes = (await spot.tickers_24h()).value
        coins = [
            row.symbol
            for row in table.trading()
            if row.quote == quote and row.asset not in never and row.symbol in volumes
        ]
        ranked = sorted(coins, key=lambda symbol: (-volumes[symbol].quote_volume, symbol))
        return tuple(SymbolFound(symbol, "spot") for symbol in ranked)

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        """Return what ``word`` names: ``BTCUSDT.P`` the perpetual, other words the spot symbol if there is one.

        What no table lists may have been listed since it was read.
        """
        found = await self._resolved(word, quote, doubted=False)
        is_exact = isinstance(found, SymbolFound) and found.guessed_from is None
        return found if is_exact else await self._resolved(word, quote, doubted=True)

    async def _resolved(self, word: str, quote: str, *, doubted: bool) -> SymbolFound | SymbolMissing:
        if _PERPETUAL.search(word):
            table = await self.exchange.futures.symbols(doubted=doubted)
            return _answer(word, [_look_up(table, word, quote)])
        spot = _look_up(await self.exchange.spot.symbols(doubted=doubted), word, quote)
        if isinstance(spot.result, Match) and spot.result.how == "exact":
            return _answer(word, [spot])
        return _answer(word, [spot, *await self._perpetual(word, quote, doubted=doubted)])

    async def _perpetual(self, word: str, quote: str, *, doubted: bool) -> list[Lookup]:
        try:
            table = await self.exchange.futures.symbols(doubted=doubted)
        except SourceError as error:
            log.info("futures symbols are not available, using spot alone", error=str(error))
            return []
        return [_look_up(table, word, quote)]


def _look_up(table: SymbolTable, word: str, quote: str) -> Lookup:
    try:
        return Lookup(table.market, parse(table, word, quote=quote))
    except SymbolProblem as problem:
        return Lookup(table.market, problem)


def _answer(word: str, lookups: Sequence[Lookup]) -> SymbolFound | SymbolMissing:
    """Choose an exact match of any market before a prefix before a fuzzy one; spot before the perpetual.

    A symbol that is listed and cannot be read is not replaced in silence: what there is of it elsewhere is suggested.
    """
    first = lookups[0].result
    if isinstance(first, SymbolProblem) and first.why == "unreadable":
        return SymbolMissing(word, first.why, _suggested(lookups))
    for how in ("exact", "prefix", "fuzzy"):
        for lookup in lookups:
            if isinstance(lookup.result, Match) and lookup.result.how == how:
                guessed_from = None if how == "exact" else word
                return SymbolFound(lookup.result.listed.symbol, lookup.market, guessed_from)
    problems = [
        (lookup.market, lookup.result) for lookup in lookups if isinstance(lookup.result, SymbolProblem)
    ]
    problem = next((problem for _, problem in problems if problem.why != "unknown"), problems[0][1])
    return SymbolMissing(word, problem.why, _suggested(lookups))


def _suggested(lookups: Sequence[Lookup]) -> tuple[SymbolFound, ...]:
    """Return the similar symbols of all markets, each once and of the first market that names it."""
    near: dict[str, SymbolFound] = {}
    for lookup in lookups:
        result = lookup.result
        names = result.nearest if isinstance(result, SymbolProblem) else (result.listed.symbol,)
        for symbol in names:
            near.setdefault(symbol, SymbolFound(symbol, lookup.market))
    return tuple(near.values())[:MAX_SUGGESTIONS]
