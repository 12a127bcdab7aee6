"""What every maximum-likelihood fit asks: can this sample be fitted at all, and is this point an optimum."""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import Floats

ROUNDING = 1e-7  # a spread below this share of the largest |return| is rounding, not movement


def why_unfit(returns: Floats, fewest: int) -> str:
    """Return why returns (n) cannot be fitted, in words; empty where they can."""
    known = int(np.isfinite(returns).sum())
    if len(returns) < fewest:
        return f"needs {fewest} returns, has {len(returns)}"
    if known < len(returns):
        return f"{len(returns) - known} returns are missing"
    flat = np.ptp(returns) <= ROUNDING * np.abs(returns).max()
    return "returns do not vary" if flat else ""


def steepness(theta: Floats, slope: Floats, bounds: Sequence[tuple[float, float]]) -> float:
    """Return the largest slope of a loss (parameters) that does not push against a bound."""
    low, high = np.array(bounds).T
    return float(np.abs(theta - np.clip(theta - slope, low, high)).max())
