"""The block "Your account" under a card: a summary line, then figures, positions, losses and past crashes."""

from collections.abc import Iterable, Sequence
from typing import Final

from analysis.account.result import AccountCrash, AccountLoss, AccountRisk, PositionRisk
from analysis.framework.reasons import Reason
from handlers.locale.messages import N_, Translator
from handlers.render.html import (
    Block,
    Html,
    Piece,
    Row,
    bold,
    esc,
    fill,
    grid,
    italic,
    join,
    laid_out,
    shorten,
)
from handlers.render.words import DASH, message_text, moment_tag, number, percent, price, share_words

COLUMNS: Final = 32  # of monospace on a screen 360 px wide
LABEL: Final = 18
WIDE_LABEL: Final = 19  # before two cells
CELL: Final = 6
MOST_POSITIONS: Final = 8
MOST_COINS: Final = 5
MOST_NAMES: Final = 4
SUMMARY_RANK, DETAIL_RANK = 1, 7  # in a caption the line stays and the figures leave first
METHODS: Final = {"historical": N_("past"), "filtered": N_("simulated")}
HORIZONS: Final = {"bar": N_("1 bar"), "day": N_("1 day")}


def account_blocks(account: AccountRisk | Reason | None, tr: Translator, zone: str) -> tuple[Block, ...]:
    """Return the account's blocks for a reader who may see it (or why it could not be read), none for ``None``."""
    if account is None:
        return ()
    title = bold(tr.gettext("Your account"))
    if isinstance(account, Reason):
        return (Block(fill("{title}: {why}", title=title, why=esc(message_text(account, tr))), SUMMARY_RANK),)
    parts: tuple[Sequence[Piece], ...] = (
        _figures(account, tr, zone),
        (_positions(account, tr),),
        _coins(account, tr),
        _losses(account, tr),
        _crashes(account, tr),
        (_caveats(account, tr),),
    )
    summary = fill("{title}: {text}", title=title, text=_summary(account, tr))
    return (Block(summary, SUMMARY_RANK), *(laid_out(part, DETAIL_RANK) for part in parts if any(part)))


def _summary(account: AccountRisk, tr: Translator) -> Html:
    risk = tr.gettext("risk {value}", value=number(account.risk, 2, tr.language))
    lever = tr.gettext("leverage {value}", value=_times(account.leverage, tr))
    parts = [bold(risk), esc(lever)]
    known = [row for row in account.positions if row.distance is not None]
    if known:
        near = min(known, key=lambda row: row.distance or 0.0)
        words = tr.gettext(
            "nearest liquidation {share} away ({symbol})",
            share=_share(near.distance, tr),
            symbol=near.held.symbol,
        )
        parts.append(esc(words))
    return join(" · ", parts)


def _figures(account: AccountRisk, tr: Translator, zone: str) -> tuple[Piece, ...]:
    rows = (
        (tr.gettext("Wealth"), _usdt(account.wealth, tr)),
        (tr.gettext("Futures equity"), _usdt(account.equity, tr)),
        (tr.gettext("Gross"), _usdt(account.gross, tr)),
        (tr.gettext("Net"), _usdt(account.net, tr)),
        (tr.gettext("Leverage"), _times(account.leverage, tr)),
        (tr.gettext("Margin ratio"), _share(account.margin_ratio, tr)),
    )
    as_of = fill(tr.gettext("USDT, {moment}"), moment=moment_tag(account.as_of, zone, tr.language))
    return as_of, grid([_row(*row) for row in rows])


def _row(label: str, value: str) -> Row:
    return Row(f"{shorten(label, LABEL):<{LABEL}} {value:>{COLUMNS - LABEL - 1}}", (label, value))


def _cells(label: str, first: str, second: str) -> Row:
    line = f"{shorten(label, WIDE_LABEL):<{WIDE_LABEL}}{first:>{CELL}} {second:>{CELL}}"
    return Row(line, (label, first, second))


def _positions(account: AccountRisk, tr: Translator) -> Html:
    rows = [_position(row, tr) for row in account.positions[:MOST_POSITIONS]]
    if not rows:
        return Html("")
    if rest := len(account.positions) - len(rows):
        rows.append(esc(tr.ngettext("and {count} more", "and {count} more", rest)))
    return join("\n", [bold(tr.gettext("Positions")), *rows])


def _position(row: PositionRisk, tr: Translator) -> Html:
    held = row.held
    side = tr.gettext("long") if held.side == "long" else tr.gettext("short")
    head = fill(
        "{symbol} {side} {size} USDT · {lever} ({set})",
        symbol=bold(held.symbol),
        side=esc(side),
        size=esc(_usdt(abs(held.notional), tr)),
        lever=esc(_times(row.leverage, tr)),
        set=esc(tr.gettext("set {value}", value=_times(held.setting, tr, 0))),
    )
    paid = tr.gettext(
        "entry {entry}, mark {mark}, profit {profit}",
        entry=price(held.entry, tr.language),
        mark=price(held.mark, tr.language),
        profit=number(held.profit, 2, tr.language, signed=True),
    )
    return join("\n", [head, esc(paid), esc(_liquidation(row, tr))])


def _liquidation(row: PositionRisk, tr: Translator) -> str:
    held = row.held
    if held.liquidation is None:
        distance = message_text(row.reasons["distance"], tr)
    else:
        distance = tr.gettext(
            "liquidation {price}, {share} or {ranges} ATR away",
            price=price(held.liquidation, tr.language),
            share=_share(row.distance, tr),
            ranges=number(row.distance_atr, 1, tr.language),
        )
    if row.share is None:
        return distance
    part = _share(abs(row.share), tr)
    risk = (
        tr.gettext("hedges {share} of the risk", share=part)
        if row.share < 0
        else tr.gettext("{share} of the risk", share=part)
    )
    return f"{distance} · {risk}"


def _coins(account: AccountRisk, tr: Translator) -> tuple[Piece, ...]:
    if not account.coins:
        return ()
    rows = [
        _row(coin.held.asset, _usdt(coin.held.value, tr))
        for coin in account.coins[:MOST_COINS]
        if coin.held.value > 0
    ]
    if rest := account.coins[MOST_COINS:]:
        rows.append(_row(tr.gettext("Others"), _usdt(sum(coin.held.value for coin in rest), tr)))
    return (bold(tr.gettext("Spot")), grid(rows)) if rows else ()


def _losses(account: AccountRisk, tr: Translator) -> list[Piece]:
    head = _cells(_unit(account, tr), "VaR", "ES")
    rows = [_loss(row, account.wealth, tr) for row in account.losses if row.value_at_risk is not None]
    parts: list[Piece] = [bold(tr.gettext("What it may lose"))]
    if rows:
        parts.append(grid([head, *rows], headed=True))
    missing = {message_text(row.reason, tr) for row in account.losses if row.reason is not None}
    parts += [esc(f"– {why}") for why in sorted(missing)]
    return parts


def _loss(row: AccountLoss, wealth: float | None, tr: Translator) -> Row:
    level = percent(row.confidence, tr.language)
    label = f"{tr.gettext(HORIZONS[row.horizon])} {level} {tr.gettext(METHODS[row.method])}"
    cells = (_of(row.value_at_risk, wealth, tr), _of(row.expected_shortfall, wealth, tr))
    return _cells(label, *cells)


def _crashes(account: AccountRisk, tr: Translator) -> tuple[Piece, ...]:
    rows = [_crash(row, account.wealth, tr) for row in account.crashes if row.loss is not None]
    if not rows:
        return ()
    head = _cells(_unit(account, tr), tr.gettext("loss"), tr.gettext("liq."))
    return bold(tr.gettext("In past crashes")), grid([head, *rows], headed=True)


def _crash(row: AccountCrash, wealth: float | None, tr: Translator) -> Row:
    closed = DASH if row.liquidations is None else str(row.liquidations)
    return _cells(tr.gettext(row.title), _of(row.loss, wealth, tr), closed)


def _caveats(account: AccountRisk, tr: Translator) -> Html:
    """What is missing: what could not be read, what has no price, what had too few bars."""
    parts = [message_text(reason, tr) for reason in account.unread.values()]
    if "risk" in account.reasons and account.reasons["risk"].text not in {
        reason.text for reason in account.unread.values()
    }:
        parts.append(message_text(account.reasons["risk"], tr))
    if account.unpriced:
        parts.append(tr.gettext("not counted, no price: {names}", names=_names(account.unpriced)))
    left_out = sorted({name for row in account.losses for name in row.left_out})
    if left_out:
        parts.append(tr.gettext("not in the losses, too few bars: {names}", names=_names(left_out)))
    return join("\n", [italic(line) for line in dict.fromkeys(parts)])


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" +{rest}" if rest > 0 else "")


def _usdt(value: float | None, tr: Translator) -> str:
    return number(value, 2, tr.language)


def _times(value: float | None, tr: Translator, decimals: int = 2) -> str:
    return DASH if value is None else number(value, decimals, tr.language) + "×"


def _share(value: float | None, tr: Translator) -> str:
    return share_words(value, tr.language, 1)


def _unit(account: AccountRisk, tr: Translator) -> str:
    return tr.gettext("% of wealth") if account.wealth is not None and account.wealth > 0 else "USDT"


def _of(value: float | None, wealth: float | None, tr: Translator) -> str:
    """A loss in the table's unit: per cent of wealth, else whole USDT, in thousands where there is no room."""
    if value is None:
        return DASH
    if wealth is not None and wealth > 0:
        return number(100 * value / wealth, 2, tr.language)
    whole = number(value, 0, tr.language)
    return whole if len(whole) <= CELL else number(value / 1000, 0, tr.language) + "k"
