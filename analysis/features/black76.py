"""European options by Black (1976), undiscounted: price, gamma, and the volatility that a price implies.

With zero rates this is Black and Scholes (1973), where the forward is the spot price. All functions work on whole
arrays, one element per option, and take named arguments only. Prices, forwards and strikes share one currency;
``years`` is the time to expiry in years of 365 days; volatilities are annual fractions (0.6 = 60 %).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.arrays import Floats, Times
from utils.units import DAY_MS

YEAR_MS: Final = 365 * DAY_MS
HIGHEST_VOLATILITY: Final = 50.0
"""Annual fraction; Deribit caps its published volatilities at a tenth of it."""
HALVINGS: Final = 64
"""Bring the interval of possible volatilities below the spacing of float64."""


def years_to_expiry(*, expiry: Times, now: int) -> Floats:
    """Return the time left to each ``expiry`` (UTC ms), to the millisecond; NaN for options that have expired."""
    left = (expiry - now) / YEAR_MS
    return np.where(left > 0, left, np.nan)


def price(
    *, forward: Floats, strike: Floats, years: Floats, volatility: Floats, is_call: NDArray[np.bool_]
) -> Floats:
    """Return the undiscounted price; NaN where an argument is NaN or not above zero."""
    out_of_the_money = _time_value(forward, strike, _total(years=years, volatility=volatility))
    return out_of_the_money + _intrinsic(forward, strike, is_call)


def gamma(*, forward: Floats, strike: Floats, years: Floats, volatility: Floats) -> Floats:
    """Return the change of delta per unit of the forward, the same for calls and puts: phi(d1) / (F sigma sqrt(T))."""
    total = _total(years=years, volatility=volatility)
    d1 = np.log(forward / strike) / total + total / 2
    return np.asarray(np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi) / (forward * total))


def implied_volatility(
    *, price: Floats, forward: Floats, strike: Floats, years: Floats, is_call: NDArray[np.bool_]
) -> Floats:
    """Return the volatility at which ``price`` is the undiscounted price, found by bisection.

    NaN where no volatility gives it: at or below the intrinsic value, at or above the bound that an option cannot
    exceed (a call's forward, a put's strike), above ``HIGHEST_VOLATILITY``, and after expiry.
    """
    wanted = price - _intrinsic(forward, strike, is_call)
    low, high = np.zeros_like(wanted), HIGHEST_VOLATILITY * np.sqrt(years)
    solvable = (wanted > 0) & (wanted < _time_value(forward, strike, high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = _time_value(forward, strike, middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(solvable, (low + high) / 2 / np.sqrt(years), np.nan)


def _total(*, years: Floats, volatility: Floats) -> Floats:
    """Return the standard deviation of the log price at expiry; NaN where it is not above zero."""
    return np.where((years > 0) & (volatility > 0), volatility * np.sqrt(np.maximum(years, 0)), np.nan)


def _intrinsic(forward: Floats, strike: Floats, is_call: NDArray[np.bool_]) -> Floats:
    return np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)


def _time_value(forward: Floats, strike: Floats, total: Floats) -> Floats:
    """Return the price of the out-of-the-money option of each strike: by parity the time value of both."""
    moneyness = np.log(forward / strike)
    d1 = moneyness / total + total / 2
    side = np.where(strike >= forward, 1.0, -1.0)
    return side * (forward * ndtr(side * d1) - strike * ndtr(side * (d1 - total)))
