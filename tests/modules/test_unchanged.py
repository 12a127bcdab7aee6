"""What composites read of a module rests on what is read for them alone, and not on the price of the moment."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import PriceChanges, Scope
from analysis.framework.reasons import NOT_ASKED, Message, Reason
from analysis.framework.result import Analysis, Scalar
from analysis.framework.unchanged import UnchangedAnswers, basis_of, for_composites, stands_until
from analysis.registry import MODULES
from analysis.sentiment.inputs import LiquidationInputs, SentimentInputs
from analysis.sources.open_positions import OpenPositions
from tests.modules.inputs import inputs_of
from tests.modules.test_contract import Case
from utils.binance_api.intervals import MINUTE, next_open

SCALARS_ALONE: Final = Scope(scores_only=True)


def sentiment_alone(inputs: SentimentInputs) -> SentimentInputs:
    return replace(
        inputs,
        funding=replace(inputs.funding, running=None),
        positions=replace(inputs.positions, open_interest_now=None, supply=None),
        liquidations=LiquidationInputs(),
        dvol=None,
    )


NOT_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "trend": lambda inputs: replace(inputs, quote=None),
    "regime": lambda inputs: replace(inputs, premium=None, funding=None, quarterly=None, implied=None),
    "sentiment": sentiment_alone,
    "risk": lambda inputs: replace(inputs, positions=OpenPositions()),
}
"""What a module's ``fetch`` leaves out where scalars alone are wanted."""
RESTING: Final = tuple(module for module in MODULES if module.job != "stream")
CASES: Final = {module.id: Case(module, inputs_of(module.id)) for module in MODULES}


@pytest.fixture(params=RESTING, ids=lambda module: module.id)
def case(request: pytest.FixtureRequest) -> Case:
    module: AnyModule = request.param
    return CASES[module.id]


def facts(scalar: Scalar) -> Scalar:
    """A scalar without the reason, which may name a source that was not read."""
    return replace(scalar, reason=None)


def assert_same_scalars(found: Analysis, expected: Analysis) -> None:
    assert list(map(facts, found.scalars)) == list(map(facts, expected.scalars))
    np.testing.assert_array_equal(found.past.time, expected.past.time)
    for name, column in expected.past.values.items():
        np.testing.assert_array_equal(found.past.values[name], column, err_msg=name)
    assert (found.price, found.bar_close, found.is_final) == (
        expected.price,
        expected.bar_close,
        expected.is_final,
    )


def test_scalars_rest_on_what_is_read_for_them_alone(case: Case) -> None:
    left_out = NOT_READ.get(case.module.id, lambda inputs: inputs)
    alone = replace(left_out(case.whole), scope=SCALARS_ALONE)
    assert any(scalar.value is not None for scalar in case.answer.scalars) or not case.module.scalars
    assert_same_scalars(case.read(alone), case.answer)


def moved(case: Case) -> Any:
    """The inputs a second later at another price, in the same minute."""
    inputs = replace(case.whole, scope=SCALARS_ALONE)
    close = float(inputs.bars.close[-1])
    later = inputs.as_of + (1000 if inputs.as_of % MINUTE < MINUTE - 1000 else -1000)
    return replace(
        inputs, as_of=later, price=1.01 * close, price_time=later, changes=PriceChanges(0.01, 0.02)
    )


def test_an_unchanged_answer_is_the_one_that_would_be_computed(case: Case) -> None:
    kept, times = UnchangedAnswers(1_000_000), (1, 2)
    whole = replace(case.whole, scope=SCALARS_ALONE)
    kept.keep("key", basis_of(case.module, whole, times), for_composites(case.read(whole)))
    found = kept.find("key", basis_of(case.module, moved(case), times), moved(case))
    assert found is not None
    computed = case.read(moved(case))
    assert_same_scalars(found, computed)
    assert (found.as_of, found.changes, found.sources) == (computed.as_of, computed.changes, computed.sources)
    assert found.tables == () or [table.id for table in found.tables] == [t.id for t in computed.tables]


def test_another_bar_fit_or_source_is_another_basis(case: Case) -> None:
    whole, module = case.whole, case.module
    basis = basis_of(module, whole, (1, 2))
    assert basis_of(module, whole, (2, 1)) == basis
    assert basis_of(module, whole, (1,)) != basis
    assert basis_of(module, case.inputs.cut(whole, len(whole.bars) - 1), (1, 2)) != basis
    assert basis_of(module, replace(whole, missing={**whole.missing, "made": None}), (1, 2)) != basis
    bars = whole.bars
    refetched = replace(whole, bars=replace(bars, fetched_at=bars.fetched_at + 1, as_of=bars.as_of + 1))
    assert basis_of(module, refetched, (1, 2)) == basis


def test_facts_grow_old_by_the_minute_and_bars_do_not(case: Case) -> None:
    whole = case.whole
    later = replace(whole, as_of=whole.as_of + MINUTE)
    same = basis_of(case.module, later, ()) == basis_of(case.module, whole, ())
    assert same == (case.module.job == "batch")


def test_an_answer_of_closed_bars_stands_until_the_next_close_if_every_source_answered(case: Case) -> None:
    whole, module = replace(case.whole, notes=(), missing={"quote": NOT_ASKED}), case.module
    close = int(whole.bars.close_time[-1]) + 1
    expected = next_open(close, whole.bars.interval) if module.job == "batch" else 0
    assert stands_until(module, whole, whole.bars.interval) == expected
    down = Reason("source_down", {"source": "made"})
    for lacking in (
        replace(whole, missing={"counterpart": down}),
        replace(whole, notes=(Message("left_out", {"symbol": "MADE"}, down),)),
        replace(whole, missing={"fits": PART_FAILED}),
    ):
        assert stands_until(module, lacking, whole.bars.interval) == 0


def test_at_most_so_many_bytes_are_kept(case: Case) -> None:
    kept = UnchangedAnswers(1)
    for key in ("old", "new"):
        kept.keep(key, b"basis", case.answer)
    assert kept.find("old", b"basis", case.whole) is None
    assert kept.find("new", b"basis", case.whole) is not None
    assert kept.find("new", b"other", case.whole) is None
