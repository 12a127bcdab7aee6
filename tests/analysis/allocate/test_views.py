"""The views of module I from module E: the same forecast, worth what its record says, and named with their source."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.fit import AllocateFit, fit, view_record
from analysis.allocate.inputs import AllocateInputs, fit_keys
from analysis.allocate.metrics import AllocateSection
from analysis.allocate.panel import panel_of
from analysis.allocate.signals import leader_pull
from analysis.allocate.specs import LEADERS, TREND
from analysis.allocate.table_specs import COINS
from analysis.corr.fit import fit as corr_fit
from analysis.corr.inputs import fit_keys as corr_keys
from analysis.corr.metrics import CorrSection
from analysis.corr.trace import trace as corr_trace
from analysis.features.allocation_methods import BLACK_LITTERMAN
from analysis.framework.answer import compute
from analysis.framework.question import Scope
from analysis.port_alloc import MODULE
from handlers.render.words import message_text
from tests.handlers.harness import MESSAGES
from tests.modules.inputs import allocate, corr
from tests.support.recorded import bars_of
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY

DAYS = 1000
CONFIG = AllocateSection(view_horizon=1, walk_bars=90, spa_draws=100, null_draws=20, max_weight=0.9)


def bars_from(symbol: str, returns: np.typing.NDArray[np.float64]) -> Bars:
    close = 100 * np.exp(np.cumsum(returns))
    opened = np.concatenate([[100.0], close[:-1]])
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * 1.001,
        "low": np.minimum(opened, close) * 0.999,
        "close": close,
        "volume": np.ones(len(close)),
    }
    times = allocate.FIRST + DAY * np.arange(len(close), dtype=np.int64)
    return bars_of(times, columns, columns["close"], symbol, "1d")


def market(pull: float) -> AllocateInputs:
    """Bitcoin walks, three coins each repeat ``pull`` of its move a day later beside a walk of their own."""
    generator = np.random.default_rng(11)
    lead = 0.03 * generator.standard_normal(DAYS)
    later = np.concatenate([[0.0], lead[:-1]])
    coins = {
        name: pull * later + 0.03 * generator.standard_normal(DAYS)
        for name in ("ADAUSDT", "BNBUSDT", "ETHUSDT")
    }
    members = tuple(bars_from(name, returns) for name, returns in coins.items())
    bitcoin = bars_from("BTCUSDT", lead)
    bars = members[0]
    return AllocateInputs(
        bars=bars,
        as_of=bars.as_of,
        price=float(bars.close[-1]),
        members=members,
        market=bitcoin,
        leaders=(bitcoin,),
        supplies={},
        lots={},
        quotes={},
        crash_paths={},
        by_beta=(),
    )


def fits_of(inputs: AllocateInputs) -> Mapping[int, AllocateFit | None]:
    return {key.refit_time: fit(inputs, CONFIG, key.refit_time) for key in fit_keys(inputs, CONFIG)[-1:]}


def newest(inputs: AllocateInputs) -> AllocateFit:
    found = list(fits_of(inputs).values())[-1]
    assert found is not None
    return found


def test_the_signal_is_module_e_s_forecast_before_it_is_shrunk() -> None:
    config = CorrSection()
    inputs = replace(corr.whole(), scope=Scope(corr.ROWS))
    assert inputs.target is not None
    fits = {key.refit_time: corr_fit(inputs, config, key.refit_time) for key in corr_keys(inputs, config)}
    values = corr_trace(inputs, fits, config, Scope(len(inputs.bars))).values
    expected = values["forecast_bps"] / values["volatility_bps"]
    assert np.isfinite(expected).sum() > 100
    np.testing.assert_allclose(leader_pull(corr.MEMBERS[:-1], inputs.bars), expected, rtol=1e-9)


def test_a_coin_without_a_leader_beside_it_has_no_signal() -> None:
    inputs = market(0.5)
    assert inputs.market is not None
    assert np.isnan(leader_pull((inputs.market,), inputs.market)).all()
    assert np.isnan(leader_pull((), inputs.members[0])).all()


def test_leaders_that_lead_make_views_and_those_that_do_not_make_none() -> None:
    led, unled = newest(market(0.6)), newest(market(0.0))
    assert led.records[LEADERS].counts
    assert led.records[LEADERS].ic > 0.3
    assert not unled.records[LEADERS].counts
    assert np.isnan(unled.views[LEADERS]).all()
    without = newest(replace(market(0.0), leaders=()))
    np.testing.assert_array_equal(unled.weights[BLACK_LITTERMAN], without.weights[BLACK_LITTERMAN])


def test_a_view_is_ic_times_deviation_times_z_a_year_and_moves_the_weights() -> None:
    inputs = market(0.6)
    found, panel = newest(inputs), panel_of(inputs, CONFIG.seed)
    row = int(np.searchsorted(panel.time, fit_keys(inputs, CONFIG)[-1].refit_time))
    part = slice(row - CONFIG.evidence_bars, row)
    signal, later = panel.signals[LEADERS].coins[part], panel.log_returns[part][1:]
    z = (signal[-1] - np.nanmean(signal, axis=0)) / np.nanstd(signal, axis=0)
    expected = 365 * found.records[LEADERS].ic * np.std(later, axis=0) * z
    np.testing.assert_allclose(found.views[LEADERS], expected, rtol=1e-9)
    plain = newest(replace(inputs, leaders=()))
    assert plain.records[LEADERS].own is None
    moved = found.weights[BLACK_LITTERMAN] - plain.weights[BLACK_LITTERMAN]
    assert moved[int(np.argmax(expected))] > 0.05
    assert moved[int(np.argmin(expected))] < -0.05


def test_the_record_rests_on_the_days_before_alone() -> None:
    inputs = market(0.6)
    row = 800
    moment = int(inputs.bars.close_time[row - 1]) + 1
    whole = view_record(panel_of(inputs, CONFIG.seed), LEADERS, row, CONFIG)
    spoiled = allocate.garbage(inputs, row)
    assert spoiled.leaders[0].close[-1] != inputs.leaders[0].close[-1]
    again = view_record(panel_of(spoiled, CONFIG.seed), LEADERS, row, CONFIG)
    assert int(inputs.bars.close_time[row]) > moment
    assert (whole.own, whole.placebo) == (again.own, again.placebo)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "the leaders' views count: the IC of their pull is"), ("tr", "öncülerin görüşleri sayılıyor")],
)
def test_the_answer_names_the_source_of_its_views(language: str, said: str) -> None:
    inputs = market(0.6)
    answer = compute(MODULE, inputs, fits_of(inputs), CONFIG)
    notes = [message_text(note, MESSAGES.of(language)) for note in answer.notes]
    assert any(said in note for note in notes)
    ids = {metric.id: metric.value for metric in answer.metrics}
    assert ids["leader_ic"] == pytest.approx(newest(inputs).records[LEADERS].ic)
    coins = answer.table(COINS)
    assert coins is not None
    assert np.isfinite(coins.values[:, coins.columns.index("leader_view")]).all()
    assert (
        np.isnan(coins.values[:, coins.columns.index("trend_view")]).all()
        != newest(inputs).records[TREND].counts
    )


def test_without_leaders_the_reason_is_theirs() -> None:
    inputs = allocate.bare()
    answer = compute(MODULE, inputs, {}, allocate.config())
    metric = next(one for one in answer.metrics if one.id == "leader_ic")
    assert metric.reason == allocate.DOWN
