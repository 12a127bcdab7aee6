"""Liquidity pressure remembers: the readings of published scores come back, through both databases."""

import random
from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.registry import MODULES
from bot.publishing import PublishedComposites, ScorePublisher
from bot.score_readings import ScoreReadings
from composite.defaults import default_specs
from composite.result import Composite
from composite.service import CompositeService
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.clock import FakeClock
from utils.store.scores import ScoreSubject
from utils.store.store import Store
from utils.units import MINUTE_MS

NAME: Final = "liquidity_pressure"
ASKED: Final = Request("BTCUSDT", "1m")
SLOPE: Final = 0.5
MONTH_MS: Final = 30 * 24 * HOUR


class Ticks:
    """Order flow and best prices of made-up minutes, known at the moment asked alone."""

    def __init__(self) -> None:
        self.now, self.pressure, self.alpha = MIDNIGHT, 0.0, 0.0

    async def run(self, module_id: str, request: Request) -> Analysis:
        name, value = {
            "flow": ("flow.pressure", self.pressure),
            "micro": ("micro.alpha", self.alpha),
        }[module_id]
        now = self.now if request.as_of is None else request.as_of
        closes = np.array([now - 1 - MINUTE_MS, now - 1], dtype=np.int64)
        made = answer_with(module_id, name, closes, np.array([np.nan, value]), interval="1m")
        scalar = replace(made.scalars[0], horizon_s=60.0, as_of=now)
        return replace(made, interval=request.interval, is_final=False, as_of=now, scalars=(scalar,))


class Bench:
    """A service that publishes into a database and remembers by it."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.ticks, self.clock = Ticks(), clock
        self.opened: Store | None = store
        self.publisher = ScorePublisher(lambda: self.opened, clock, random.Random(1))
        self.service = CompositeService(
            self.ticks,
            MODULES,
            default_specs,
            clock=clock,
            readings=ScoreReadings(lambda: self.opened),
        )
        self.port = PublishedComposites(self.service, self.publisher)

    async def minutes(self, count: int, request: Request = ASKED) -> None:
        """Ask once a minute; best prices lean ``SLOPE`` of the flow and a little on their own."""
        rng = np.random.default_rng(5)
        for _ in range(count):
            self.ticks.pressure = float(rng.uniform(-0.5, 0.5))
            self.ticks.alpha = SLOPE * self.ticks.pressure + float(rng.uniform(-0.01, 0.01))
            await self.port.score(NAME, request)
            self.ticks.now += MINUTE_MS
        await self.publisher.flush()

    async def now(self, pressure: float = 0.2, alpha: float = 0.3, request: Request = ASKED) -> Composite:
        self.ticks.pressure, self.ticks.alpha = pressure, alpha
        return await self.service.score(NAME, request)


@pytest.fixture
async def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock)


def alpha_of(found: Composite) -> tuple[float | None, Reason | None]:
    (one,) = [one for one in found.contributions if one.input == "micro.alpha"]
    return one.value, one.reason


def residual_of(found: Composite) -> tuple[float | None, Reason | None]:
    part = found.part("residual")
    assert part is not None
    return part.value, part.reason


def few(has: int) -> Reason:
    return Reason("few_readings", {"needs": 60, "has": has})


async def test_with_59_readings_the_residual_is_missing_and_the_raw_alpha_is_published(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(59)
        found = await bench.now()
    assert alpha_of(found) == (None, few(59))
    assert residual_of(found) == (None, few(59))
    assert found.raw == pytest.approx(0.5 + 0.5 * 0.2)
    part = found.part("alpha")
    assert part is not None
    assert part.value == 0.3


async def test_with_60_readings_the_residual_counts(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(60)
        found = await bench.now()
    assert alpha_of(found) == (0.3, None)
    assert found.coverage == 1.0
    residual, reason = residual_of(found)
    assert residual == pytest.approx(0.3 - SLOPE * 0.2, abs=0.01)
    assert residual is not None
    assert reason is None
    weight = {one.input: one.effective for one in found.contributions}
    mean = (weight["flow.pressure"] * 0.2 + weight["micro.alpha"] * residual) / sum(weight.values())
    assert found.raw == pytest.approx(0.5 + 0.5 * mean)


async def test_a_reading_of_the_moment_or_later_is_not_looked_at(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(61)
        at_last = replace(ASKED, as_of=MIDNIGHT + 60 * MINUTE_MS)
        known = [await bench.now(request=replace(ASKED, as_of=MIDNIGHT + n * MINUTE_MS)) for n in (0, 59, 60)]
        before = residual_of(await bench.now(request=at_last))
        await bench.port.score(NAME, ASKED)
        bench.ticks.pressure, bench.ticks.alpha = 1.0, -1.0
        bench.ticks.now += MINUTE_MS
        await bench.port.score(NAME, ASKED)
        await bench.publisher.flush()
        after = residual_of(await bench.now(request=at_last))
    assert [alpha_of(one)[1] for one in known] == [few(0), few(59), None]
    assert before == after


async def test_whichever_interval_was_asked_it_is_the_same_reading_and_one_a_minute(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(30)
        await bench.minutes(30, replace(ASKED, interval="4h"))
        bench.ticks.now -= MINUTE_MS
        await bench.port.score(NAME, ASKED)
        bench.ticks.now += MINUTE_MS
        await bench.publisher.flush()
        assert alpha_of(await bench.now())[1] is None
        bench.ticks.now -= MINUTE_MS // 2
        assert alpha_of(await bench.now(request=Request("ETHUSDT", "1m")))[1] == few(0)
        stored = await parts_of(bench)
    assert len(stored) == 61


async def parts_of(bench: Bench) -> tuple[object, ...]:
    assert bench.opened is not None
    of = ScoreSubject(NAME, "BTCUSDT", "spot")
    return await bench.opened.scores.parts(of, ("alpha",), since=0, before=2**62, most=1_000)


async def test_what_is_older_than_a_week_is_another_market(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(60)
        bench.ticks.now += MONTH_MS
        assert alpha_of(await bench.now())[1] == few(0)


async def test_without_the_database_the_score_stands_and_says_so_and_nothing_is_lost(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(59)
        there, bench.opened = bench.opened, None
        lost = await bench.port.score(NAME, ASKED)
        assert lost.score is not None
        assert alpha_of(lost)[1] == Reason("source_down", {"source": "database"})
        bench.opened = there
        await bench.publisher.flush()
        bench.ticks.now += MINUTE_MS
        assert alpha_of(await bench.now())[1] is None


async def test_a_score_published_without_a_part_has_none_of_it(bench: Bench) -> None:
    async with bench.publisher.running():
        await bench.minutes(2)
        await bench.now(alpha=float("nan"))
        readings = ScoreReadings(lambda: bench.opened)
        past = await readings.before(NAME, ASKED, bench.ticks.now)
        stored = await bench_parts(bench, ("alpha", "unheard_of"))
    assert isinstance(past, ScalarPast)
    assert past.time.tolist() == [MIDNIGHT, MIDNIGHT + MINUTE_MS]
    assert sorted(past.values) == ["flow.pressure", "micro.alpha"]
    assert [values[1] for values in stored] == [None, None]


async def bench_parts(bench: Bench, names: tuple[str, ...]) -> list[tuple[float | None, ...]]:
    assert bench.opened is not None
    of = ScoreSubject(NAME, "BTCUSDT", "spot")
    found = await bench.opened.scores.parts(of, names, since=0, before=2**62, most=1_000)
    return [one.values for one in found]
