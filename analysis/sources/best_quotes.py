"""Best bid and ask of several instruments at once, of now only: what a purchase or a sale would meet."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.framework.question import Instrument, Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.bars import market_face
from utils.binance_api.answers import Answer
from utils.binance_api.schemas import BookTicker

NOT_KEPT = Reason("no_history", {"what": "the quote"})


@dataclass(frozen=True, slots=True)
class BestQuote:
    """The best ``bid`` and ``ask`` (quote units), 0 < bid <= ask."""

    bid: float
    ask: float

    @property
    def mid(self) -> float:
        """The middle of both."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True, eq=False)
class BestQuotes:
    """Quotes by symbol, of those that have two sides, and where they came from."""

    quotes: Mapping[str, BestQuote]
    stamps: tuple[SourceStamp, ...]


async def fetch_best_quotes(
    sources: Sources, request: Request, members: Sequence[Instrument]
) -> BestQuotes | Reason:
    """Read all quotes of the members' markets, one request each; raises ``SourceError``."""
    if request.as_of is not None:
        return NOT_KEPT
    faces = {member.market: market_face(sources, member) for member in members}
    answers = dict(
        zip(faces, await asyncio.gather(*(face.book_tickers() for face in faces.values())), strict=True)
    )
    rows = ((member.symbol, answers[member.market].value.get(member.symbol)) for member in members)
    quotes = {
        symbol: BestQuote(row.bid_price, row.ask_price)
        for symbol, row in rows
        if row is not None and 0 < row.bid_price <= row.ask_price
    }
    if not quotes:
        return Reason("no_data", {"what": "two-sided quote"})
    return BestQuotes(quotes, tuple(_stamp(answer, len(quotes)) for answer in answers.values()))


def _stamp(answer: Answer[dict[str, BookTicker]], rows: int) -> SourceStamp:
    return SourceStamp(answer.source, answer.as_of, answer.fetched_at, rows)
