"""The reference for options: vollib's Black (1976) at zero rate, one option at a time, with named arguments.

Its functions differ in the order of their arguments, and its greeks accept any flag without complaint.
"""

import numpy as np
from numpy.typing import NDArray
from vollib.black import black
from vollib.black.greeks import analytical
from vollib.black.implied_volatility import implied_volatility as _implied_volatility

Floats = NDArray[np.float64]
NO_RATE = 0.0


def _flag(is_call: bool) -> str:
    return "c" if is_call else "p"


def price(*, forward: float, strike: float, years: float, volatility: float, is_call: bool) -> float:
    return float(black(flag=_flag(is_call), F=forward, K=strike, t=years, r=NO_RATE, sigma=volatility))


def gamma(*, forward: float, strike: float, years: float, volatility: float, is_call: bool) -> float:
    arguments = {"F": forward, "K": strike, "t": years, "r": NO_RATE, "sigma": volatility}
    return float(analytical.gamma(flag=_flag(is_call), **arguments))


def delta(*, forward: float, strike: float, years: float, volatility: float, is_call: bool) -> float:
    arguments = {"F": forward, "K": strike, "t": years, "r": NO_RATE, "sigma": volatility}
    return float(analytical.delta(flag=_flag(is_call), **arguments))


def implied_volatility(*, price: float, forward: float, strike: float, years: float, is_call: bool) -> float:
    """Raises vollib's ``BelowIntrinsicException`` and ``AboveMaximumException``."""
    found = _implied_volatility(
        discounted_option_price=price, F=forward, K=strike, r=NO_RATE, t=years, flag=_flag(is_call)
    )
    return float(found)
