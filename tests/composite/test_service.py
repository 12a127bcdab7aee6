"""From modules to composite scores: one gathering for all, what is missing said, what is asked passed on."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, ParamSpec, TypeVar, cast

import numpy as np
import pytest
from structlog.testing import capture_logs

from analysis.framework.content import content_of
from analysis.framework.missing import PART_FAILED
from analysis.framework.question import Basket, Instrument, Request
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.registry import MODULES
from composite.calendar import Calendar
from composite.declared import BY_NAME, SCORES
from composite.declared_scalars import declared_scalars
from composite.defaults import default_specs
from composite.events_around import EventsAround
from composite.jobs import ScoreJob, score_of
from composite.record import TrackRecord
from composite.result import Composite
from composite.service import DEADLINE_S, MOST_WAITS, CompositeService
from config.events import DatedEvent, EventTitle
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
ASKED: Final = Request("BTCUSDT", "1h")
CLOSES: Final = MIDNIGHT + HOUR * np.arange(1, 401, dtype=np.int64) - 1
TREND: Final = answer_with("trend", "trend.direction", CLOSES, np.linspace(-1, 1, 400))
DECISION: Final = DatedEvent(
    id="fomc",
    title=EventTitle(en="Rate decision", tr="Faiz kararı"),
    time=datetime.fromtimestamp(TREND.as_of / 1000, UTC),
    source="https://example.org",
)
DOWN: Final = Unavailable("made.up", "not now")


class Answers:
    """A runner of made answers by module; one that has none is down."""

    def __init__(self, found: Mapping[str, Analysis | Exception]) -> None:
        self._found = found
        self.asked: list[tuple[str, Request]] = []

    async def run(self, module_id: str, request: Request) -> Analysis:
        self.asked.append((module_id, request))
        one = self._found.get(module_id, DOWN)
        if isinstance(one, Exception):
            raise one
        return one


def service(runner: Answers, **changes: Any) -> CompositeService:
    return CompositeService(runner, MODULES, default_specs, clock=FakeClock(MIDNIGHT), **changes)


async def test_a_score_is_withheld_with_what_its_modules_did_not_say() -> None:
    found = await service(Answers({"trend": TREND})).score("trend_strength", ASKED)
    assert (found.score, found.raw) == (None, None)
    assert (found.symbol, found.as_of, found.bar_close) == ("BTCUSDT", TREND.as_of, TREND.bar_close)
    assert (found.price, found.changes) == (TREND.price, TREND.changes)
    by_input = {one.input: one for one in found.contributions}
    assert by_input["trend.direction"].value == 1.0
    assert str(by_input["sentiment.tilt"].reason) != "None"
    assert "made.up does not answer now" in {reason.text for reason in found.null_reasons}


async def test_it_says_when_its_price_is_an_older_close() -> None:
    older, other = Message("older_price", {"time": "2024-08-05"}), Message("gaps", {"count": 2})
    lead = replace(TREND, notes=(other, older))
    found = await service(Answers({"trend": lead})).score("trend_strength", ASKED)
    assert found.notes[0] == older
    assert other not in found.notes


async def test_the_first_fault_is_raised_where_nothing_answers_at_all() -> None:
    with pytest.raises(Unavailable, match=r"made\.up"):
        await service(Answers({})).all(ASKED)
    with pytest.raises(Unavailable, match=r"made\.up"):
        await service(Answers({})).score("trend_strength", ASKED)


async def test_what_was_measured_is_handed_on() -> None:
    record = cast(TrackRecord, object())
    made = service(Answers({}), records=lambda name, request: [record] if name == "trend_strength" else [])
    assert await made.evidence("trend_strength", ASKED) == (record,)
    assert await made.evidence("risk_exposure", ASKED) == ()


class Late:
    """A runner that answers after so many seconds."""

    def __init__(self, clock: FakeClock, after_s: float) -> None:
        self._clock, self._after_s = clock, after_s
        self._began: float | None = None

    async def run(self, module_id: str, request: Request) -> Analysis:
        self._began = self._clock.monotonic() if self._began is None else self._began
        await self._clock.sleep(self._began + self._after_s - self._clock.monotonic())
        return TREND


@pytest.mark.parametrize(
    ("after_s", "is_there"), [(DEADLINE_S + 1, True), (MOST_WAITS * DEADLINE_S + 1, False)]
)
async def test_a_score_without_any_module_waits_longer_but_not_for_ever(
    after_s: float, is_there: bool
) -> None:
    clock = FakeClock(MIDNIGHT)
    made = CompositeService(Late(clock, after_s), MODULES, default_specs, clock=clock)
    task = asyncio.create_task(made.score("trend_strength", ASKED))
    for _ in range(MOST_WAITS):
        await clock.settle()
        await clock.advance(round(1000 * DEADLINE_S))
    found = await task
    assert (found.coverage > 0) == is_there


class LateWeights(Late):
    """One in which module I alone is late."""

    async def run(self, module_id: str, request: Request) -> Analysis:
        return await super().run(module_id, request) if module_id == "allocate" else TREND


@pytest.mark.parametrize(
    ("after_s", "missing"),
    [(DEADLINE_S + 1, "no_data"), (MOST_WAITS * DEADLINE_S + 1, "still_computing")],
)
async def test_weights_wait_for_the_module_that_makes_them(after_s: float, missing: str) -> None:
    """The made answer of module I has no weights but a reason of its own, which shows that it was there."""
    clock = FakeClock(MIDNIGHT)
    made = CompositeService(LateWeights(clock, after_s), MODULES, default_specs, clock=clock)
    basket = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))
    task = asyncio.create_task(made.score("optimal_allocation", Request("BTCUSDT", "1d", basket=basket)))
    for _ in range(MOST_WAITS):
        await clock.settle()
        await clock.advance(round(1000 * DEADLINE_S))
    assert [reason.code for reason in (await task).null_reasons] == [missing]


class Events:
    """One event, at the last moment."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def around(self, request: Request) -> EventsAround:
        self.asked.append(request)
        return EventsAround(Calendar((DECISION,), funding_hours=0), "BTC")


async def test_events_near_the_moment_stand_beside_the_score() -> None:
    events = Events()
    found = await service(Answers({"trend": TREND}), events=events).score("trend_strength", ASKED)
    assert [(event.id, event.time) for event in found.events] == [("fomc", TREND.as_of)]
    assert events.asked == [ASKED]
    without = await service(Answers({"trend": TREND})).score("trend_strength", ASKED)
    assert without.events == ()


async def test_every_score_of_a_symbol_comes_in_the_declared_order() -> None:
    found = await service(Answers({"trend": TREND})).all(ASKED)
    assert [one.name for one in found] == [one.name for one in SCORES]
    risk = next(one for one in found if one.name == "risk_exposure")
    assert risk.score is None
    assert "made.up does not answer now" in {reason.text for reason in risk.null_reasons}


async def test_of_a_basket_only_scores_that_take_one_are_made_and_only_baskets_see_it() -> None:
    basket = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))
    runner = Answers({"trend": TREND, "allocate": answer_with("allocate", "none", CLOSES, np.ones(400))})
    found = await service(runner).all(Request("BTCUSDT", "1h", basket=basket))
    assert [one.name for one in found] == ["optimal_allocation"]
    assert {name: request.basket for name, request in runner.asked if name != "risk"} == {
        "allocate": basket,
        "corr": basket,
    }
    assert dict(runner.asked)["risk"].basket is None


@pytest.mark.parametrize("members", [0, 1])
async def test_weights_of_one_symbol_are_withheld_and_no_module_is_asked(members: int) -> None:
    basket = Basket((Instrument("spot", "BTCUSDT"),), "top1") if members else None
    runner = Answers({"allocate": answer_with("allocate", "none", CLOSES, np.ones(400))})
    found = await service(runner).score("optimal_allocation", Request("BTCUSDT", "1d", basket=basket))
    assert (found.weights, found.score) == ({}, None)
    assert found.null_reasons == (Reason("few_symbols", {"needs": 2}),)
    if basket is not None:
        (alone,) = await service(runner).all(Request("BTCUSDT", "1d", basket=basket))
        assert alone.null_reasons == found.null_reasons
    assert runner.asked == []


async def test_a_module_is_asked_on_the_interval_that_a_score_names_for_it() -> None:
    runner = Answers({"macro": answer_with("macro", "macro.backdrop", CLOSES, np.ones(400))})
    await service(runner).score("macro_sentiment", Request("BTCUSDT", "1h", as_of=MIDNIGHT + 7))
    asked = dict(runner.asked)
    assert (asked["corr"].interval, asked["sentiment"].interval) == ("1d", "1h")
    assert {request.as_of for request in asked.values()} == {MIDNIGHT + 7}


async def test_the_configuration_of_a_question_is_read_once() -> None:
    read: list[int] = []

    def specs() -> Any:
        read.append(1)
        return default_specs()

    made = CompositeService(Answers({"trend": TREND}), MODULES, specs, clock=FakeClock(MIDNIGHT))
    found = await asyncio.gather(made.all(ASKED), made.score("trend_strength", ASKED))
    assert (len(read), isinstance(found[1], Composite)) == (2, True)


async def test_a_defect_of_one_score_costs_that_score_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(job: ScoreJob) -> Composite:
        if job.spec.name == "trend_strength":
            raise ZeroDivisionError
        return score_of(job)

    monkeypatch.setattr("composite.jobs.score_of", broken)
    with capture_logs() as logs:
        found = await service(Answers({"trend": TREND})).all(ASKED)
    assert [one.name for one in found] == [one.name for one in SCORES]
    assert found[0].null_reasons == (PART_FAILED,)
    assert (found[0].score, found[0].coverage, found[0].config_hash) == (
        None,
        0.0,
        default_specs()["trend_strength"].digest,
    )
    assert "trend_strength" in [line["composite"] for line in logs if line["log_level"] == "error"]


async def test_a_score_of_a_running_bar_may_change_and_says_when_it_was_made() -> None:
    running = replace(TREND, is_final=False)
    found = await service(Answers({"trend": running})).score("trend_strength", ASKED)
    assert (found.is_final, found.computed_at) == (False, MIDNIGHT)


async def test_a_score_of_which_nothing_is_there_stands_at_the_asked_moment() -> None:
    past = replace(ASKED, as_of=MIDNIGHT - HOUR)
    asked = await service(Answers({"trend": TREND})).all(past)
    live = await service(Answers({"trend": TREND})).all(ASKED)
    assert {one.as_of for one in asked if one.name == "risk_exposure"} == {MIDNIGHT - HOUR}
    assert {one.as_of for one in live if one.name == "risk_exposure"} == {MIDNIGHT}


class Counting(ThreadPoolExecutor):
    """Threads that count their jobs."""

    def __init__(self) -> None:
        super().__init__(1)
        self.jobs = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        self.jobs += 1
        return super().submit(fn, *args, **kwargs)


class Walks(Answers):
    """Every module with all its scalars, each of which has a past of its own; what a module is asked for is all one."""

    def __init__(self) -> None:
        super().__init__({module.id: _walk(module.id) for module in MODULES if module.scalars})

    async def run(self, module_id: str, request: Request) -> Analysis:
        return replace(await super().run(module_id, request), interval=request.interval)


def _walk(module: str) -> Analysis:
    columns = {name: spec.kind for name, (owner, spec) in declared_scalars().items() if owner.id == module}
    rng = np.random.default_rng(sorted(declared_scalars()).index(min(columns)))
    values = {
        name: np.tanh(rng.normal(size=400)) if kind == "directional" else rng.uniform(0.001, 1.0, 400)
        for name, kind in columns.items()
    }
    each = [answer_with(module, name, CLOSES, column) for name, column in values.items()]
    scalars = tuple(
        replace(answer.scalars[0], kind=columns[name]) for name, answer in zip(values, each, strict=True)
    )
    # each module was read at a moment of its own
    return replace(
        each[0],
        as_of=int(CLOSES[-1]) + 1 + int(rng.integers(1000)),
        scalars=scalars,
        past=ScalarPast(CLOSES, values),
    )


class Year:
    """More of the past of every scalar."""

    def of(self, answers: Sequence[Analysis], *, live: bool) -> Mapping[str, ScalarPast]:
        assert live
        time = CLOSES[0] + HOUR * np.arange(-500, 100)
        return {
            one.module: ScalarPast(
                time, {name: np.resize(column[::-1], 600) for name, column in one.past.values.items()}
            )
            for one in answers
        }


class Remembered:
    """What liquidity pressure was published with in the hour before."""

    async def before(self, name: str, request: Request, moment: int) -> ScalarPast:
        rng = np.random.default_rng(3)
        time = moment - 60_000 * np.arange(60, 0, -1)
        return ScalarPast(time, {scalar: rng.uniform(-1, 1, 60) for scalar in BY_NAME[name].remembers})


def _content(composite: Composite) -> bytes:
    return b"".join(content_of(composite, lambda _: frozenset()))


async def test_all_scores_are_those_that_are_asked_for_alone() -> None:
    with Counting() as threads:
        beside = {"events": Events(), "pasts": Year(), "readings": Remembered()}
        asked: dict[str, Any] = {**beside, "executor": threads}
        together = await service(Walks(), **asked).all(ASKED)
        assert threads.jobs == 1
        alone = [await service(Walks(), **asked).score(one.name, ASKED) for one in SCORES]
    assert [one.name for one in together if one.score is None] == ["optimal_allocation"]
    assert len({one.as_of for one in together}) > 1
    for one, other in zip(together, alone, strict=True):
        assert _content(one) == _content(other), one.name


async def test_each_module_is_asked_once_an_interval_for_all_scores() -> None:
    runner = Walks()
    await service(runner).all(ASKED)
    asked = [(name, request.interval) for name, request in runner.asked]
    assert len(asked) == len(set(asked))
    assert {"trend", "regime", "flow", "micro", "macro", "risk"} <= dict(asked).keys()
    assert {interval for name, interval in asked if name == "corr"} == {"1h", "1d"}


async def test_a_worker_that_breaks_costs_the_scores_and_no_more() -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
            raise BrokenExecutor

    with Broken(1) as threads, capture_logs() as logs:
        found = await service(Answers({"trend": TREND}), executor=threads).all(ASKED)
    assert found[0].null_reasons == (PART_FAILED,)
    assert [line["log_level"] for line in logs] == ["error"]
