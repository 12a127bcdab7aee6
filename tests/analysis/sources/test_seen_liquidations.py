"""Recorded liquidations: what had been received by the moment, of when the stream was received, else a reason."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.seen_liquidations import SeenLiquidations, fetch_seen_liquidations
from tests.store.databases import fresh_sqlite
from utils.binance_api.intervals import DAY, HOUR
from utils.recorder.history import History
from utils.recorder.names import LIQUIDATIONS
from utils.store.liquidations import Liquidation, Side
from utils.store.listening import EVERY_SYMBOL
from utils.store.store import Store, open_store

NOW = 1_718_000_000_000
PERPETUAL = Listing(Instrument("futures", "BTCUSDT"), Instrument("spot", "BTCUSDT"))
REQUEST = Request("BTCUSDT", "1h", as_of=NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(fresh_sqlite(tmp_path)) as opened:
        yield opened


def sources_of(store: Store | None) -> Sources:
    exchange = cast(Any, SimpleNamespace(market_time_ms=lambda: NOW))
    return Sources(exchange, History(exchange, lambda: store))


def order(ago: int, side: Side, *, told: int = 100) -> Liquidation:
    """A forced order of 2 units at 99, bankrupt at 98, received ``told`` ms later."""
    at = NOW - ago
    return Liquidation("BTCUSDT", at, side, 98.0, 2.0, 99.0, 2.0, at + told)


async def test_orders_are_valued_at_their_average_and_known_when_received(store: Store) -> None:
    await store.listening.heard(LIQUIDATIONS, EVERY_SYMBOL, since=NOW - 6 * HOUR, until=NOW)
    late = order(HOUR // 2, "BUY", told=HOUR)
    await store.liquidations.append(
        [order(3 * DAY, "SELL"), order(5 * HOUR, "SELL"), late, order(HOUR, "BUY")]
    )
    found = await fetch_seen_liquidations(sources_of(store), REQUEST, PERPETUAL, 2 * DAY)
    assert isinstance(found, SeenLiquidations)
    assert found.closes_long.tolist() == [True, False]
    np.testing.assert_allclose(found.notional, 2 * 99.0)
    assert (found.known_at <= NOW).all()
    assert found.since == NOW - 2 * DAY
    assert found.listened == pytest.approx(0.25)


async def test_a_day_without_listening_is_no_calm_day(store: Store) -> None:
    await store.listening.heard(LIQUIDATIONS, EVERY_SYMBOL, since=NOW - 3 * DAY, until=NOW - 2 * DAY)
    found = await fetch_seen_liquidations(sources_of(store), REQUEST, PERPETUAL, 5 * DAY)
    assert found == Reason("no_data", {"what": "record of liquidations"})
    assert await fetch_seen_liquidations(sources_of(None), REQUEST, PERPETUAL, DAY) == found


async def test_without_a_perpetual_there_is_nothing_to_see(store: Store) -> None:
    none = Reason("no_perpetual", {"symbol": "ALONEUSDT"})
    alone = Listing(Instrument("spot", "ALONEUSDT"), none)
    assert await fetch_seen_liquidations(sources_of(store), REQUEST, alone, DAY) == none
