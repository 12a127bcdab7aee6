"""From what an account holds to the recommended weights: exposures by coin, and which of the trades are worth it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.account.holdings import STABLE
from analysis.account.result import AccountRisk
from analysis.allocate.inputs import CASH
from analysis.allocate.specs import CAP, PENALTY
from analysis.allocate.table_specs import COINS, CORRELATIONS
from analysis.arrays import Floats
from analysis.features.bounded_quadratic import with_turnover
from analysis.features.rebalancing import TradeLine
from analysis.framework.result import Table
from utils.binance_api.symbols import asset_and_multiple

PERPETUAL = ".P"
"""What the name of a coin ends with that is held as a perpetual."""


class Allocated(Protocol):
    """An answer that recommends weights: module I's, or one that is made from it."""

    @property
    def curves(self) -> Mapping[str, Floats]:
        """Fee, penalty and cap by name, an array of one each."""

    def table(self, table_id: str) -> Table | None:
        """Return a table by its id, ``None`` where the answer has none."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Holdings:
    """Coins by the answer's names: on ``spot`` and in ``positions`` (negative when short), and ``cash`` in USDT.

    Cash is that of the spot account and the margin balance of the futures account, profits included: a position is an
    exposure, and its notional is no money.
    """

    spot: Mapping[str, float]
    positions: Mapping[str, float]
    cash: float

    def exposure(self, name: str) -> float:
        """Return how much of a coin is held in all."""
        return self.spot.get(name, 0.0) + self.positions.get(name, 0.0)

    def whole(self, lines: Sequence[TradeLine]) -> float:
        """Return the money that is shared out: the cash and the coins on spot."""
        return self.cash + sum(self.spot.get(line.name, 0.0) * line.price for line in lines)

    def free(self, lines: Sequence[TradeLine]) -> float:
        """Return the cash that no exposure stands against."""
        return self.cash - sum(self.positions.get(line.name, 0.0) * line.price for line in lines)


def holdings_of(account: AccountRisk, names: Sequence[str]) -> Holdings:
    """Return what an account holds of the coins of an answer."""
    spot = {coin.held.asset: coin.held.amount for coin in account.coins}
    positions: dict[str, float] = {}
    for one in account.positions:
        name, multiple = _named(one.held.symbol, names)
        if name is not None:
            positions[name] = positions.get(name, 0.0) + multiple * one.held.amount
    kept = {name: amount for name, amount in spot.items() if name in names}
    return Holdings(kept, positions, spot.get(CASH, 0.0) + (account.equity or 0.0))


def _named(symbol: str, names: Sequence[str]) -> tuple[str | None, int]:
    """Return the row a position belongs to, and how many of its units one contract is; ``None`` for none."""
    base = next((symbol.removesuffix(quote) for quote in STABLE if symbol.endswith(quote)), symbol)
    if base + PERPETUAL in names:
        return base + PERPETUAL, 1
    asset, multiple = asset_and_multiple(base)
    return next(((name, size) for name, size in ((base, 1), (asset, multiple)) if name in names), (None, 1))


def account_lines(weights: Mapping[str, float], answer: Allocated, held: Holdings) -> list[TradeLine]:
    """Return what is held and wanted of each coin, the whole being these coins and the cash; none without weights.

    ``weights`` are those to come to. Coins are valued between bid and ask, else by the last close.
    """
    coins = answer.table(COINS)
    if not weights or coins is None:
        return []
    close, bid, ask, step, least = (coins.column(name) for name in ("price", "bid", "ask", "step", "least"))
    price = {name: _middle(bid[name], ask[name], close[name]) for name in coins.rows}
    value = np.array([held.exposure(name) * price[name] for name in coins.rows])
    whole = held.cash + sum(held.spot.get(name, 0.0) * price[name] for name in coins.rows)
    target = np.array([weights[name] for name in coins.rows])
    shares = worthwhile(target, value / whole, answer) if whole > 0 else target
    return [
        TradeLine(
            name,
            price[name],
            held.exposure(name),
            float(share) * whole,
            _known(step[name]),
            _known(least[name]),
            _known(bid[name]),
            _known(ask[name]),
        )
        for name, share in zip(coins.rows, shares, strict=True)
    ]


def worthwhile(target: Floats, held: Floats, answer: Allocated) -> Floats:
    """Return the shares (k) to trade to from those ``held``: the target, or short of it where the penalty says so."""
    penalty, coins, pairs = _curve(answer, PENALTY), answer.table(COINS), answer.table(CORRELATIONS)
    if not penalty or coins is None or pairs is None:
        return target
    deviation = np.array([coins.column("volatility")[name] for name in coins.rows])
    known, shares = np.isfinite(deviation), target.copy()
    if not known.any():
        return target
    covariance = _covariance(pairs, deviation, known)
    upper = np.maximum(_curve(answer, CAP), target[known])
    total = float(target[known].sum())
    shares[known] = with_turnover(target[known], held[known], covariance, upper, penalty, total)
    return shares


def _covariance(pairs: Table, deviation: Floats, known: np.typing.NDArray[np.bool_]) -> Floats:
    return np.asarray(pairs.values[np.ix_(known, known)] * np.outer(deviation[known], deviation[known]))


def _curve(answer: Allocated, name: str) -> float:
    return float(answer.curves[name][0]) if name in answer.curves else 0.0


def _middle(bid: float, ask: float, close: float) -> float:
    return (bid + ask) / 2 if np.isfinite(bid + ask) else close


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
