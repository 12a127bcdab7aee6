"""Rows that are kept or deleted together with the entry of who did it."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table, delete

from utils.store.audit import AuditEntry, put_audit
from utils.store.database import Database
from utils.store.rows import insert_into


async def put_audited(database: Database, table: Table, row: Mapping[str, object], entry: AuditEntry) -> bool:
    """Keep a row, with who did it; return whether it is new, and write nothing if it is not."""
    async with database.write() as connection:
        insert = insert_into(connection, table).values(row).on_conflict_do_nothing()
        if (await connection.execute(insert)).rowcount == 0:
            return False
        await put_audit(connection, entry)
    return True


async def delete_audited(
    database: Database, table: Table, same: tuple[ColumnElement[bool], ...], entry: AuditEntry
) -> bool:
    """Delete the rows that are the ``same``, with who did it; return whether there were any."""
    async with database.write() as connection:
        if (await connection.execute(delete(table).where(*same))).rowcount == 0:
            return False
        await put_audit(connection, entry)
    return True
