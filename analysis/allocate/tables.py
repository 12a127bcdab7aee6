"""Module I's numbers by coin: weights by method, each coin's own figures, correlations, and what to buy."""

from collections.abc import Sequence

import numpy as np

from analysis.allocate.band import recommended_band
from analysis.allocate.fit import AllocateFit
from analysis.allocate.inputs import CASH, AllocateInputs
from analysis.allocate.panel import YEAR_DAYS
from analysis.allocate.specs import LEADERS, TREND
from analysis.allocate.table_specs import BAND, BY_METHOD, COINS, CORRELATIONS, PURCHASES, WEIGHTS
from analysis.allocate.values import Reading, clipped_beta
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS
from analysis.features.rebalancing import TradeLine, cash_after, rebalancing
from analysis.features.risk_parity import risk_contributions
from analysis.framework.result import Table
from analysis.sources.best_quotes import BestQuote
from analysis.sources.lots import Lot
from utils.binance_api.bars import Bars

VIEW_COLUMNS = {TREND: "trend_view", LEADERS: "leader_view"}
COIN_FIGURES = (
    "volatility",
    "sharpe",
    "sortino",
    "beta",
    "beta_down",
    "beta_up",
    "risk_share",
    "market_share",
    *VIEW_COLUMNS.values(),
    "price",
    "bid",
    "ask",
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
        *_band(reading, names),
        Table(BY_METHOD, (*names, CASH), ALLOCATION_METHODS, _with_cash(by_method)),
        Table(COINS, names, COIN_FIGURES, _coin_figures(reading, newest)),
        Table(CORRELATIONS, names, names, newest.correlation),
        _purchases(reading, names),
    )


def _band(reading: Reading, names: tuple[str, ...]) -> tuple[Table, ...]:
    found = recommended_band(reading)
    if found is None:
        return ()
    return (Table(BAND, names, ("low", "high"), np.column_stack([found.low, found.high])),)


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
            *(newest.views[source] for source in VIEW_COLUMNS),
            *_trading(reading),
        ]
    )


def _trading(reading: Reading) -> tuple[list[float], ...]:
    """Return each coin's last close, best bid and ask, quantity step and least order value; NaN where not told."""
    members, none, unquoted = reading.inputs.members, Lot(None, None), BestQuote(np.nan, np.nan)
    lots = [reading.inputs.lots.get(bars.symbol, none) for bars in members]
    quotes = [reading.inputs.quotes.get(bars.symbol, unquoted) for bars in members]
    return (
        [float(bars.close[-1]) for bars in members],
        [quote.bid for quote in quotes],
        [quote.ask for quote in quotes],
        [np.nan if lot.step is None else lot.step for lot in lots],
        [np.nan if lot.least is None else lot.least for lot in lots],
    )


def _downside(returns: Floats) -> float:
    known = returns[np.isfinite(returns)]
    return float(np.sqrt(np.mean(np.minimum(known, 0) ** 2) * YEAR_DAYS)) if len(known) else float("nan")


def _purchases(reading: Reading, names: tuple[str, ...]) -> Table:
    """Return what a fixed sum of USDT buys at the best asks or the last closes, and what is left of it."""
    config = reading.config
    lines = [
        _line(name, bars, weight * config.notional, reading.inputs)
        for name, bars, weight in zip(names, reading.inputs.members, reading.weights.tolist(), strict=True)
    ]
    changes = rebalancing(lines, config.fee)
    rows = [[change.quantity, change.value, change.fee] for change in changes]
    left = cash_after(config.notional, changes)
    return Table(
        PURCHASES, (*names, CASH), ("quantity", "value", "fee"), np.array([*rows, [left, left, 0.0]])
    )


def _line(name: str, bars: Bars, wanted: float, inputs: AllocateInputs) -> TradeLine:
    lot, quote = inputs.lots.get(bars.symbol, Lot(None, None)), inputs.quotes.get(bars.symbol)
    ask = None if quote is None else quote.ask
    return TradeLine(name, float(bars.close[-1]), 0.0, wanted, lot.step, lot.least, ask=ask)
