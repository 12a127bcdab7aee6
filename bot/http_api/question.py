"""From a query string to one question for a module; everything else is a 400 that names the parameter."""

from collections.abc import Mapping

from analysis.contract import Request
from bot.http_api.problems import Problem
from bot.http_api.times import ms_of
from handlers.ports import SymbolFound, SymbolPort
from utils.binance_api.intervals import SHORTEST_MS

DEFAULT_INTERVAL = "4h"
PERPETUAL_SUFFIX = ".P"
KNOWN = frozenset({"symbol", "interval", "at"})
LONGEST_SYMBOL = 32


async def read_question(query: Mapping[str, str], symbols: SymbolPort, *, quote: str, now_ms: int) -> Request:
    """Return what is asked. ``now_ms`` is market time (UTC ms), which a future ``at`` is measured by.

    Raises `Problem`: 400 for anything malformed, 404 for a symbol that is not listed.
    """
    for name in query:
        if name not in KNOWN:
            raise Problem(
                400, f"unknown parameter; known are {', '.join(sorted(KNOWN))}", parameter=name[:40]
            )
    as_of = _moment(query.get("at"), now_ms)
    interval = _interval(query.get("interval", DEFAULT_INTERVAL))
    found = await _listed(query.get("symbol", ""), symbols, quote)
    return Request(found.symbol, interval, as_of, found.market)


def _interval(text: str) -> str:
    if text not in SHORTEST_MS:
        raise Problem(400, f"expected one of {', '.join(SHORTEST_MS)}", parameter="interval")
    return text


def _moment(text: str | None, now_ms: int) -> int | None:
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
    if not text or len(text) > LONGEST_SYMBOL or not text.isascii():
        raise Problem(400, "expected a listed symbol such as BTCUSDT or BTCUSDT.P", parameter="symbol")
    answer = await symbols.resolve(text, quote=quote)
    if not isinstance(answer, SymbolFound):
        raise Problem(
            404, f"symbol is {answer.why}", parameter="symbol", nearest=tuple(map(_written, answer.nearest))
        )
    if (
        text.upper().removesuffix(PERPETUAL_SUFFIX) != answer.symbol
    ):  # the chat may guess, an interface must not
        raise Problem(404, "no such symbol", parameter="symbol", nearest=(_written(answer),))
    return answer


def _written(found: SymbolFound) -> str:
    return found.symbol + (PERPETUAL_SUFFIX if found.market == "futures" else "")
