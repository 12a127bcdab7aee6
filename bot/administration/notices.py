"""Tells administrators that a source no longer answers, and that it does again: once each, however it flaps."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from utils.clock import Clock
from utils.providers import WatchedSource

LOOK_S: Final = 5.0
DEGRADED_AFTER_S: Final = 60.0
"""A source has failed for so long, and more than once, before anybody is told."""
RECOVERED_AFTER_S: Final = 120.0
"""A source of which somebody was told has answered for so long before its recovery is."""

OK: Final = "ok"
"""The outcome of a request that has failed in nothing."""
NoticeKind = Literal["degraded", "recovered"]
Tell = Callable[[NoticeKind, Sequence[str]], Awaitable[None]]
Failing = Mapping[str, int | None]
"""How often each source that fails now has failed so far; ``None`` where a state stands and nothing is counted."""


def failing_of(*sources: WatchedSource) -> dict[str, int | None]:
    """Return what fails now of everything that is read, with how often each has failed so far."""
    failed: dict[str, int] = {}
    for source in sources:
        for (name, outcome), count in source.requests.items():
            if outcome != OK:
                failed[name] = failed.get(name, 0) + count
    return {name: failed.get(name) for source in sources for name in source.failing}


@dataclass(slots=True)
class _Source:
    since_s: float
    failures: int | None
    is_failing: bool = True
    told: bool = False


class Notices:
    """Looks at the sources that fail and tells of transitions, all of one look together."""

    def __init__(self, failing: Callable[[], Failing], tell: Tell, clock: Clock) -> None:
        self._failing = failing
        self._tell = tell
        self._clock = clock
        self._sources: dict[str, _Source] = {}

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Compare with the last look, and tell what is to be told now."""
        now_s, failing = self._clock.monotonic(), self._failing()
        for name in failing.keys() | self._sources.keys():
            self._note(name, name in failing, failing.get(name), now_s)
        degraded = [name for name in sorted(self._sources) if self._is_degraded(name, failing, now_s)]
        recovered = [name for name in sorted(self._sources) if self._has_recovered(name, now_s)]
        for name in degraded:
            self._sources[name].told = True
        for name in recovered:
            del self._sources[name]
        if degraded:
            await self._tell("degraded", degraded)
        if recovered:
            await self._tell("recovered", recovered)

    def _note(self, name: str, is_failing: bool, failures: int | None, now_s: float) -> None:
        source = self._sources.get(name)
        if source is None:
            self._sources[name] = _Source(now_s, failures)
        elif source.is_failing != is_failing:
            if not is_failing and not source.told:
                del self._sources[name]
                return
            source.is_failing, source.since_s, source.failures = is_failing, now_s, failures

    def _is_degraded(self, name: str, failing: Failing, now_s: float) -> bool:
        source = self._sources[name]
        failures = failing.get(name)
        again = failures is None or source.failures is None or failures > source.failures
        return source.is_failing and not source.told and again and now_s >= source.since_s + DEGRADED_AFTER_S

    def _has_recovered(self, name: str, now_s: float) -> bool:
        source = self._sources[name]
        return source.told and not source.is_failing and now_s >= source.since_s + RECOVERED_AFTER_S


def notice_key(bot_id: int, kind: NoticeKind, sources: Collection[str], at_ms: int, person_id: int) -> str:
    """Return the key of a notice: the same for all processes that see the same within ten minutes."""
    digest = hashlib.sha256("|".join(sorted(sources)).encode()).hexdigest()[:12]
    return f"notice {bot_id} {kind} {digest} {at_ms // 600_000} {person_id}"
