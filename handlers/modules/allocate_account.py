"""What the owner would have to buy and sell to hold the recommended weights: a list to read, nothing is ordered."""

from typing import Final

import numpy as np

from analysis.account.result import AccountRisk
from analysis.allocate.inputs import CASH
from analysis.allocate.metrics import COINS, FEE, WEIGHTS
from analysis.features.rebalancing import Change, TradeLine, cash_after, rebalancing
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Table
from handlers.locale.messages import Translator
from handlers.render.html import Block, bold, esc, fill, join, pre, shorten
from handlers.render.words import message_text, number

RANK: Final = 7
NAME: Final = 8
MOST_ROWS: Final = 20


def rebalancing_blocks(
    analysis: Analysis, account: AccountRisk | Reason, tr: Translator
) -> tuple[Block, ...]:
    """Return the owner's list for the coins of the answer and the USDT of the spot account, or why there is none.

    Prices are the last closes; other coins and the futures account are left alone.
    """
    weights, coins = analysis.table(WEIGHTS), analysis.table(COINS)
    title = bold(tr.gettext("Your account"))
    if isinstance(account, Reason):
        return (Block(fill("{title}: {why}", title=title, why=esc(message_text(account, tr))), RANK),)
    if weights is None or coins is None:
        return ()
    held = {coin.held.asset: coin.held.amount for coin in account.coins}
    lines, cash = account_lines(weights, coins, held), held.get(CASH, 0.0)
    fee = float(analysis.curves[FEE][0])
    changes = rebalancing(lines, fee)
    head = tr.gettext("to the recommended weights, by the last closes; nothing is ordered")
    rows = [row for line, change in zip(lines, changes, strict=True) if (row := _row(line, change, tr))]
    paid, left = sum(change.fee for change in changes), cash_after(cash, changes)
    rows = [*rows[:MOST_ROWS], _sum(tr.gettext("fees"), paid, tr), _sum(CASH, left, tr)]
    return (
        Block(join("\n", [fill("{title} {head}", title=title, head=esc(head)), pre("\n".join(rows))]), RANK),
    )


def account_lines(weights: Table, coins: Table, held: dict[str, float]) -> list[TradeLine]:
    """Return what is held and wanted of each coin, the whole being these coins and the cash."""
    shares, price = weights.column(""), coins.column("price")
    step, least = coins.column("step"), coins.column("least")
    whole = held.get(CASH, 0.0) + sum(held.get(name, 0.0) * price[name] for name in coins.rows)
    return [
        TradeLine(
            name,
            price[name],
            held.get(name, 0.0),
            shares[name] * whole,
            _known(step[name]),
            _known(least[name]),
        )
        for name in coins.rows
    ]


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _row(line: TradeLine, change: Change, tr: Translator) -> str:
    """Return a coin's change, nothing where it stays because it is as wanted or too little to trade."""
    if not change.quantity:
        return ""
    quantity = f"{change.quantity:+.8f}".rstrip("0").rstrip(".")
    value = number(change.value, 2, tr.language, signed=True)
    return f"{shorten(line.name, NAME):<{NAME}}{quantity:>13}{value:>11}"


def _sum(name: str, value: float, tr: Translator) -> str:
    return f"{shorten(name, 20):<21}{number(value, 2, tr.language):>11}"
