"""Gamma exposure by hand, against vollib's delta, and on the recorded chains."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from analysis.features import gamma_exposure
from analysis.features.gamma_exposure import OpenOptions, StrikeGamma
from tests.support import recorded_options, vollib_reference

BOOK = OpenOptions(
    forward=np.array([100.0, 100.0, 101.0, 101.0]),
    strike=np.array([90.0, 110.0, 90.0, 110.0]),
    years=np.array([0.1, 0.1, 0.3, 0.3]),
    volatility=np.array([0.7, 0.6, 0.65, 0.55]),
    is_call=np.array([False, True, False, True]),
    coins=np.array([50.0, 40.0, 10.0, 30.0]),
)


def hedge_in_dollars(options: OpenOptions, moved: float) -> Floats:
    """The delta hedge's value after a move: delta by vollib times coins times the new forward, per option."""
    rows = zip(
        options.forward,
        options.strike,
        options.years,
        options.volatility,
        options.is_call,
        options.coins,
        strict=True,
    )
    return np.array(
        [
            coins
            * f
            * moved
            * vollib_reference.delta(forward=f * moved, strike=k, years=t, volatility=v, is_call=c)
            for f, k, t, v, c, coins in rows
        ]
    )


def test_dollar_gamma_is_the_change_of_the_delta_hedge_per_percent() -> None:
    """The change of delta alone, in dollars at today's price: central difference of vollib's delta."""
    step = 1e-4
    forward = BOOK.forward
    up = hedge_in_dollars(BOOK, 1 + step) / (1 + step)
    down = hedge_in_dollars(BOOK, 1 - step) / (1 - step)
    per_percent = (up - down) / (2 * step) * 0.01
    assert_allclose(gamma_exposure.dollar_gamma(BOOK), per_percent, rtol=1e-5)
    assert len(forward) == 4


def test_strikes_hold_calls_and_puts_apart() -> None:
    made = gamma_exposure.by_strike(BOOK)
    each = gamma_exposure.dollar_gamma(BOOK)
    assert_array_equal(made.strike, [90.0, 110.0])
    assert_allclose(made.puts, [each[0] + each[2], 0.0])
    assert_allclose(made.calls, [0.0, each[1] + each[3]])
    assert made.gross == pytest.approx(each.sum())
    assert made.net == pytest.approx(each[1] + each[3] - each[0] - each[2])
    assert made.net_share == pytest.approx(made.net / made.gross)
    assert made.largest(1) == [110.0]


def test_what_is_unknown_or_expired_is_left_out_and_said() -> None:
    part = replace(BOOK, volatility=np.array([np.nan, 0.6, 0.65, 0.55]))
    assert gamma_exposure.by_strike(part).puts[0] == pytest.approx(gamma_exposure.dollar_gamma(BOOK)[2])
    assert part.covered == pytest.approx(80 / 130)
    assert BOOK.covered == 1.0
    nothing = replace(BOOK, coins=np.zeros(4))
    assert np.isnan(nothing.covered)
    assert np.isnan(gamma_exposure.by_strike(nothing).net_share)
    assert gamma_exposure.zero_gamma(nothing) is None


def test_the_zero_gamma_level_is_where_calls_and_puts_balance() -> None:
    """One put at 90 and one call at 110, alike otherwise: by symmetry of d1 the level is known."""
    pair = OpenOptions(
        forward=np.array([100.0, 100.0]),
        strike=np.array([90.0, 110.0]),
        years=np.array([0.1, 0.1]),
        volatility=np.array([0.6, 0.6]),
        is_call=np.array([False, True]),
        coins=np.array([1.0, 1.0]),
    )
    expected = np.sqrt(90 * 110) * np.exp(-(0.6**2) * 0.1 / 2)
    found = gamma_exposure.zero_gamma(pair)
    assert found is not None
    assert 100 * found == pytest.approx(expected, rel=1e-4)
    assert gamma_exposure.net_over_prices(pair, np.array([found]))[0] == pytest.approx(
        0, abs=1e-3 * pair.coins[0] * 100
    )


def test_of_several_crossings_the_nearest_and_none_without() -> None:
    calls = replace(BOOK, is_call=np.ones(4, np.bool_))
    assert gamma_exposure.zero_gamma(calls) is None
    ladder = OpenOptions(
        forward=np.full(3, 100.0),
        strike=np.array([80.0, 104.0, 125.0]),
        years=np.full(3, 0.02),
        volatility=np.full(3, 0.5),
        is_call=np.array([True, False, True]),
        coins=np.ones(3),
    )
    moved = np.exp(np.linspace(np.log(0.7), -np.log(0.7), 2001))
    net = gamma_exposure.net_over_prices(ladder, moved)
    crossings = moved[:-1][np.sign(net[:-1]) != np.sign(net[1:])]
    assert len(crossings) == 2
    nearest = crossings[np.argmin(np.abs(np.log(crossings)))]
    assert gamma_exposure.zero_gamma(ladder) == pytest.approx(nearest, abs=2e-3)


def test_on_recorded_chains_the_net_is_small_and_its_sign_turns_with_the_band(shared_data: Path) -> None:
    """BTC, 23 January 2026: the net is at most 5 % of the gross, the level lies within 1 % of the price.

    Over all strikes it is positive, over those within 10 % of the price negative.
    """
    shares = []
    for now, chain in recorded_options.btc_chains(shared_data).items():
        options = recorded_options.open_options(chain, now)
        made, level = gamma_exposure.by_strike(options), gamma_exposure.zero_gamma(options)
        assert options.covered > 0.999
        assert abs(made.net_share) < 0.05
        assert level == pytest.approx(1.0, abs=0.01)
        assert 3e8 < made.gross < 1e9
        near = np.abs(made.strike / options.forward[0] - 1) < 0.1
        shares.append(
            (made.net_share, StrikeGamma(made.strike[near], made.calls[near], made.puts[near]).net_share)
        )
    assert all(within < 0 < every for every, within in shares)
