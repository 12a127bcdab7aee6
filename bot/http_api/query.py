"""Parse a query string into a request to a module; an invalid parameter is a 400 that names it."""

from multidict import MultiMapping

from analysis.framework.question import Request
from bot.http_api.problems import Problem
from bot.http_api.times import ms_of
from handlers.ports import SymbolFound, SymbolPort
from utils.binance_api.intervals import SHORTEST_MS

DEFAULT_INTERVAL = "4h"
PERPETUAL_SUFFIX = ".P"
PARAMETERS = frozenset({"symbol", "interval", "at"})
MAX_SYMBOL_LENGTH = 32


async def parse_query(query: MultiMapping[str], symbols: SymbolPort, *, quote: str, now_ms: int) -> Request:
    """Return the request. ``now_ms`` is market time (UTC ms); an ``at`` after it is in the future.

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
    return Request(found.symbol, interval, as_of, found.market)


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
    if not text or len(text) > MAX_SYMBOL_LENGTH or not text.isascii():
        raise Problem(400, "expected a listed symbol such as BTCUSDT or BTCUSDT.P", parameter="symbol")
    found = await symbols.resolve(text, quote=quote)
    if not isinstance(found, SymbolFound):
        raise Problem(
            404,
            f"symbol is {found.why}",
            parameter="symbol",
            nearest=tuple(map(_as_parameter, found.nearest)),
        )
    if text.upper().removesuffix(PERPETUAL_SUFFIX) != found.symbol:  # an API does not guess, unlike the chat
        raise Problem(404, "no such symbol", parameter="symbol", nearest=(_as_parameter(found),))
    return found


def _as_parameter(found: SymbolFound) -> str:
    return found.symbol + (PERPETUAL_SUFFIX if found.market == "futures" else "")
