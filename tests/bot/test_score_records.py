"""Published scores with what followed: from a real database, with the exchange and the database there or not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from analysis.framework.question import Basket, Instrument, Request, Sources, asked_of
from analysis.framework.reasons import Reason
from bot.score_records import ScoreRecords
from composite.judged import NO_BASKETS, NOT_YET, Aftermath, LiveRecord
from composite.published import series_of
from tests.composite.test_judged import FIRST, HOUR, bars, shown
from tests.store.databases import fresh_sqlite
from utils.binance_api.bars import Bars
from utils.http.errors import Unavailable
from utils.store.scores import PublishedScore
from utils.store.store import Store, open_store

ASKED = Request("BTCUSDT", "1h")


class Face:
    """A market that answers with six hourly bars, or with an error."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int, int]] = []
        self.fault: Exception | None = None

    async def klines(self, symbol: str, interval: str, *, rows: int, as_of: int) -> Bars:
        self.asked.append((symbol, interval, rows, as_of))
        if self.fault is not None:
            raise self.fault
        return bars().closed(as_of + 1)


class Bench:
    """Records over a database and a market."""

    def __init__(self, store: Store) -> None:
        self.store: Store | None = store
        self.spot = Face()
        exchange = SimpleNamespace(spot=self.spot, market_time_ms=lambda: FIRST + 6 * HOUR)
        self.records = ScoreRecords(lambda: self.store, Sources(cast("Any", exchange), cast("Any", None)))


def row(minutes: int, **changes: Any) -> PublishedScore:
    """A score of an hourly series, two hours ahead."""
    made = shown(minutes)
    return replace(made, interval="1h", ts=made.as_of, **changes)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_store(fresh_sqlite(tmp_path)) as store:
        await store.scores.append([row(10), row(250)])
        yield Bench(store)


async def read(bench: Bench, request: Request = ASKED) -> LiveRecord:
    found = await bench.records.published("trend_strength", request)
    assert isinstance(found, LiveRecord)
    return found


async def test_each_score_is_joined_with_the_bars_after_it(bench: Bench) -> None:
    first, last = (await read(bench)).scores
    assert isinstance(first.after, Aftermath)
    assert first.after.entry_time == FIRST + HOUR
    assert last.after == NOT_YET
    assert bench.spot.asked == [("BTCUSDT", "1h", 7, FIRST + 6 * HOUR)]


async def test_a_past_moment_knows_no_later_score_and_no_later_bar(bench: Bench) -> None:
    record = await read(bench, replace(ASKED, as_of=FIRST + 2 * HOUR))
    assert [one.after for one in record.scores] == [NOT_YET]


async def test_without_scores_nothing_is_asked(bench: Bench) -> None:
    assert (await read(bench, Request("ETHUSDT", "1h"))).scores == ()
    assert not bench.spot.asked


async def test_without_bars_the_scores_stand_with_the_reason(bench: Bench) -> None:
    bench.spot.fault = Unavailable("binance.spot.klines", "it does not answer")
    record = await read(bench)
    assert [one.row.score for one in record.scores] == [0.7, 0.7]
    gone = Reason("source_down", {"source": "binance.spot.klines"})
    assert [one.after for one in record.scores] == [gone, gone]


async def test_without_the_database_the_reason_is_given(bench: Bench) -> None:
    bench.store = None
    found = await bench.records.published("trend_strength", ASKED)
    assert isinstance(found, Reason)
    assert (found.code, found.params) == ("source_down", {"source": "database"})


async def test_a_basket_is_not_judged(bench: Bench) -> None:
    asked = asked_of(Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT"))), "1h")
    assert bench.store is not None
    subject = series_of("optimal_allocation", asked).subject
    await bench.store.scores.append([row(10, composite="optimal_allocation", subject=subject)])
    found = await bench.records.published("optimal_allocation", asked)
    assert isinstance(found, LiveRecord)
    assert [one.after for one in found.scores] == [NO_BASKETS]
    assert not bench.spot.asked
