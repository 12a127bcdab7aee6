"""Figures of a chain whose volatilities are known, by Black-Scholes with zero rate."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from utils.binance_api.answers import Answer
from utils.option_chain import OptionChain
from utils.recorder.option_figures import recorded_chain, summary_of
from utils.recorder.smiles import smiles_of

DAY = 86_400_000
NOW = 1_700_000_000_000
SPOT, CARRY = 100.0, 1.02  # the forward lies 2 % above the index
STRIKES = np.arange(60.0, 160.0, 2.5)


def vol(strike: float, forward: float, atm: float, slope: float, bend: float) -> float:
    away = math.log(strike / forward)
    return atm + slope * away + bend * away**2


def line(expiry: int, strike: float, call: bool, shape: tuple[float, float, float]) -> dict[str, Any]:
    forward = SPOT * CARRY
    iv = vol(strike, forward, *shape)
    spread = iv * math.sqrt((expiry - NOW) / (365 * DAY))
    d1 = (math.log(forward / strike) + spread**2 / 2) / spread
    worth = forward * norm.cdf(d1) - strike * norm.cdf(d1 - spread)
    delta = norm.cdf(d1) if call else norm.cdf(d1) - 1
    price = worth if call else worth - forward + strike
    return {"expiry": expiry, "strike": strike, "is_call": call, "iv": iv, "delta": delta, "price": price}


def chain(shapes: dict[int, tuple[float, float, float]]) -> OptionChain:
    lines = [
        line(NOW + days * DAY, strike, call, shape)
        for days, shape in shapes.items()
        for strike in STRIKES
        for call in (False, True)
    ]

    def column(name: str, dtype: Any = np.float64) -> Any:
        return np.array([row[name] for row in lines], dtype)

    blank, ones = np.full(len(lines), np.nan), np.ones(len(lines))
    return OptionChain(
        underlying="BTCUSDT",
        index_price=SPOT,
        index_at=NOW,
        open_interest_at=NOW,
        missing=(),
        symbols=tuple(str(number) for number in range(len(lines))),
        expiry=column("expiry", np.int64),
        strike=column("strike"),
        is_call=column("is_call", np.bool_),
        unit=ones * 0.1,
        underlying_price=ones * SPOT * CARRY,
        mark_price=column("price"),
        mark_iv=column("iv"),
        bid_iv=blank,
        ask_iv=blank,
        delta=column("delta"),
        gamma=blank,
        theta=blank,
        vega=blank,
        open_interest=ones * 4,
        open_interest_usd=ones * 40,
        bid_price=blank,
        ask_price=blank,
        volume=blank,
    )


def figures(made: OptionChain) -> dict[str, float | None]:
    return dict(summary_of(Answer(made, NOW, "binance.options.mark", NOW + 5), "binance").figures)


def at_delta(days: int, shape: tuple[float, float, float], delta: float, call: bool) -> float:
    """The volatility whose own delta is the asked one, found by halving."""
    low, high = 60.0, 160.0
    for _ in range(60):
        middle = (low + high) / 2
        higher = line(NOW + days * DAY, middle, call, shape)["delta"] > delta
        low, high = (middle, high) if higher else (low, middle)
    return float(line(NOW + days * DAY, low, call, shape)["iv"])


FLAT, SKEWED = (0.5, 0.0, 0.0), (0.6, -0.4, 0.5)


def test_at_30_days_exactly_the_figures_are_those_of_the_smile() -> None:
    found = figures(chain({10: FLAT, 30: SKEWED, 60: FLAT}))
    call, put = at_delta(30, SKEWED, 0.25, True), at_delta(30, SKEWED, -0.25, False)
    assert found["atm_iv_30d_pct"] == pytest.approx(60.0, abs=0.05)
    assert found["risk_reversal_25d_30d_pts"] == pytest.approx(100 * (call - put), abs=0.1)
    assert found["butterfly_25d_30d_pts"] == pytest.approx(100 * ((call + put) / 2 - 0.6), abs=0.1)
    assert call < put


def test_between_expiries_total_variance_is_linear_in_time() -> None:
    found = figures(chain({20: (0.4, 0.0, 0.0), 40: (0.6, 0.0, 0.0)}))
    expected = math.sqrt((0.4**2 * 20 + 0.6**2 * 40) / 2 / 30)
    assert found["atm_iv_30d_pct"] == pytest.approx(100 * expected, abs=1e-6)
    assert found["risk_reversal_25d_30d_pts"] == pytest.approx(0.0, abs=1e-9)


def test_nothing_is_extrapolated() -> None:
    found = figures(chain({10: FLAT, 20: FLAT}))
    assert found["atm_iv_30d_pct"] is None
    assert found["risk_reversal_25d_30d_pts"] is None
    assert found["open_interest_base"] == pytest.approx(0.1 * 4 * 2 * 2 * len(STRIKES))


def test_missing_lines_leave_what_they_must() -> None:
    made = chain({20: FLAT, 40: FLAT})
    interest = made.open_interest.copy()
    interest[0] = np.nan
    no_puts = np.where(made.is_call, made.mark_iv, np.nan)
    found = figures(replace(made, open_interest=interest, mark_iv=no_puts))
    assert found["put_open_interest_base"] is None
    assert found["open_interest_base"] is None
    assert found["call_open_interest_base"] is not None
    assert found["risk_reversal_25d_30d_pts"] is None


def test_a_summary_gives_back_the_smiles_and_what_was_kept_beside_them() -> None:
    made = chain({10: SKEWED, 20: FLAT, 60: FLAT})
    no_puts = replace(
        made, mark_iv=np.where(made.is_call | (made.expiry > NOW + 20 * DAY), made.mark_iv, np.nan)
    )
    answer = Answer(no_puts, NOW, "binance.options.mark", NOW + 5)
    found = recorded_chain(summary_of(answer, "binance", ({"own": 1.5}, ({"at": NOW},))))
    assert (found.ts, found.known_at, found.figures["own"], found.beside) == (
        NOW,
        NOW + 5,
        1.5,
        ({"at": NOW},),
    )
    kept, whole = found.smiles, smiles_of(no_puts)
    assert [one.expiry for one in kept] == [one.expiry for one in whole]
    for ours, theirs in zip(kept, whole, strict=True):
        for name in ("forward", "atm_iv", "risk_reversal", "butterfly", "call_open_interest"):
            expected = getattr(theirs, name)
            assert getattr(ours, name) == (None if expected is None else pytest.approx(expected)), name
    assert kept[0].risk_reversal is None
    assert kept[2].risk_reversal is not None


def test_the_surface_has_a_row_per_expiry_with_its_forward_from_parity() -> None:
    summary = summary_of(
        Answer(chain({20: FLAT, 40: SKEWED}), NOW, "binance.options.mark", NOW + 5), "binance"
    )
    assert [row["expiry"] for row in summary.surface] == [NOW + 20 * DAY, NOW + 40 * DAY]
    assert [row["forward"] for row in summary.surface] == pytest.approx([102.0, 102.0])
    assert (summary.ts, summary.known_at) == (NOW, NOW + 5)
