"""What the owner would have to buy and sell to hold the recommended weights: a list to read, nothing is ordered."""

from collections.abc import Sequence
from typing import Final

from analysis.account.result import AccountRisk
from analysis.allocate.holdings import Holdings, account_lines, holdings_of
from analysis.allocate.inputs import CASH
from analysis.allocate.metrics import COINS, FEE
from analysis.features.rebalancing import Change, TradeLine, cash_after, rebalancing
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from handlers.locale.messages import Translator
from handlers.render.html import Block, bold, esc, fill, join, pre, shorten
from handlers.render.words import message_text, number

RANK: Final = 7
NAME: Final = 8
MOST_ROWS: Final = 20


def rebalancing_blocks(
    analysis: Analysis, account: AccountRisk | Reason, tr: Translator
) -> tuple[Block, ...]:
    """Return the owner's list for the coins of the answer, spot and futures, and the cash, or why there is none.

    Other coins are left alone.
    """
    title = bold(tr.gettext("Your account"))
    if isinstance(account, Reason):
        return (Block(fill("{title}: {why}", title=title, why=esc(message_text(account, tr))), RANK),)
    coins = analysis.table(COINS)
    if coins is None:
        return ()
    held = holdings_of(account, coins.rows)
    lines = account_lines(analysis, held)
    changes = rebalancing(lines, float(analysis.curves[FEE][0]))
    rows = [row for line, change in zip(lines, changes, strict=True) if (row := _row(line, change, tr))]
    paid, left = sum(change.fee for change in changes), cash_after(held.free(lines), changes)
    rows = [
        *rows[:MOST_ROWS],
        _sum(tr.gettext("fees"), paid, tr),
        _sum(CASH, left, tr),
        *_positions(lines, held, tr),
    ]
    head = fill("{title} {head}", title=title, head=esc(_head(lines, tr)))
    return (Block(join("\n", [head, pre("\n".join(rows))]), RANK),)


def _head(lines: Sequence[TradeLine], tr: Translator) -> str:
    if all(line.bid is not None and line.ask is not None for line in lines):
        return tr.gettext("to the recommended weights, at the best bid and ask; nothing is ordered")
    return tr.gettext("to the recommended weights, by the last closes; nothing is ordered")


def _positions(lines: Sequence[TradeLine], held: Holdings, tr: Translator) -> list[str]:
    """Return what is held by futures positions, which the list counts as held; nothing where there are none."""
    rows = [
        _amounts(line.name, held.positions[line.name], held.positions[line.name] * line.price, tr)
        for line in lines
        if held.positions.get(line.name)
    ]
    return [shorten(tr.gettext("held in futures"), 32), *rows] if rows else []


def _row(line: TradeLine, change: Change, tr: Translator) -> str:
    """Return a coin's change, nothing where it stays because it is as wanted or too little to trade."""
    if not change.quantity:
        return ""
    return _amounts(line.name, change.quantity, change.value, tr)


def _amounts(name: str, quantity: float, value: float, tr: Translator) -> str:
    """Return a row with a quantity of coins and its value, both with their signs."""
    digits = f"{quantity:+.8f}".rstrip("0").rstrip(".")
    return f"{shorten(name, NAME):<{NAME}}{digits:>13}{number(value, 2, tr.language, signed=True):>11}"


def _sum(name: str, value: float, tr: Translator) -> str:
    return f"{shorten(name, 20):<21}{number(value, 2, tr.language):>11}"
