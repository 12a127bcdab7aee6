"""Where a question is answered: the asked market, the only one there is, and what stands beside it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from analysis.framework.question import Instrument, Listing, Request
from analysis.framework.reasons import Reason
from analysis.sources.listing import resolve_listing
from utils.binance_api.symbols import Listed, SymbolTable
from utils.http.errors import Unavailable

SPOT = SymbolTable(
    "spot",
    {
        name: Listed(name, base, "USDT", "trading", base, 1, 0.01)
        for name, base in (("BTCUSDT", "BTC"), ("SHIBUSDT", "SHIB"), ("ALONEUSDT", "ALONE"))
    },
    0,
)
FUTURES = SymbolTable(
    "futures",
    {
        "BTCUSDT": Listed("BTCUSDT", "BTC", "USDT", "trading", "BTC", 1, 0.1),
        "1000SHIBUSDT": Listed("1000SHIBUSDT", "1000SHIB", "USDT", "trading", "SHIB", 1000),
        "PERPUSDT": Listed("PERPUSDT", "PERP", "USDT", "trading", "PERP", 1, 0.001),
    },
    0,
)


class Tables:
    """An exchange that lists these symbols, or does not answer."""

    def __init__(self, spot: SymbolTable | None, futures: SymbolTable | None) -> None:
        self.spot = SimpleNamespace(symbols=lambda: self._answer("spot", spot))
        self.futures = SimpleNamespace(symbols=lambda: self._answer("futures", futures))
        self.asked = 0

    async def _answer(self, market: str, table: SymbolTable | None) -> SymbolTable:
        self.asked += 1
        if table is None:
            raise Unavailable(f"made.{market}", "not now")
        return table


async def resolved(request: Request, tables: Tables | None = None) -> Listing:
    exchange = tables or Tables(SPOT, FUTURES)
    return await resolve_listing(cast(Any, SimpleNamespace(exchange=exchange)), request)


async def test_a_spot_symbol_has_its_perpetual_beside_it() -> None:
    found = await resolved(Request("BTCUSDT", "1h"))
    assert found == Listing(
        Instrument("spot", "BTCUSDT"),
        Instrument("futures", "BTCUSDT"),
        1.0,
        "BTC",
        tick_size=0.01,
        counterpart_tick_size=0.1,
    )
    assert found.perpetual == Instrument("futures", "BTCUSDT")


async def test_prices_of_a_counterpart_of_another_multiple_are_brought_to_one_unit() -> None:
    spot = await resolved(Request("SHIBUSDT", "1h"))
    assert (spot.counterpart, spot.counterpart_scale) == (Instrument("futures", "1000SHIBUSDT"), 0.001)
    other = await resolved(Request("1000SHIBUSDT", "1h", market="futures"))
    assert (other.counterpart, other.counterpart_scale) == (Instrument("spot", "SHIBUSDT"), 1000.0)
    assert other.perpetual == Instrument("futures", "1000SHIBUSDT")


async def test_what_only_futures_list_is_answered_there_and_said() -> None:
    found = await resolved(Request("PERPUSDT", "1h"))
    missing = Reason("spot_missing", {"symbol": "PERPUSDT"})
    assert found == Listing(
        Instrument("futures", "PERPUSDT"), missing, asset="PERP", tick_size=0.001, notes=(missing,)
    )


async def test_a_missing_side_has_its_reason() -> None:
    alone = await resolved(Request("ALONEUSDT", "1h"))
    assert alone.counterpart == alone.perpetual == Reason("no_perpetual", {"symbol": "ALONEUSDT"})
    perpetual = await resolved(Request("PERPUSDT", "1h", market="futures"))
    assert perpetual.counterpart == Reason("spot_missing", {"symbol": "PERPUSDT"})
    assert perpetual.notes == ()


async def test_a_side_that_cannot_be_read_is_not_called_missing() -> None:
    unreadable = frozenset({"BTCUSDT", "PERPUSDT"})
    reason = Reason("unreadable_listing", {"symbol": "BTCUSDT"})
    odd_futures = Tables(SPOT, replace(FUTURES, rows={}, unreadable=unreadable))
    assert await resolved(Request("BTCUSDT", "1h"), odd_futures) == Listing(
        Instrument("spot", "BTCUSDT"), reason, asset="BTC", tick_size=0.01
    )
    odd_spot = Tables(replace(SPOT, rows={}, unreadable=unreadable), FUTURES)
    assert await resolved(Request("BTCUSDT", "1h"), odd_spot) == Listing(
        Instrument("spot", "BTCUSDT"), reason
    )
    found = await resolved(Request("PERPUSDT", "1h"), odd_spot)
    assert found.instrument == Instrument("spot", "PERPUSDT")


async def test_without_symbol_tables_the_asked_market_is_read_alone() -> None:
    down = await resolved(Request("BTCUSDT", "1h"), Tables(None, FUTURES))
    assert down == Listing(Instrument("spot", "BTCUSDT"), Reason("source_down", {"source": "made.spot"}))
    half = await resolved(Request("BTCUSDT", "1h"), Tables(SPOT, None))
    assert half.counterpart == Reason("source_down", {"source": "made.futures"})
    assert half.asset == "BTC"


async def test_a_listing_is_seen_from_the_perpetual_with_its_own_step_and_scale() -> None:
    spot = await resolved(Request("SHIBUSDT", "1h"))
    perpetual = spot.seen_from("futures")
    assert perpetual.instrument == perpetual.perpetual == Instrument("futures", "1000SHIBUSDT")
    assert (perpetual.counterpart, perpetual.counterpart_scale) == (Instrument("spot", "SHIBUSDT"), 1000.0)
    bitcoin = await resolved(Request("BTCUSDT", "1h"))
    assert (bitcoin.tick_size, bitcoin.seen_from("futures").tick_size) == (0.01, 0.1)
    assert perpetual.seen_from("futures") == perpetual.seen_from(None) == perpetual
    assert perpetual.seen_from("spot") == spot


async def test_without_a_perpetual_the_spot_market_is_kept_and_said() -> None:
    alone = (await resolved(Request("ALONEUSDT", "1h"))).seen_from("futures")
    assert alone.instrument == Instrument("spot", "ALONEUSDT")
    assert [note.text for note in alone.notes] == ["ALONEUSDT has no perpetual; spot bars are used"]
    down = (await resolved(Request("BTCUSDT", "1h"), Tables(SPOT, None))).seen_from("futures")
    assert down.instrument.market == "spot"
    assert down.notes == (Reason("source_down", {"source": "made.futures"}),)
