"""Published scores: each that is shown about now once, none of a past moment, none lost to an outage."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import STILL_COMPUTING, Reason
from bot.publishing import PublishedComposites, ScorePublisher
from composite.published import series_of
from composite.record import TrackRecord
from composite.result import Composite
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from tests.support.composites import AS_OF, sample_composite
from tests.support.stream_exchange import eventually
from utils.store.scores import PublishedScore
from utils.store.store import Store, open_store

NOW = Request("BTCUSDT", "4h")
LATE = AS_OF + 86_400_000


class Composites:
    """Answers with what it is told."""

    def __init__(self) -> None:
        self.answer = sample_composite()

    async def score(self, name: str, request: Request) -> Composite:
        return self.answer

    async def all(self, request: Request) -> tuple[Composite, ...]:
        return (self.answer, sample_composite(name="risk_exposure"))

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        return ()


class Bench:
    """A publisher over a database that can be taken away."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.is_there = True
        self.publisher = ScorePublisher(
            lambda: self.store if self.is_there else None, clock, random.Random(1)
        )
        self.composites = Composites()
        self.port = PublishedComposites(self.composites, self.publisher)

    async def rows(self, name: str = "trend_strength") -> tuple[PublishedScore, ...]:
        await self.publisher.flush()
        return await self.store.scores.latest(series_of(name, NOW), until=LATE, most=100)


@pytest.fixture
async def bench(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Bench]:
    async with open_store(fresh_sqlite(tmp_path)) as store:
        made = Bench(store, clock)
        async with made.publisher.running():
            yield made


async def test_what_is_shown_is_kept_once(bench: Bench) -> None:
    shown = [await bench.port.score("trend_strength", NOW) for _ in range(3)]
    assert shown == [bench.composites.answer] * 3
    (row,) = await bench.rows()
    assert (row.score, row.as_of) == (0.3257, AS_OF)
    assert bench.publisher.waiting == 0


async def test_a_past_moment_is_not_kept(bench: Bench) -> None:
    past = Request("BTCUSDT", "4h", as_of=AS_OF)
    await bench.port.score("trend_strength", past)
    await bench.port.all(past)
    assert await bench.rows() == ()


async def test_every_score_of_a_card_is_kept(bench: Bench) -> None:
    assert len(await bench.port.all(NOW)) == 2
    assert len(await bench.rows()) == len(await bench.rows("risk_exposure")) == 1


async def test_an_answer_goes_out_without_the_database_and_its_row_waits(
    bench: Bench, clock: FakeClock
) -> None:
    bench.is_there = False
    assert (await bench.port.score("trend_strength", NOW)).score == 0.3257
    await clock.advance(6_000)
    await eventually(lambda: bench.publisher.waiting == 1)
    bench.is_there = True
    await eventually(lambda: bench.publisher.waiting == 0, clock, 1_000)
    assert len(await bench.rows()) == 1


async def test_a_score_that_waits_for_a_module_is_not_the_score_of_its_bar(bench: Bench) -> None:
    good = bench.composites.answer
    bench.composites.answer = sample_composite(score=None, null_reasons=(STILL_COMPUTING,))
    await bench.port.score("trend_strength", NOW)
    assert await bench.rows() == ()
    bench.composites.answer = good
    await bench.port.score("trend_strength", NOW)
    assert [row.score for row in await bench.rows()] == [0.3257]


async def test_a_score_that_is_withheld_for_good_is_kept(bench: Bench) -> None:
    bench.composites.answer = sample_composite(score=None, null_reasons=(Reason("low_coverage"),))
    await bench.port.score("trend_strength", NOW)
    assert [row.score for row in await bench.rows()] == [None]


async def test_evidence_passes_through(bench: Bench) -> None:
    assert await bench.port.evidence("trend_strength", NOW) == ()
