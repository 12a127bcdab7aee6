"""The calendar of a coin knows the file's events, announced delistings and the settlements of its perpetual."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from analysis.framework.question import Request, Sources
from composite.calendar import FUNDING_HOURS
from composite.calendar_source import CalendarSource
from utils.binance_api.symbols import Listed, SymbolTable
from utils.http.errors import Unavailable

LEAVES = 1_900_000_000_000
ASKED = Request("BTCUSDT", "1h")


def listed(symbol: str, leaves_at: int | None = None) -> Listed:
    asset = symbol.removesuffix("USDT")
    return Listed(
        symbol=symbol, base=asset, quote="USDT", state="trading", asset=asset, multiple=1, leaves_at=leaves_at
    )


def sources(*futures: Listed, hours: int | Exception = 4, down: bool = False) -> Sources:
    def table(market: Any, *rows: Listed) -> SymbolTable:
        return SymbolTable(market, {row.symbol: row for row in rows}, 0)

    async def spot() -> SymbolTable:
        return table("spot", listed("BTCUSDT"), listed("NEWUSDT"))

    async def perpetuals() -> SymbolTable:
        if down:
            raise Unavailable("futures", "not now")
        return table("futures", *futures)

    async def interval(symbol: str) -> SimpleNamespace:
        if isinstance(hours, Exception):
            raise hours
        return SimpleNamespace(value=hours)

    faces = {
        "spot": SimpleNamespace(symbols=spot),
        "futures": SimpleNamespace(symbols=perpetuals, funding_interval_hours=interval),
    }
    return cast(Sources, SimpleNamespace(exchange=SimpleNamespace(**faces)))


async def test_it_is_of_the_coin_with_the_settlements_of_its_perpetual() -> None:
    made = sources(listed("BTCUSDT"), listed("OLDUSDT", LEAVES))
    calendar, asset = await CalendarSource(made, ()).calendar(ASKED)
    assert (asset, calendar.funding_hours) == ("BTC", 4)
    assert [(one.asset, one.time) for one in calendar.delistings] == [("OLD", LEAVES)]


async def test_a_coin_without_a_perpetual_has_no_settlements() -> None:
    calendar, asset = await CalendarSource(sources(listed("BTCUSDT")), ()).calendar(Request("NEWUSDT", "1h"))
    assert (asset, calendar.funding_hours) == ("NEW", 0)


@pytest.mark.parametrize(
    "made", [sources(listed("BTCUSDT"), hours=Unavailable("futures", "not now")), sources(down=True)]
)
async def test_what_does_not_answer_leaves_the_usual_hours(made: Sources) -> None:
    calendar, asset = await CalendarSource(made, ()).calendar(ASKED)
    assert (asset, calendar.funding_hours, calendar.delistings) == ("BTC", FUNDING_HOURS, ())
