"""A score whose uncertainty exceeds a third of its range is withheld with the reason, in every module."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.answer import answer
from analysis.framework.jobs import trace_of
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import AnyModule, AnyTrace, ScoreRows, load_parts
from analysis.framework.question import LATEST, Scope
from analysis.framework.result import Analysis
from analysis.framework.uncertainty import too_uncertain_rows, withheld
from analysis.registry import MODULES
from bot.http_api.shapes import analysis_answer
from tests.modules.inputs import inputs_of
from tests.modules.test_contract import Case

CASES = {module.id: Case(module, inputs_of(module.id)) for module in MODULES}


@pytest.fixture(params=MODULES, ids=lambda module: module.id)
def case(request: pytest.FixtureRequest) -> Case:
    module: AnyModule = request.param
    return CASES[module.id]


def told(case: Case, share: float) -> Analysis:
    """The answer of a module whose last uncertainty is such a share of its range."""
    fits, parts = case.fits(case.whole), load_parts(case.module.package)
    trace: AnyTrace = parts.trace(case.whole, fits, case.config, LATEST)
    error = trace.uncertainty.copy()
    error[-1] = share * (case.module.score.high - case.module.score.low)
    trace = withheld(replace(trace, uncertainty=error), case.module)
    words = parts.words(trace, case.whole, fits, case.config)
    return answer(case.module, case.whole, case.config, trace, words)


def test_up_to_a_third_the_score_stands(case: Case) -> None:
    found = told(case, 0.333)
    assert found.score == case.answer.score
    assert found.null_reasons == ()


def test_beyond_it_there_is_a_reason_and_no_score(case: Case) -> None:
    found, module = told(case, 0.35), case.module
    assert case.answer.score is not None
    assert found.score is None
    assert [reason.code for reason in found.null_reasons] == ["too_uncertain"]
    error = 0.35 * (module.score.high - module.score.low)
    assert found.null_reasons[0].text == f"its error of ± {round(error, 2)} is over a third of the scale"
    assert found.percentile is None
    assert found.direction is None
    assert not any(metric.contribution for metric in found.metrics)
    assert found.verdict is None or found.verdict != case.answer.verdict
    assert [metric.value for metric in found.metrics] == [metric.value for metric in case.answer.metrics]
    assert found.scalars == case.answer.scalars
    sent = analysis_answer(found)
    assert sent["score"] is None
    assert sent["null_reasons"]


def test_a_history_withholds_the_same_rows(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    path = case.path
    error = np.where(np.arange(len(path.time)) % 2, 0.0, 10.0)
    loud = replace(path, uncertainty=error)
    monkeypatch.setattr("analysis.framework.jobs.load_parts", lambda _: _Parts(loud))
    found = trace_of(case.module, case.whole, {}, case.config, Scope(len(path.time)))
    assert np.isnan(found.score[::2]).all()
    np.testing.assert_array_equal(found.score[1::2], path.score[1::2])


class _Parts:
    """Pure functions whose trace is known."""

    def __init__(self, trace: AnyTrace) -> None:
        self._trace = trace

    def trace(self, *_: object) -> AnyTrace:
        return self._trace


@pytest.mark.parametrize(
    ("low", "high", "most"), [(0.0, 1.0, 1 / 3), (-1.0, 1.0, 2 / 3), (0.0, 100.0, 100 / 3)]
)
def test_a_third_is_one_of_the_whole_range(low: float, high: float, most: float) -> None:
    spec = ScoreSpec("score", low, high, (low + high) / 2)
    found = too_uncertain_rows(spec, np.array([most - 1e-9, most + 1e-9, np.nan]))
    assert found.tolist() == [False, True, False]


def test_a_headline_is_withheld_by_its_own_range() -> None:
    module = replace(MODULES[0], headlines=(ScoreSpec("crowding", -1.0, 1.0, 0.0),))
    path = CASES[module.id].path
    count = len(path.time)
    rows = ScoreRows(np.full(count, 0.4), np.linspace(0, 1, count), np.ones(count))
    kept = withheld(replace(path, headlines={"crowding": rows}), module).headlines["crowding"].score
    assert np.isfinite(kept).tolist() == (rows.uncertainty <= 2 / 3).tolist()
