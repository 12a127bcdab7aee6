"""What an input weighs: its group's vote, the match of horizons, age, quality; and the share of one raw fact."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analysis.registry import MODULES
from composite.declared_scalars import declared_scalars
from composite.defaults import default_specs
from composite.input_rows import read_inputs, signed
from composite.panel import Panel
from composite.weights import horizon_match, parent_shares, shared_weights, weigh
from config.c_composite import PARENT_LIMIT, InputSpec
from tests.composite.panels import HOUR_S, averaged, column, panel, random_panel, scored, spec_of
from utils.binance_api.intervals import DAY, SHORTEST_MS

WEIGHTS = st.floats(0.01, 10)
TREND, SLOW, STRETCH, TILT, PULL = (
    "trend.direction",
    "trend.slow",
    "trend.stretch",
    "sentiment.tilt",
    "corr.leader_pull",
)


def test_a_group_has_the_vote_of_its_largest_member_shared_in_proportion() -> None:
    specs = (averaged(TREND, 0.4, "trend"), averaged(SLOW, 0.2, "trend"), averaged(TILT, 0.3, "positioning"))
    assert_allclose(shared_weights(specs), [0.4 * 2 / 3, 0.4 / 3, 0.3])


@given(first=WEIGHTS, second=WEIGHTS, other=WEIGHTS, copies=st.integers(1, 4), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_copies_share_one_vote(first: float, second: float, other: float, copies: int, seed: int) -> None:
    """An input in as many copies of its weight is one vote; a split of what is not the largest changes nothing."""
    names = [SLOW, STRETCH, "flow.pressure", "micro.alpha"][:copies]
    whole = random_panel((TREND, TILT, PULL), 5, seed)
    source = replace(whole.columns[TREND], quality=np.ones(5), se=np.full(5, np.nan))
    cloned = replace(
        whole, columns={**whole.columns, TREND: source, **{one: replace(source, name=one) for one in names}}
    )
    rest = (averaged(TILT, other, "positioning"), averaged(PULL, 0.1, "leaders"))
    alone = scored(spec_of("macro_sentiment", averaged(TREND, first, "trend"), *rest), cloned)
    group = [averaged(name, first, "trend") for name in names]
    many = scored(spec_of("macro_sentiment", *group, *rest), cloned)
    assert_allclose(many.raw, alone.raw, rtol=0, atol=1e-12)
    assert_allclose(
        np.sum([many.contributions()[name] for name in names], axis=0),
        alone.contributions()[TREND],
        rtol=0,
        atol=1e-12,
    )
    assert_allclose(many.contributions()[TILT], alone.contributions()[TILT], rtol=0, atol=1e-12)
    large = averaged(PULL, first + second, "trend")
    whole_group = (large, averaged(names[0], second, "trend"), rest[0])
    split_group = (large, *(averaged(name, second / copies, "trend") for name in names), rest[0])
    one, other_rows = (
        scored(spec_of("macro_sentiment", *specs), cloned) for specs in (whole_group, split_group)
    )
    assert_allclose(other_rows.raw, one.raw, rtol=0, atol=1e-12)


@given(first=WEIGHTS, other=WEIGHTS, share=st.floats(0.01, 1))
def test_a_further_view_of_a_fact_takes_nothing_from_other_groups(
    first: float, other: float, share: float
) -> None:
    before = shared_weights((averaged(TREND, first, "trend"), averaged(TILT, other, "positioning")))
    after = shared_weights(
        (
            averaged(TREND, first, "trend"),
            averaged(TILT, other, "positioning"),
            averaged(SLOW, first * share, "trend"),
        )
    )
    assert after[1] == before[1]
    assert after[0] + after[2] == pytest.approx(before[0])


def test_horizons_match_by_their_ratio_either_way() -> None:
    found = horizon_match(np.array([3600.0, 7200.0, 1800.0, np.nan]), 3600.0, 2.0)
    assert_allclose(found, [1, np.exp(-np.log(2) / 2), np.exp(-np.log(2) / 2), 1])


def weights_of(whole: Panel, *specs: InputSpec) -> tuple[float, float]:
    """Effective weight of the first input and coverage, in the last row."""
    inputs = read_inputs(specs, whole, {})
    found = weigh(inputs, HOUR_S, 2.0)
    return float(found.effective[0, -1]), float(found.coverage()[-1])


@pytest.mark.parametrize(
    ("age_h", "quality", "expected"),
    [(0, 1, 0.4), (1, 1, 0.2), (2, 1, 0.1), (4, 1, 0.025), (4.001, 1, 0.0), (0, 0.5, 0.2), (1, 0.5, 0.1)],
)
def test_weight_halves_with_each_half_life_and_is_gone_after_four(
    age_h: float, quality: float, expected: float
) -> None:
    whole = panel(column(TREND, [0.5], age_s=age_h * HOUR_S, quality=quality), column(TILT, [0.1]))
    specs = (averaged(TREND, 0.4, "trend"), averaged(TILT, 0.6, "positioning"))
    effective, coverage = weights_of(whole, *specs)
    assert effective == pytest.approx(expected)
    assert coverage == pytest.approx(0.6 + expected)
    inputs = read_inputs(specs, whole, {})
    assert bool(inputs.present[0, 0]) is (age_h <= 4)


def test_what_has_no_column_weighs_by_its_declared_horizon() -> None:
    specs = (averaged(TREND, 0.4, "trend"), averaged("macro.backdrop", 0.6, "slow"))
    made = spec_of("macro_sentiment", *specs, min_coverage=0.0, min_groups=0)
    rows = scored(made, panel(column(TREND, [0.5])))
    match = np.exp(-np.log(7 * 24) / 2)  # seven daily bars against one hour
    assert rows.coverage[0] == pytest.approx(0.4 / (0.4 + 0.6 * match))


def test_polarity_and_kind_are_turned_in_one_place() -> None:
    values = np.array([0.0, 0.25, 1.0, np.nan])
    assert_allclose(signed(values, "directional", -1), [0, -0.25, -1, np.nan])
    for kind in ("intensity", "probability", "p_value"):
        assert_allclose(signed(values, kind, 1), [-1, -0.5, 1, np.nan])
        assert_allclose(signed(values, kind, -1), [1, 0.5, -1, np.nan])


def declared_panel(interval: str, scalars: tuple[str, ...], intervals: dict[str, str]) -> Panel:
    """One fresh row of every scalar with the parents and horizons that its module declares."""
    made = []
    for name in scalars:
        module, spec = declared_scalars()[name]
        own = module.interval_of(intervals.get(module.id, interval))
        horizon_s = spec.horizon(SHORTEST_MS[own] / 1000)
        made.append(column(name, [0.3], horizon_s=horizon_s, parents=spec.parents_on(own)))
    return panel(*made)


@pytest.mark.parametrize("interval", list(SHORTEST_MS))
@pytest.mark.parametrize("name", list(default_specs()))
def test_no_raw_fact_carries_more_than_its_limit(name: str, interval: str) -> None:
    spec = default_specs()[name]
    if not spec.counted:
        pytest.skip("nothing is weighed")
    whole = declared_panel(interval, spec.scalars(), spec.intervals)
    inputs = read_inputs(spec.counted, whole, {})
    shares = parent_shares(inputs, weigh(inputs, spec.horizon(SHORTEST_MS[interval] / 1000), 2))
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares.values()) <= spec.parent_limit, shares
    assert (spec.parent_limit > PARENT_LIMIT) == bool(spec.parent_reason)


@pytest.mark.parametrize("interval", ["1m", "5m", "15m", "1h", "4h", "1d"])
def test_the_slow_backdrop_never_leads_the_risk_of_an_interval(interval: str) -> None:
    """Volatility, tail and surprise are about the bars that were asked about, and so is the score."""
    spec = default_specs()["risk_exposure"]
    inputs = read_inputs(spec.counted, declared_panel(interval, spec.scalars(), spec.intervals), {})
    structural = weigh(inputs, spec.horizon(SHORTEST_MS[interval] / 1000), spec.tau).structural
    votes = {
        group: sum(weight for one, weight in zip(spec.counted, structural, strict=True) if one.group == group)
        for group in ("volatility", "tail", "slow")
    }
    assert max(votes, key=lambda group: votes[group]) != "slow"
    if SHORTEST_MS[interval] < DAY:
        assert votes["slow"] < 0.15 * structural.sum()


def test_a_limit_above_the_usual_one_is_needed_where_it_is_given() -> None:
    for name, spec in default_specs().items():
        if spec.parent_reason:
            whole = declared_panel("4h", spec.scalars(), spec.intervals)
            inputs = read_inputs(spec.counted, whole, {})
            assert (
                max(parent_shares(inputs, weigh(inputs, spec.horizon(14400), 2)).values()) > PARENT_LIMIT
            ), name


def test_every_module_hands_over_scalars_with_parents() -> None:
    assert all(spec.parents for module in MODULES for spec in module.scalars)


def test_a_multiplier_keeps_its_weight_beside_the_members_of_its_group() -> None:
    multiplier = averaged("trend.strength", 0.2, "trend").model_copy(update={"role": "multiplier"})
    specs = (averaged(TREND, 0.5, "trend"), averaged(SLOW, 0.1, "trend"), multiplier)
    assert_allclose(shared_weights(specs), [0.5 * 0.5 / 0.6, 0.1 * 0.5 / 0.6, 0.2])
