"""What follows from a metric's declaration: signals, configuration keys, and why a value is missing."""

import pickle
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analysis.features.robust import direction_signals
from analysis.framework.metric import (
    FromZ,
    GroupSpec,
    Itself,
    MetricSpec,
    Modelled,
    Native,
    PersistenceZ,
    ScalarSpec,
    Scaled,
    ShareOfFull,
    SignalMap,
    bars_needed,
)
from analysis.framework.missing import CONSTANT, Family, Rules, Situation, missing_reasons
from analysis.framework.question import MarketInputs
from analysis.framework.reasons import Reason
from analysis.framework.sections import section
from analysis.framework.signals import signal_rows
from config.base import ConfigModel, setting
from tests.support.recorded import walk_bars

BARS = walk_bars(40, seed=1)


class Periods(ConfigModel):
    """Made up."""

    fast: int = setting(7, "bars", ge=1)
    full: float = setting(50.0, "what counts as full", gt=0)
    scale_bars: int = setting(30, "look-back", ge=2)
    scale_min_bars: int = setting(5, "least", ge=2)


def metric(name: str, signal: SignalMap | None = None, **more: Any) -> MetricSpec:
    return MetricSpec(name, name, "", f"What {name} is.", signal=signal, **more)


WEIGHED = (
    metric("first", Itself(), group="one", weight=0.5),
    metric("second", FromZ(), group="one", weight_key="named"),
    metric("push", Itself("level"), group="push"),
    metric("beside"),
    metric("barred", weight_key="barred"),
)
GROUPS = (GroupSpec("one", 0.25, "one"), GroupSpec("push", 1.0, "push", multiplies=True))
Section = section(Periods, "Section", WEIGHED, GROUPS, module=__name__)


@pytest.mark.parametrize(
    ("signal", "value", "expected"),
    [
        (Itself(), 0.3, 0.3),
        (FromZ(), -2.0, np.tanh(-1.0)),
        (FromZ("level"), -2.0, np.tanh(1.0)),
        (PersistenceZ("level"), 0.0, 0.5),
        (Native(centre=50, half_range=25), 62.5, 0.5),
        (Native(centre=50, half_range=25), 0.0, -1.0),
        (ShareOfFull("level", "full"), 25.0, 0.5),
        (ShareOfFull("level", 10.0), 25.0, 1.0),
    ],
)
def test_each_map_turns_a_value_into_its_signal(signal: SignalMap, value: float, expected: float) -> None:
    found = signal_rows((metric("x", signal),), {"x": np.array([value])}, Periods())
    assert found["x"][0] == pytest.approx(expected)


def test_scaled_signals_use_the_configured_look_back_and_modelled_ones_are_left_out() -> None:
    line = np.random.default_rng(1).standard_normal(60)
    specs = (metric("x", Scaled()), metric("y", Modelled()), metric("z"))
    found = signal_rows(specs, {"x": line, "y": line, "z": line}, Periods())
    assert list(found) == ["x"]
    np.testing.assert_array_equal(found["x"], direction_signals([line], 30, 5)[0])


def test_a_map_without_a_rule_is_an_error() -> None:
    with pytest.raises(TypeError, match="SignalMap"):
        signal_rows((metric("x", SignalMap()),), {"x": np.zeros(1)}, Periods())


def test_weights_and_groups_are_the_keys_of_the_section() -> None:
    made = Section()
    assert made.model_dump()["weights"] == {"first": 0.5, "named": 1.0, "push": 1.0, "barred": 0.0}
    assert made.model_dump()["groups"] == {"one": 0.25, "push": 1.0}
    assert made.fast == 7
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": {"unknown": 1}},
        {"weights": {"first": -1}},
        {"weights": {"barred": 0.1}},
        {"groups": {"one": -1}},
        {"weights": {"push": 0}},
    ],
)
def test_a_weight_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Section.model_validate(wrong)


@pytest.mark.parametrize(("needed", "count"), [(3, 3), ("fast", 7), (lambda c, i: c.fast + len(i), 9)])
def test_bars_are_a_number_a_key_or_a_function(needed: Any, count: int) -> None:
    assert bars_needed(needed, Periods(), "1h") == count


NO_RULES = Rules()


def reasons_of(spec: MetricSpec, rules: Rules = NO_RULES, **inputs: Any) -> Reason:
    made = MarketInputs(bars=BARS, as_of=BARS.as_of, price=None, **inputs)
    situation: Situation[MarketInputs, None] = Situation(made, {}, Periods(), {spec.id: np.array([np.nan])})
    return missing_reasons((spec,), situation, rules)[spec.id]


DOWN = Reason("source_down", {"source": "x"})
FIRST, WHY = Reason("no_volume"), Reason("no_change", {"bars": 1})


def test_an_absent_source_comes_before_too_few_bars() -> None:
    assert reasons_of(metric("x", bars=99, needs=("funding",)), missing={"funding": DOWN}) == DOWN


def test_too_few_bars_come_before_the_familys_rule() -> None:
    rules = Rules({"f": Family(why=lambda *_: WHY)})
    few = Reason("too_few_bars", {"needs": 41, "has": 40})
    assert reasons_of(metric("x", bars=41, family="f"), rules) == few
    assert reasons_of(metric("x", bars=40, family="f"), rules) == WHY
    assert reasons_of(metric("x", bars=40), rules) == CONSTANT


def test_a_family_counts_its_own_and_may_speak_first() -> None:
    counted = Rules({"f": Family(count=lambda _: 3, too_few="observations", why=lambda *_: None)})
    assert reasons_of(metric("x", bars=4, family="f"), counted) == Reason(
        "observations", {"needs": 4, "has": 3}
    )
    assert reasons_of(metric("x", bars=3, family="f"), counted) == CONSTANT
    early = Rules({"f": Family(first=lambda *_: FIRST)})
    assert reasons_of(metric("x", bars=99, family="f"), early) == FIRST


def test_a_known_value_whose_scale_is_too_short_says_how_many_bars_its_signal_needs() -> None:
    spec, nan = metric("x", Scaled(), bars=36), np.array([np.nan])
    made = MarketInputs(bars=BARS, as_of=BARS.as_of, price=None)
    situation: Situation[MarketInputs, None] = Situation(made, {}, Periods(), {"x": np.array([1.0])})
    scalar = ScalarSpec("s", "intensity", "more", 1, 1, bars=50)
    found = missing_reasons((spec,), situation, signals={"x": nan}, scalars=((scalar, nan),))
    assert found == {
        "x": Reason("too_few_bars", {"needs": 41, "has": 40}),
        "s": Reason("too_few_bars", {"needs": 50, "has": 40}),
    }
