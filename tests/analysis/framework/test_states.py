"""Stream modules: one state per question, asked about now alone, and closed when it is no longer used."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from analysis import trend_moment
from analysis.framework.module import AnyModule
from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.runner import Limits, Runner
from analysis.framework.states import StreamStates
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import TrendSection
from config.c_cost import CostConfig
from config.c_trend import TrendConfig
from tests.analysis.framework.test_runner import FullStreams
from tests.analysis.trend.readings import inputs_of
from tests.support.clock import FakeClock
from tests.support.recorded import walk_bars

BARS = walk_bars(900, seed=21)
CONFIG = TrendSection()


def listing(symbol: str) -> Listing:
    return Listing(Instrument("spot", symbol), Reason("no_perpetual", {"symbol": symbol}))


class State:
    """A live state that counts its questions."""

    def __init__(self, opened: list["State"]) -> None:
        self.asked, self.closed = 0, 0
        opened.append(self)

    async def inputs(self, request: Request) -> TrendInputs:
        assert request.as_of is None
        self.asked += 1
        return inputs_of(BARS)

    def close(self) -> None:
        self.closed += 1


def module_of(opened: list[State]) -> AnyModule:
    async def fetch(*_: object) -> TrendInputs:
        return inputs_of(BARS.tail(700))

    def open_state(sources: Sources, found: Listing, interval: str, config: TrendConfig) -> State:
        del sources, found, interval, config
        return State(opened)

    return replace(trend_moment.MODULE, fetch=fetch, job="stream", open_state=open_state)


async def test_now_is_asked_of_the_state_and_the_past_of_fetch(clock: FakeClock) -> None:
    opened: list[State] = []
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    sections = {"trend": CONFIG, "cost": CostConfig()}
    runner = Runner(sources, (module_of(opened),), lambda: sections, clock=clock, limits=Limits(live_ms=0))
    live = await runner.run("trend", Request("BTCUSDT", "4h"))
    await runner.run("trend", Request("BTCUSDT", "4h"))
    assert [state.asked for state in opened] == [2]
    past = await runner.run("trend", Request("BTCUSDT", "4h", as_of=BARS.as_of))
    assert [state.asked for state in opened] == [2]
    assert past.score != live.score
    await runner.close()
    assert [state.closed for state in opened] == [1]


def test_the_least_recently_used_state_is_closed_once() -> None:
    opened: list[State] = []
    states = StreamStates(2)
    for key in "ABAC":
        assert states.of(key, lambda: State(opened)) in opened
    assert [state.closed for state in opened] == [0, 1, 0]
    states.close()
    assert [state.closed for state in opened] == [1, 1, 1]


async def test_interval_and_configuration_have_states_of_their_own(clock: FakeClock) -> None:
    opened: list[State] = []
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    sections = {"trend": CONFIG, "cost": CostConfig()}
    runner = Runner(sources, (module_of(opened),), lambda: sections, clock=clock, limits=Limits(live_ms=0))
    for interval, config in (
        ("1h", CONFIG),
        ("4h", CONFIG),
        ("1h", TrendSection(rsi_period=21)),
        ("1h", CONFIG),
    ):
        sections["trend"] = config
        await runner.run("trend", Request("BTCUSDT", interval))
    assert [state.asked for state in opened] == [2, 1, 1]
    await runner.close()


async def test_a_module_with_an_interval_of_its_own_answers_on_it_whatever_is_asked(clock: FakeClock) -> None:
    opened: list[State] = []
    sources = cast(Any, SimpleNamespace(exchange=FullStreams(clock)))
    sections = {"trend": CONFIG, "cost": CostConfig()}
    module = replace(module_of(opened), interval="4h", other_timeframes=())
    runner = Runner(sources, (module,), lambda: sections, clock=clock, limits=Limits(live_ms=60_000))
    asked = [await runner.run("trend", Request("BTCUSDT", interval)) for interval in ("15m", "1d")]
    assert {answer.interval for answer in asked} == {"4h"}
    assert [state.asked for state in opened] == [2]  # one state for both
    await runner.close()
