"""Live trades in module E's answer: a made lead is found in milliseconds, and what is not followed has its reason."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.corr.inputs import CorrInputs
from analysis.corr.metrics import BY_TICKS, TICKS, CorrSection
from analysis.corr_lead import MODULE
from analysis.features.hayashi_yoshida import TickPath
from analysis.framework.answer import compute
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from tests.modules.inputs import corr

LAG_MS = 200
MARKET, COIN = "BTCUSDT", "SOLUSDT"


def paths() -> dict[str, TickPath]:
    """A minute of trades: the coin repeats the market's walk 200 ms later, both seen at moments of their own."""
    generator = np.random.default_rng(3)
    walk = np.cumsum(generator.standard_normal(60_000)) * 1e-5
    made = {}
    for symbol, delay in ((MARKET, 0), (COIN, LAG_MS)):
        time = np.sort(generator.choice(60_000 - LAG_MS, 900, replace=False)).astype(np.int64)
        made[symbol] = TickPath(time + delay, walk[time])
    return made


def answer_of(inputs: CorrInputs) -> Analysis:
    return compute(MODULE, inputs, {}, CorrSection())


def test_who_leads_by_milliseconds_is_in_the_answer() -> None:
    answer = answer_of(replace(corr.whole(), ticks=paths()))
    values = {spec.id: answer.metric(spec.id).value for spec in BY_TICKS}
    assert values["tick_lead"] == LAG_MS
    assert values["tick_p"] == pytest.approx(0.01)
    assert values["tick_lead_correlation"] == pytest.approx(0.9, abs=0.2)
    assert abs(values["tick_correlation"] or 0.0) < 0.3
    assert values["tick_seconds"] == pytest.approx(59.5, abs=0.5)
    coins = answer.table("coins")
    assert coins is not None
    assert coins.column("tick_lead")[COIN] == LAG_MS


def test_of_a_basket_chance_is_not_measured() -> None:
    answer = answer_of(replace(corr.basket(), ticks=paths()))
    assert answer.metric("tick_lead").value == LAG_MS
    assert answer.metric("tick_p").reason == Reason("of_one_coin")


def test_what_is_not_followed_has_its_reason() -> None:
    why = Reason("not_followed", {"symbols": f"{MARKET}, {COIN}"})
    answer = answer_of(replace(corr.whole(), missing={TICKS: why}))
    assert all(answer.metric(spec.id).reason == why for spec in BY_TICKS)


def test_trades_that_never_move_say_nothing() -> None:
    still = paths() | {COIN: TickPath(np.arange(0, 60_000, 500), np.zeros(120))}
    answer = answer_of(replace(corr.whole(), ticks=still))
    assert all(answer.metric(spec.id).reason == Reason("constant") for spec in BY_TICKS)
