"""Module I's numbers by coin: weights by method, each coin's own figures, correlations, and what to buy."""

from collections.abc import Sequence

import numpy as np

from analysis.allocate.fit import AllocateFit
from analysis.allocate.inputs import CASH
from analysis.allocate.metrics import BY_METHOD, COINS, CORRELATIONS, PURCHASES, WEIGHTS
from analysis.allocate.panel import YEAR_DAYS
from analysis.allocate.values import Reading, clipped_beta
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS
from analysis.features.rebalancing import TradeLine, cash_after, rebalancing
from analysis.features.risk_parity import risk_contributions
from analysis.framework.result import Table
from analysis.sources.lots import Lot
from utils.binance_api.bars import Bars

COIN_FIGURES = (
    "volatility",
    "sharpe",
    "sortino",
    "beta",
    "beta_down",
    "beta_up",
    "risk_share",
    "market_share",
    "price",
    "step",
    "least",
)


def coin_names(members: Sequence[Bars]) -> tuple[str, ...]:
    """Return what each coin is called: its symbol without USDT, a perpetual with ``.P``."""
    return tuple(
        bars.symbol.removesuffix(CASH) + (".P" if bars.market == "futures" else "") for bars in members
    )


def tables_of(reading: Reading) -> tuple[Table, ...]:
    """Return the tables of the newest estimate; none without one."""
    newest = reading.newest
    if newest is None:
        return ()
    names = coin_names(reading.inputs.members)
    by_method = np.column_stack([newest.weights[method] for method in ALLOCATION_METHODS])
    return (
        Table(WEIGHTS, (*names, CASH), ("",), _with_cash(reading.weights[:, None])),
        Table(BY_METHOD, (*names, CASH), ALLOCATION_METHODS, _with_cash(by_method)),
        Table(COINS, names, COIN_FIGURES, _coin_figures(reading, newest)),
        Table(CORRELATIONS, names, names, newest.correlation),
        _purchases(reading, names),
    )


def _with_cash(weights: Floats) -> Floats:
    return np.vstack([weights, np.maximum(1 - weights.sum(axis=0), 0.0)])


def _coin_figures(reading: Reading, newest: AllocateFit) -> Floats:
    held = newest.coins
    covariance = newest.covariance[np.ix_(held, held)]
    deviation = np.sqrt(np.diag(newest.covariance))
    risk = np.full(len(held), np.nan)
    risk[held] = risk_contributions(reading.weights[held], covariance)
    window = reading.panel.returns[-reading.config.fit_bars :]
    lost = np.array([_downside(column) for column in window.T])
    recent = slice(-reading.config.beta_bars, None)
    market = reading.panel.market[recent]
    betas = [clipped_beta(column, market) for column in reading.panel.returns[recent].T]
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpe, sortino = newest.means / deviation, newest.means / lost
    return np.column_stack(
        [
            deviation,
            sharpe,
            sortino,
            [beta.all.value for beta in betas],
            [beta.down.value for beta in betas],
            [beta.up.value for beta in betas],
            risk,
            np.where(held, newest.market, np.nan),
            *_trading(reading),
        ]
    )


def _trading(reading: Reading) -> tuple[list[float], list[float], list[float]]:
    """Return each coin's last close, the step of its quantity and the least value of an order; NaN where not told."""
    members, none = reading.inputs.members, Lot(None, None)
    lots = [reading.inputs.lots.get(bars.symbol, none) for bars in members]
    return (
        [float(bars.close[-1]) for bars in members],
        [np.nan if lot.step is None else lot.step for lot in lots],
        [np.nan if lot.least is None else lot.least for lot in lots],
    )


def _downside(returns: Floats) -> float:
    known = returns[np.isfinite(returns)]
    return float(np.sqrt(np.mean(np.minimum(known, 0) ** 2) * YEAR_DAYS)) if len(known) else float("nan")


def _purchases(reading: Reading, names: tuple[str, ...]) -> Table:
    """Return what a fixed sum of USDT buys at the last closes, and what is left of it."""
    config, lots = reading.config, reading.inputs.lots
    lines = [
        _line(name, bars, weight * config.notional, lots.get(bars.symbol))
        for name, bars, weight in zip(names, reading.inputs.members, reading.weights.tolist(), strict=True)
    ]
    changes = rebalancing(lines, config.fee)
    rows = [[change.quantity, change.value, change.fee] for change in changes]
    left = cash_after(config.notional, changes)
    return Table(
        PURCHASES, (*names, CASH), ("quantity", "value", "fee"), np.array([*rows, [left, left, 0.0]])
    )


def _line(name: str, bars: Bars, wanted: float, lot: Lot | None) -> TradeLine:
    known = lot or Lot(None, None)
    return TradeLine(name, float(bars.close[-1]), 0.0, wanted, known.step, known.least)
