"""Module I part by part: random signs, market weights, which coins are estimated, and what is recommended."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.fit import AllocateFit, estimable, fit
from analysis.allocate.inputs import AllocateInputs, fit_keys, market_values_known
from analysis.allocate.panel import panel_of
from analysis.allocate.paths import compared, others, recommended_of
from analysis.allocate.signals import own_returns, trend_direction, turned_bars
from analysis.allocate.trace import trace
from analysis.features.allocation_methods import ALLOCATION_METHODS, BLACK_LITTERMAN, ERC
from analysis.features.risk_parity import risk_contributions
from analysis.features.superior_ability import SuperiorAbility
from analysis.framework.question import Scope
from analysis.trend.metrics import TrendSection
from analysis.trend.trace import trace as trend_trace
from tests.modules.inputs import allocate, trend
from utils.binance_api.intervals import DAY

WHOLE = allocate.whole()
CONFIG = allocate.config()


def newest(inputs: AllocateInputs = WHOLE) -> AllocateFit:
    found = fit(inputs, CONFIG, fit_keys(inputs, CONFIG)[-1].refit_time)
    assert found is not None
    return found


def test_turned_bars_are_true_bars_with_turned_moves() -> None:
    bars = WHOLE.members[1]
    turned = turned_bars(bars, np.random.default_rng(3))
    body = np.maximum(turned.open, turned.close), np.minimum(turned.open, turned.close)
    assert (turned.high >= body[0] * (1 - 1e-12)).all()
    assert (turned.low <= body[1] * (1 + 1e-12)).all()
    plain, moved = own_returns(bars)[1:], own_returns(turned)[1:]
    np.testing.assert_allclose(np.abs(moved), np.abs(plain), rtol=1e-9)
    assert 0.4 < np.mean(np.sign(moved) == np.sign(plain)) < 0.6
    np.testing.assert_allclose(np.log(turned.high / turned.low), np.log(bars.high / bars.low), rtol=1e-9)


def test_the_views_signal_is_module_a_s_direction() -> None:
    inputs = trend.bare()
    expected = trend_trace(inputs, {}, TrendSection(), Scope(len(inputs.bars))).direction
    np.testing.assert_allclose(trend_direction(inputs.bars), expected, atol=1e-12)


def test_market_values_count_where_all_are_known_and_volume_elsewhere() -> None:
    late = int(WHOLE.bars.close_time[-1]) + 1
    assert market_values_known(WHOLE, late)
    assert not market_values_known(WHOLE, late - 40 * DAY)
    by_value, by_volume = newest(), newest(replace(WHOLE, supplies={}))
    assert by_value.by_value
    assert not by_volume.by_value
    row = int(np.searchsorted(panel_of(WHOLE, CONFIG.seed).time, fit_keys(WHOLE, CONFIG)[-1].refit_time))
    close = panel_of(WHOLE, CONFIG.seed).close[row - 1]
    moment = fit_keys(WHOLE, CONFIG)[-1].refit_time
    size = np.array([WHOLE.supplies[bars.symbol].at(moment) for bars in WHOLE.members]) * close
    np.testing.assert_allclose(by_value.market, size / size.sum())
    assert not np.allclose(by_value.market, by_volume.market)


def test_without_views_black_litterman_is_the_capped_market() -> None:
    found = newest()
    assert not any(record.counts for record in found.records.values())
    if (found.market <= CONFIG.max_weight).all() and (found.market >= CONFIG.min_position).all():
        np.testing.assert_allclose(found.weights[BLACK_LITTERMAN], found.market, atol=1e-6)


def test_weights_of_every_method_and_cash_sum_to_one() -> None:
    found = newest()
    assert tuple(found.weights) == ALLOCATION_METHODS
    for weights in found.weights.values():
        assert weights.sum() == pytest.approx(1.0, abs=1e-9)
        assert (weights <= CONFIG.max_weight + 1e-9).all()
    np.testing.assert_allclose(risk_contributions(found.weights[ERC], found.covariance), 0.2, atol=1e-6)


def test_a_young_coin_has_no_weight_until_it_has_enough_days() -> None:
    early = allocate.cut(WHOLE, allocate.DAYS - allocate.YOUNG_DAYS + CONFIG.min_bars // 2)
    found = newest(early)
    assert found.coins.tolist() == [True, True, True, True, False]
    assert found.weights[ERC][-1] == 0.0
    assert newest().coins.all()


def test_a_coin_that_stopped_or_does_not_move_is_left_out() -> None:
    window = 0.02 * np.random.default_rng(2).standard_normal((200, 4))
    window[-10:, 0], window[:, 1], window[:150, 2] = np.nan, 0.0, np.nan
    assert estimable(window, 90).tolist() == [False, False, False, True]
    assert not estimable(window[:50], 90).any()


def test_one_coin_takes_the_cap_and_leaves_cash() -> None:
    alone = replace(WHOLE, members=WHOLE.members[1:2], bars=WHOLE.members[1])
    found = newest(alone)
    for weights in found.weights.values():
        np.testing.assert_allclose(weights, [CONFIG.max_weight])


@pytest.mark.parametrize(("p", "chosen"), [(0.01, others()[1]), (0.3, ERC)])
def test_equal_risk_is_recommended_unless_beaten(p: float, chosen: str) -> None:
    assert recommended_of(SuperiorAbility(p, 1, 0.001), 0.05) == chosen
    assert recommended_of(None, 0.05) == ERC


def test_methods_are_compared_over_the_same_days_and_bitcoin_too() -> None:
    fits = {key.refit_time: fit(WHOLE, CONFIG, key.refit_time) for key in fit_keys(WHOLE, CONFIG)}
    found = compared(panel_of(WHOLE, CONFIG.seed), fits, CONFIG)
    starts = {int(np.argmax(np.isfinite(path.returns))) for path in found.paths.values()}
    assert len(starts) == 1
    assert found.days >= CONFIG.walk_bars
    assert set(found.performances) == {*ALLOCATION_METHODS, "btc"}
    values = trace(WHOLE, fits, CONFIG, Scope()).values
    assert values["growth_erc"][-1] == pytest.approx(100 * found.performances[ERC].growth)
