"""Any sequence of questions gets the answer a fresh look at the exchange would give."""

import asyncio
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.binance_api.exchange import HOUR, Exchange
from tests.support.clock import FakeClock
from utils.binance_api import schemas
from utils.binance_api.bars import Bars
from utils.binance_api.klines.backfill import PAGES_AT_ONCE, Backfill
from utils.binance_api.klines.pages import Page, PageRequest, page_of
from utils.binance_api.klines.reader import bars_of
from utils.binance_api.klines.store import KlineSeries, SeriesStore, rows_of
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
        found = await backfill.past(moment)
        assert (known is not None) == (len(self.asked) == before)
        if known is not None:
            assert known.values.tolist() == found.closed.values.tolist()
            assert known.open_time.tolist() == found.closed.open_time.tolist()
        return bars_of(SERIES, found, self.store.fetched_at)

    def truth(self, rows: int, moment: int) -> list[int]:
        opens = range(moment - 600 * HOUR - moment % HOUR, moment - HOUR + 1, HOUR)
        there = [t for t in opens if t >= self.exchange.first_open and t not in self.exchange.missing]
        return there[-rows:]


@settings(max_examples=150, deadline=None)
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


async def test_the_pages_before_the_newest_are_under_way_together() -> None:
    bench = Bench(missing=set(), born=0, most=100)
    release, under_way = asyncio.Event(), list[PageRequest]()

    async def held(series: KlineSeries, request: PageRequest) -> Page:
        under_way.append(request)
        if len(under_way) > 1:
            await release.wait()
        return await bench.fetch(series, request)

    asking = asyncio.create_task(
        Backfill(held, bench.clock, bench.clock.now_ms, 5.0, bench.series, bench.store, 450).live(
            unfinished=True
        )
    )
    await bench.clock.settle()
    assert len(under_way) == 1 + PAGES_AT_ONCE
    release.set()
    assert len((await asking).closed) == 450
    assert len(under_way) == 1 + PAGES_AT_ONCE
    ends = [request.end or 0 for request in under_way[1:]]
    assert ends == sorted(ends, reverse=True)
    assert len(set(ends)) == PAGES_AT_ONCE
