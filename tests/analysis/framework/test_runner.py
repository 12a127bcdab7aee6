"""The runner around a module whose inputs are made up: degradation, configuration, memory, processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from analysis import trend_moment
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import Listing, NeighbourPatience, Request, Sources
from analysis.framework.reasons import STILL_COMPUTING
from analysis.framework.result import Origin, collected_origins
from analysis.framework.runner import FIT_JOBS, Limits, Runner
from analysis.trend.inputs import TrendInputs, fit_keys
from analysis.trend.metrics import TrendSection
from config.base import ConfigModel
from config.c_cost import CostConfig
from config.c_trend import TrendConfig
from tests.analysis.trend.readings import inputs_of, read
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from tests.support.recorded import walk_bars
from utils.http.errors import Unavailable
from utils.priority import Attention, Urgency, background, beside, urgency
from utils.waiting import Work, step

BARS = walk_bars(1500, seed=21)
ASKED = Request("BTCUSDT", "4h", as_of=BARS.as_of)
LIVE = Request("BTCUSDT", "4h")


async def fetch(sources: Sources, listing: Listing, request: Request, config: TrendConfig) -> TrendInputs:
    del sources, listing, config
    if request.interval == "1d":
        raise Unavailable("made.up", "not now")
    if request.interval == "15m":
        return inputs_of(BARS.tail(20))
    return inputs_of(BARS)


MODULE: AnyModule = replace(trend_moment.MODULE, fetch=fetch)


class Settings:
    def __init__(self) -> None:
        self.sections: dict[str, ConfigModel] = {"trend": TrendSection(), "cost": CostConfig()}


@pytest.fixture
def settings() -> Settings:
    return Settings()


TWO_ANSWERS = 250_000
"""One of these answers takes 116 kB."""


class FullStreams:
    """An exchange without symbol tables, whose subscriptions are all taken; it notes who asked for one."""

    def __init__(self, clock: FakeClock) -> None:
        self.market_time_ms = clock.now_ms
        self.spot = self.futures = SimpleNamespace(symbols=self.symbols)
        self.watched: list[tuple[str, set[str], str]] = []

    async def symbols(self) -> None:
        raise Unavailable("made.up", "not now")

    def watch(self, symbol: str, intervals: set[str], market: str) -> None:
        self.watched.append((symbol, intervals, market))
        raise Unavailable("made.up", "all subscriptions are taken")


@pytest.fixture
def exchange(clock: FakeClock) -> FullStreams:
    return FullStreams(clock)


@pytest.fixture
async def runner(settings: Settings, clock: FakeClock, exchange: FullStreams) -> AsyncIterator[Runner]:
    sources = cast(Any, SimpleNamespace(exchange=exchange))
    made = Runner(
        sources, (MODULE,), lambda: settings.sections, clock=clock, limits=Limits(answer_bytes=TWO_ANSWERS)
    )
    yield made
    await made.close()


async def test_full_streams_do_not_hinder_an_answer(runner: Runner, exchange: FullStreams) -> None:
    answer = await runner.run("trend", LIVE, other_timeframes=True)
    assert answer.score is not None
    assert exchange.watched == [("BTCUSDT", {"15m", "1h", "4h", "1d"}, "spot")]
    await runner.run("trend", ASKED, other_timeframes=True)
    assert len(exchange.watched) == 1


async def test_other_timeframes_that_fail_or_know_too_little_say_why(runner: Runner) -> None:
    answer = await runner.run("trend", ASKED, other_timeframes=True)
    said = {
        n.interval: (n.score is not None, n.reason.code if n.reason else None)
        for n in answer.other_timeframes
    }
    assert said == {"15m": (False, "low_coverage"), "1h": (True, None), "1d": (False, "source_down")}
    assert answer.score == read(inputs_of(BARS)).score


async def test_the_asked_interval_fails_typed(runner: Runner) -> None:
    with pytest.raises(Unavailable):
        await runner.run("trend", replace(ASKED, interval="1d"))


async def test_a_changed_configuration_is_computed_anew(runner: Runner, settings: Settings) -> None:
    before = await runner.run("trend", ASKED)
    settings.sections = {**settings.sections, "trend": TrendSection(rsi_period=21)}
    after = await runner.run("trend", ASKED)
    assert before.config_hash != after.config_hash
    assert before.metric("rsi_14").value != after.metric("rsi_14").value


async def test_a_past_answer_is_remembered_until_pushed_out(runner: Runner) -> None:
    first = await runner.run("trend", ASKED)
    assert (await runner.run("trend", ASKED)).series is first.series
    for as_of in (1, 2):
        await runner.run("trend", replace(ASKED, as_of=as_of))
    assert runner.counts["computed"] == 3
    await runner.run("trend", ASKED)
    assert runner.counts["computed"] == 4
    assert runner.counts["fitted"] == len(fit_keys(inputs_of(BARS), TrendSection()))


async def test_fits_are_made_side_by_side(settings: Settings, clock: FakeClock) -> None:
    submitted: list[int] = []

    class Heavy(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            submitted.append(len(args[-1]))
            return super().submit(fn, *args, **kwargs)

    with Heavy(FIT_JOBS) as heavy:
        sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
        runner = Runner(sources, (MODULE,), lambda: settings.sections, clock=clock, heavy=heavy)
        await runner.run("trend", ASKED)
        await runner.close()
    assert len(submitted) == FIT_JOBS
    assert sum(submitted) == runner.counts["fitted"] == len(fit_keys(inputs_of(BARS), TrendSection()))
    assert max(submitted) - min(submitted) <= 1


async def test_fits_are_kept_up_to_so_many_bytes(settings: Settings, clock: FakeClock) -> None:
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    runner = Runner(sources, (MODULE,), lambda: settings.sections, clock=clock, limits=Limits(fit_bytes=1))
    await runner.run("trend", LIVE)
    first = runner.counts["fitted"]
    await runner.run("trend", LIVE)
    assert runner.counts["fitted"] == 2 * first - 1  # one is always kept
    await runner.close()


async def test_an_answer_says_where_it_came_from(runner: Runner) -> None:
    async def origins() -> list[Origin]:
        with collected_origins() as found:
            await runner.run("trend", ASKED, other_timeframes=True)
        return found

    first, second = await asyncio.gather(origins(), origins())
    assert (first, second) == (["computed"], ["shared"])
    assert await origins() == ["remembered"]


async def test_a_live_answer_whose_next_bar_is_due_is_not_kept(runner: Runner) -> None:
    await runner.run("trend", LIVE)  # the made-up bars end long before the clock's time
    await runner.run("trend", LIVE)
    assert (runner.counts["computed"], runner.counts["remembered"]) == (2, 0)


async def test_another_process_gives_the_same_answer(settings: Settings, clock: FakeClock) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
        made = Runner(sources, (MODULE,), lambda: settings.sections, clock=clock, executor=pool)
        answer = await made.run("trend", ASKED)
        path = await made.trace("trend", ASKED, 1500)
        await made.close()
    assert answer.score == read(inputs_of(BARS)).score == path.score[-1]


async def test_another_timeframes_score_stands_until_its_next_bar_closes(settings: Settings) -> None:
    clock = FakeClock(BARS.as_of)
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    runner = Runner(sources, (MODULE,), lambda: settings.sections, clock=clock)
    asked = Request("BTCUSDT", "1h")
    await runner.run("trend", asked, other_timeframes=True)
    first = runner.counts["computed"]
    await clock.advance(Limits().live_ms + 1)
    await runner.run("trend", asked, other_timeframes=True)
    own_answer = 1
    # the 15m reading withholds its score, 4h stands; both were made from bars that have not changed
    assert runner.counts["computed"] == first + own_answer
    await clock.advance(4 * 3_600_000)
    await runner.run("trend", asked, other_timeframes=True)
    assert runner.counts["computed"] > first + 2 * own_answer
    await runner.close()


async def test_another_timeframes_score_of_what_is_published_between_closes_stands_for_a_minute(
    settings: Settings,
) -> None:
    clock = FakeClock(BARS.as_of)
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    runner = Runner(sources, (replace(MODULE, job="async"),), lambda: settings.sections, clock=clock)
    asked = Request("BTCUSDT", "1h")
    computed = list[int]()
    for wait_ms in (0, Limits().live_ms + 1, 60_000):
        await clock.advance(wait_ms)
        before = runner.counts["computed"]
        await runner.run("trend", asked, other_timeframes=True)
        computed.append(runner.counts["computed"] - before)
    with_others, alone, minute_later = computed
    assert alone == 1
    assert minute_later == with_others > 1
    await runner.close()


async def test_a_question_joins_background_work_and_makes_it_urgent(
    settings: Settings, clock: FakeClock
) -> None:
    release, urgencies = asyncio.Event(), list[Urgency]()

    async def slow(*arguments: Any) -> TrendInputs:
        urgencies.append(urgency())
        await release.wait()
        urgencies.append(urgency())
        return await fetch(*arguments)

    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    module: AnyModule = replace(MODULE, fetch=slow)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    with background():
        warming = asyncio.create_task(made.run("trend", ASKED))
    await clock.settle()
    asked = asyncio.create_task(made.run("trend", ASKED))
    await clock.settle()
    release.set()
    await asyncio.gather(warming, asked)
    assert urgencies == [Urgency.BACKGROUND, Urgency.ANSWER]
    assert (made.counts["computed"], made.counts["shared"]) == (1, 1)
    await made.close()


class SlowNeighbours:
    """Reads the asked interval at once and the others when released; notes what was read how urgently."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.read: list[tuple[str, Urgency]] = []

    async def __call__(self, sources: Any, listing: Any, request: Request, config: Any) -> TrendInputs:
        self.read.append((request.interval, urgency()))
        if request.interval != ASKED.interval:
            await self.release.wait()
        return await fetch(sources, listing, replace(request, interval="4h"), config)


@pytest.mark.parametrize(
    "patience", [NeighbourPatience(after_s=2.0, total_s=60.0), NeighbourPatience(after_s=60.0, total_s=2.0)]
)
async def test_an_answer_does_not_wait_for_late_neighbours(
    settings: Settings, clock: FakeClock, patience: NeighbourPatience
) -> None:
    neighbours, sources = SlowNeighbours(), cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    module: AnyModule = replace(MODULE, fetch=neighbours)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    asked = asyncio.create_task(made.run("trend", ASKED, other_timeframes=True, patience=patience))
    while not clock.sleeping:  # the answer is there, its patience begins
        await clock.settle()
    await clock.advance(1_900)
    assert not asked.done()
    await clock.advance(200)
    first = await asyncio.wait_for(asked, PATIENCE_S)
    assert first.score is not None
    assert all(other.reason == STILL_COMPUTING for other in first.other_timeframes)
    assert {read for read in neighbours.read if read[0] != "4h"} == {
        (interval, Urgency.BESIDE) for interval in ("15m", "1h", "1d")
    }
    neighbours.release.set()
    second = await made.run("trend", ASKED, other_timeframes=True, patience=NeighbourPatience(60.0, 60.0))
    assert [other.interval for other in second.other_timeframes] == ["15m", "1h", "1d"]
    assert all(other.score is not None for other in second.other_timeframes)
    assert len(neighbours.read) == 4  # what was begun has been finished, nothing was read twice
    await made.close()


async def test_few_answers_that_nobody_waits_for_read_at_once(settings: Settings, clock: FakeClock) -> None:
    neighbours, sources = SlowNeighbours(), cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    module: AnyModule = replace(MODULE, fetch=neighbours)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock, limits=Limits(beside=2))
    requests = [replace(ASKED, symbol=symbol, interval="1h") for symbol in ("ETHUSDT", "SOLUSDT", "XRPUSDT")]
    with beside():
        watched = [asyncio.create_task(made.run("trend", request)) for request in requests]
    await clock.settle()
    assert [interval for interval, _ in neighbours.read] == ["1h", "1h"]
    await asyncio.wait_for(made.run("trend", ASKED), PATIENCE_S)
    person = asyncio.create_task(made.run("trend", requests[-1]))
    await clock.settle()
    assert [interval for interval, _ in neighbours.read] == ["1h", "1h", "4h", "1h"]
    neighbours.release.set()
    assert all(answer.score is not None for answer in await asyncio.gather(person, *watched))
    assert len(neighbours.read) == 4
    await made.close()


async def test_who_waited_for_the_answer_does_not_wait_for_its_neighbours(
    settings: Settings, clock: FakeClock
) -> None:
    neighbours, sources = SlowNeighbours(), cast(Any, SimpleNamespace(exchange=FullStreams(clock)))

    async def slow(sources: Any, listing: Any, request: Request, config: Any) -> TrendInputs:
        if request.interval == ASKED.interval:
            await clock.sleep(3.0)
        return await neighbours(sources, listing, request, config)

    module: AnyModule = replace(MODULE, fetch=slow)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    patience = NeighbourPatience(after_s=2.0, total_s=3.0)
    asked = asyncio.create_task(made.run("trend", ASKED, other_timeframes=True, patience=patience))
    while not clock.sleeping:
        await clock.settle()
    await clock.advance(3_000)
    answer = await asyncio.wait_for(asked, PATIENCE_S)
    assert [other.reason for other in answer.other_timeframes] == [STILL_COMPUTING] * 3
    neighbours.release.set()
    await made.close()


async def test_a_defect_in_another_timeframe_leaves_the_answer(settings: Settings, clock: FakeClock) -> None:
    async def broken(sources: Any, listing: Any, request: Request, config: Any) -> TrendInputs:
        if request.interval == "1h":
            raise ZeroDivisionError("no bars")
        return await fetch(sources, listing, replace(request, interval="4h"), config)

    module: AnyModule = replace(MODULE, fetch=broken)
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    with capture_logs() as logs:
        answer = await made.run("trend", ASKED, other_timeframes=True)
    assert answer.score is not None
    assert [near.interval for near in answer.other_timeframes if near.reason == PART_FAILED] == ["1h"]
    assert [(log["log_level"], log["interval"]) for log in logs] == [("error", "1h")]
    await made.close()


async def test_neighbours_begin_when_the_answer_has_its_inputs(settings: Settings, clock: FakeClock) -> None:
    release, read = asyncio.Event(), list[str]()

    async def slow(sources: Any, listing: Any, request: Request, config: Any) -> TrendInputs:
        read.append(request.interval)
        if request.interval == ASKED.interval:
            await release.wait()
        return await fetch(sources, listing, replace(request, interval="4h"), config)

    module: AnyModule = replace(MODULE, fetch=slow)
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    asked = asyncio.create_task(made.run("trend", ASKED, other_timeframes=True))
    await clock.settle()
    assert read == ["4h"]
    release.set()
    assert all(other.score is not None for other in (await asked).other_timeframes)
    assert sorted(read[1:]) == ["15m", "1d", "1h"]
    await made.close()


async def test_who_joins_a_question_sees_the_same_steps_as_who_asked_it_first(
    settings: Settings, clock: FakeClock
) -> None:
    release = asyncio.Event()

    async def slow(*arguments: Any) -> TrendInputs:
        with step("history", symbol="BTCUSDT", interval="4h", series="trade"):
            await release.wait()
        return await fetch(*arguments)

    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    module: AnyModule = replace(MODULE, fetch=slow)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock)
    works, asked = (Work(), Work()), []
    for work in works:
        with work.collecting():
            asked.append(asyncio.create_task(made.run("trend", ASKED)))
        await clock.settle()
    assert [[found.kind for found in work.steps()] for work in works] == [["history"], ["history"]]
    release.set()
    await asyncio.gather(*asked)
    assert [list(work.steps()) for work in works] == [[], []]
    assert made.counts["shared"] == 1
    await made.close()


class HeldJobs(Executor):
    """Does a job when told to."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, job: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, partial(job, *arguments, **more)))
        return future

    def do_one(self) -> None:
        future, job = self.jobs.pop(0)
        future.set_result(job())


async def test_fits_are_counted_while_somebody_waits_for_them(settings: Settings, clock: FakeClock) -> None:
    heavy, sources = HeldJobs(), cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    made = Runner(sources, (MODULE,), lambda: settings.sections, clock=clock, heavy=heavy)
    work = Work()
    with work.collecting():
        asked = asyncio.create_task(made.run("trend", ASKED))
    await clock.settle()
    (begun,) = work.steps()
    assert (begun.kind, begun.of["interval"], begun.done) == ("fit", "4h", 0)
    shares = len(heavy.jobs)
    heavy.do_one()
    await clock.settle()
    seen = list(work.steps())
    assert shares == 1 or (0 < seen[0].done < seen[0].total == begun.total)
    while not asked.done():
        while heavy.jobs:
            heavy.do_one()
        await asyncio.wait({asked}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    assert (await asked).score is not None
    await made.close()


async def test_background_work_waits_while_somebody_asks(settings: Settings, clock: FakeClock) -> None:
    attention, sources = Attention(clock), cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    quiet: list[bool] = []

    async def watched(*arguments: Any) -> TrendInputs:
        quiet.append(attention.is_quiet)
        return await fetch(*arguments)

    module: AnyModule = replace(MODULE, fetch=watched)
    made = Runner(sources, (module,), lambda: settings.sections, clock=clock, attention=attention)
    with background():
        await made.run("trend", LIVE)
    await clock.advance(10_000)
    await made.run("trend", ASKED)
    assert quiet == [True, False]
    await made.close()
