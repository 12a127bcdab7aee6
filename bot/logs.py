"""One log stream for this software and its libraries, as console lines or JSON, without secrets."""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from bot.log_lines import Descriptor, LineQueue
from bot.redaction import Redactor

# these log one line per request or connection at INFO
VERBOSE_LOGGERS = (
    "alembic",
    "telegram",
    "telegram.ext",
    "aiohttp.access",
    "httpx",
    "httpcore",
    "asyncio",
    "tornado.access",
)

# these log the text of every message at DEBUG, which is private
PRIVATE_LOGGERS = frozenset({"telegram", "telegram.ext"})

# these log several lines per statement or picture at DEBUG, which say nothing about this software
DRIVER_LOGGERS = ("aiosqlite", "sqlalchemy", "matplotlib", "PIL")

LONGEST_VALUE = 2_000
"""Characters of one value of a log line; of a longer one the end counts most, which says what a traceback is about."""
HEAD = 400


class QueueHandler(logging.Handler):
    """Hands finished lines to a queue, so that who logs never waits for who reads."""

    def __init__(self, lines: LineQueue) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record."""
        try:
            self._lines.put(self.format(record))
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Wait a moment for the lines that are queued."""
        self._lines.flush()


class RedactingFormatter(logging.Formatter):
    """Formats a record by structlog and hides secrets in the finished line, its traceback included."""

    def __init__(self, inner: logging.Formatter, redact: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line."""
        return self._redact(self._inner.format(record))


def configure_logging(
    level: str,
    style: Literal["auto", "console", "json"],
    redact: Redactor,
    *,
    stream: TextIO | None = None,
) -> None:
    """Log to ``stream`` (standard error). ``auto`` is console style on a terminal, else one JSON object per line."""
    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        shortened,
    ]
    handler = _handler(out)
    handler.setFormatter(RedactingFormatter(_formatter(shared, console=console, colors=out.isatty()), redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in DRIVER_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in VERBOSE_LOGGERS:
        verbose = level == "DEBUG" and name not in PRIVATE_LOGGERS
        logging.getLogger(name).setLevel(logging.DEBUG if verbose else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def shortened(_: object, __: str, event: EventDict) -> EventDict:
    """Cut the middle out of values that are too long; a processor of structlog."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            left_out = len(value) - LONGEST_VALUE
            tail = value[-(LONGEST_VALUE - HEAD) :]
            event[name] = f"{value[:HEAD]}… ({left_out} characters) …{tail}"
    return event


def _handler(out: TextIO) -> logging.Handler:
    """Queue the lines of a stream that has a descriptor; write those of another one at once."""
    try:
        out.fileno()
    except (OSError, ValueError):
        return logging.StreamHandler(out)
    return QueueHandler(LineQueue(Descriptor(out)))


def _formatter(shared: list[Processor], *, console: bool, colors: bool) -> logging.Formatter:
    ends: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [
            structlog.processors.format_exc_info,
            shortened,
            structlog.processors.JSONRenderer(default=str),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )
