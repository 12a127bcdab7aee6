"""Libraries never log the text of messages, at any level."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure_logging
from bot.redaction import Redactor


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_drivers_say_nothing_at_debug_but_their_warnings() -> None:
    out = io.StringIO()
    configure_logging("DEBUG", "json", Redactor([]), stream=out)
    for name in ("aiosqlite", "sqlalchemy.engine.Engine", "matplotlib.font_manager", "PIL.PngImagePlugin"):
        logging.getLogger(name).debug("executing a statement")
        logging.getLogger(name).info("BEGIN (implicit)")
        logging.getLogger(name).warning("a warning of %s", name)
    logging.getLogger("ours").debug("our own line")
    assert "executing" not in out.getvalue()
    assert "implicit" not in out.getvalue()
    assert out.getvalue().count("a warning of") == 4
    assert "our own line" in out.getvalue()


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_messages_to_people_are_never_written_out(level: str) -> None:
    out = io.StringIO()
    configure_logging(level, "json", Redactor([]), stream=out)
    for name in ("telegram.Bot", "telegram.ext.ExtBot"):
        logging.getLogger(name).debug("Calling Bot API endpoint with parameters %s", {"text": "31,337.61"})
    logging.getLogger("ours").debug("our own line")
    assert "31,337.61" not in out.getvalue()
    assert ("our own line" in out.getvalue()) == (level == "DEBUG")
