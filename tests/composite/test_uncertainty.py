"""One sigma of a score: errors of inputs, groups that disagree, and what is missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composite.answer import answer
from composite.asked import Surroundings
from composite.core import CompositeRows, _rank_error
from composite.panel import Panel
from composite.uncertainty import uncertainty
from config.c_composite import CompositeSpec
from tests.composite.panels import CONTEXT, averaged, column, panel, random_panel, scored, spec_of, without

BACKDROP, TILT, PULL = "macro.backdrop", "sentiment.tilt", "corr.leader_pull"
SURPRISES = ("redet.surprise", "risk.surprise")
EVEN = 12**-0.5


def spec(*weights: float) -> CompositeSpec:
    names = zip((BACKDROP, TILT, PULL), ("slow", "positioning", "leaders"), weights, strict=False)
    inputs = [averaged(scalar, weight, group) for scalar, group, weight in names]
    return spec_of("macro_sentiment", *inputs, min_coverage=0.0, min_groups=0)


def alike(value: float, se: float, *, quality: float = 1.0) -> Panel:
    return panel(*(column(name, [value], se=se, quality=quality) for name in (BACKDROP, TILT, PULL)))


def sigma(rows: CompositeRows) -> float:
    return float(rows.uncertainty[-1])


def test_errors_add_up_by_their_weights() -> None:
    rows = scored(spec(0.5, 0.3, 0.2), alike(0.1, 0.2))
    assert sigma(rows) == pytest.approx(0.5 * 0.2 * np.sqrt(0.25 + 0.09 + 0.04))


def test_an_unknown_error_counts_as_none_beside_known_ones() -> None:
    mixed = panel(column(BACKDROP, [0.1], se=0.2), column(TILT, [0.1]))
    assert sigma(scored(spec(0.5, 0.5), mixed)) == pytest.approx(0.5 * 0.2 * 0.5)


def test_groups_that_disagree_widen_it_by_their_variance_over_their_number() -> None:
    values = {BACKDROP: 0.6, TILT: -0.2, PULL: 0.1}
    rows = scored(spec(1, 1, 1), panel(*(column(name, [one]) for name, one in values.items())))
    assert sigma(rows) == pytest.approx(0.5 * np.std(list(values.values()), ddof=1) / np.sqrt(3))


def test_members_of_one_group_do_not_disagree() -> None:
    specs = (averaged(BACKDROP, 1, "slow"), averaged(TILT, 1, "slow"))
    made = spec_of("macro_sentiment", *specs, min_groups=0)
    apart = panel(column(BACKDROP, [0.9], se=0.0), column(TILT, [-0.9], se=0.0))
    assert sigma(scored(made, apart)) == pytest.approx(0, abs=1e-15)


def test_where_nothing_of_it_is_known_there_is_none() -> None:
    alone = spec(1.0)
    assert np.isnan(sigma(scored(alone, panel(column(BACKDROP, [0.9])))))
    assert sigma(scored(alone, panel(column(BACKDROP, [0.9], quality=0.9)))) > 0
    found = answer(alone, panel(column(BACKDROP, [0.9])), CONTEXT, Surroundings(0, 0))
    assert (found.score is not None, found.uncertainty) == (True, None)
    assert np.isnan(sigma(scored(spec(0.5, 0.5), alike(0.1, np.nan))))


def test_that_of_a_test_is_unknown_where_the_rarest_channel_keeps_its_error_to_itself() -> None:
    made = spec_of("anomaly_alert", *(averaged(name, 1, "surprise", -1) for name in SURPRISES), min_groups=0)
    quiet = column("redet.surprise", [0.7], se=0.01)
    assert np.isnan(sigma(scored(made, panel(quiet, column("risk.surprise", [0.02])))))
    assert sigma(scored(made, panel(quiet, column("risk.surprise", [0.02], se=0.004)))) > 0.02


def test_what_is_not_covered_counts_by_the_deviation_of_the_score_itself() -> None:
    rows = scored(spec(0.5, 0.3, 0.2), alike(0.1, np.nan, quality=0.6))
    assert sigma(rows) == pytest.approx(0.4 * EVEN)
    rng = np.random.default_rng(3)
    long = panel(*(column(name, rng.uniform(-1, 1, 400), quality=0.6) for name in (BACKDROP,)))
    made = spec(1.0)
    scores = scored(made, long)
    assert sigma(scores) == pytest.approx(0.4 * np.std(scores.raw[:-1]))
    assert scores.uncertainty[249] == pytest.approx(0.4 * EVEN)
    assert scores.uncertainty[250] == pytest.approx(0.4 * np.std(scores.raw[:250]))


@given(
    value=st.floats(-1, 1),
    se=st.floats(0, 0.3),
    weights=st.tuples(*[st.floats(0.05, 1)] * 3),
    lost=st.sampled_from([BACKDROP, TILT, PULL]),
)
@settings(max_examples=60, deadline=None)
def test_a_missing_input_widens_it_all_else_equal(
    value: float, se: float, weights: tuple[float, float, float], lost: str
) -> None:
    whole, made = alike(value, se), spec(*weights)
    assert sigma(scored(made, without(whole, lost))) > sigma(scored(made, whole))


def test_that_of_a_rank_is_half_of_what_the_rank_moves_within_it() -> None:
    names = {"regime.vol_percentile": "volatility", "risk.tail": "tail"}
    specs = [averaged(name, 1, group) for name, group in names.items()]
    made = spec_of("risk_exposure", *specs, min_groups=0, min_coverage=0.0)
    rows = scored(made, random_panel(tuple(names), 600, 2))
    past, raw = rows.raw[:-1], rows.raw[-1]
    plain = np.sqrt(_squares(rows, float(np.std(past))))
    assert sigma(rows) == pytest.approx(np.mean((past > raw - plain) & (past < raw + plain)) / 2)
    assert np.isnan(rows.uncertainty[:250]).all()
    assert np.isfinite(rows.uncertainty[250:]).all()


def _squares(rows: CompositeRows, usual: float) -> float:
    """The three squared terms of the last raw score, term by term."""
    values, errors, weights = rows.game.values[:, -1], rows.game.errors[:, -1], rows.weights.effective[:, -1]

    def raw(given: list[float], held: list[float]) -> float:
        mean = float(np.average(given, weights=held))
        return 0.5 + 0.25 * mean + 0.25 * max(given)

    total = 0.0
    for place in range(2):
        ends = []
        for side in (-1, 1):
            moved = values.copy()
            moved[place] = np.clip(moved[place] + side * errors[place], -1, 1)
            ends.append(raw(moved.tolist(), weights.tolist()))
        total += ((ends[1] - ends[0]) / 2) ** 2
    alone, shares = 0.5 + 0.5 * values, weights / weights.sum()
    mean = float((shares * alone).sum())
    total += float(np.sum((alone - mean) ** 2 * shares / (1 - shares)) / 2)
    return total + ((1 - float(rows.coverage[-1])) * usual) ** 2


def test_that_one_group_is_the_worst_is_no_disagreement_of_a_risk() -> None:
    """Three groups at 0.1 and one at 0.9 are the mean's disagreement; the half that is the worst group adds nothing."""
    names = ("regime.vol_percentile", "risk.tail", "risk.surprise", "regime.stress")
    groups = ("volatility", "tail", "surprise", "slow")
    specs = [averaged(name, 1, group) for name, group in zip(names, groups, strict=True)]
    made = spec_of("risk_exposure", *specs, min_groups=0, min_coverage=0.0)
    apart = [0.1, 0.1, 0.1, 0.9]
    whole = panel(
        *(column(name, [value], kind="intensity") for name, value in zip(names, apart, strict=True))
    )
    rows = scored(made, whole)
    found = uncertainty(rows.game, rows.raw, rows.coverage, np.array([EVEN]), slice(None))
    assert found[0] == pytest.approx(np.std(apart, ddof=1) / np.sqrt(4))


@pytest.mark.parametrize(("se", "is_shown"), [(0.6, True), (0.7, False)])
def test_a_score_whose_sigma_is_over_a_third_of_its_scale_is_withheld(se: float, *, is_shown: bool) -> None:
    one, whole = spec(1.0), panel(column(BACKDROP, [0.1], se=se))
    rows, moment = scored(one, whole), int(whole.time[-1])
    assert (bool(np.isfinite(rows.score[-1])), bool(np.isfinite(rows.raw[-1]))) == (is_shown, True)
    found = answer(one, whole, CONTEXT, Surroundings(moment, moment))
    assert (found.score is not None) == is_shown
    assert found.uncertainty == pytest.approx(se / 2)
    assert [reason.code for reason in found.null_reasons] == ([] if is_shown else ["too_uncertain"])


@pytest.mark.parametrize("rows", [slice(None), slice(-1, None), slice(400, 600)])
def test_the_error_of_a_rank_is_half_of_what_the_rank_moves_by(rows: slice) -> None:
    rng = np.random.default_rng(9)
    raw, error = np.round(rng.random(700), 2), np.round(0.1 * rng.random(700), 2)
    raw[rng.random(700) < 0.1] = np.nan
    found, window = _rank_error(raw, error, 350, rows), 350
    for row in range(700)[rows]:
        past = raw[max(0, row - window) : row]
        past = past[np.isfinite(past)]
        if len(past) < 250 or not np.isfinite(raw[row]):
            assert np.isnan(found[row])
            continue
        low, high = (
            (past < end).mean() + (past == end).mean() / 2
            for end in (raw[row] - error[row], raw[row] + error[row])
        )
        assert found[row] == pytest.approx((high - low) / 2, abs=1e-12)
    assert np.isnan(np.delete(found, range(700)[rows])).all()
