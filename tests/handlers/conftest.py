"""For every test of the handlers: logs are captured, since rendering tracebacks would take most of the time."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.typing import EventDict


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """The log lines of the test."""
    with structlog.testing.capture_logs() as lines:
        yield lines
