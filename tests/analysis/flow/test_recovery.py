"""Module D on the simulated symbol: what its rows say of the state of the touch is what moves the mid."""

import pytest

from analysis.features.price_impact import kyle_lambda
from analysis.flow.reading import flow_reading
from config.c_order import OrderFlowConfig
from tests.support.simulated_ticks import STEP_MS, Effects, now_of, simulated_state

SECONDS = 900
LAGS = 5
STEPS_PER_S = 1000 // STEP_MS


@pytest.mark.parametrize("lean", [0.0, 0.15, -0.3])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_effect_of_the_imbalance_is_recovered_within_its_error(lean: float, seed: int) -> None:
    state, at_ms = simulated_state(SECONDS, Effects(lean=lean), seed)
    rows = flow_reading(now_of(state, at_ms, SECONDS), OrderFlowConfig()).quote_rows
    found = kyle_lambda(rows.change_bps, rows.imbalance, LAGS)
    assert found is not None
    true = lean * STEPS_PER_S  # per second; a step follows the imbalance of the step before it
    assert abs(found.slope - true) < 3 * found.error
    assert abs(found.t) > 10 or lean == 0.0
