"""One composite score of many symbols, named or the most traded: asked a few at a time, ranked, with faults said."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from analysis.framework.question import Basket, Request
from analysis.framework.reasons import Reason
from analysis.sources.degrading import fault_reason
from composite.declared import BY_NAME
from composite.ranking import RankedScore, Ranking
from composite.result import Composite
from handlers.services import CompositePort, SymbolFound, SymbolPort
from utils.bulk import bulk
from utils.http.errors import SourceError, Unavailable

AT_ONCE: Final = 4
"""Symbols that are asked about side by side: enough to keep all workers computing, few enough to share them."""
SOURCE: Final = "scan"


@dataclass(frozen=True, slots=True)
class Scanner:
    """Implements `handlers.services.ScanPort`; ``side_by_side`` returns how many symbols are asked about at once."""

    symbols: SymbolPort
    composites: CompositePort
    side_by_side: Callable[[], int] = lambda: AT_ONCE

    async def scan(
        self, name: str, count: int, request: Request, *, quote: str, progress: Callable[[int, int], None]
    ) -> Ranking:
        """Return a score of the request's basket, or else of the ``count`` most traded symbols against ``quote``.

        Raises `SourceError` where none could be asked about.
        """
        found = await self._asked(count, request.basket, quote)
        turns, done = asyncio.Semaphore(self.side_by_side()), 0

        async def one(symbol: SymbolFound) -> Composite | SourceError:
            nonlocal done
            asked = replace(request, symbol=symbol.symbol, market=symbol.market, basket=None)
            async with turns:
                made = await self._score(name, asked)
            done += 1
            progress(done, len(found))
            return made

        with bulk():
            made = await asyncio.gather(*map(one, found))
        scores = [score for score in made if isinstance(score, Composite)]
        if not scores:
            raise _fault(made)
        declared = BY_NAME[name]
        rows = [_row(symbol, score) for symbol, score in zip(found, made, strict=True)]
        return Ranking(
            name=name,
            interval=request.interval,
            as_of=max(score.as_of for score in scores),
            bar_close=max(score.bar_close for score in scores),
            asked=count,
            low=declared.low,
            high=declared.high,
            neutral=declared.neutral,
            rows=tuple(sorted(rows, key=_place)),
            basket=request.basket,
        )

    async def _asked(self, count: int, basket: Basket | None, quote: str) -> tuple[SymbolFound, ...]:
        if basket is not None:
            return tuple(SymbolFound(member.symbol, member.market) for member in basket.members)
        named = await self.symbols.basket(f"top{count}", quote=quote)
        return () if named is None else named.found

    async def _score(self, name: str, request: Request) -> Composite | SourceError:
        try:
            return await self.composites.score(name, request)
        except SourceError as error:  # counted and logged by the source's client
            return error


def _fault(made: list[Composite | SourceError]) -> SourceError:
    first = next((one for one in made if isinstance(one, SourceError)), None)
    return first or Unavailable(SOURCE, "the exchange lists no symbol to rank")


def _place(row: RankedScore) -> tuple[bool, float, str]:
    return row.score is None, -(row.score or 0.0), row.symbol


def _row(symbol: SymbolFound, made: Composite | SourceError) -> RankedScore:
    if isinstance(made, SourceError):
        return RankedScore(symbol.symbol, symbol.market, None, None, 0.0, reason=fault_reason(made))
    return RankedScore(
        symbol=made.symbol,
        market=made.market,
        score=made.score,
        uncertainty=made.uncertainty,
        coverage=made.coverage,
        change_day=made.changes.day,
        rank_days=made.rank_days if made.is_rank else None,
        reason=None if made.score is not None else _first_reason(made),
    )


def _first_reason(made: Composite) -> Reason | None:
    return next(iter(made.null_reasons), None)
