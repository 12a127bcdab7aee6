"""How far a coin moves with a market, and what it does beside it."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Betas:
    """Slopes of k columns on one market each: over all bars with their HC3 standard errors, and over falling ones."""

    beta: Floats
    error: Floats
    downside: Floats


def betas(returns: Floats, market: Floats) -> Betas:
    """Return the slopes of ``returns`` (n, k) on ``market`` (n) or (n, k), complete rows, with a constant.

    The downside slope is that over the bars where the market is below its mean (Ang, Chen and Xing 2006). NaN where
    the market does not vary.
    """
    markets = np.broadcast_to(market[:, None] if market.ndim == 1 else market, returns.shape)
    slope, error = _slopes(returns, markets, np.ones(returns.shape))
    falling = (markets < markets.mean(axis=0)).astype(np.float64)
    return Betas(slope, error, _slopes(returns, markets, falling)[0])


def _slopes(returns: Floats, markets: Floats, rows: Floats) -> tuple[Floats, Floats]:
    count = np.maximum(rows.sum(axis=0), 1.0)
    x = rows * (markets - (rows * markets).sum(axis=0) / count)
    y = rows * (returns - (rows * returns).sum(axis=0) / count)
    size = (x**2).sum(axis=0)
    slope = np.divide((x * y).sum(axis=0), size, out=np.full_like(size, np.nan), where=size > 0)
    leverage = 1 / count + np.divide(x**2, size, out=np.zeros_like(x), where=size > 0)
    scores = x * (y - slope * x) / np.maximum(1 - leverage, 1e-10)
    variance = np.divide((scores**2).sum(axis=0), size**2, out=np.full_like(size, np.nan), where=size > 0)
    return slope, np.sqrt(variance)


def rest_of_basket(returns: Floats) -> Floats:
    """Return for each column the equally weighted mean of the others (n, k)."""
    k = returns.shape[1]
    return np.asarray((returns.sum(axis=1, keepdims=True) - returns) / (k - 1))


def residual_momentum(returns: Floats, market: Floats, beta: Floats, bars: int) -> Floats:
    """Return the sum of the last ``bars`` returns beyond beta times the market's, over its deviation sqrt(bars) * s.

    Blitz, Huij and Martens (2011); s is the deviation of all residuals (n, k). NaN where they do not vary.
    """
    beyond = returns - beta * market[:, None]
    size = np.std(beyond, axis=0) * np.sqrt(bars)
    recent = beyond[-bars:].sum(axis=0)
    return np.asarray(np.divide(recent, size, out=np.full_like(size, np.nan), where=size > 0))
