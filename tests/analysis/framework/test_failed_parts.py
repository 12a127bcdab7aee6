"""A part that fails costs its own metrics, with the reason, and never the answer."""

import pickle
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

import analysis.anomaly.values
import analysis.regime.fit
import analysis.regime.values
import analysis.risk.fit
import analysis.risk.values
import analysis.trend.values
from analysis.features.filtered_returns import Recursion, filtered
from analysis.features.garch import fit_garch
from analysis.framework.answer import compute
from analysis.framework.bar_rules import rows_before
from analysis.framework.jobs import answer_of, fit_all
from analysis.framework.measured import Measured, attempted
from analysis.framework.module import AnyModule
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from analysis.risk_expos import MODULE as RISK
from tests.modules.inputs import inputs_of
from tests.support.recorded import bars_of
from utils.binance_api.bars import Bars

BROKEN = [
    ("trend", analysis.trend.values, "_kalman_values", {"kalman_slope_t", "kalman_level"}),
    ("trend", analysis.trend.values, "_oscillator_values", {"rsi_14"}),
    ("trend", analysis.trend.values, "_perpetual_values", set()),
    ("regime", analysis.regime.values, "dfa_hurst", {"hurst_dfa", "hurst_z"}),
    ("regime", analysis.regime.values, "now_features", set()),
    ("regime", analysis.regime.values, "_structure_values", {"entropy_3", "jump_share"}),
    ("risk", analysis.risk.values, "_drawdown", {"drawdown_max", "ulcer"}),
    ("risk", analysis.risk.values, "backtest_values", set()),
    ("redet", analysis.anomaly.values, "plain_values", {"return_z", "volume_mean"}),
]


DERIVED = {"p_ahead"}  # rests on what is known, the less the more uncertain


def broken(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("a surprise")


def answered(name: str) -> Analysis:
    module = next(one for one in MODULES if one.id == name)
    offered = inputs_of(name)
    config = offered.config() if hasattr(offered, "config") else module.config()
    return compute(module, offered.bare(), {}, config)


@pytest.mark.parametrize(("name", "where", "function", "lost"), BROKEN)
def test_the_rest_of_the_answer_stands(
    name: str, where: Any, function: str, lost: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answered(name)
    monkeypatch.setattr(where, function, broken)
    with capture_logs() as lines:
        answer = answered(name)
    assert {line["event"] for line in lines} == {"a part of the analysis failed"}
    failed = {m.id for m in answer.missing if m.reason is not None and m.reason.code == "part_failed"}
    assert lost <= failed
    assert failed
    for mine, theirs in zip(answer.metrics, whole.metrics, strict=True):
        if mine.id not in failed | DERIVED and mine.reason == theirs.reason:
            assert mine.value == theirs.value, mine.id
    assert any(m.value is not None for m in answer.metrics)
    assert all(scalar.reason is not None for scalar in answer.scalars if scalar.value is None)


@pytest.mark.parametrize(("name", "where"), [("regime", analysis.regime.fit), ("risk", analysis.risk.fit)])
def test_a_fit_that_fails_costs_what_rests_on_it(
    name: str, where: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: AnyModule = next(one for one in MODULES if one.id == name)
    config, inputs = module.config(), inputs_of(name).bare()
    times = [key.refit_time for key in module.fit_keys(inputs, config)][-2:]
    monkeypatch.setattr(where, "fit_garch", broken)
    with capture_logs() as lines:
        assert fit_all(module.package, inputs, config, times) == {}
    together = [f"{module.package}.fits"] if hasattr(where, "fits") else []
    assert [line["part"] for line in lines] == together + [f"{module.package}.fit"] * 2
    answer = answer_of(module, inputs, {}, config)
    assert sum(m.value is not None for m in answer.metrics) > 5


def test_a_refit_time_that_fails_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    module: AnyModule = next(one for one in MODULES if one.id == "regime")
    config, inputs = module.config(), inputs_of("regime").bare()
    *_, first, second = (key.refit_time for key in module.fit_keys(inputs, config))
    made, times = fit_all(module.package, inputs, config, [first, second]), (first, second)

    def only_second(bars: Bars, refit_time: int, count: int) -> Any:
        return broken() if refit_time == first else rows_before(bars, refit_time, count)

    monkeypatch.setattr("analysis.regime.fit.rows_before", only_second)
    with capture_logs() as lines:
        assert fit_all(module.package, inputs, config, times) == {second: made[second]}
    assert len(lines) == 2


def test_a_part_that_fails_leaves_its_columns_unknown() -> None:
    values = Measured(3)
    values.part("good", lambda: {"atr_14": np.arange(3.0)})
    values.part("bad", broken)
    assert np.isnan(values.column("rsi_14")).tolist() == [True] * 3
    specs = [spec for spec in MODULES[0].metrics if spec.id in ("atr_14", "rsi_14")]
    assert values.complete(specs).failed == {"rsi_14"}
    assert values["atr_14"].tolist() == [0, 1, 2]
    assert attempted("good", lambda: 1, 2) == 1
    assert attempted("bad", broken, 2) == 2


def test_what_must_end_the_process_is_not_swallowed() -> None:
    def interrupted() -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Measured(1).part("interrupted", interrupted)


def test_a_fit_without_shocks_has_a_constant_variance(shared_data: Path) -> None:
    returns = np.loadtxt(shared_data / "cases" / "returns_constant_variance.txt")
    fit = fit_garch(returns)
    assert fit.converged
    recursion = Recursion(fit.omega, fit.alpha, fit.beta)
    assert filtered(returns, recursion).next_variance == pytest.approx(np.var(returns), rel=0.2)
    with pytest.raises(ValueError, match="at most 1"):
        Recursion(1.0, np.nan, 0.0)
    with pytest.raises(ValueError, match="at most 1"):
        Recursion(1.0, 0.5, 0.6)


def test_risk_of_returns_with_a_constant_variance_is_answered(shared_data: Path) -> None:
    returns = np.loadtxt(shared_data / "cases" / "returns_constant_variance.txt")
    close = 100 * np.exp(np.cumsum(returns))
    opened = np.concatenate([[100.0], close[:-1]])
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * 1.001,
        "low": np.minimum(opened, close) / 1.001,
        "close": close,
        "volume": np.full(len(close), 1 + random.Random(1).random()),
    }
    step = 3_600_000
    opens = 1_700_000_000_000 // step * step + step * np.arange(len(close), dtype=np.int64)
    bars = bars_of(opens, columns, columns["volume"] * close, interval="1h")
    config = RISK.config()
    bare = inputs_of("risk").bare()
    inputs = replace(bare, bars=bars, as_of=bars.as_of, from_listing=True)
    times = [key.refit_time for key in RISK.fit_keys(inputs, config)]
    answer = answer_of(RISK, inputs, fit_all(RISK.package, inputs, config, times), config)
    assert answer.metric("vol_forecast").value is not None
    assert not [m.id for m in answer.missing if m.reason is not None and m.reason.code == "part_failed"]


def test_a_fit_that_says_nothing_is_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = SimpleNamespace(fit=lambda *_: None, fits=None)
    monkeypatch.setattr("analysis.framework.jobs.load_parts", lambda _: silent)
    made = fit_all(RISK.package, None, RISK.config(), [1, 2])
    assert {at: pickle.loads(fit) for at, fit in made.items()} == {1: None, 2: None}  # noqa: S301 - made here
