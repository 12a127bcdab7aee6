"""One stream of log lines for our own and the libraries' loggers, console or JSON, without secrets."""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import Processor

from bot.redaction import Redactor

# their INFO is one line per request or connection
TALKATIVE = (
    "alembic",
    "telegram",
    "telegram.ext",
    "aiohttp.access",
    "httpx",
    "httpcore",
    "asyncio",
    "tornado.access",
)

# at DEBUG they write out every message sent and received: what a person is told is nobody else's to read
CONFIDING = frozenset({"telegram", "telegram.ext"})


class RedactingFormatter(logging.Formatter):
    """Renders a record by structlog and hides secrets in the finished line, its traceback included."""

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
    """Send all logs to ``stream`` (standard error). ``auto`` is console on a terminal, else one JSON object a line."""
    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(RedactingFormatter(_formatter(shared, console=console, colors=out.isatty()), redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        told = level == "DEBUG" and name not in CONFIDING
        logging.getLogger(name).setLevel(logging.DEBUG if told else logging.WARNING)
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


def _formatter(shared: list[Processor], *, console: bool, colors: bool) -> logging.Formatter:
    ends: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )
