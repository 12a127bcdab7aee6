"""Parse a query string into a request to a module; an invalid parameter is a 400 that names it.

Symbols are resolved as in a chat, by the same port.
"""

from dataclasses import dataclass

from multidict import MultiMapping

from analysis.framework.question import Request
from bot.http_api.problems import Problem
from bot.http_api.shapes import ReasonShape
from bot.http_api.times import ms_of
from handlers.grammar import symbol_word
from handlers.ports import SymbolFound, SymbolPort
from handlers.render.sentences import SHOWING
from utils.binance_api.intervals import SHORTEST_MS

DEFAULT_INTERVAL = "4h"
PERPETUAL_SUFFIX = ".P"
PARAMETERS = frozenset({"symbol", "interval", "at"})
GUESSED = "symbol_guessed"


@dataclass(frozen=True, slots=True)
class AnalysisQuery:
    """The request to a module, and the symbol that it is about with how it was found."""

    request: Request
    found: SymbolFound

    @property
    def notes(self) -> tuple[ReasonShape, ...]:
        """What to say of a symbol that was not named exactly."""
        word = self.found.guessed_from
        text = SHOWING.format(symbol=self.found.symbol, word=word)
        return () if word is None else (ReasonShape(GUESSED, text),)


async def parse_query(
    query: MultiMapping[str], symbols: SymbolPort, *, quote: str, now_ms: int
) -> AnalysisQuery:
    """Return what is asked. ``now_ms`` is market time (UTC ms); an ``at`` after it is in the future.

    Raises `Problem`: 400 for an invalid parameter, 404 for a symbol that is not listed.
    """
    for name in query:
        if len(query.getall(name)) > 1:
            raise Problem(400, "given more than once", parameter=name[:40])
        if name not in PARAMETERS:
            raise Problem(
                400, f"unknown parameter; known are {', '.join(sorted(PARAMETERS))}", parameter=name[:40]
            )
    as_of = _time(query.get("at"), now_ms)
    interval = _interval(query.get("interval", DEFAULT_INTERVAL))
    found = await _listed(query.get("symbol", ""), symbols, quote)
    return AnalysisQuery(Request(found.symbol, interval, as_of, found.market), found)


def _interval(text: str) -> str:
    if text not in SHORTEST_MS:
        raise Problem(400, f"expected one of {', '.join(SHORTEST_MS)}", parameter="interval")
    return text


def _time(text: str | None, now_ms: int) -> int | None:
    if text is None:
        return None
    try:
        at = ms_of(text)
    except ValueError as error:
        raise Problem(
            400, f"{error}" if "offset" in str(error) else "no such moment", parameter="at"
        ) from error
    if at > now_ms:
        raise Problem(400, "lies in the future", parameter="at")
    if at < 0:
        raise Problem(400, "lies before 1970", parameter="at")
    return at


async def _listed(text: str, symbols: SymbolPort, quote: str) -> SymbolFound:
    word = symbol_word(text)
    if word is None:
        raise Problem(400, "expected a listed symbol such as BTCUSDT or BTCUSDT.P", parameter="symbol")
    found = await symbols.resolve(word, quote=quote)
    if not isinstance(found, SymbolFound):
        raise Problem(
            404,
            f"symbol is {found.why}",
            parameter="symbol",
            nearest=tuple(map(_as_parameter, found.nearest)),
        )
    return found


def _as_parameter(found: SymbolFound) -> str:
    return found.symbol + (PERPETUAL_SUFFIX if found.market == "futures" else "")
