"""Black's formulas against vollib, one option at a time, and against the recorded chains."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features import black76
from tests.support import recorded_options, vollib_reference

DAY_MS = 86_400_000
NOW = 1_700_000_000_000
EXPIRY_OF_SAMPLE = 1_763_625_600_000  # 2025-11-20 08:00 UTC

rng = np.random.default_rng(20)
N = 200
FORWARD = rng.uniform(50, 150, N)
STRIKE = FORWARD * np.exp(rng.normal(0, 0.15, N))
YEARS = rng.uniform(1 / 365, 1.5, N)
VOLATILITY = rng.uniform(0.2, 1.8, N)
IS_CALL = rng.random(N) < 0.5
ROWS: list[dict[str, Any]] = [
    {"forward": float(f), "strike": float(k), "years": float(t), "volatility": float(v), "is_call": bool(c)}
    for f, k, t, v, c in zip(FORWARD, STRIKE, YEARS, VOLATILITY, IS_CALL, strict=True)
]
PRICE = black76.price(forward=FORWARD, strike=STRIKE, years=YEARS, volatility=VOLATILITY, is_call=IS_CALL)


def test_prices_are_those_of_vollib() -> None:
    assert_allclose(PRICE, [vollib_reference.price(**row) for row in ROWS], rtol=1e-9, atol=1e-12)


def test_gamma_is_that_of_vollib_whichever_side() -> None:
    found = black76.gamma(forward=FORWARD, strike=STRIKE, years=YEARS, volatility=VOLATILITY)
    assert_allclose(found, [vollib_reference.gamma(**row) for row in ROWS], rtol=1e-9)


def test_the_volatility_that_a_price_implies_is_the_one_it_was_made_with() -> None:
    found = black76.implied_volatility(
        price=PRICE, forward=FORWARD, strike=STRIKE, years=YEARS, is_call=IS_CALL
    )
    worth = PRICE - np.maximum(np.where(IS_CALL, FORWARD - STRIKE, STRIKE - FORWARD), 0)
    sure = worth > 1e-6 * FORWARD  # below, rounding of the price leaves no volatility to find
    assert sure.mean() > 0.9
    assert_allclose(found[sure], VOLATILITY[sure], rtol=1e-6)
    for row, price, volatility in zip(ROWS, PRICE, found, strict=True):
        if price > 1e-3:
            asked = {name: value for name, value in row.items() if name != "volatility"}
            assert vollib_reference.implied_volatility(price=float(price), **asked) == pytest.approx(
                volatility, rel=1e-4
            )


@pytest.mark.parametrize(
    ("price", "is_call"),
    [(0.0, True), (20.0, True), (19.9, True), (120.0, True), (0.0, False), (100.0, False), (np.nan, False)],
)
def test_no_volatility_at_intrinsic_or_beyond_what_an_option_can_cost(price: float, is_call: bool) -> None:
    found = black76.implied_volatility(
        price=np.array([price]),
        forward=np.array([120.0]),
        strike=np.array([100.0]),
        years=np.array([0.1]),
        is_call=np.array([is_call]),
    )
    assert_array_equal(found, [np.nan])


def test_time_runs_to_the_millisecond_of_the_last_day() -> None:
    left = black76.years_to_expiry(
        expiry=np.array([NOW + DAY_MS // 2, NOW + 1, NOW, NOW - 1], np.int64), now=NOW
    )
    assert_allclose(left, [0.5 / 365, 1 / (365 * DAY_MS), np.nan, np.nan])
    gamma = black76.gamma(
        forward=np.full(4, 100.0), strike=np.full(4, 100.0), years=left, volatility=np.full(4, 0.6)
    )
    assert gamma[0] == pytest.approx(
        vollib_reference.gamma(forward=100, strike=100, years=0.5 / 365, volatility=0.6, is_call=True)
    )
    assert_array_equal(np.isnan(gamma), [False, False, True, True])


def test_units_are_those_of_the_documented_mark(shared_data: Path) -> None:
    """The exchange's sample of 2025-11-11: zero rate, volatility a fraction, expiry 08:00 UTC, gamma per dollar."""
    with gzip.open(shared_data / "rest" / "binance_official_doc_examples.jsonl.gz", "rt") as file:
        samples = [json.loads(line) for line in file]
    mark = next(s["json"][0] for s in samples if s["test"] == "option_mark_price_subscription")
    option = {
        "forward": np.array([float(mark["i"])]),
        "strike": np.array([126_000.0]),
        "years": black76.years_to_expiry(expiry=np.array([EXPIRY_OF_SAMPLE]), now=mark["E"]),
        "volatility": np.array([float(mark["vo"])]),
    }
    assert black76.price(**option, is_call=np.array([True]))[0] == pytest.approx(float(mark["mp"]), rel=1e-5)
    assert black76.gamma(**option)[0] == pytest.approx(float(mark["g"]), abs=5.1e-9)


def test_published_gammas_of_a_recorded_chain_are_ours_rounded(shared_data: Path) -> None:
    """Deribit rounds to five decimals, which leaves nothing of a third of the open options' gammas."""
    for now, chain in recorded_options.btc_chains(shared_data).items():
        options = recorded_options.open_options(chain, now)
        ours = black76.gamma(
            forward=options.forward, strike=options.strike, years=options.years, volatility=options.volatility
        )
        later = options.years > 1 / 365  # in the last hours the forward moves more than the rounding
        assert_allclose(chain["gamma"].to_numpy()[later], ours[later], atol=1.1e-5)
        rounded_away = (chain["gamma"].to_numpy() == 0)[options.coins > 0]
        assert 0.25 < rounded_away.mean() < 0.45


def test_parity_of_recorded_prices_implies_one_volatility_per_strike(shared_data: Path) -> None:
    """On ETH bid and ask prices of 8 January 2024: what calls and puts imply overlaps at every strike.

    Prices are in coins; a call minus a put is worth 1 - K/F coins.
    """
    chain = recorded_options.eth_quotes(shared_data)
    bid, ask = (
        black76.implied_volatility(
            price=getattr(chain, side) * chain.forward,
            forward=chain.forward,
            strike=chain.strike,
            years=chain.years,
            is_call=chain.is_call,
        )
        for side in ("bid", "ask")
    )
    pairs = recorded_options.pairs(expiry=chain.years, strike=chain.strike, is_call=chain.is_call)
    low = np.fmax(bid[pairs.call], bid[pairs.put])
    high = np.fmin(ask[pairs.call], ask[pairs.put])
    judged = np.isfinite(low + high)
    assert judged.sum() > 60
    assert (low <= high + 1e-9)[judged].all()
