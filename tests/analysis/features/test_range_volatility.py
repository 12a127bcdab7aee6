"""Range volatilities against loops over the papers' formulas and against a simulated walk of known volatility."""

from math import log, sqrt
from statistics import fmean, variance

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.features import range_volatility as rv

N = 20


def bars(
    count: int, steps: int = 60, sigma: float = 0.01, drift: float = 0.0
) -> tuple[Floats, Floats, Floats, Floats]:
    """Open, high, low, close of a walk of ``steps`` ticks a bar, sigma per bar, opening a little off the close."""
    rng = np.random.default_rng(11)
    ticks = rng.normal(drift / steps, sigma / sqrt(steps), (count, steps))
    gaps = rng.normal(0, sigma / 5, (count, 1))
    path = np.cumsum(np.concatenate([gaps, ticks], axis=1).ravel()).reshape(count, -1)
    path = 100 * np.exp(path)
    return path[:, 0], path.max(axis=1), path.min(axis=1), path[:, -1]


OPEN, HIGH, LOW, CLOSE = bars(200)
ESTIMATES = {
    "close": lambda o, h, l_, c: rv.close_to_close(c, N),
    "parkinson": lambda o, h, l_, c: rv.parkinson(h, l_, N),
    "garman_klass": lambda o, h, l_, c: rv.garman_klass(o, h, l_, c, N),
    "yang_zhang": lambda o, h, l_, c: rv.yang_zhang(o, h, l_, c, N),
}


def by_loop(name: str, end: int) -> float:
    rows = range(end - N + 1, end + 1)
    o, h, l_, c = (x.tolist() for x in (OPEN, HIGH, LOW, CLOSE))
    if name == "close":
        return sqrt(variance(log(c[i] / c[i - 1]) for i in rows))
    if name == "parkinson":
        return sqrt(sum(log(h[i] / l_[i]) ** 2 for i in rows) / (4 * N * log(2)))
    if name == "garman_klass":
        body = 2 * log(2) - 1
        return sqrt(fmean(0.5 * log(h[i] / l_[i]) ** 2 - body * log(c[i] / o[i]) ** 2 for i in rows))
    inside = fmean(log(h[i] / c[i]) * log(h[i] / o[i]) + log(l_[i] / c[i]) * log(l_[i] / o[i]) for i in rows)
    k = 0.34 / (1.34 + (N + 1) / (N - 1))
    jump = variance(log(o[i] / c[i - 1]) for i in rows)
    return sqrt(jump + k * variance(log(c[i] / o[i]) for i in rows) + (1 - k) * inside)


@pytest.mark.parametrize("name", ESTIMATES)
def test_equals_a_loop_over_the_published_formula(name: str) -> None:
    ours = ESTIMATES[name](OPEN, HIGH, LOW, CLOSE)
    first = N if name in ("close", "yang_zhang") else N - 1
    assert np.isnan(ours[:first]).all()
    for end in range(first, 200, 17):
        assert ours[end] == pytest.approx(by_loop(name, end), rel=1e-10)


@pytest.mark.parametrize("name", ESTIMATES)
def test_recovers_the_volatility_of_a_walk(name: str) -> None:
    columns = bars(1500, steps=1000)
    squares = ESTIMATES[name](*columns)[N::N] ** 2
    with_gaps = name in ("close", "yang_zhang")  # the other two see the inside of a bar only
    true = 0.01 * sqrt(1.04 if with_gaps else 1)
    assert np.sqrt(squares.mean()) == pytest.approx(true, rel=0.06)


def test_yang_zhang_ignores_drift_that_parkinson_counts() -> None:
    columns = bars(1500, steps=1000, drift=0.01)
    assert np.sqrt((rv.yang_zhang(*columns, N)[N::N] ** 2).mean()) == pytest.approx(0.0102, rel=0.06)
    assert np.sqrt((rv.parkinson(columns[1], columns[2], N)[N::N] ** 2).mean()) > 0.0112


@pytest.mark.parametrize("name", ESTIMATES)
def test_rows_before_the_cut_ignore_what_follows(name: str) -> None:
    cut = 120
    garbage = [
        np.concatenate([x[:cut], np.full(80, 1e6 * (k + 1))]) for k, x in enumerate((OPEN, HIGH, LOW, CLOSE))
    ]
    whole = ESTIMATES[name](OPEN, HIGH, LOW, CLOSE)
    assert_array_equal(ESTIMATES[name](*garbage)[:cut], whole[:cut])


@pytest.mark.parametrize("name", ESTIMATES)
def test_degenerate_columns(name: str) -> None:
    columns = [OPEN.copy(), HIGH.copy(), LOW.copy(), CLOSE.copy()]
    for column in columns:
        column[60] = np.nan
        column[61] = 0.0
    holed = ESTIMATES[name](*columns)
    assert np.isnan(holed[60 : 61 + N]).all()
    assert np.isfinite(holed[62 + N :]).all()
    still = np.full(50, 7.0)
    assert_array_equal(ESTIMATES[name](still, still, still, still)[N:], 0.0)
    assert np.isnan(ESTIMATES[name](*(x[:5] for x in columns))).all()
    assert len(ESTIMATES[name](*(x[:0] for x in columns))) == 0


def test_annualised_by_hand() -> None:
    assert rv.annualised(np.array([0.01]), 1440)[0] == pytest.approx(0.01 * sqrt(365))
    assert rv.annualised(np.array([0.01]), 15)[0] == pytest.approx(0.01 * sqrt(365 * 96))


def test_parameters_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="minutes per bar"):
        rv.annualised(CLOSE, 0)
    with pytest.raises(ValueError, match="2 bars or more"):
        rv.close_to_close(CLOSE, 1)
