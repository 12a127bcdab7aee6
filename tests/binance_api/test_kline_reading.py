"""Any sequence of questions gets the answer a fresh look at the exchange would give."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.binance_api.exchange import HOUR, Exchange
from tests.support.clock import FakeClock
from utils.binance_api import schemas
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import MONTH, SHORTEST_MS, WEEK, first_open
from utils.binance_api.klines.backfill import PAGES_AT_ONCE, Backfill
from utils.binance_api.klines.pages import Page, PageRequest, page_of
from utils.binance_api.klines.reader import bars_of
from utils.binance_api.klines.store import SETTLE_MS, FoundRows, KlineSeries, SeriesStore, rows_of
from utils.binance_api.urls import FUTURES_TRADE_KLINES
from utils.waiting import Work, step

START = 1_700_000_000_000 // HOUR * HOUR
SERIES = KlineSeries(FUTURES_TRADE_KLINES, "trade", (("symbol", "BTCUSDT"),), "1h")


@dataclass(frozen=True)
class Question:
    """Ask for ``rows``, ``back_ms`` before now (``None``: live), after ``passed_ms``."""

    passed_ms: int
    rows: int
    back_ms: int | None


questions = st.builds(
    Question,
    passed_ms=st.one_of(st.integers(0, 4_000), st.integers(0, 30 * HOUR)),
    rows=st.integers(1, 60),
    back_ms=st.one_of(st.none(), st.integers(1_000, 300 * HOUR), st.integers(0, 80).map(lambda k: k * HOUR)),
)
gaps = st.sets(st.integers(-150, 60).map(lambda k: START + k * HOUR), max_size=25)


class Bench:
    """One series' store in front of an exchange in memory."""

    def __init__(self, missing: set[int], born: int, most: int | None = None) -> None:
        self.series = (
            SERIES if most is None else replace(SERIES, endpoint=replace(SERIES.endpoint, max_limit=most))
        )
        self.clock = FakeClock(START + 1_000_000)
        self.exchange = Exchange(self.clock)
        self.exchange.missing = missing
        self.exchange.first_open = born
        self.store = SeriesStore()
        self.asked: list[PageRequest] = []
        self.travel_ms = 0
        self.work = Work()
        self.seen: list[tuple[int, int]] = []

    async def fetch(self, series: KlineSeries, request: PageRequest) -> Page:
        self.asked.append(request)
        self.seen += [(step.done, step.total) for step in self.work.steps()]
        query = {"limit": request.limit, "startTime": request.start, "endTime": request.end}
        wire = self.exchange.bars({name: value for name, value in query.items() if value is not None})
        rows = rows_of([schemas.KlineRow(*row[:11]) for row in wire])
        sent = self.clock.now_ms()
        if self.travel_ms:
            await self.clock.advance(self.travel_ms)
        return page_of(rows, request, series.step_ms, sent_at=sent, fetched_at=self.clock.now_ms())

    async def ask(self, question: Question) -> Bars:
        await self.clock.advance(question.passed_ms)
        now_ms = self.clock.now_ms
        backfill = Backfill(self.fetch, self.clock, now_ms, 5.0, self.series, self.store, question.rows)
        if question.back_ms is None:
            return bars_of(SERIES, await backfill.live(unfinished=True), self.store.fetched_at)
        moment = now_ms() - question.back_ms
        known = self.store.known(question.rows, moment, SERIES.interval)
        before = len(self.asked)
        found = await self._settled(backfill.past(moment))
        assert (known is not None) == (len(self.asked) == before)
        if known is not None:
            assert known.values.tolist() == found.closed.values.tolist()
            assert known.open_time.tolist() == found.closed.open_time.tolist()
        return bars_of(SERIES, found, self.store.fetched_at)

    async def _settled(self, past: Coroutine[None, None, FoundRows]) -> FoundRows:
        """Let the pause pass that is made where the exchange has not begun the bar of this moment."""
        asking = asyncio.create_task(past)
        await self.clock.settle()
        while not asking.done():
            await self.clock.advance(2 * SETTLE_MS)
        return await asking

    def truth(self, rows: int, moment: int) -> list[int]:
        opens = range(moment - 600 * HOUR - moment % HOUR, moment - HOUR + 1, HOUR)
        there = [t for t in opens if t >= self.exchange.first_open and t not in self.exchange.missing]
        return there[-rows:]


@settings(max_examples=150, deadline=None)
@example(missing={START}, born=0, asked=[Question(0, 5, 0)], most=None)
@given(
    missing=gaps,
    born=st.sampled_from([0, START - 40 * HOUR]),
    asked=st.lists(questions, max_size=8),
    most=st.sampled_from([None, 7, 40]),
)
def test_answers_equal_a_fresh_look_and_the_past_is_never_asked_twice(
    missing: set[int], born: int, asked: list[Question], most: int | None
) -> None:
    asyncio.run(_check(Bench(missing, born, most), asked))


async def _check(bench: Bench, asked: list[Question]) -> None:
    for question in asked:
        bars = await bench.ask(question)
        back = question.back_ms or 0
        moment = bench.clock.now_ms() - back
        closed = bars.closed()
        assert closed.open_time.tolist() == bench.truth(question.rows, bars.as_of)
        assert np.all(closed.close_time < moment)
        if question.back_ms is None:
            unfinished = moment // HOUR * HOUR
            expected = [] if unfinished in bench.exchange.missing else [unfinished]
            assert bars.open_time[len(closed) :].tolist() == expected
        before = len(bench.asked)
        again = await bench.ask(Question(0, question.rows, question.back_ms))
        assert again.open_time.tolist() == bars.open_time.tolist()
        assert len(bench.asked) == before


async def test_the_pages_of_a_history_are_counted_while_they_are_read() -> None:
    bench = Bench(missing=set(), born=0, most=100)
    with bench.work.collecting(), step("history") as pages:
        now_ms = bench.clock.now_ms
        await Backfill(bench.fetch, bench.clock, now_ms, 5.0, bench.series, bench.store, 450, pages).live(
            unfinished=True
        )
    assert bench.seen == [(done, 5) for done in range(5)]


class Held:
    """Holds every page of a bench until all are released."""

    def __init__(self, bench: Bench) -> None:
        self.release = asyncio.Event()
        self.under_way: list[PageRequest] = []
        self._bench = bench

    async def fetch(self, series: KlineSeries, request: PageRequest) -> Page:
        self.under_way.append(request)
        await self.release.wait()
        return await self._bench.fetch(series, request)

    def ask(self, rows: int, moment: int | None) -> "asyncio.Task[FoundRows]":
        bench = self._bench
        backfill = Backfill(self.fetch, bench.clock, bench.clock.now_ms, 5.0, bench.series, bench.store, rows)
        found = backfill.live(unfinished=True) if moment is None else backfill.past(moment)
        return asyncio.create_task(found)


@pytest.mark.parametrize("past_ms", [None, 0, 1, 7 * HOUR + 1_234])
async def test_all_pages_of_a_new_history_are_under_way_together_and_none_is_asked_twice(
    past_ms: int | None,
) -> None:
    bench = Bench(missing=set(), born=0, most=100)
    hour = bench.clock.now_ms() // HOUR * HOUR
    held = Held(bench)
    asking = held.ask(450, None if past_ms is None else hour - past_ms)
    await bench.clock.settle()
    assert len(held.under_way) == 1 + PAGES_AT_ONCE
    held.release.set()
    assert len((await asking).closed) == 450
    assert len(held.under_way) == 1 + PAGES_AT_ONCE
    ends = [request.end or 0 for request in held.under_way[1:]]
    assert ends == sorted(ends, reverse=True)
    assert len(set(ends)) == PAGES_AT_ONCE


async def test_pages_before_a_series_began_are_empty_and_need_no_proof() -> None:
    bench = Bench(missing=set(), born=START - 150 * HOUR, most=100)
    held = Held(bench)
    held.release.set()
    found = await held.ask(450, None)
    assert int(found.closed.open_time[0]) == START - 150 * HOUR
    assert len(held.under_way) == 1 + PAGES_AT_ONCE


@pytest.mark.parametrize("interval", SHORTEST_MS)
def test_the_first_of_so_many_bars_is_where_the_grid_says(interval: str) -> None:
    last, step = START + 12_345, SHORTEST_MS[interval]
    found = first_open(last, 30, interval)
    assert last - 30 * step < found <= last - 29 * step
    if interval in ("3d", MONTH):  # no grid of a fixed step
        assert found == last - 29 * step
    elif step == WEEK:
        assert (
            datetime.fromtimestamp(found / 1000, UTC).strftime("%A %H:%M:%S.%f") == "Monday 00:00:00.000000"
        )
    else:
        assert found % step == 0


def test_what_is_kept_of_the_unfinished_bar_keeps_nothing_of_its_page() -> None:
    opens = [START + n * HOUR for n in range(3)]
    rows = rows_of(
        [schemas.KlineRow(t, 1.0, 2.0, 1.0, 2.0, 1.0, t + HOUR - 1, 1.0, 1, 1.0, 1.0) for t in opens]
    )
    page = page_of(rows, PageRequest(limit=5), HOUR, sent_at=START + 2 * HOUR + 5, fetched_at=0)
    assert page.unfinished.open_time.tolist() == [START + 2 * HOUR]
    for column in (
        page.unfinished.open_time,
        page.unfinished.close_time,
        page.unfinished.values,
        page.unfinished.trades,
    ):
        assert column.base is None
