"""Announced delistings come from the symbol table, by time, and of a past moment none is known."""

from types import SimpleNamespace
from typing import cast

from analysis.framework.question import Request, Sources
from analysis.sources.delistings import Delisting, fetch_delistings
from utils.binance_api.symbols import Listed, State, SymbolTable

LATER, SOON = 1_900_000_000_000, 1_800_000_000_000


def listed(symbol: str, leaves_at: int | None, state: State = "trading") -> Listed:
    asset = symbol.removesuffix("USDT")
    return Listed(
        symbol=symbol, base=asset, quote="USDT", state=state, asset=asset, multiple=1, leaves_at=leaves_at
    )


def sources() -> Sources:
    rows = (
        listed("LATERUSDT", LATER),
        listed("OLDUSDT", SOON),
        listed("BTCUSDT", None),
        listed("GONEUSDT", SOON, "delisted"),
    )
    table = SymbolTable("futures", {row.symbol: row for row in rows}, 0)

    async def symbols() -> SymbolTable:
        return table

    exchange = SimpleNamespace(futures=SimpleNamespace(symbols=symbols))
    return cast(Sources, SimpleNamespace(exchange=exchange))


async def test_they_are_read_by_time() -> None:
    assert await fetch_delistings(sources(), Request("BTCUSDT", "1h")) == (
        Delisting("OLDUSDT", "OLD", SOON),
        Delisting("LATERUSDT", "LATER", LATER),
    )


async def test_none_is_known_of_a_past_moment() -> None:
    assert await fetch_delistings(sources(), Request("BTCUSDT", "1h", as_of=1)) == ()
