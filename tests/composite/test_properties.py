"""What holds of every composite score, whatever its inputs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from composite.asked import ScoreContext
from composite.core import CompositeRows, compute
from composite.declared import BY_NAME
from composite.defaults import default_specs
from composite.panel import Panel
from composite.scores.formulas import FORMULAS
from config.c_composite import CompositeSpec
from tests.composite.panels import (
    kind_of,
    random_panel,
    scored,
    with_column,
    without,
)

NAMES = tuple(FORMULAS)
SEEDS = st.integers(0, 2**32 - 1)
ROWS = 80
WARM = 70
"""Rows after which trailing regressions have their past."""
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
FEW = settings(max_examples=10, deadline=None, phases=PHASES)
MANY = settings(max_examples=30, deadline=None, phases=PHASES)
FEWER = settings(max_examples=3, deadline=None, phases=PHASES)


def open_spec(name: str) -> CompositeSpec:
    """The shipped score without floors and gates, so that every row has a raw score if it can have one."""
    return default_specs()[name].changed(min_coverage=0.0, min_groups=0, gates=())


def outcome(name: str, seed: int, *, holes: float = 0.0, rows: int = ROWS) -> tuple[Panel, CompositeRows]:
    spec = open_spec(name)
    whole = random_panel(spec.scalars(), rows, seed, holes=holes)
    return whole, scored(spec, whole)


def raised(whole: Panel, scalar: str, rng: np.random.Generator) -> Panel:
    """The panel with the last value of one scalar a little higher."""
    one = whole.columns[scalar]
    values = one.values.copy()
    values[-1] += rng.random() * (1 - values[-1])
    return with_column(whole, replace(one, values=values))


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS, holes=st.sampled_from([0.0, 0.3]))
@FEW
def test_a_score_and_its_parts_stay_in_their_ranges(name: str, seed: int, holes: float) -> None:
    _, rows = outcome(name, seed, holes=holes)
    declared = BY_NAME[name]
    assert np.isfinite(rows.raw).any()
    for column in (rows.raw, rows.score, rows.neutral):
        known = column[np.isfinite(column)]
        assert ((known >= declared.low) & (known <= declared.high)).all()
    for part in rows.game.parts.values():
        known = part.values[np.isfinite(part.values)]
        assert ((known >= part.low) & (known <= part.high)).all()
    assert ((rows.coverage >= 0) & (rows.coverage <= 1)).all()
    sure = np.isfinite(rows.percentile if rows.game.ranked else rows.raw)
    assert (rows.uncertainty[sure] >= 0).all()


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS, holes=st.sampled_from([0.0, 0.3]))
@FEW
def test_contributions_add_up_to_raw_less_neutral(name: str, seed: int, holes: float) -> None:
    _, rows = outcome(name, seed, holes=holes)
    known = np.isfinite(rows.raw)
    total = np.sum(list(rows.contributions().values()), axis=0)
    assert_allclose(total[known], (rows.raw - rows.neutral)[known], rtol=0, atol=1e-12)
    assert np.abs(total[known]).max() > 0


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS)
@FEW
def test_the_order_of_inputs_changes_nothing(name: str, seed: int) -> None:
    whole, rows = outcome(name, seed)
    rng = np.random.default_rng(seed)
    inputs = open_spec(name).inputs
    order = rng.permutation(len(inputs))
    again = scored(open_spec(name).changed(inputs=tuple(inputs[place] for place in order)), whole)
    assert_allclose(again.raw, rows.raw, rtol=0, atol=1e-12)
    assert_allclose(again.uncertainty, rows.uncertainty, rtol=0, atol=1e-12)
    mine, theirs = rows.contributions(), again.contributions()
    for scalar, column in mine.items():
        assert_allclose(theirs[scalar], column, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS)
@FEWER
def test_what_comes_later_changes_no_row(name: str, seed: int) -> None:
    whole, rows = outcome(name, seed, rows=400)
    cut, rng = 330, np.random.default_rng(seed)
    spoilt = {
        scalar: replace(one, values=spoil(one.values, cut, rng), se=spoil(one.se, cut, rng))
        for scalar, one in whole.columns.items()
    }
    again = scored(rows.spec, replace(whole, columns=spoilt))
    for before, after in zip(columns_of(rows), columns_of(again), strict=True):
        assert_allclose(before[:cut], after[:cut], rtol=0, atol=1e-14)
    short = scored(rows.spec, first_rows(whole, cut))
    for before, after in zip(columns_of(rows), columns_of(short), strict=True):
        assert_allclose(before[:cut], after, rtol=0, atol=1e-14)


def spoil(values: Floats, cut: int, rng: np.random.Generator) -> Floats:
    return np.concatenate([values[:cut], rng.choice([-7.0, 0.0, 9.0, np.nan], len(values) - cut)])


def first_rows(whole: Panel, rows: int) -> Panel:
    columns = {
        scalar: replace(
            one,
            values=one.values[:rows],
            se=one.se[:rows],
            age_s=one.age_s[:rows],
            quality=one.quality[:rows],
        )
        for scalar, one in whole.columns.items()
    }
    return replace(whole, time=whole.time[:rows], columns=columns)


def columns_of(rows: CompositeRows) -> list[Floats]:
    return [
        *(rows.raw, rows.score, rows.uncertainty, rows.percentile, rows.coverage, rows.neutral),
        *rows.parts.values(),
        *rows.contributions().values(),
    ]


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS)
@MANY
def test_a_score_moves_the_way_its_inputs_are_declared_to(name: str, seed: int) -> None:
    whole, rows = outcome(name, seed)
    rng = np.random.default_rng(seed)
    for spec in rows.inputs.specs:
        if spec.role == "averaged":
            higher = scored(rows.spec, raised(whole, spec.scalar, rng))
            assert spec.polarity * (higher.raw[-1] - rows.raw[-1]) >= -1e-12, spec.scalar


@pytest.mark.parametrize("name", NAMES)
@given(seed=SEEDS)
@FEW
def test_a_missing_input_is_not_a_neutral_one_and_lowers_coverage(name: str, seed: int) -> None:
    whole, rows = outcome(name, seed)
    for spec in rows.inputs.specs:
        one = whole.columns[spec.scalar]
        lacking = scored(rows.spec, with_column(whole, replace(one, values=np.full(ROWS, np.nan))))
        assert (lacking.coverage < rows.coverage)[WARM:].all(), spec.scalar
        neutral = scored(
            rows.spec, with_column(whole, replace(one, values=np.full(ROWS, middle(spec.scalar))))
        )
        if spec.role == "averaged" and not np.isnan(lacking.raw).all():
            assert not np.allclose(neutral.raw[WARM:], lacking.raw[WARM:], rtol=0, atol=1e-9), spec.scalar


def middle(scalar: str) -> float:
    return 0.0 if kind_of(scalar) == "directional" else 0.5


@pytest.mark.parametrize("name", NAMES)
def test_below_a_floor_there_is_no_score(name: str) -> None:
    spec = default_specs()[name].changed(gates=())
    whole = random_panel(spec.scalars(), ROWS, 1)
    kept = next(one.scalar for one in spec.counted if one.role == "averaged")
    alone = scored(spec, without(whole, *(set(whole.columns) - {kept})))
    below = (alone.coverage < spec.min_coverage) | (alone.groups < alone.min_groups)
    assert_array_equal(np.isnan(alone.raw) & below, below)
    assert below.all() or spec.min_groups < 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [1, 400])
def test_the_last_row_alone_is_the_last_of_every_row(name: str, rows: int) -> None:
    shown, spec = 30, open_spec(name)
    whole = random_panel(spec.scalars(), rows, 3, holes=0.1)
    context = ScoreContext("BTCUSDT", "spot", "4h")
    every, latest = compute(spec, whole, context), compute(spec, whole, context, shown=shown)
    for part in ("raw", "coverage", "uncertainty", "neutral", "percentile"):
        assert_allclose(getattr(latest, part)[-1], getattr(every, part)[-1], rtol=0, atol=1e-13, err_msg=part)
    known = latest.score[-shown:]
    vague = every.vague[-shown:] & ~latest.vague[-shown:]  # all rows before the last have no uncertainty
    assert_allclose(known[~vague], every.score[-shown:][~vague], rtol=0, atol=1e-13)
