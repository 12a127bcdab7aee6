"""Many rows in, columns out, the same on SQLite and PostgreSQL."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sqlalchemy import Select, Table
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

PAGE_ROWS = 4_096  # rows turned into arrays at once: the event loop is free between two pages


def insert_into(connection: AsyncConnection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return the dialect's own insert, which knows ON CONFLICT; its engine has loaded that dialect and no other."""
    dialect: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    made: sqlite.Insert | postgresql.Insert = dialect.insert(table)
    return made


async def insert_new(connection: AsyncConnection, table: Table, rows: Iterable[object]) -> int:
    """Insert the rows whose key is new and return how many were; what stands already is never changed.

    A row is an object with an attribute per column. Rows go in the order of their keys, so that two writers of the same
    rows wait for each other and never deadlock. SQLAlchemy splits them under the databases' limits of parameters.
    """
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]
    values = [{name: getattr(row, name) for name in names} for row in sorted(rows, key=attrgetter(*keys))]
    if not values:
        return 0
    statement = insert_into(connection, table).on_conflict_do_nothing().returning(table.c[keys[-1]])
    result = await connection.execute(statement, values)
    return len(result.all())


async def read_columns(
    connection: AsyncConnection, query: Select[Any], dtypes: Sequence[DTypeLike]
) -> tuple[NDArray[Any], ...]:
    """Return the columns of a query as arrays of equal length, read page by page."""
    pages: list[tuple[NDArray[Any], ...]] = [tuple(np.empty(0, dtype) for dtype in dtypes)]
    async with connection.stream(query) as result:
        async for page in result.partitions(PAGE_ROWS):
            pages.append(
                tuple(
                    np.array(column, dtype)
                    for column, dtype in zip(zip(*page, strict=True), dtypes, strict=True)
                )
            )
    return tuple(np.concatenate(column) for column in zip(*pages, strict=True))
