"""Module H on recorded streams: whole, with the figures of its page, and right about the next second alone."""

from functools import cache
from pathlib import Path

import pytest

from analysis.features.sign_record import SignRecord, sign_record
from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.micro.inputs import MicroInputs
from analysis.micro.ticks import MicroTicks
from analysis.micro.values import later_moves
from analysis.microalpha import MODULE
from scripts.figures.micro import TICK_SIZES, past_direction
from tests.modules.inputs.micro import live
from tests.support.recorded_ticks import recorded_ticks, replayed

pytestmark = pytest.mark.slow


@cache
def replay(path: Path, tick_size: float) -> MicroInputs:
    ticks = recorded_ticks(path)
    state, at_ms = replayed(ticks, tick_size)
    return live(state, at_ms, (at_ms - int(ticks.quotes.time[0])) // 1000)


@pytest.fixture(params=TICK_SIZES)
def inputs(request: pytest.FixtureRequest, shared_data: Path) -> MicroInputs:
    return replay(shared_data / "ws" / f"{request.param}.jsonl.gz", TICK_SIZES[request.param])


@pytest.fixture
def ticks(inputs: MicroInputs) -> MicroTicks:
    assert inputs.ticks is not None
    return inputs.ticks


@pytest.fixture
def answer(inputs: MicroInputs) -> Analysis:
    return compute(MODULE, inputs, {}, MODULE.config())


def test_every_metric_is_known_after_five_minutes(answer: Analysis) -> None:
    assert [metric.id for metric in answer.missing] == []
    assert answer.coverage == pytest.approx(1.0)
    assert answer.score is not None


def test_impact_is_surer_on_roots_than_on_notional(answer: Analysis) -> None:
    plain, root = (answer.metric(name).value for name in ("kyle_t", "kyle_root_t"))
    assert plain is not None
    assert root is not None
    assert root > max(3.0, plain)


def test_order_flow_explains_the_same_second_and_not_the_next(answer: Analysis) -> None:
    same, later = (answer.metric(name).value for name in ("ofi_r2", "ofi_r2_next"))
    assert same is not None
    assert later is not None
    assert same > 0.3
    assert later < 0.02


def record(ticks: MicroTicks, ahead: int) -> SignRecord:
    found = sign_record(past_direction(ticks), later_moves(ticks, ahead), ahead)
    assert found is not None
    return found


def test_the_score_is_right_about_the_next_second(ticks: MicroTicks) -> None:
    found = record(ticks, 1)
    assert found.hit_rate > 0.5 + 4 * found.hit_error
    assert found.correlation > 3 * found.correlation_error


def test_half_a_minute_ahead_it_is_not_told_from_chance(ticks: MicroTicks) -> None:
    found = record(ticks, 30)
    assert abs(found.correlation) < 2 * found.correlation_error
