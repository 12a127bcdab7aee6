"""What every module promises, asked of every declared module: no look-ahead, exact sums, honest holes, one answer."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jsonschema
import msgspec
import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.framework.answer import compute
from analysis.framework.module import AnyModule, AnyTrace, load_parts
from analysis.framework.question import LATEST, Scope
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.http_api.openapi import answer_schema_name, openapi_document
from bot.http_api.operations import REF
from bot.http_api.shapes import analysis_answer
from tests.modules.inputs import Inputs, inputs_of

HEAVY = ("pandas", "scipy", "sklearn", "talib", "pywt", "matplotlib", "statsmodels", "arch")
SHORT = (1, 2, 5, 30, 120)
ARRAYS = ("values", "signals", "groups", "multipliers", "scalars", "scalar_se")


@dataclass(frozen=True, eq=False)
class Case:
    """A module with inputs of its own, each answer made once."""

    module: AnyModule
    inputs: Inputs

    @cached_property
    def config(self) -> Any:
        """The configuration of the tests, small where the module's file has one."""
        small = getattr(self.inputs, "config", None)
        return self.module.config() if small is None else small()

    @cached_property
    def whole(self) -> Any:
        """Inputs with every source."""
        return self.inputs.whole()

    @cached_property
    def answer(self) -> Analysis:
        """The answer of ``whole``."""
        return self.read(self.whole)

    @cached_property
    def path(self) -> AnyTrace:
        """The whole trace of ``whole``."""
        return self.traced(self.whole)

    def fits(self, inputs: Any) -> dict[int, Any]:
        """Every fit these inputs need."""
        fit = load_parts(self.module.package).fit
        keys = self.module.fit_keys(inputs, self.config)
        return {key.refit_time: fit(inputs, self.config, key.refit_time) for key in keys}

    def read(self, inputs: Any, fits: Mapping[int, Any] | None = None) -> Analysis:
        """Fit and compute."""
        return compute(self.module, inputs, self.fits(inputs) if fits is None else fits, self.config)

    def traced(self, inputs: Any) -> AnyTrace:
        """Fit and trace every row."""
        scope = Scope(len(inputs.bars))
        asked = _in_scope(inputs, scope)
        return load_parts(self.module.package).trace(asked, self.fits(asked), self.config, scope)


def _in_scope(inputs: Any, scope: Scope) -> Any:
    return replace(inputs, scope=scope)


def columns(module: AnyModule, path: AnyTrace) -> Iterator[tuple[str, Floats]]:
    """Every column of a trace that has more than its last row."""
    for name in ("direction", "score", "uncertainty", "coverage"):
        yield name, getattr(path, name)
    last_alone = {spec.id for spec in module.metrics if spec.latest_only}
    for family in ARRAYS:
        for name, column in getattr(path, family).items():
            if name not in last_alone:
                yield f"{family}.{name}", column


@pytest.fixture(scope="module", params=MODULES, ids=lambda module: module.id)
def case(request: pytest.FixtureRequest) -> Case:
    module: AnyModule = request.param
    return Case(module, inputs_of(module.id))


def test_the_declaration_is_whole(case: Case) -> None:
    module = case.module
    ids = [spec.id for spec in module.metrics]
    assert len(ids) == len(set(ids)) > 0
    assert all(0 < len(spec.title) <= 14 and spec.help.endswith(".") for spec in module.metrics)
    assert len({spec.title for spec in module.metrics}) == len(ids)
    assert set(case.path.values) == set(ids)
    assert [spec.name for spec in module.scalars] == list(case.path.scalars)
    assert {spec.name for spec in module.headlines} == set(case.path.headlines)
    weights = getattr(case.config, "weights", None)
    if weights is not None:
        keyed = {spec.key for spec in module.metrics if spec.group is not None or spec.weight_key}
        assert keyed == set(weights.model_dump())
    assert {spec.group for spec in module.metrics} - {None} <= set(module.groups) | set(case.path.multipliers)


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_nothing_after_a_row_moves_it(case: Case, share: float) -> None:
    rows = int(share * len(case.whole.bars))
    spoilt = dict(columns(case.module, case.traced(case.inputs.garbage(case.whole, rows))))
    for name, column in columns(case.module, case.path):
        np.testing.assert_array_equal(column[:rows], spoilt[name][:rows], err_msg=name)


def test_an_answer_does_not_know_what_follows(case: Case) -> None:
    rows = int(0.9 * len(case.whole.bars))
    early = case.read(case.inputs.cut(case.whole, rows))
    blind = case.read(case.inputs.cut(case.inputs.garbage(case.whole, rows), rows))
    assert early.metrics == blind.metrics
    assert (early.score, early.labels, early.verdict) == (blind.score, blind.labels, blind.verdict)
    assert early.bar_close == int(case.whole.bars.close_time[rows - 1])


def assert_same(name: str, said: float | None, traced: float) -> None:
    assert (said is None) == np.isnan(traced), name
    assert said is None or said == pytest.approx(float(traced), rel=1e-7, abs=1e-9), name


def test_an_answer_is_the_last_row_of_the_whole_trace(case: Case) -> None:
    answer, path = case.answer, case.path
    assert answer.coverage == path.coverage[-1]
    for name in ("score", "direction", "uncertainty"):
        assert_same(name, getattr(answer, name), getattr(path, name)[-1])
    for metric in answer.metrics:
        assert_same(metric.id, metric.value, path.values[metric.id][-1])
    for scalar in answer.scalars:
        assert_same(scalar.name, scalar.value, path.scalars[scalar.name][-1])


def test_the_past_of_the_scalars_ends_with_the_answer(case: Case) -> None:
    past = case.answer.past
    assert list(past.values) == [scalar.name for scalar in case.answer.scalars]
    for scalar in case.answer.scalars:
        column = past.values[scalar.name]
        assert len(column) == len(past.time)
        assert column.base is None
        assert (float(column[-1]) if np.isfinite(column[-1]) else None) == scalar.value
    if past.values:
        assert past.time[-1] == case.answer.bar_close
        assert (np.diff(past.time) > 0).all()


@pytest.mark.parametrize("before", [1, 60])
def test_a_row_of_the_past_is_what_was_said_at_its_close(case: Case, before: int) -> None:
    if case.module.job == "stream":
        pytest.skip("what a live reading says is not said again of a past moment")
    past = case.answer.past
    then = case.read(case.inputs.cut(case.whole, len(case.whole.bars) - before))
    for scalar in then.scalars:
        said = np.nan if scalar.value is None else scalar.value
        assert past.time[-1 - before] == then.bar_close
        assert past.values[scalar.name][-1 - before] == pytest.approx(said, rel=0, abs=1e-9, nan_ok=True)


def test_what_was_asked_before_does_not_move_an_answer(case: Case) -> None:
    early = case.inputs.cut(case.whole, int(0.9 * len(case.whole.bars)))
    kept = case.fits(case.whole) | case.fits(early)
    wanted = {key.refit_time for key in case.module.fit_keys(early, case.config)}
    alone, after = case.read(early), case.read(early, {time: kept[time] for time in wanted})
    assert (alone.score, alone.metrics) == (after.score, after.metrics)


def test_contributions_add_up_to_score_minus_neutral(case: Case) -> None:
    answer = case.answer
    assert answer.score is not None
    steps = sum(group.contribution for group in answer.groups if group.id not in case.module.groups)
    steps += sum(
        group.contribution
        for group in answer.groups
        if group.id in case.module.groups and all(metric.group != group.id for metric in answer.metrics)
    )
    away = answer.score - answer.neutral
    assert sum(group.contribution for group in answer.groups) == pytest.approx(away, abs=1e-12)
    assert sum(metric.contribution for metric in answer.metrics) + steps == pytest.approx(away, abs=1e-12)


def test_missing_sources_lower_coverage_and_never_the_answer(case: Case) -> None:
    bare = case.read(case.inputs.bare())
    assert 0 <= bare.coverage <= case.answer.coverage <= 1
    assert case.answer.coverage == pytest.approx(1.0)
    absent = case.inputs.bare().missing
    needing = [spec for spec in case.module.metrics if set(spec.needs) & set(absent)]
    for spec in needing:
        metric = bare.metric(spec.id)
        assert metric.value is None
        assert metric.reason is not None


def assert_holes_are_named(answer: Analysis) -> None:
    for metric in answer.missing:
        assert metric.reason is not None, metric.id
        assert metric.reason.text
    for scalar in answer.scalars:
        assert scalar.value is not None or (scalar.reason is not None and scalar.reason.text), scalar.name
    silent = [metric.id for metric in answer.metrics if metric.weight > 0 and metric.signal is None]
    assert all(answer.metric(name).reason is not None for name in silent)
    assert answer.score is not None or answer.null_reasons


@pytest.mark.parametrize("rows", SHORT)
def test_every_missing_value_of_a_short_history_has_a_reason(case: Case, rows: int) -> None:
    answer = case.read(case.inputs.short(rows))
    assert len(case.inputs.short(rows).bars) == rows
    assert_holes_are_named(answer)


def test_every_missing_value_without_sources_has_a_reason(case: Case) -> None:
    assert_holes_are_named(case.read(case.inputs.bare()))
    assert_holes_are_named(case.answer)


def test_everything_travels_between_processes(case: Case) -> None:
    fits = case.fits(case.whole)
    job = (compute, case.module, case.whole, fits, case.config)
    made, *arguments = pickle.loads(pickle.dumps(job))  # noqa: S301
    assert made(*arguments).score == case.answer.score
    assert pickle.loads(pickle.dumps(case.answer)).metrics == case.answer.metrics  # noqa: S301


def test_drawn_columns_stand_over_the_same_bars(case: Case) -> None:
    lengths = {len(column) for column in case.answer.series.values()}
    assert len(lengths) == 1
    assert {"time", "open", "high", "low", "close", "volume"} <= set(case.answer.series)
    assert case.answer.series["time"][-1] == case.whole.bars.open_time[-1]


def test_labels_are_among_the_declared(case: Case) -> None:
    for key, word in case.answer.labels.items():
        assert word in case.module.labels[key]


def test_the_json_answer_fits_the_schema(case: Case) -> None:
    document = openapi_document(MODULES, (), "1")
    schema = {"$ref": REF.format(name=answer_schema_name(case.module)), **document}
    for answer in (case.answer, case.read(case.inputs.short(SHORT[0]))):
        body = json.loads(json.dumps(analysis_answer(answer), allow_nan=False, default=read_raw))
        jsonschema.validate(body, schema)
        assert body[case.module.score.name] == body["score"]
        assert "past" not in body


def read_raw(encoded: object) -> Any:
    """Read what is JSON already."""
    assert isinstance(encoded, msgspec.Raw)
    return json.loads(bytes(encoded))


def test_a_declaration_loads_no_numerical_library(case: Case) -> None:
    code = (
        f"import sys, {case.module.declared_in}; print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_the_request_is_answered_for_its_latest_bar(case: Case) -> None:
    assert case.whole.scope == LATEST
    assert (case.answer.as_of, case.answer.is_final) == (case.whole.as_of, True)
