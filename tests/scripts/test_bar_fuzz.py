"""A small form of ``scripts/fuzz_bars``, and that its judge sees what it is there to see."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Metric
from scripts.bar_fuzz.__main__ import tried
from scripts.bar_fuzz.judge import complaints
from scripts.bar_fuzz.series import KINDS, daily, series
from tests.bot.samples import sample_analysis
from tests.support.recorded import walk_bars
from utils.binance_api.klines.store import Rows
from utils.binance_api.klines.validity import fault_of

HARDLY_TRADED, AFTER_A_HOLE = (119, 132), 365


@pytest.mark.parametrize("seed", [*range(1, 45), *HARDLY_TRADED, AFTER_A_HOLE])
def test_no_module_fails_or_lies(seed: int) -> None:
    assert tried(seed, 1500)[1] == []


def test_a_fit_that_is_too_recent_to_be_judged_says_so() -> None:
    assert tried(461)[1] == []


@pytest.mark.parametrize("seed", range(200))
def test_generated_bars_can_be_true(seed: int) -> None:
    kind, bars = series(seed, 500)
    assert kind in KINDS
    for made in (bars, daily(bars)):
        columns = (made.open, made.high, made.low, made.close, made.volume, made.quote_volume)
        values = np.stack([*columns, made.taker_base, made.taker_quote])
        assert fault_of(Rows(made.open_time, made.close_time, values, made.trades), "trade") is None


def with_reason(reason: Reason | None, value: float | None = None) -> Analysis:
    metric = Metric("rsi_14", None, value, "", None, 0.0, 0.0, None, reason)
    return replace(sample_analysis(), metrics=(metric,), scalars=())


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (with_reason(None), "rsi_14: null without a reason"),
        (with_reason(Reason("too_few_bars", {"needs": 500, "has": 629})), "needs 500 bars, has 629"),
        (with_reason(Reason("too_few_bars", {"needs": 900, "has": 629})), "but there are 300 bars"),
        (with_reason(Reason("low_coverage", {"needs": "50%", "has": "60%"})), "only 60% of the weights"),
        (with_reason(Reason("constant")), "the values do not vary"),
        (with_reason(Reason("part_failed")), "this part failed"),
        (with_reason(Reason("no_volume")), "no trades in the window"),
        (with_reason(Reason("after_gap")), "bars before it are missing"),
        (replace(with_reason(None, 1.0), coverage=np.nan), "not finite: json.coverage"),
        (replace(with_reason(None, 1.0), score=None, null_reasons=()), "score: null without a reason"),
    ],
)
def test_the_judge_sees_lies_and_numbers_that_are_none(answer: Analysis, complaint: str) -> None:
    (found,) = complaints(answer, "walk", walk_bars(300))
    assert complaint in found


def test_the_judge_accepts_what_is_true() -> None:
    few = with_reason(Reason("too_few_bars", {"needs": 500, "has": 300}))
    assert list(complaints(few, "walk", walk_bars(300))) == []
    assert list(complaints(with_reason(Reason("constant")), "constant", walk_bars(300))) == []
