"""Funding of a perpetual from its premium, by the exchange's published formula."""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.factor import FloatArray

INTEREST_PER_8H = 0.0001
CLAMP = 0.0005
CAP = 0.02
"""Rate = average premium + clamp(interest - premium, ±0.05 %), capped (Binance: Introduction to Funding Rates)."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """One funding settlement: UTC ms, rate as a fraction per interval, mark price at that moment if known."""

    time_ms: int
    rate: float
    mark_price: float | None


def funding_rate(premiums: FloatArray, hours: int) -> float:
    """Rate for an interval of `hours` from premiums in time order; later ones weigh more (1, 2, …, n)."""
    return funding_rates(premiums[None, :], hours)[0]


def funding_rates(premiums: FloatArray, hours: int) -> list[float]:
    """The rates of many intervals of `hours` from the premiums of each (rows)."""
    weights = np.arange(1, premiums.shape[1] + 1, dtype=np.float64)
    average = (premiums * weights).sum(axis=1) / weights.sum()
    rate = (average + np.clip(INTEREST_PER_8H - average, -CLAMP, CLAMP)) * hours / 8
    return [round(value, 8) for value in np.clip(rate, -CAP, CAP).tolist()]
