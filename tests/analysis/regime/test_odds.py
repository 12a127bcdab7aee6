"""P(ahead) and P(trend): the logistic against scikit-learn's, its shares, walks, and the shipped table."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from analysis.regime.features import regime_features
from analysis.regime.odds import CLIP, has_edge, odds_ahead
from analysis.regime.odds_table import OddsTable, nearest_interval, shipped_table
from analysis.regime.scored_metrics import AHEAD_FEATURES as FEATURES
from analysis.regime.shipped import parsed
from analysis.regime.words import ahead_note
from tests.support.recorded import bars_of, walk_bars
from utils.binance_api.bars import Bars

TABLE = shipped_table()
FEATURE_ROWS = regime_features(walk_bars(800, seed=5), TABLE.windows)


def garch_walk(seed: int, n: int) -> Bars:
    """A walk without memory of direction whose variance clusters (alpha 0.1, beta 0.85) with t(5) tails."""
    rng = np.random.default_rng(seed)
    z = rng.standard_t(5, n) * 0.6**0.5
    steps, variance = np.empty(n), 1.0
    for row, shock in enumerate(z.tolist()):
        steps[row] = 0.01 * variance**0.5 * shock
        variance = 0.05 + (0.1 * shock**2 + 0.85) * variance
    close = 100 * np.exp(np.cumsum(steps))
    opened = np.concatenate([[100.0], close[:-1]])
    reach = np.abs(steps)[:, None] * np.abs(rng.standard_normal((n, 2)))
    high, low = np.maximum(opened, close) * (1 + reach[:, 0]), np.minimum(opened, close) * (1 - reach[:, 1])
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": np.ones(n)}
    return bars_of(3_600_000 * np.arange(n, dtype=np.int64), columns, close, interval="1h")


def test_probability_equals_scikit_learn_with_the_same_numbers() -> None:
    odds = TABLE.intervals["4h"]
    x = np.column_stack([(FEATURE_ROWS[f] - odds.centre[f]) / odds.scale[f] for f in FEATURES])[-300:]
    model = LogisticRegression()
    model.classes_ = np.array([0, 1])
    model.coef_ = odds.slope * np.array([[odds.coefficient[f] for f in FEATURES]])
    model.intercept_ = np.array([odds.slope * odds.intercept + odds.shift])
    theirs = model.predict_proba(np.clip(x, -CLIP, CLIP))[:, 1]
    assert_allclose(odds_ahead(FEATURE_ROWS, "4h").probability[-300:], theirs, rtol=1e-12)


def test_shares_add_up_to_the_distance_from_one_half() -> None:
    found = odds_ahead(FEATURE_ROWS, "1h")
    total = np.sum([*found.contributions().values(), found.constant_contribution()], axis=0)
    assert_allclose(total[-400:], found.probability[-400:] - 0.5, atol=1e-15)
    terms = np.sum(list(found.terms.values()), axis=0)
    assert_allclose(found.constant + terms[-400:], found.logit[-400:], rtol=1e-12)


def test_shares_at_a_logit_of_zero_are_finite() -> None:
    odds = replace(TABLE.intervals["1h"], intercept=0.0, shift=0.0)
    even = {name: np.full(3, odds.centre[name]) for name in FEATURES}
    even["squeeze"][1] += odds.scale["squeeze"] * 1e-9
    found = odds_ahead(even, "1h", replace(TABLE, intervals={"1h": odds}))
    assert found.probability[0] == 0.5
    expected = odds.slope * odds.coefficient["squeeze"] * 1e-9 / 4
    assert found.contributions()["squeeze"][1] == pytest.approx(expected, rel=1e-6)


def test_a_missing_feature_has_no_term_and_lowers_coverage() -> None:
    some = {name: values[-3:].copy() for name, values in FEATURE_ROWS.items()}
    whole = odds_ahead(some, "1h")
    for name in FEATURES:
        some[name][2] = np.nan
    some["fdi_z"][0] = np.nan
    found = odds_ahead(some, "1h")
    sizes = {name: abs(b) for name, b in TABLE.intervals["1h"].coefficient.items()}
    assert found.terms["fdi_z"][0] == 0
    assert found.coverage[0] == pytest.approx(1 - sizes["fdi_z"] / sum(sizes.values()))
    assert found.logit[0] == pytest.approx(whole.logit[0] - whole.terms["fdi_z"][0])
    assert found.coverage[1:].tolist() == [1.0, 0.0]
    assert np.isnan(found.probability[2])
    assert np.isnan(found.contributions()["squeeze"][2])


def test_a_wild_feature_counts_as_one_at_four_deviations() -> None:
    odds = TABLE.intervals["1h"]
    some = {name: np.full(1, odds.centre[name]) for name in FEATURES}
    some["vr_z"] = np.array([1e9])
    term = odds_ahead(some, "1h").terms["vr_z"][0]
    assert term == pytest.approx(odds.slope * odds.coefficient["vr_z"] * 4)


@pytest.mark.parametrize(
    ("asked", "used"),
    [("1h", "1h"), ("2h", "1h"), ("3m", "15m"), ("30m", "15m"), ("6h", "4h"), ("12h", "1d"), ("1w", "1d")],
)
def test_other_intervals_use_the_nearest_and_say_so(asked: str, used: str) -> None:
    assert nearest_interval(TABLE.intervals, asked) == used
    assert odds_ahead(FEATURE_ROWS, asked).fitted_on == used


@pytest.mark.parametrize("interval", list(TABLE.intervals))
@pytest.mark.parametrize("walk", ["gaussian", "clustered"])
def test_walks_average_one_half(interval: str, walk: str) -> None:
    bars = [walk_bars(1500, seed=s) if walk == "gaussian" else garch_walk(s, 1500) for s in range(100, 104)]
    known = [
        odds_ahead(regime_features(b, TABLE.windows), interval).probability[TABLE.windows.bars :]
        for b in bars
    ]
    assert np.mean(known) == pytest.approx(0.5, abs=0.05)


def test_the_shipped_table_names_its_span_and_its_scores() -> None:
    assert "2020-01-01" <= TABLE.first < TABLE.last <= "2023-12-31"
    assert set(TABLE.intervals) == {"15m", "1h", "4h", "1d"}
    for odds in TABLE.intervals.values():
        assert TABLE.first <= odds.first < odds.last <= TABLE.last
        assert set(odds.coefficient) == set(odds.centre) == set(odds.scale) == set(FEATURES)
        assert 0 <= odds.slope <= 1
        for scores in (odds.out_of_fold, odds.hold_out):
            assert scores is not None
            assert scores.rows > 1000
            assert scores.slope_low <= scores.slope <= scores.slope_high
            assert 0.4 < scores.auc < 0.65
    assert "2023-06" in TABLE.intervals["15m"].note


def test_a_broken_table_says_what_is_wrong() -> None:
    text = msgspec.json.encode(replace(TABLE, horizon="20"))  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError, match="horizon"):
        parsed(text, OddsTable)
    assert parsed(msgspec.json.encode(TABLE), OddsTable) == TABLE


def test_a_side_is_named_only_where_the_record_has_one() -> None:
    assert has_edge("1h", 0.51)
    assert has_edge("4h", 0.48)
    assert not has_edge("15m", 0.5)  # no better than chance out of fold
    assert not has_edge("1d", 0.5)
    assert not has_edge("1h", 0.44)  # below what the fit had seen
    assert not has_edge("1h", 0.6)
    one = TABLE.intervals["1h"]
    assert not has_edge("1h", 0.51, replace(TABLE, intervals={"1h": replace(one, hold_out=None)}))


@pytest.mark.parametrize(
    ("p", "error", "codes"),
    [
        (0.52, 0.01, ["ahead_straighter"]),
        (0.48, 0.01, ["ahead_rougher"]),
        (0.52, 0.03, ["ahead_no_edge"]),
        (0.504, 0.001, ["ahead_no_edge"]),  # it reads 0.50, which is no side
        (0.496, 0.001, ["ahead_no_edge"]),
        (0.99, 0.01, ["ahead_no_edge"]),
        (np.nan, 0.01, []),
    ],
)
def test_a_side_is_named_where_the_number_shown_has_one(p: float, error: float, codes: list[str]) -> None:
    interval = next(name for name in TABLE.intervals if has_edge(name, 0.5))
    found = ahead_note(interval, p, error)
    assert [note.code for note in found] == codes
    assert all(note.params["p"] == round(p, 2) for note in found)
