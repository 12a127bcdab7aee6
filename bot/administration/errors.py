"""The last errors of the log, for administrators to read: one short line each, without secrets."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

MOST: Final = 8
LONGEST: Final = 120


class RecentErrors(logging.Handler):
    """Keeps the newest records at level ERROR and above and counts all; ``redact`` hides secrets in a text."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__(logging.ERROR)
        self._redact = redact
        self._lines: deque[str] = deque(maxlen=MOST)
        self.count = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The newest first."""
        return tuple(reversed(self._lines))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what a record is about, without its traceback."""
        self.count += 1
        said = record.msg.get("event", "") if isinstance(record.msg, dict) else record.getMessage()
        error_id = record.msg.get("error_id") if isinstance(record.msg, dict) else None
        text = f"{said} ({error_id})" if error_id else str(said)
        when = datetime.fromtimestamp(record.created, UTC)
        self._lines.append(self._redact(f"{when:%m-%d %H:%M} {' '.join(text.split())}")[:LONGEST])

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, the records of all loggers arrive here."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)
