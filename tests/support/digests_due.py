"""Digests whose time comes now: nobody waits for the morning."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.limits import PATIENCE_S
from utils.clock import SystemClock


def make_digests_due(database: Path, chat_id: int) -> int:
    """Set the next turn of every digest of a chat to now in the SQLite file of a bot that runs; return how many."""
    with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as connection, connection:
        due = "UPDATE digest SET due_at = ? WHERE chat_id = ?"
        return connection.execute(due, (SystemClock().now_ms(), chat_id)).rowcount
