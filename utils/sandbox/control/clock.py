"""The time a sandbox server lives in: the wall clock shifted to any start, or a clock that a test injects."""

import inspect
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable


class ClockError(Exception):
    """The clock was asked for something that only an injected clock can do (answered with 409)."""


class TimeSource(Protocol):
    """Anything that tells UTC milliseconds."""

    def now_ms(self) -> int:
        """UTC time in milliseconds."""
        ...


@runtime_checkable
class ManualTime(Protocol):
    """A source that a test moves by hand."""

    def now_ms(self) -> int:
        """UTC time in milliseconds."""
        ...

    def advance(self, ms: int) -> object:
        """Move forward by `ms` milliseconds; may be a coroutine function."""
        ...


class WallTime:
    """The machine's own clock; the only place of the sandbox that reads it."""

    def now_ms(self) -> int:
        """UTC time in milliseconds."""
        return time.time_ns() // 1_000_000


class SandboxClock:
    """UTC milliseconds for one or several sandbox servers.

    Alone it runs at rate 1 from `start_ms` (the real time when `None`). With `source`, the time is the
    source's, and other rates and steps by hand become possible because bot and sandbox then share one clock.
    """

    def __init__(self, start_ms: int | None = None, source: TimeSource | None = None) -> None:
        self.injected = source is not None
        self._source: TimeSource = source if source is not None else WallTime()
        self._rate = 1.0
        self._origin_ms = self._source.now_ms()
        self._start_ms = self._origin_ms if start_ms is None else start_ms
        self._listeners: list[Callable[[], None]] = []

    @property
    def rate(self) -> float:
        """Sandbox milliseconds per millisecond of the source."""
        return self._rate

    def now_ms(self) -> int:
        """UTC time of the sandbox in milliseconds."""
        elapsed_ms = self._source.now_ms() - self._origin_ms
        return self._start_ms + round(elapsed_ms * self._rate)

    def on_step(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each jump of the clock (set or advance), so that streams can catch up."""
        self._listeners.append(listener)

    def set(self, now_ms: int | None = None, rate: float | None = None) -> None:
        """Jump to `now_ms` and run at `rate` from there.

        Raises `ClockError` for a rate other than 1 without an injected clock, `ValueError` for a rate <= 0.
        """
        wanted_rate = self._rate if rate is None else rate
        if wanted_rate <= 0:
            raise ValueError("rate must be positive")
        if wanted_rate != 1.0 and not self.injected:
            raise ClockError("only an injected clock runs at another rate than 1")
        self._start_ms = self.now_ms() if now_ms is None else now_ms
        self._origin_ms = self._source.now_ms()
        self._rate = wanted_rate
        self._notify()

    async def advance(self, ms: int) -> None:
        """Step forward by `ms` milliseconds, moving the injected clock itself where it can be moved.

        Raises `ClockError` without an injected clock, `ValueError` for a negative step.
        """
        if not self.injected:
            raise ClockError("only an injected clock can be advanced; set the time instead")
        if ms < 0:
            raise ValueError("ms must not be negative")
        if isinstance(self._source, ManualTime):
            stepped = self._source.advance(round(ms / self._rate))
            if inspect.isawaitable(stepped):
                await stepped
        else:
            self._start_ms += ms
        self._notify()

    def describe(self) -> dict[str, object]:
        """The clock as JSON: `now` in milliseconds and ISO, `rate`, `injected`."""
        now_ms = self.now_ms()
        iso = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return {"now": now_ms, "iso": iso, "rate": self._rate, "injected": self.injected}

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()
