"""What is known coin by coin, as lines of monospace."""

from typing import Final

from analysis.framework.result import Table
from handlers.render.html import Html, pre, shorten
from handlers.render.subject import coins_of
from handlers.render.view import ReaderView
from handlers.render.words import number

NAME_WIDTH: Final = 7
COLUMN_WIDTH: Final = 6


def coin_table(view: ReaderView, width: int, most: int | None = None) -> Html:
    """Return heads and one line per coin, as many columns as fit ``width`` characters; empty without a table.

    An answer about one coin says the same in its metrics.
    """
    analysis, look = view.analysis, view.look
    table = analysis.table(look.table)
    if table is None or analysis.basket is None:
        return Html("")
    columns = [name for name in look.table_heads if name in table.columns]
    columns = columns[: (width - NAME_WIDTH) // COLUMN_WIDTH]
    heads = (shorten(view.tr.gettext(look.table_heads[name]), COLUMN_WIDTH - 1) for name in columns)
    lines = [" " * NAME_WIDTH + "".join(f"{head:>{COLUMN_WIDTH}}" for head in heads)]
    for row, coin in enumerate(coins_of(table.rows)[:most]):
        cells = (f"{_cell(view, table, name, row):>{COLUMN_WIDTH}}" for name in columns)
        lines.append(f"{shorten(coin, NAME_WIDTH):<{NAME_WIDTH}}{''.join(cells)}")
    return pre("\n".join(lines))


def _cell(view: ReaderView, table: Table, column: str, row: int) -> str:
    value = float(table.values[row, table.columns.index(column)])
    return number(value, view.module.spec(column).decimals, view.tr.language)
