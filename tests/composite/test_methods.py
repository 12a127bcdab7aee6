"""The blending methods: what they average, what they refuse, and that they look back alone."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.arrays import Floats
from composite.answer import answer
from composite.asked import ScoreContext, Surroundings
from composite.blend.pca import first_component
from composite.core import CompositeRows
from composite.panel import Panel
from composite.result import Composite
from config.c_composite import CompositeSpec, Method
from tests.composite.panels import CONTEXT, averaged, column, panel, scored, spec_of

DIRECTION, BACKDROP, PULL = "trend.direction", "macro.backdrop", "corr.leader_pull"
ROWS = 700
METHODS: tuple[Method, ...] = ("weighted_mean", "normalised_mean", "min_max_mean", "pca")


def spec(method: Method, polarity: int = 1) -> CompositeSpec:
    return spec_of(
        "macro_sentiment",
        averaged(BACKDROP, 0.5, "slow"),
        averaged(DIRECTION, 0.3, "trend", polarity),
        averaged(PULL, 0.2, "leaders"),
        method=method,
        min_coverage=0.0,
        min_groups=0,
    )


def together(rows: int = ROWS, seed: int = 4) -> Panel:
    """Three scalars that share a common part, of different spreads."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(rows)
    sizes = {DIRECTION: 0.3, BACKDROP: 0.1, PULL: 0.02}
    return panel(
        *(
            column(name, np.clip(size * (common + rng.standard_normal(rows)), -1, 1))
            for name, size in sizes.items()
        )
    )


def last(made: CompositeSpec, whole: Panel, context: ScoreContext = CONTEXT) -> Composite:
    moment = int(whole.time[-1])
    return answer(made, whole, context, Surroundings(as_of=moment, bar_close=moment))


def columns_of(rows: CompositeRows) -> list[Floats]:
    return [rows.raw, rows.uncertainty, *rows.contributions().values()]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_looks_back_alone_and_its_parts_add_up(method: Method) -> None:
    whole = together()
    rows, cut = scored(spec(method), whole), 650
    spoilt = {
        name: replace(one, values=np.append(one.values[:cut], np.full(ROWS - cut, -0.9)))
        for name, one in whole.columns.items()
    }
    again = scored(spec(method), replace(whole, columns=spoilt))
    for before, after in zip(columns_of(rows), columns_of(again), strict=True):
        assert_allclose(before[:cut], after[:cut], rtol=0, atol=1e-12)
    assert not np.allclose(rows.raw[cut:], again.raw[cut:])
    known = np.isfinite(rows.raw)
    assert known[600:].all()
    total = np.sum(list(rows.contributions().values()), axis=0)
    assert_allclose(total[known], rows.raw[known] - rows.neutral[known], rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_stays_in_range_and_moves_the_declared_way(method: Method) -> None:
    whole = together()
    rows = scored(spec(method), whole)
    known = rows.raw[np.isfinite(rows.raw)]
    assert ((known >= 0) & (known <= 1)).all()
    for name, one in whole.columns.items():
        values = np.append(one.values[:-1], min(one.values[-1] + 0.2, 1.0))
        higher = scored(
            spec(method), replace(whole, columns={**whole.columns, name: replace(one, values=values)})
        )
        assert higher.raw[-1] > rows.raw[-1]


def test_the_weighted_mean_is_what_its_weights_say() -> None:
    whole = panel(column(BACKDROP, [0.8]), column(DIRECTION, [-0.5]), column(PULL, [0.2]))
    rows = scored(spec("weighted_mean"), whole)
    assert rows.raw[0] == pytest.approx(0.5 + 0.5 * (0.5 * 0.8 - 0.3 * 0.5 + 0.2 * 0.2))


@pytest.mark.parametrize("method", ["normalised_mean", "min_max_mean"])
def test_a_normalised_mean_does_not_care_how_large_an_input_usually_is(method: Method) -> None:
    whole = together()
    small = whole.columns[DIRECTION]
    shrunk = {**whole.columns, DIRECTION: replace(small, values=small.values / 10)}
    rows, again = (scored(spec(method), replace(whole, columns=one)) for one in (whole.columns, shrunk))
    assert_allclose(rows.raw, again.raw, rtol=0, atol=1e-12)
    weighted = (scored(spec("weighted_mean"), replace(whole, columns=one)) for one in (whole.columns, shrunk))
    one, other = weighted
    assert not np.allclose(one.raw, other.raw)


def test_the_min_max_mean_ends_at_the_largest_past_size_and_keeps_the_neutral_value() -> None:
    steady = np.where(np.arange(120) % 2 == 0, 0.2, -0.1)
    steady[-3:] = (0.1, 0.0, 0.4)
    rows = scored(spec("min_max_mean"), panel(*(column(name, steady) for name in (BACKDROP, DIRECTION))))
    assert_allclose(2 * rows.raw[-3:] - 1, [0.5, 0.0, 1.0], atol=1e-12)
    assert np.isnan(rows.raw[:60]).all()
    silent = scored(
        spec("min_max_mean"), panel(*(column(name, np.zeros(120)) for name in (BACKDROP, DIRECTION)))
    )
    assert_allclose(silent.raw[60:], 0.5)


def test_the_component_is_that_of_the_correlation_and_turned_to_its_inputs() -> None:
    rng = np.random.default_rng(8)
    common = rng.standard_normal(400)
    values = np.array([common + 0.5 * rng.standard_normal(400) for _ in range(3)])
    found = first_component(values)
    sizes, vectors = np.linalg.eigh(np.corrcoef(values))
    assert found.share == pytest.approx(sizes[-1] / 3)
    assert_allclose(found.loadings, np.abs(vectors[:, -1]), atol=1e-12)
    assert_allclose(first_component(-values).loadings, found.loadings, atol=1e-12)
    assert found.usable
    assert first_component(np.vstack([values[:2], -values[2:]])).against.tolist() == [False, False, True]
    assert not first_component(values[:, :249]).usable
    assert first_component(values[:, :250]).usable
    assert not first_component(values[:1]).usable


def test_the_component_refuses_inputs_that_contradict_their_polarity() -> None:
    agreed = last(spec("pca"), together())
    assert agreed.score is not None
    assert "pca_share" in {note.code for note in agreed.notes}
    refused = last(spec("pca", polarity=-1), together())
    assert refused.score is None
    assert [reason.code for reason in refused.null_reasons] == ["pca_contradicts"]
    assert refused.null_reasons[0].params["inputs"] == DIRECTION


def test_the_component_needs_a_past() -> None:
    refused = last(spec("pca"), together(rows=200))
    assert refused.score is None
    assert [reason.code for reason in refused.null_reasons] == ["few_past_values"]


@dataclass(frozen=True)
class Steep:
    """A model that looks at one input alone."""

    inputs: tuple[str, ...] = (DIRECTION, "micro.alpha")

    def predict(self, values: Floats) -> Floats:
        return 1 / (1 + np.exp(-(values[:, 0] + 0.1)))


def test_without_a_model_the_ensemble_is_refused_with_the_command_that_trains_it() -> None:
    refused = last(spec("ensemble"), together())
    assert (refused.score, refused.raw) == (None, None)
    (reason,) = refused.null_reasons
    assert "scripts/train_ensemble" in reason.text


def test_a_model_takes_the_place_of_the_average_and_is_explained() -> None:
    whole = together()
    context = replace(CONTEXT, model=Steep())
    rows = scored(spec("ensemble"), whole, context)
    probability = 1 / (1 + np.exp(-(whole.columns[DIRECTION].values + 0.1)))
    assert_allclose(rows.raw, probability, atol=1e-12)
    assert_allclose(rows.neutral, 1 / (1 + np.exp(-0.1)), atol=1e-12)
    found = last(spec("ensemble"), whole, context)
    assert found.neutral == pytest.approx(1 / (1 + np.exp(-0.1)))
    by_input = {one.input: one.contribution for one in found.contributions}
    assert by_input[BACKDROP] == pytest.approx(0, abs=1e-15)
    assert by_input[DIRECTION] == pytest.approx(probability[-1] - 1 / (1 + np.exp(-0.1)))


@pytest.mark.parametrize("method", ["normalised_mean", "pca"])
def test_bars_too_long_for_the_usual_past_are_answered(method: Method) -> None:
    whole = together(rows=100)
    holed = replace(whole.columns[PULL], values=np.where(np.arange(100) % 7 == 0, np.nan, 0.01))
    rows = scored(
        spec(method), replace(whole, columns={**whole.columns, PULL: holed}), replace(CONTEXT, interval="1w")
    )
    assert np.isfinite(rows.raw[-1]) == (method == "normalised_mean")
