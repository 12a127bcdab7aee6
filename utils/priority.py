"""People before background work: who asks is marked, background work waits until nobody is waiting for an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from utils.clock import Clock

QUIET_S: Final = 1.0
"""Background work goes on when nobody has waited for an answer for this long."""
LONGEST_WAIT_S: Final = 30.0
"""A step of background work waits for a quiet moment at most this long, so that it is never given up."""
LOOK_S: Final = 0.25

_in_background: ContextVar[bool] = ContextVar("in_background", default=False)


def is_background() -> bool:
    """Return whether the running task is background work."""
    return _in_background.get()


@contextmanager
def background() -> Iterator[None]:
    """Mark what runs inside, and the tasks it starts, as background work."""
    token = _in_background.set(True)
    try:
        yield
    finally:
        _in_background.reset(token)


class Attention:
    """Knows whether somebody waits for an answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting = 0
        self._quiet_since = float("-inf")

    @contextmanager
    def question(self) -> Iterator[None]:
        """Somebody waits inside; background work does not count."""
        if is_background():
            yield
            return
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._quiet_since = self._clock.monotonic()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody waits and nobody has waited for a while."""
        return not self._waiting and self._clock.monotonic() - self._quiet_since >= QUIET_S

    async def quiet(self) -> None:
        """Wait for a quiet moment, at most `LONGEST_WAIT_S`."""
        until = self._clock.monotonic() + LONGEST_WAIT_S
        while not self.is_quiet and self._clock.monotonic() < until:
            await self._clock.sleep(LOOK_S)
