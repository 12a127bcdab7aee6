"""Events around a question: the coin's own, the next settlement alone, and what is left out where nothing answers."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final, cast

import numpy as np

from analysis.framework.question import Basket, Instrument, Request, Sources
from composite.calendar import hours_to_dated
from composite.events_around import EventReader, EventsAround
from config.events import DatedEvent, EventTitle
from utils.binance_api.symbols import Listed, SymbolTable
from utils.http.errors import Unavailable

HOUR: Final = 3_600_000
NOW: Final = 1_796_842_800_000 - 5 * HOUR
"""2026-12-09, a Wednesday, 14:00 UTC."""
DECISION: Final = DatedEvent(
    id="fomc",
    title=EventTitle(en="Rate decision", tr="Faiz kararı"),
    time=datetime(2026, 12, 9, 19, tzinfo=UTC),
    source="https://example.org",
)
UPGRADE: Final = DECISION.model_copy(
    update={"id": "upgrade", "time": datetime(2026, 12, 9, 16, tzinfo=UTC), "assets": ("ETH",)}
)
MOMENTS: Final = NOW - HOUR * np.arange(3, -1, -1, dtype=np.int64)


class Exchange:
    """An exchange with a spot and a futures table and a settlement every hour, or none that answers."""

    def __init__(self, *, answers: bool = True) -> None:
        self._answers = answers
        self.spot = SimpleNamespace(symbols=self._spot)
        self.futures = SimpleNamespace(symbols=self._futures, funding_interval_hours=self._hours)

    async def _spot(self) -> SymbolTable:
        return self._table("spot", Listed("ETHUSDT", "ETH", "USDT", "trading", "ETH", 1), _alone())

    async def _futures(self) -> SymbolTable:
        leaving = Listed("ETHUSDT", "ETH", "USDT", "trading", "ETH", 1, leaves_at=NOW + 2 * HOUR)
        return self._table("futures", leaving)

    async def _hours(self, symbol: str) -> SimpleNamespace:
        if not self._answers:
            raise Unavailable("made.up", symbol)
        return SimpleNamespace(value=1)

    def _table(self, market: str, *rows: Listed) -> SymbolTable:
        if not self._answers:
            raise Unavailable("made.up", "not now")
        listed = {row.symbol: row for row in rows}
        return SymbolTable("spot" if market == "spot" else "futures", listed, 0)


def _alone() -> Listed:
    return Listed("ALONEUSDT", "ALONE", "USDT", "trading", "ALONE", 1)


async def around(request: Request, *, answers: bool = True) -> EventsAround:
    sources = cast(Sources, SimpleNamespace(exchange=Exchange(answers=answers)))
    return await EventReader(sources, lambda: (UPGRADE, DECISION)).around(request)


async def test_a_coin_has_its_own_events_and_the_next_settlement() -> None:
    found = await around(Request("ETHUSDT", "1h"))
    assert [(one.id, (one.time - NOW) // HOUR) for one in found.near(NOW)] == [
        ("funding", 1),
        ("delisting.ethusdt", 2),
        ("upgrade", 2),
        ("fomc", 5),
    ]
    np.testing.assert_allclose(hours_to_dated(found.dated, MOMENTS), [5, 4, 3, 2])


async def test_a_past_moment_knows_no_delisting_and_the_usual_interval() -> None:
    found = await around(Request("ETHUSDT", "1h", as_of=NOW))
    assert [one.id for one in found.near(NOW)] == ["funding", "upgrade", "fomc"]
    assert found.near(NOW)[0].time == NOW + 2 * HOUR


async def test_a_coin_without_a_perpetual_is_never_settled() -> None:
    found = await around(Request("ALONEUSDT", "1h"))
    assert [one.id for one in found.near(NOW)] == ["fomc"]
    np.testing.assert_allclose(hours_to_dated(found.dated, MOMENTS), [8, 7, 6, 5])


async def test_where_the_exchange_does_not_answer_the_dated_events_stand() -> None:
    found = await around(Request("ETHUSDT", "1h"), answers=False)
    assert [one.id for one in found.near(NOW)] == ["fomc"]


async def test_a_basket_has_what_is_about_all_coins() -> None:
    basket = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))
    found = await around(Request("BTCUSDT", "1d", basket=basket))
    assert [one.id for one in found.near(NOW)] == ["fomc"]
