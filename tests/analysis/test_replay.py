"""Walking forward says what the live functions say at every close, and nothing that is known only later."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from analysis.framework.answer import compute
from analysis.framework.module import AnyModule, load_parts, module_by
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from analysis.replay import ModulePast, NotReplayable, inputs_at, walk_forward
from config.base import ConfigModel
from tests.analysis.anomaly.readings import SMALL
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

SAME = 1e-9
COLUMNS = (
    *("open_time", "close_time", "open", "high", "low", "close", "volume", "quote_volume"),
    *("taker_base", "taker_quote", "trades", "is_final"),
)
HOLES = (700, 701, 1500, 2050, 2900)


@dataclass(frozen=True)
class Walk:
    """A module with a configuration, bars longer than one live reading, and what walking along them says."""

    module: AnyModule
    config: ConfigModel
    bars: Bars
    past: ModulePast

    def live(self, row: int) -> Analysis:
        """Return the live answer at the close of a row."""
        inputs = inputs_at(self.module, self.bars, row, self.config)
        keys, fit = self.module.fit_keys(inputs, self.config), load_parts(self.module.package).fit
        fits = {key.refit_time: fit(inputs, self.config, key.refit_time) for key in keys}
        return compute(self.module, inputs, fits, self.config)


def holed(bars: Bars, rows: Iterable[int]) -> Bars:
    """The bars without some of them, and the last closed moment as before."""
    kept = np.delete(np.arange(len(bars)), [row for row in rows if row < len(bars)])
    return replace(bars, **{name: getattr(bars, name)[kept] for name in COLUMNS})


def trend_config() -> ConfigModel:
    config: ConfigModel = module_by("trend", MODULES).config()
    return config


def walked(module_id: str) -> Walk:
    module = module_by(module_id, MODULES)
    config = SMALL if module_id == "redet" else module.config()
    interval = "1h" if module_id in {"trend", "redet"} else "1d"
    bars = holed(walk_bars(module.history(config, interval) + 300, seed=5, interval=interval), HOLES)
    return Walk(module, config, bars, walk_forward(module_id, bars, config))


@pytest.fixture(scope="module", params=["trend", "regime", "risk", "redet"])
def walk(request: pytest.FixtureRequest) -> Walk:
    return walked(request.param)


def assert_same(said: float | None, walked: float, name: str) -> None:
    assert (said is None) == np.isnan(walked), name
    assert said is None or said == pytest.approx(float(walked), abs=SAME, rel=0), name


@pytest.mark.parametrize("back", [1, 2, 77, 150, 290])
def test_a_row_is_the_live_answer_at_its_close(walk: Walk, back: int) -> None:
    row = len(walk.bars) - back
    answer = walk.live(row)
    assert answer.bar_close == walk.past.time[row] == walk.bars.close_time[row]
    assert_same(answer.score, walk.past.score[row], "score")
    assert_same(answer.uncertainty, walk.past.uncertainty[row], "uncertainty")
    for scalar in answer.scalars:
        assert_same(scalar.value, walk.past.scalars[scalar.name][row], scalar.name)
        if scalar.se is not None:
            assert_same(scalar.se, walk.past.scalar_se[scalar.name][row], scalar.name)


@pytest.mark.parametrize("row", [30, 260, 640, 1250])
def test_a_young_coin_is_walked_along_from_its_listing(walk: Walk, row: int) -> None:
    answer = walk.live(row)
    assert_same(answer.score, walk.past.score[row], "score")
    for scalar in answer.scalars:
        assert_same(scalar.value, walk.past.scalars[scalar.name][row], scalar.name)


def test_scores_are_said_at_most_closes(walk: Walk) -> None:
    known = np.isfinite(walk.past.score[-300:])
    assert known.mean() > 0.9
    assert np.ptp(walk.past.score[-300:][known]) > 0.05


def test_what_follows_moves_no_row(walk: Walk) -> None:
    rows = len(walk.bars) - 40
    wild = walk_forward(walk.module.id, spoiled(walk.bars, rows), walk.config)
    cut = walk_forward(walk.module.id, walk.bars.closed(int(walk.bars.close_time[rows - 1]) + 1), walk.config)
    for name, column in walk.past.scalars.items():
        np.testing.assert_allclose(wild.scalars[name][:rows], column[:rows], rtol=0, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(cut.scalars[name], column[:rows], rtol=0, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(cut.score, walk.past.score[:rows], rtol=0, atol=1e-12)


def test_a_scalar_past_is_handed_on(walk: Walk) -> None:
    past = walk.past.past
    assert past.time is walk.past.time
    assert past.values == walk.past.scalars


def test_history_begins_anew_after_a_long_hole() -> None:
    early, late = walk_bars(700, seed=3, interval="1h"), walk_bars(800, seed=4, interval="1h")
    away = len(early) * SHORTEST_MS["1h"] + 40 * SHORTEST_MS["1h"]
    late = replace(late, open_time=late.open_time + away, close_time=late.close_time + away)
    config = trend_config()
    both = walk_forward("trend", _joined(early, late), config)
    alone = [walk_forward("trend", part, config) for part in (early, late)]
    np.testing.assert_array_equal(both.score, np.concatenate([part.score for part in alone]))
    assert len(both.time) == len(both.close) == 1500
    assert np.isnan(both.score[700:760]).all()


def _joined(early: Bars, late: Bars) -> Bars:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(early, name), getattr(late, name)]) for name in COLUMNS
    }
    return replace(late, **columns, as_of=int(late.close_time[-1]) + 1)


def test_an_executor_changes_nothing() -> None:
    bars, config = walk_bars(900, seed=8, interval="1h"), trend_config()
    with ThreadPoolExecutor(2) as executor:
        shared = walk_forward("trend", bars, config, executor=executor)
    np.testing.assert_array_equal(shared.score, walk_forward("trend", bars, config).score)


def test_the_other_market_takes_part_where_it_was_recorded() -> None:
    bars, config = walk_bars(900, seed=8, interval="1h"), trend_config()
    other = replace(bars, market="futures", close=bars.close * (1 + 1e-4 * np.sin(np.arange(900) / 7)))
    found = walk_forward("trend", bars, config, counterpart=other)
    alone = walk_forward("trend", bars, config)
    assert np.nanmax(np.abs(found.scalars["trend.strength"] - alone.scalars["trend.strength"])) > 0.05


def test_what_bars_do_not_suffice_for_is_refused() -> None:
    bars = walk_bars(50)
    with pytest.raises(NotReplayable, match="sentiment"):
        walk_forward("sentiment", bars, module_by("sentiment", MODULES).config())
    with pytest.raises(ValueError, match="no bars"):
        walk_forward("trend", bars.closed(0), trend_config())
    with pytest.raises(KeyError):
        walk_forward("fortune", bars, trend_config())
