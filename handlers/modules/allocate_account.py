"""What the owner would have to buy and sell to hold the recommended weights: a list to read, nothing is ordered."""

from collections.abc import Mapping, Sequence
from typing import Final

from analysis.account.result import AccountRisk
from analysis.allocate.holdings import Allocated, Holdings, account_lines, holdings_of
from analysis.allocate.inputs import CASH
from analysis.allocate.specs import FEE
from analysis.allocate.table_specs import COINS, WEIGHTS
from analysis.features.rebalancing import Change, TradeLine, cash_after, rebalancing, traded
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from handlers.locale.messages import Translator
from handlers.render.html import Block, Piece, Row, bold, esc, fill, grid, laid_out, shorten
from handlers.render.words import coins, message_text, number, share_words

SUMMARY_RANK, RANK = 1, 7
"""In a caption the line stays and the list leaves first."""
FEE_DECIMALS: Final = 3
NAME: Final = 8
MOST_ROWS: Final = 20


def rebalancing_blocks(
    analysis: Analysis, account: AccountRisk | Reason, tr: Translator
) -> tuple[Block, ...]:
    """Return the owner's way to the weights that module I recommends, or why there is none."""
    table = analysis.table(WEIGHTS)
    return account_changes({} if table is None else table.column(""), analysis, account, tr)


def account_changes(
    weights: Mapping[str, float], answer: Allocated, account: AccountRisk | Reason, tr: Translator
) -> tuple[Block, ...]:
    """Return what leads from the account to ``weights``, in one line and as a list, or why there is none.

    The list is of the coins of the answer, spot and futures, and the cash; other coins are left alone.
    """
    title = bold(tr.gettext("Your account"))
    if isinstance(account, Reason):
        return (Block(fill("{title}: {why}", title=title, why=esc(message_text(account, tr))), RANK),)
    coins = answer.table(COINS)
    if not weights or coins is None:
        return ()
    held = holdings_of(account, coins.rows)
    lines = account_lines(weights, answer, held)
    changes = rebalancing(lines, float(answer.curves[FEE][0]))
    summary = fill("{title}: {said}", title=title, said=esc(_summary(changes, held.whole(lines), tr)))
    return (Block(summary, SUMMARY_RANK), laid_out(_list(lines, changes, held, tr), RANK))


def _summary(changes: Sequence[Change], whole: float, tr: Translator) -> str:
    """Return how much of the money the changes move and what that costs, of it and in USDT."""
    if not whole > 0:
        return tr.gettext("nothing of these coins and no USDT")
    paid = sum(change.fee for change in changes)
    return tr.gettext(
        "{share} traded, {cost} cost ({paid} USDT)",
        share=share_words(traded(changes) / whole, tr.language),
        cost=share_words(paid / whole, tr.language, FEE_DECIMALS),
        paid=number(paid, 2, tr.language),
    )


def _list(
    lines: Sequence[TradeLine], changes: Sequence[Change], held: Holdings, tr: Translator
) -> tuple[Piece, ...]:
    rows = [row for line, change in zip(lines, changes, strict=True) if (row := _row(line, change, tr))]
    paid, left = sum(change.fee for change in changes), cash_after(held.free(lines), changes)
    rows = [
        *rows[:MOST_ROWS],
        _sum(tr.gettext("fees"), paid, tr),
        _sum(CASH, left, tr),
        *_positions(lines, held, tr),
    ]
    return esc(_head(lines, tr)), grid(rows)


def _head(lines: Sequence[TradeLine], tr: Translator) -> str:
    if all(line.bid is not None and line.ask is not None for line in lines):
        return tr.gettext("to the recommended weights, at the best bid and ask; nothing is ordered")
    return tr.gettext("to the recommended weights, by the last closes; nothing is ordered")


def _positions(lines: Sequence[TradeLine], held: Holdings, tr: Translator) -> list[Row]:
    """Return what is held by futures positions, which the list counts as held; nothing where there are none."""
    rows = [
        _amounts(line.name, held.positions[line.name], held.positions[line.name] * line.price, tr)
        for line in lines
        if held.positions.get(line.name)
    ]
    title = tr.gettext("held in futures")
    return [Row(shorten(title, 32), (title, None, None)), *rows] if rows else []


def _row(line: TradeLine, change: Change, tr: Translator) -> Row | None:
    """Return a coin's change, ``None`` where it stays because it is as wanted or too little to trade."""
    if not change.quantity:
        return None
    return _amounts(line.name, change.quantity, change.value, tr)


def _amounts(name: str, quantity: float, value: float, tr: Translator) -> Row:
    """Return a row with a quantity of coins and its value, both with their signs."""
    digits = coins(quantity, tr.language, signed=True)
    worth = number(value, 2, tr.language, signed=True)
    return Row(f"{shorten(name, NAME):<{NAME}}{digits:>13}{worth:>11}", (name, digits, worth))


def _sum(name: str, value: float, tr: Translator) -> Row:
    shown = number(value, 2, tr.language)
    return Row(f"{shorten(name, 20):<21}{shown:>11}", (name, None, shown))
