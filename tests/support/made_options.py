"""An option chain made from known smiles, priced by Black (1976)."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.black76 import YEAR_MS, price
from utils.option_chain import OptionChain
from utils.options_api.delta import black_delta

DAY_MS = 86_400_000
Shape = tuple[float, float, float]
"""Volatility at the forward, and its slope and bend over ln(strike / forward)."""


def made_chain(now: int, spot: float, shapes: Mapping[float, Shape], *, carry: float = 0.02) -> OptionChain:
    """Return the options of so many days by their smiles; the forward is ``spot`` times exp(``carry`` * years).

    Strikes lie within 40 % of the price; more calls are open above it and more puts below.
    """
    strikes = np.round(spot * np.linspace(0.6, 1.4, 33), 6)
    grid = [
        (now + round(days * DAY_MS), strike, call)
        for days in shapes
        for strike in strikes
        for call in (False, True)
    ]
    expiry = np.array([row[0] for row in grid], np.int64)
    strike, is_call = np.array([row[1] for row in grid]), np.array([row[2] for row in grid], np.bool_)
    years = (expiry - now) / YEAR_MS
    forward = spot * np.exp(carry * years)
    volatility = _smile(
        np.log(strike / forward), np.repeat(np.array(list(shapes.values())), 2 * len(strikes), axis=0)
    )
    terms = {"forward": forward, "strike": strike, "years": years, "volatility": volatility}
    open_interest = np.where(is_call == (strike > spot), 40.0, 10.0)
    blank = np.full(len(grid), np.nan)
    return OptionChain(
        underlying="BTC",
        index_price=spot,
        index_at=now,
        open_interest_at=now,
        missing=(),
        symbols=tuple(str(number) for number in range(len(grid))),
        expiry=expiry,
        strike=strike,
        is_call=is_call,
        unit=np.ones(len(grid)),
        underlying_price=forward,
        mark_price=price(**terms, is_call=is_call),
        mark_iv=volatility,
        bid_iv=blank,
        ask_iv=blank,
        delta=black_delta(**terms, is_call=is_call),
        gamma=blank,
        theta=blank,
        vega=blank,
        open_interest=open_interest,
        open_interest_usd=open_interest * spot,
        bid_price=blank,
        ask_price=blank,
        volume=blank,
    )


def _smile(away: Floats, shape: Floats) -> Floats:
    return np.asarray(shape[:, 0] + shape[:, 1] * away + shape[:, 2] * away**2)
