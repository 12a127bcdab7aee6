"""Money put to work by a sequence of weights, each used on the bars after it only, net of fees.

Between two rebalancings amounts drift with prices. What is not in a coin lies in cash and earns nothing. A coin whose
return is unknown keeps its last price: a delisted one is sold at it at the next rebalancing, which flatters the past.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats
from analysis.features.drawdown import running_drawdown
from analysis.features.reward_ratios import equal_weights, sharpe


class WalkForward(NamedTuple):
    """``returns`` (n) net simple return of each bar, NaN up to the first rebalancing; ``traded`` (n) share of the
    money bought and sold at its start.
    """

    returns: Floats
    traded: Floats


class Performance(NamedTuple):
    """What a walk-forward came to, per year of 365 days: compounded growth, volatility, Sharpe with its error.

    ``drawdown`` is a positive fraction of the peak, ``turnover`` the money traded a year as a multiple of the whole.
    """

    growth: float
    volatility: float
    drawdown: float
    sharpe: float
    sharpe_error: float
    turnover: float


def walked(returns: Floats, rows: Sequence[int], weights: Floats, fee: float) -> WalkForward:
    """Return the path of ``weights`` (r, k), set at the closes of ascending ``rows`` (r), on simple returns (n, k).

    ``fee`` is the share of each amount bought or sold. ``ValueError`` where weights and rows do not belong together.
    """
    if len(rows) != len(weights):
        raise ValueError("expected one set of weights a rebalancing")
    n = len(returns)
    net, traded = np.full(n, np.nan), np.zeros(n)
    known = np.nan_to_num(returns)
    held = np.zeros(returns.shape[1])
    for row, wanted, end in zip(rows, weights, (*rows[1:], n - 1), strict=True):
        if row >= n - 1:
            break
        change = float(np.abs(wanted - held).sum())
        cash = 1 - float(wanted.sum())
        amounts = wanted * np.cumprod(1 + known[row + 1 : end + 1], axis=0)
        value = np.concatenate([[1.0], cash + amounts.sum(axis=1)])
        steps = value[1:] / value[:-1]
        steps[:1] *= 1 - fee * change
        net[row + 1 : end + 1] = steps - 1
        traded[row + 1] = change
        held = amounts[-1] / value[-1]
    return WalkForward(net, traded)


def performance(path: WalkForward, bars_per_year: float, lags: int) -> Performance | None:
    """Return what a path came to, ``None`` below two bars; the risk-free rate is 0, Sharpe is of simple returns."""
    known = np.isfinite(path.returns)
    returns = path.returns[known]
    count = len(returns)
    if count < 2:
        return None
    value = np.cumprod(1 + returns)
    ratio = sharpe(returns, equal_weights(count), bars_per_year, min(lags, count - 1))
    return Performance(
        growth=float(value[-1] ** (bars_per_year / count) - 1),
        volatility=float(returns.std() * np.sqrt(bars_per_year)),
        drawdown=float(running_drawdown(np.concatenate([[1.0], value])).max()),
        sharpe=float(ratio.value[-1]),
        sharpe_error=float(ratio.error[-1]),
        turnover=float(path.traded[known].sum() * bars_per_year / count),
    )
