"""Modules asked side by side: what fails or is late is said, the rest is aligned, and nothing looks ahead."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, cast

import numpy as np
import pytest
from structlog.testing import capture_logs

from analysis import corr_lead, onchain, risk_expos, trend_moment
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import Basket, Instrument, Listing, Request, Scope, Sources, SourceStamp
from analysis.framework.reasons import STILL_COMPUTING
from analysis.framework.result import Analysis
from analysis.framework.runner import Runner
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import TrendSection
from composite.gather import Ask, Found, Gathered, ModuleRunner, ask_modules
from composite.gather import gathered as gathered_of
from config.c_cost import CostConfig
from config.c_trend import TrendConfig
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.modules.inputs import trend as made
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable

TREND, MACRO, RISK = trend_moment.MODULE, onchain.MODULE, risk_expos.MODULE
ASKED: Final = Request("BTCUSDT", "1h")
CLOSES: Final = MIDNIGHT + HOUR * np.arange(1, 31, dtype=np.int64) - 1
HOURLY: Final = answer_with("trend", "trend.direction", CLOSES, np.arange(30.0))
DAILY: Final = answer_with("macro", "macro.backdrop", CLOSES[23:24], np.ones(1), interval="1d")


class Answers:
    """A runner of made answers by module: an error is raised, ``None`` never comes."""

    def __init__(self, found: Mapping[str, Analysis | Exception | None]) -> None:
        self._found = found
        self.asked: list[tuple[str, Request]] = []

    async def run(self, module_id: str, request: Request) -> Analysis:
        self.asked.append((module_id, request))
        one = self._found[module_id]
        if one is None:
            await asyncio.get_running_loop().create_future()
        if isinstance(one, Exception):
            raise one
        return cast(Analysis, one)


async def found_by(
    runner: ModuleRunner,
    clock: FakeClock,
    modules: Sequence[AnyModule] = (MACRO, TREND, RISK),
    request: Request = ASKED,
    deadline_s: float = 2.0,
) -> dict[Ask, Found]:
    asks = [(module.id, request.interval) for module in modules]
    return await ask_modules(runner, tuple(modules), asks, request, clock=clock, deadline_s=deadline_s)


async def gathered(runner: ModuleRunner, clock: FakeClock, request: Request = ASKED) -> Gathered:
    task = asyncio.create_task(found_by(runner, clock, request=request))
    await clock.settle()
    await clock.advance(2_000)
    return there(await task, request, clock)


def there(found: Mapping[Ask, Found], request: Request, clock: FakeClock) -> Gathered:
    one = gathered_of(found, found, request, clock)
    assert isinstance(one, Gathered), one
    return one


async def test_what_fails_and_what_is_late_are_reasons_beside_the_rest(clock: FakeClock) -> None:
    down = Unavailable("made.up", "not now")
    found = await gathered(Answers({"trend": HOURLY, "macro": down, "risk": None}), clock)
    assert list(found.said().panel().columns) == ["trend.direction"]
    assert found.absent["risk"] is STILL_COMPUTING
    assert found.absent["macro"].text == "made.up does not answer now"
    assert (list(found.answers), found.lead) == (["trend"], HOURLY)


async def test_a_question_whose_answer_is_too_late_or_no_longer_wanted_is_let_go(clock: FakeClock) -> None:
    let_go: list[str] = []

    class Endless:
        async def run(self, module_id: str, request: Request) -> Analysis:
            try:
                return cast(Analysis, await asyncio.get_running_loop().create_future())
            except asyncio.CancelledError:
                let_go.append(module_id)
                raise

    await gathered(Endless(), clock)
    assert sorted(let_go) == ["macro", "risk", "trend"]
    let_go.clear()
    task = asyncio.create_task(found_by(Endless(), clock, (TREND, MACRO)))
    await clock.settle()
    task.cancel()
    await asyncio.wait({task})
    assert sorted(let_go) == ["macro", "trend"]


async def test_nothing_is_waited_for_beyond_what_answers(clock: FakeClock) -> None:
    runner = Answers({"trend": HOURLY, "macro": DAILY, "risk": Unavailable("made.up", "not now")})
    task = asyncio.create_task(found_by(runner, clock))
    await clock.settle()
    assert task.done()
    assert {name for name, _ in runner.asked} == {"trend", "macro", "risk"}


async def test_a_defect_of_one_module_costs_its_scalars_and_is_logged(clock: FakeClock) -> None:
    with capture_logs() as logs:
        found = await gathered(Answers({"trend": HOURLY, "macro": ValueError("defect"), "risk": None}), clock)
    assert found.absent["macro"] is PART_FAILED
    assert [(line["module"], line["log_level"]) for line in logs] == [("macro", "error")]


async def test_the_first_source_error_is_what_there_is_where_nothing_answers(clock: FakeClock) -> None:
    errors = {name: Unavailable(name, "no") for name in ("risk", "trend", "macro")}
    found = await found_by(Answers(errors), clock)
    assert gathered_of(found, found, ASKED, clock) is errors["macro"]


async def test_an_error_is_a_reason_while_another_module_is_only_late(clock: FakeClock) -> None:
    found = await gathered(
        Answers({"trend": Unavailable("second", "no"), "macro": None, "risk": None}), clock
    )
    assert (found.answers, found.lead, list(found.said().panel().columns)) == ({}, None, [])
    assert found.absent["macro"] is STILL_COMPUTING
    assert found.absent["trend"].text == "second does not answer now"


async def test_where_all_are_late_there_is_one_row_without_columns(clock: FakeClock) -> None:
    found = await gathered(Answers(dict.fromkeys(("trend", "macro", "risk"))), clock)
    assert (found.lead, found.sources, found.candles, found.said().panel().columns) == (None, (), {}, {})
    assert len(found.said().panel().time) == 1
    assert found.absent == dict.fromkeys(("macro", "trend", "risk"), STILL_COMPUTING)


async def test_the_answer_on_the_asked_interval_leads(clock: FakeClock) -> None:
    found = await gathered(Answers({"trend": HOURLY, "macro": DAILY, "risk": None}), clock)
    assert found.lead is HOURLY
    assert list(found.answers) == ["macro", "trend"]
    assert found.said().panel().time[-1] == HOURLY.as_of
    assert list(found.said().panel().columns) == ["macro.backdrop", "trend.direction"]
    asked_daily = await gathered(
        Answers({"trend": HOURLY, "macro": DAILY, "risk": None}), clock, Request("BTCUSDT", "4h")
    )
    assert asked_daily.lead is DAILY


async def test_sources_are_named_once_as_they_were_read_last(clock: FakeClock) -> None:
    early, late = SourceStamp("binance.klines", 1, 10), SourceStamp("binance.klines", 2, 20)
    other = SourceStamp("made.facts", 1, 5)
    answers = {
        "macro": replace(DAILY, sources=(late, other)),
        "trend": replace(HOURLY, sources=(early,)),
        "risk": None,
    }
    assert (await gathered(Answers(answers), clock)).sources == (late, other)


async def test_a_basket_is_handed_to_those_alone_that_take_one(clock: FakeClock) -> None:
    runner = Answers({"corr": replace(HOURLY, module="corr"), "trend": HOURLY})
    basket = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))
    modules = (corr_lead.MODULE, TREND)
    await found_by(runner, clock, modules, replace(ASKED, basket=basket))
    scalars = replace(ASKED, scope=Scope(scores_only=True))
    assert dict(runner.asked) == {"corr": replace(scalars, basket=basket), "trend": scalars}


async def test_a_past_row_is_what_was_gathered_at_its_close(clock: FakeClock) -> None:
    runner = _real_runner(clock)
    try:
        moment = made.BARS.as_of
        now, before = [
            there(await found_by(runner, clock, (TREND,), request, 60.0), request, clock)
            for request in (
                Request("BTCUSDT", "4h", moment),
                Request("BTCUSDT", "4h", int(made.BARS.close_time[-21])),
            )
        ]
    finally:
        await runner.close()
    assert now.lead is not None
    assert before.lead is not None
    newer, older = now.said().panel(), before.said().panel()
    assert (newer.time[-1], older.time[-1]) == (moment, made.BARS.close_time[-21])
    assert set(newer.columns) == {spec.name for spec in TREND.scalars}
    for name, column in newer.columns.items():
        assert column.values[-21] == pytest.approx(older.columns[name].values[-1], rel=0, abs=1e-9)
    np.testing.assert_array_equal(now.candles["close"], now.lead.series["close"])


def _real_runner(clock: FakeClock) -> Runner:
    async def fetch(sources: Sources, listing: Listing, request: Request, config: TrendConfig) -> TrendInputs:
        del sources, listing, config
        assert request.as_of is not None
        rows = int((made.BARS.close_time <= request.as_of).sum())
        return made.cut(made.whole(), rows)

    async def symbols() -> None:
        raise Unavailable("made.up", "not now")

    face = SimpleNamespace(symbols=symbols)
    exchange = SimpleNamespace(spot=face, futures=face, market_time_ms=clock.now_ms)
    sections = {"trend": TrendSection(), "cost": CostConfig()}
    sources = cast(Any, SimpleNamespace(exchange=exchange))
    return Runner(sources, (replace(TREND, fetch=fetch),), lambda: sections, clock=clock)
