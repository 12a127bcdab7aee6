"""The rules about holes, silence and bars without trades, and that every answer of every module keeps them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.framework.answer import compute
from analysis.framework.bar_rules import (
    bar_returns,
    bridged,
    continuous,
    freshness,
    missed_bars,
    newest_break,
    opened_since,
    score_barrier,
    silence,
    untraded_rows,
)
from analysis.framework.module import AnyModule
from analysis.framework.question import MarketInputs, stamp
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from tests.modules.inputs import inputs_of
from tests.support.recorded import recorded_bars, walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS

REDENOMINATED = "cases/replay/klines_spot/CCCUSDT-1h_2024-10-26_2024-12-31.csv.gz"
WALK = walk_bars(400, interval="1h")


def without(bars: Bars, start: int, stop: int, factor: float = 1.0) -> Bars:
    """The bars without rows ``start`` to ``stop`` and with prices times ``factor`` after them."""
    scaled = {
        name: np.where(np.arange(len(bars)) >= start, getattr(bars, name) * factor, getattr(bars, name))
        for name in ("open", "high", "low", "close")
    }
    return replace(bars, **scaled)._pick(np.r_[0:start, stop : len(bars)])


def asked(bars: Bars, later: int = 0) -> MarketInputs:
    """Inputs asked ``later`` ms after the last close."""
    return MarketInputs(bars=bars, as_of=int(bars.close_time[-1]) + 1 + later, price=None)


@pytest.mark.parametrize(
    ("interval", "missing", "is_break"),
    [
        *(("1h", 24, False), ("1h", 25, True)),
        *(("4h", 24, False), ("4h", 25, True)),
        *(("15m", 96, False), ("15m", 97, True)),
        *(("1d", 24, False), ("1d", 25, True)),
    ],
)
def test_history_begins_anew_after_a_hole_of_more_than_a_day_or_24_bars(
    interval: str, missing: int, is_break: bool
) -> None:
    bars = without(walk_bars(300, interval=interval), 150, 150 + missing)
    history = continuous(bars)
    assert (history.since is not None) == is_break
    assert len(history.bars) == (len(bars) - 150 if is_break else len(bars))
    assert int(history.bars.open_time[-1]) == int(bars.open_time[-1])


@pytest.mark.parametrize("factor", [1000.0, 5.5, 1 / 5.5, 0.001])
def test_history_begins_anew_where_the_price_level_is_another(factor: float) -> None:
    history = continuous(without(WALK, 200, 202, factor))
    assert len(history.bars) == 198
    assert history.since == int(WALK.open_time[202])


@pytest.mark.parametrize("factor", [4.5, 1 / 4.5])
def test_a_short_hole_with_a_smaller_change_is_no_break(factor: float) -> None:
    history = continuous(without(WALK, 200, 202, factor))
    assert history.since is None
    assert history.notes == ()


def test_a_crash_inside_the_bars_is_no_break() -> None:
    falling = replace(WALK, low=WALK.low / 100, close=np.where(np.arange(400) == 250, 1.0, WALK.close))
    opened = WALK.open.copy()
    opened[251] = 1.0
    assert continuous(replace(falling, open=opened)).since is None


def test_the_last_of_several_breaks_counts_and_the_card_says_since_when() -> None:
    history = continuous(without(without(WALK, 300, 340), 100, 200))
    assert history.since == int(WALK.open_time[340])
    (note,) = history.notes
    assert note.text.startswith("history begins anew on 2023-01-16 04:00 UTC: ")


def test_a_redenomination_leaves_the_bars_after_it(shared_data: Path) -> None:
    bars = recorded_bars(shared_data / REDENOMINATED, "CCCUSDT", "1h")
    history = continuous(bars)
    assert history.since is not None
    assert len(history.bars) < 60
    assert np.abs(np.diff(np.log(history.bars.close))).max() < np.log(5)


def test_the_younger_history_counts_and_earlier_bars_of_the_other_are_left_out() -> None:
    broken = continuous(without(WALK, 200, 240))
    since = newest_break(continuous(WALK), broken)
    assert since == broken.since
    assert newest_break(continuous(WALK)) == 0
    assert int(opened_since(WALK, since).open_time[0]) == since
    assert len(opened_since(WALK, 0)) == len(WALK)


def test_the_return_over_a_hole_is_unknown() -> None:
    returns = bar_returns(without(WALK, 200, 203))
    assert np.flatnonzero(np.isnan(returns)).tolist() == [0, 200]
    assert returns[199] == pytest.approx(np.log(WALK.close[199] / WALK.close[198]))


def test_the_months_follow_each_other() -> None:
    opens = np.arange(np.datetime64("2020-01"), np.datetime64("2022-01")).astype("datetime64[ms]")
    monthly = replace(walk_bars(24, interval="1M"), open_time=opens.astype(np.int64))
    assert np.isfinite(bar_returns(monthly)[1:]).all()
    assert continuous(monthly).since is None


def test_nothing_moves_over_a_bridged_hole_and_the_newest_prices_stay() -> None:
    bars = without(WALK, 200, 203, 1.5)
    joined = bridged(bars)
    assert joined.open[200] == pytest.approx(joined.close[199])
    np.testing.assert_array_equal(joined.close[200:], bars.close[200:])
    moved = np.diff(np.log(joined.close))
    np.testing.assert_allclose(moved[:199], np.diff(np.log(WALK.close))[:199], atol=1e-12)
    assert moved[199] == pytest.approx(np.log(bars.close[200] / bars.open[200]))
    assert bridged(WALK) is WALK


@pytest.mark.parametrize(
    ("later", "missed", "factor"),
    [(0, 0, 1.0), (HOUR - 1, 0, 1.0), (3 * HOUR, 3, 1.0), (4 * HOUR, 4, 16 / 17), (20 * HOUR, 20, 0.0)],
)
def test_bars_that_do_not_come_cost_quality(later: int, missed: int, factor: float) -> None:
    inputs = asked(WALK, later)
    assert missed_bars(inputs) == missed
    assert freshness(inputs) == pytest.approx(factor)
    assert (silence(inputs) is None) == (missed <= 3)
    assert score_barrier(inputs) is None


def test_after_twenty_bars_there_is_no_score() -> None:
    reason = score_barrier(asked(WALK, 21 * HOUR))
    assert reason is not None
    assert reason.text == "no bar since 2023-01-18 16:00 UTC"


@pytest.mark.parametrize(
    ("empty", "barred"),
    [
        (slice(376, 400), True),
        (slice(377, 400), False),
        (slice(100, 250), False),
        (slice(100, 251), True),
        (slice(0, 249), False),
    ],
)
def test_without_trades_in_half_the_window_or_the_last_day_of_bars_there_is_no_score(
    empty: slice, barred: bool
) -> None:
    volume = WALK.volume.copy()
    volume[empty] = 0
    bars = replace(WALK, volume=volume)
    reason = score_barrier(asked(bars))
    assert (reason is not None) == barred
    assert bool(untraded_rows(bars)[-1]) == barred


def test_the_reason_counts_the_bars_without_a_trade() -> None:
    volume = WALK.volume.copy()
    volume[380:] = volume[150:290] = 0
    reason = score_barrier(asked(replace(WALK, volume=volume)))
    assert reason is not None
    assert reason.text == "hardly traded: 160 of the last 300 bars are without a trade"
    reason = score_barrier(asked(replace(WALK, volume=np.where(np.arange(400) < 370, 1.0, 0.0))))
    assert reason is not None
    assert reason.text == "hardly traded: 24 of the last 24 bars are without a trade"


def answer_of(module: AnyModule, inputs: Any) -> Analysis:
    offered = inputs_of(module.id)
    config = offered.config() if hasattr(offered, "config") else module.config()
    return compute(module, inputs, {}, config)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_no_module_scores_years_after_the_last_bar(module: AnyModule) -> None:
    bare = inputs_of(module.id).bare()
    answer = answer_of(module, replace(bare, as_of=bare.as_of + 900 * DAY))
    assert answer.score is None
    assert answer.direction is None
    assert answer.verdict is None
    assert answer.labels == {}
    assert [reason.code for reason in answer.null_reasons] == ["silent"]
    assert "silent" in [note.code for note in answer.notes]
    assert len(answer.scalars) == len(module.scalars)
    assert all((s.value, s.quality) == (None, 0.0) for s in answer.scalars)
    assert all(s.reason is not None and s.reason.code == "silent" for s in answer.scalars)
    assert all(scalar.se is None for scalar in answer.scalars)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_no_module_scores_what_hardly_trades(module: AnyModule) -> None:
    bare = inputs_of(module.id).bare()
    empty = np.where(np.arange(len(bare.bars)) < len(bare.bars) - 300, bare.bars.volume, 0.0)
    answer = answer_of(module, replace(bare, bars=replace(bare.bars, volume=empty)))
    assert answer.score is None
    assert answer.labels == {}
    assert [reason.code for reason in answer.null_reasons] == ["hardly_traded"]
    assert len(answer.scalars) == len(module.scalars)
    assert all(scalar.value is None for scalar in answer.scalars)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_a_few_missed_bars_cost_quality_alone(module: AnyModule) -> None:
    bare = inputs_of(module.id).bare()
    step = SHORTEST_MS[bare.bars.interval]
    fresh, stale = answer_of(module, bare), answer_of(module, replace(bare, as_of=bare.as_of + 10 * step))
    assert stale.score == fresh.score
    wanted = [scalar.quality * 10 / 17 for scalar in fresh.scalars]
    assert [scalar.quality for scalar in stale.scalars] == pytest.approx(wanted)
    assert "silent" in [note.code for note in stale.notes]


def test_the_age_of_bars_is_that_of_the_last_one() -> None:
    late = replace(WALK, as_of=WALK.as_of + DAY)
    assert stamp(late).as_of == WALK.as_of
    running = replace(late, is_final=np.arange(400) < 399)
    assert stamp(running).as_of == late.as_of
