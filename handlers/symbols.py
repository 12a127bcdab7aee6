"""Symbol words against the exchange's two tables: spot first, the perpetual where only that is listed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from analysis.contract import Market
from handlers.ports import SymbolFound, SymbolMissing
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.symbol_words import Match, parse
from utils.binance_api.symbols import SymbolProblem, SymbolTable
from utils.http.errors import SourceError

MOST_NEAREST = 3
_PERPETUAL = re.compile(r".([.\-_]P|[.\-_/]?PERP)$", re.IGNORECASE)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one market's table makes of a word."""

    market: Market
    result: Match | SymbolProblem


@dataclass(frozen=True, slots=True)
class ExchangeSymbols:
    """Fills `handlers.ports.SymbolPort` from the exchange's symbol tables, which the exchange client keeps."""

    exchange: BinanceAggregator

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        """Return what ``word`` names; ``BTCUSDT.P`` asks for the perpetual, other words for spot where it exists."""
        if _PERPETUAL.search(word):
            return _answer(word, [_look(await self.exchange.futures.symbols(), word, quote)])
        spot = _look(await self.exchange.spot.symbols(), word, quote)
        if isinstance(spot.result, Match) and spot.result.how == "exact":
            return _answer(word, [spot])
        return _answer(word, [spot, *await self._perpetual(word, quote)])

    async def _perpetual(self, word: str, quote: str) -> list[Lookup]:
        try:
            table = await self.exchange.futures.symbols()
        except SourceError as error:
            log.info("futures symbols are not at hand, spot alone decides", error=str(error))
            return []
        return [_look(table, word, quote)]


def _look(table: SymbolTable, word: str, quote: str) -> Lookup:
    try:
        return Lookup(table.market, parse(table, word, quote=quote))
    except SymbolProblem as problem:
        return Lookup(table.market, problem)


def _answer(word: str, looks: Sequence[Lookup]) -> SymbolFound | SymbolMissing:
    """Choose by how it was found: exactly anywhere before nearly anywhere; spot before the perpetual."""
    for how in ("exact", "prefix", "fuzzy"):
        for look in looks:
            if isinstance(look.result, Match) and look.result.how == how:
                return SymbolFound(look.result.listed.symbol, look.market)
    problems = [(look.market, look.result) for look in looks if isinstance(look.result, SymbolProblem)]
    told = next((problem for _, problem in problems if problem.why != "unknown"), problems[0][1])
    near = {symbol: SymbolFound(symbol, market) for market, p in reversed(problems) for symbol in p.nearest}
    order = dict.fromkeys(symbol for _, problem in problems for symbol in problem.nearest)
    return SymbolMissing(word, told.why, tuple(near[symbol] for symbol in order)[:MOST_NEAREST])
