"""Parse a query string into a request to a module; an invalid parameter is a 400 that names it.

Symbols are resolved as in a chat, by the same port.
"""

from dataclasses import dataclass

from multidict import MultiMapping

from analysis.framework.module import TakesBasket
from analysis.framework.question import Request, asked_of
from bot.http_api.problems import Problem
from bot.http_api.shapes import ReasonShape
from bot.http_api.times import ms_of
from handlers.baskets import NamedSymbols, WrongNumber, basket_of, read_symbols
from handlers.chat.keyboard import MOST_DIGITS, MOST_SCANNED, SCANNED, USUAL_COUNT
from handlers.grammar import symbol_word
from handlers.render.sentences import SHOWING
from handlers.services import SymbolFound, SymbolPort
from handlers.time_argument import EARLIEST_MS
from utils.binance_api.intervals import SHORTEST_MS

DEFAULT_INTERVAL = "4h"
PERPETUAL_SUFFIX = ".P"
PARAMETERS = frozenset({"symbol", "symbols", "interval", "at"})
RANKING_PARAMETERS = frozenset({"count", "symbols", "interval", "at"})
MOST_WORDS = 200
"""Words that are looked up as symbols at all."""
GUESSED = "symbol_guessed"


@dataclass(frozen=True, slots=True)
class AnalysisQuery:
    """The request to a module, and the symbols that it is about with how they were found."""

    request: Request
    found: tuple[SymbolFound, ...]

    @property
    def notes(self) -> tuple[ReasonShape, ...]:
        """What to say of symbols that were not named exactly."""
        return tuple(
            ReasonShape(GUESSED, SHOWING.format(symbol=one.symbol, word=one.guessed_from))
            for one in self.found
            if one.guessed_from is not None
        )


async def parse_query(
    query: MultiMapping[str],
    symbols: SymbolPort,
    *,
    quote: str,
    now_ms: int,
    takes: TakesBasket | None = None,
) -> AnalysisQuery:
    """Return what is asked. ``now_ms`` is market time (UTC ms); an ``at`` after it is in the future.

    ``takes`` is how many symbols the module takes, ``None`` for one.

    Raises `Problem`: 400 for an invalid parameter, 404 for a symbol that is not listed.
    """
    _check_names(query, PARAMETERS)
    as_of = _time(query.get("at"), now_ms)
    interval = _interval(query.get("interval", DEFAULT_INTERVAL))
    if "symbols" in query:
        named = await _several(query, symbols, quote, takes)
        if named.basket is not None:
            return AnalysisQuery(asked_of(named.basket, interval, as_of), named.found)
        found = named.found[0]
    elif takes is not None and not takes.single:
        raise _wrong_number(WrongNumber(int("symbol" in query), takes))
    else:
        found = await _listed(query.get("symbol", ""), symbols, quote)
    return AnalysisQuery(Request(found.symbol, interval, as_of, found.market), (found,))


async def parse_ranking(
    query: MultiMapping[str], symbols: SymbolPort, *, quote: str, now_ms: int
) -> tuple[AnalysisQuery, int]:
    """Return what is to be ranked, with the number of symbols: named ones as a basket, else the most traded.

    Raises `Problem` as `parse_query` does.
    """
    _check_names(query, RANKING_PARAMETERS)
    as_of = _time(query.get("at"), now_ms)
    interval = _interval(query.get("interval", DEFAULT_INTERVAL))
    if "symbols" not in query:
        return AnalysisQuery(Request("", interval, as_of), ()), _count(query.get("count", str(USUAL_COUNT)))
    if "count" in query:
        raise Problem(400, "given beside symbols; one of them is enough", parameter="count")
    named = await _several(query, symbols, quote, SCANNED)
    request = asked_of(basket_of(named.found, named.name), interval, as_of)
    return AnalysisQuery(request, named.found), len(named.found)


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0
    if not 1 <= number <= MOST_SCANNED:
        raise Problem(400, f"expected a whole number from 1 to {MOST_SCANNED}", parameter="count")
    return number


def _check_names(query: MultiMapping[str], known: frozenset[str]) -> None:
    for name in query:
        if len(query.getall(name)) > 1:
            raise Problem(400, "given more than once", parameter=name[:40])
        if name not in known:
            raise Problem(
                400, f"unknown parameter; known are {', '.join(sorted(known))}", parameter=name[:40]
            )


async def _several(
    query: MultiMapping[str], symbols: SymbolPort, quote: str, takes: TakesBasket | None
) -> NamedSymbols:
    """Return the symbols of a list, separated by commas."""
    if takes is None:
        raise Problem(400, "this question takes one symbol; ask with symbol", parameter="symbols")
    if "symbol" in query:
        raise Problem(400, "given beside symbol; one of them is enough", parameter="symbols")
    words = [symbol_word(part) for part in query["symbols"].split(",")]
    known = [word for word in words if word is not None]
    if len(known) < len(words) or len(known) > MOST_WORDS:
        raise Problem(
            400,
            "expected listed symbols such as BTCUSDT,ETHUSDT, or a basket such as top20",
            parameter="symbols",
        )
    named = await read_symbols(symbols, known, quote=quote)
    if named.missing:
        said = "; ".join(f"{one.word} is {one.why}" for one in named.missing)
        near = tuple(_as_parameter(found) for one in named.missing for found in one.nearest)
        raise Problem(404, said, parameter="symbols", nearest=near)
    if (fault := named.fault(takes)) is not None:
        raise _wrong_number(fault)
    return named


def _wrong_number(fault: WrongNumber) -> Problem:
    takes = fault.takes
    said = f"expected {takes.fewest} to {takes.most} symbols, not {fault.count}"
    return Problem(400, f"{said}; ask with symbols=BTCUSDT,ETHUSDT or symbols=top20", parameter="symbols")


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
    if at < EARLIEST_MS:
        raise Problem(400, "lies before the exchange's first day", parameter="at")
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
