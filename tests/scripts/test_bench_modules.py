"""The measurements of modules in small: every row has its figures, and other numbers than a peer's are refused."""

from pathlib import Path

import numpy as np
import pytest

from scripts.bench import estimates, modules
from scripts.bench.modules import MEASURED, Market
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars


@pytest.fixture(scope="module")
def hours() -> Bars:
    return walk_bars(700, seed=4, interval="1h")


def test_every_estimate_has_a_peer_in_the_same_run(hours: Bars) -> None:
    rows = list(estimates.rows([hours], runs=1))
    timed = [row for row in rows if row.unit == "ms"]
    assert len(timed) == 6
    assert all(row.peer is not None and row.ratio is not None for row in timed)
    (miss,) = (row for row in rows if row.unit == "nats")
    assert miss.met


def test_a_worse_fit_than_the_peers_is_refused(hours: Bars) -> None:
    with pytest.raises(RuntimeError, match="below that of arch"):
        list(estimates.garch_rows(hours, 1, lambda returns: estimates.arch_likelihood(returns) + 1.0))


def test_other_chances_than_the_peers_are_refused(hours: Bars) -> None:
    with pytest.raises(RuntimeError, match="statsmodels"):
        list(estimates.markov_rows(hours, 1, lambda model: estimates.peer_parameters(model) * 1.01))


def test_without_recordings_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert modules.rows(tmp_path, runs=1) == []
    assert "name their folder with --data" in capsys.readouterr().err


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> Market:
    found = modules.recorded_market(shared_data)
    assert found is not None
    return found


def test_recorded_hours_are_the_same_in_both_markets(recorded: Market) -> None:
    last = recorded.last(1000)
    np.testing.assert_array_equal(last.spot.open_time, last.perpetual.open_time)
    assert np.abs(last.perpetual.close / last.spot.close - 1).max() < 0.02


@pytest.mark.parametrize("measured", MEASURED, ids=lambda pair: pair[0].id)
def test_what_is_timed_is_a_whole_answer(recorded: Market, measured: tuple[object, object]) -> None:
    module, made = next(pair for pair in MEASURED if pair == measured)
    inputs = made(recorded.last(module.history(module.config(), "1h")))
    fits = modules.fits_of(module, inputs)
    assert fits
    answer = module.compute(inputs, fits, module.config())
    assert answer.score is not None
    assert answer.coverage > 0.5
