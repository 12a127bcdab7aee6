"""What is known coin by coin, as lines of monospace."""

from typing import Final

from analysis.framework.result import Table
from handlers.render.html import Grid, Row, grid, shorten
from handlers.render.subject import coins_of
from handlers.render.view import ReaderView
from handlers.render.words import number

NAME_WIDTH: Final = 7
COLUMN_WIDTH: Final = 6


def coin_table(view: ReaderView, width: int, most: int | None = None) -> tuple[Grid, ...]:
    """Return heads and one row per coin, as many columns as fit ``width`` characters; nothing without a table.

    An answer about one coin says the same in its metrics.
    """
    analysis, look = view.analysis, view.look
    table = analysis.table(look.table)
    if table is None or analysis.basket is None:
        return ()
    columns = [name for name in look.table_heads if name in table.columns]
    columns = columns[: (width - NAME_WIDTH) // COLUMN_WIDTH]
    heads = [view.tr.gettext(look.table_heads[name]) for name in columns]
    rows = [Row(_line("", [shorten(head, COLUMN_WIDTH - 1) for head in heads]), ("", *heads))]
    for place, coin in enumerate(coins_of(table.rows)[:most]):
        cells = [_cell(view, table, name, place) for name in columns]
        rows.append(Row(_line(coin, cells), (coin, *cells)))
    return (grid(rows, headed=True),)


def _line(name: str, cells: list[str]) -> str:
    return f"{shorten(name, NAME_WIDTH):<{NAME_WIDTH}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells)


def _cell(view: ReaderView, table: Table, column: str, row: int) -> str:
    value = float(table.values[row, table.columns.index(column)])
    return number(value, view.module.spec(column).decimals, view.tr.language)
