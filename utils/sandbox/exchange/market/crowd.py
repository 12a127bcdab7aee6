"""How many accounts are long and short, and how the largest of them differ: the ratios of the statistics."""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.factor import FloatArray, ar1, recursion
from utils.sandbox.exchange.market.intervals import DAY_MS, IntArray
from utils.sandbox.exchange.market.population import STEP_MS

STEPS_PER_DAY = DAY_MS // STEP_MS
MOOD_HALF_LIFE_STEPS = 144.0
MOOD_SD = 0.35
CROWD_BIAS = 0.35
"""Small accounts are more often long: at rest 1.4 of them for each short one."""
CROWD_CHASES = 4.0
"""Log odds per 1 of log return over a day: the crowd buys falling prices and sells rising ones."""
TOP_SHARE = 0.4
"""Part of all contracts that the largest accounts hold."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Shares of longs among all accounts, among the largest accounts, and in the largest accounts' positions."""

    accounts: FloatArray
    top_accounts: FloatArray
    top_positions: FloatArray


def ratios(times: IntArray, log_prices: FloatArray, seed_key: list[int]) -> Ratios:
    """Ratios at moments five minutes apart with the prices there.

    The mood is drawn per calendar day, so a moment's mood hardly depends on where the series begins.
    """
    mood = _mood(times, seed_key)
    day_ago = np.maximum(np.arange(len(times)) - STEPS_PER_DAY, 0)
    moved = log_prices - log_prices[day_ago]
    crowd = CROWD_BIAS + mood - CROWD_CHASES * moved
    return Ratios(
        accounts=_share(crowd),
        top_accounts=_share(0.2 + 0.5 * mood - 0.5 * CROWD_CHASES * moved),
        top_positions=_share(0.05 - 0.3 * mood + 0.5 * CROWD_CHASES * moved),
    )


def _mood(times: IntArray, seed_key: list[int]) -> FloatArray:
    days, inside = np.divmod(times // STEP_MS, STEPS_PER_DAY)
    first, last = int(days[0]), int(days[-1])
    shocks = [
        np.random.default_rng([*seed_key, day]).standard_normal(STEPS_PER_DAY)
        for day in range(first - 3, last + 1)
    ]
    phi = ar1(MOOD_HALF_LIFE_STEPS)
    mood = recursion(np.concatenate(shocks) * MOOD_SD * np.sqrt(1 - phi * phi), phi, 0.0)
    return np.asarray(mood[(days - first + 3) * STEPS_PER_DAY + inside])


def _share(log_odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
