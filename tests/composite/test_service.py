"""From modules to composite scores: one gathering for all, what is missing said, what is asked passed on."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np
import pytest
from structlog.testing import capture_logs

from analysis.arrays import Times
from analysis.framework.missing import PART_FAILED
from analysis.framework.question import Basket, Instrument, Request
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from composite.declared import SCORES
from composite.defaults import default_specs
from composite.events_around import EventsAround
from composite.jobs import score_of
from composite.record import TrackRecord
from composite.result import Composite, Event
from composite.service import DEADLINE_S, MOST_WAITS, CompositeService
from config.c_composite import CompositeSpec
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable

ASKED: Final = Request("BTCUSDT", "1h")
CLOSES: Final = MIDNIGHT + HOUR * np.arange(1, 401, dtype=np.int64) - 1
TREND: Final = answer_with("trend", "trend.direction", CLOSES, np.linspace(-1, 1, 400))
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
    """One event, near the last moment."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, int]] = []

    async def around(self, request: Request, time: Times) -> EventsAround:
        self.asked.append((request, int(time[-1])))
        return EventsAround((Event("one", "rate decision", int(time[-1]), "made"),), np.zeros(len(time)))


async def test_events_near_the_moment_stand_beside_the_score() -> None:
    events = Events()
    found = await service(Answers({"trend": TREND}), events=events).score("trend_strength", ASKED)
    assert [(event.id, event.time) for event in found.events] == [("one", TREND.as_of)]
    assert events.asked == [(ASKED, TREND.as_of)]
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
    def broken(spec: CompositeSpec, *rest: Any) -> Composite:
        if spec.name == "trend_strength":
            raise ZeroDivisionError
        return score_of(spec, *rest)

    monkeypatch.setattr("composite.service.score_of", broken)
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
