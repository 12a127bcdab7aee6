"""What module I's card says beside its score: weights by method, what the methods came to, coins, and purchases."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from analysis.allocate.method_metrics import method_metric
from analysis.allocate.specs import BITCOIN, SHORT_NAMES
from analysis.allocate.table_specs import BAND, BY_METHOD, COINS, PURCHASES, WEIGHTS
from analysis.features.allocation_methods import (
    ALLOCATION_METHODS,
    BLACK_LITTERMAN,
    EQUAL,
    ERC,
    HRP,
    INVERSE,
    MIN_VARIANCE,
)
from analysis.framework.result import Analysis, Table
from handlers.locale.messages import Translator
from handlers.render.html import Block, Html, Piece, Row, bold, grid, laid_out, shorten
from handlers.render.words import DASH, band_words, coins, number, share_words

NAME: Final = 8
MOST_COINS: Final = 8
MOST_ROWS: Final = 20
_HEADS: Final = {
    ERC: "ERC",
    HRP: "HRP",
    MIN_VARIANCE: "MV",
    BLACK_LITTERMAN: "BL",
    INVERSE: "IV",
    EQUAL: "EW",
}
"""Three letters at most; the same in every language."""
_PAST_WIDTHS: Final = (6, 6, 12)
WEIGHTS_RANK, PAST_RANK, BANDS_RANK, COINS_RANK, PURCHASES_RANK = 1, 2, 5, 6, 7


def allocation_blocks(analysis: Analysis, tr: Translator) -> tuple[Block, ...]:
    """Return the blocks of the tables that an answer has, the weights first."""
    by_method = analysis.table(BY_METHOD)
    if by_method is None:
        return ()
    return (
        laid_out(_weights(analysis, by_method, tr), WEIGHTS_RANK),
        laid_out(_bands(analysis, tr), BANDS_RANK, role="fold"),
        laid_out(_past(analysis, tr), PAST_RANK, role="fold"),
        laid_out(_coins(analysis.table(COINS), tr), COINS_RANK, role="fold"),
        laid_out(_purchases(analysis.table(PURCHASES), tr), PURCHASES_RANK, role="fold"),
    )


def _weights(analysis: Analysis, table: Table, tr: Translator) -> list[Piece]:
    """Return weights in percent by method, the largest coins first, with the risk expected of each method."""
    order = np.argsort(-table.values.mean(axis=1), kind="stable")
    shown = [place for place in order.tolist() if (table.values[place] >= 0.005).any()][:MOST_COINS]
    rows = [_row("", [_HEADS[name] for name in table.columns])]
    rows += [_row(table.rows[place], _percents(table.values[place], tr)) for place in shown]
    risks = [_value(analysis, method_metric(name, "expected")) for name in table.columns]
    ratios = [_value(analysis, method_metric(name, "ratio")) for name in table.columns]
    rows.append(_row(tr.gettext("risk %"), [number(one, 0, tr.language) for one in risks]))
    rows.append(_row(tr.gettext("ratio"), [number(one, 1, tr.language) for one in ratios]))
    parts: list[Piece] = [bold(tr.gettext("Weights in %")), grid(rows, headed=True)]
    if rest := int((table.values.max(axis=1) >= 0.005).sum()) - len(shown):
        parts.append(Html(tr.ngettext("and {count} more", "and {count} more", rest)))
    return parts


def _bands(analysis: Analysis, tr: Translator) -> tuple[Piece, ...]:
    """Return the recommended weight of each coin with its band, the largest first; nothing without bands."""
    band, weights = analysis.table(BAND), analysis.table(WEIGHTS)
    if band is None or weights is None:
        return ()
    shares = weights.column("")
    low, high = band.column("low"), band.column("high")
    word = partial(number, language=tr.language)
    rows = [
        _columns(
            name, (share_words(shares[name], tr.language), band_words(low[name], high[name], word)), (8, 14)
        )
        for name in sorted(band.rows, key=lambda name: -shares[name])[:MOST_ROWS]
        if shares[name] > 0
    ]
    return bold(tr.gettext("Weight and its 95% band")), grid(rows)


def _row(name: str, cells: Sequence[str]) -> Row:
    return _columns(name, cells, [4] * len(cells))


def _columns(name: str, cells: Sequence[str], widths: Sequence[int]) -> Row:
    shown = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return Row(f"{shorten(name, NAME):<{NAME}}{shown}", (name, *cells))


def _percents(values: np.typing.NDArray[np.float64], tr: Translator) -> list[str]:
    return [number(100 * value, 0, tr.language) if value >= 0.005 else "·" for value in values.tolist()]


def _value(analysis: Analysis, metric_id: str) -> float | None:
    return next((metric.value for metric in analysis.metrics if metric.id == metric_id), None)


def _past(analysis: Analysis, tr: Translator) -> tuple[Piece, ...]:
    """Return what each method came to net of fees: volatility, deepest fall, Sharpe with its error."""
    rows = []
    for method in (*ALLOCATION_METHODS, BITCOIN):
        found = [
            _value(analysis, method_metric(method, figure))
            for figure in ("volatility", "drawdown", "sharpe", "sharpe_error")
        ]
        if found[0] is not None:
            volatility, drawdown, sharpe, error = found
            said = f"{number(sharpe, 2, tr.language)}±{number(error, 2, tr.language)}"
            cells = (number(volatility, 0, tr.language), number(drawdown, 0, tr.language), said)
            rows.append(_columns(tr.gettext(SHORT_NAMES[method]), cells, _PAST_WIDTHS))
    if not rows:
        return ()
    head = _columns("", (tr.gettext("vol."), tr.gettext("fall"), "Sharpe"), _PAST_WIDTHS)
    days = int(analysis.curves["walked_days"][0]) if "walked_days" in analysis.curves else 0
    title = bold(tr.gettext("{days} days net of fees", days=number(days, 0, tr.language)))
    return title, grid([head, *rows], headed=True)


def _coins(table: Table | None, tr: Translator) -> tuple[Piece, ...]:
    """Return each coin's volatility, Sharpe ratio by shrunk means and betas to bitcoin as it falls and rises."""
    if table is None:
        return ()
    names = ("volatility", "sharpe", "beta_down", "beta_up")
    columns = [table.columns.index(name) for name in names]
    rows = [_columns("", (tr.gettext("vol."), "Sharpe", "β↓", "β↑"), (6, 7, 5, 6))]
    for name, values in zip(table.rows, table.values.tolist(), strict=True):
        cells = [values[place] for place in columns]
        if np.isfinite(cells[0]):
            said = [number(100 * cells[0], 0, tr.language), *(_plain(cell, tr) for cell in cells[1:])]
            rows.append(_columns(name, said, [6] * len(said)))
    return bold(tr.gettext("Coins")), grid(rows[: MOST_ROWS + 1], headed=True)


def _plain(value: float, tr: Translator) -> str:
    return number(value, 2, tr.language) if np.isfinite(value) else DASH


def _purchases(table: Table | None, tr: Translator) -> tuple[Piece, ...]:
    """Return what the recommended weights take for the configured sum, by the exchange's steps."""
    if table is None:
        return ()
    spent = float(np.nansum(table.values[:, 1]) + np.nansum(table.values[:, 2]))
    rows = []
    for name, (quantity, value, _) in list(zip(table.rows, table.values.tolist(), strict=True))[:-1]:
        if quantity:
            rows.append(
                _columns(name, (coins(quantity, tr.language), number(value, 2, tr.language)), (13, 11))
            )
    left, rest = number(float(table.values[-1, 1]), 2, tr.language), tr.gettext("left over")
    rows = [*rows[:MOST_ROWS], Row(f"{shorten(rest, 20):<21}{left:>11}", (rest, None, left))]
    money = number(round(spent), 0, tr.language)
    title = bold(tr.gettext("For {money} USDT (nothing is ordered)", money=money))
    return title, grid(rows)
