"""Lets few requests through to a host that does not answer, so that an outage costs every caller little.

A host that answered lately takes ``PROVEN`` requests at a time, another one ``UNPROVEN``, each until its first answer;
from then on and until nothing is under way any more it takes ``ANSWERING``, fewer once its answers are slow
(`Crowding`). One that answered within ``TRUSTED_S`` and
has met no fault since need not answer first: a host that refuses or fails does so soon, so that one which is silent for
``REFUSAL_S`` is busy with its answers. After ``FAULTS`` faults without an answer in between all requests end at once
for ``PAUSE_S``; then one at a time is tried.
"""

import asyncio
from typing import Final

import structlog

from utils.clock import Clock
from utils.http.crowding import Crowding
from utils.http.errors import Unavailable
from utils.timeouts import within

_log = structlog.get_logger(__name__)

ANSWERING: Final = 40
PROVEN: Final = 8
UNPROVEN: Final = 4
PROVEN_S: Final = 2.0
"""How long an answer proves that a host answers."""
TRUSTED_S: Final = 900.0
"""How long an answer makes it likely that silence is work and not an outage."""
REFUSAL_S: Final = 0.05
"""How soon a host that is up and refuses has said so."""
FAULTS: Final = 4
PAUSE_S: Final = 10.0


class HostGate:
    """The gate of one host; times are measured on the monotonic clock."""

    def __init__(self, host: str, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._faults = 0
        self._answered_s = float("-inf")
        self._closed_until_s = float("-inf")
        self._under_way = 0
        self._began_s = float("-inf")
        self._answering = False
        self._crowding = Crowding(PROVEN, ANSWERING)
        self._changed = asyncio.Event()

    @property
    def left_alone(self) -> bool:
        """Whether the host failed so often that hardly any request is sent to it."""
        return self._faults >= FAULTS

    async def enter(self, source: str) -> float:
        """Wait for room for one request and return when it begins; raises ``Unavailable`` of a host that is down."""
        while self._under_way >= self._room(source):
            await self._change()
        now = self._clock.monotonic()
        if not self._under_way:
            self._began_s = now
        self._under_way += 1
        return now

    def leave(self, began_s: float, *, answered: bool | None) -> None:
        """End a request that began then: whether the host answered, ``None`` where that is not known."""
        self._under_way -= 1
        if answered is not None:
            self._crowding.ended(began_s, self._clock.monotonic())
        if answered:
            self._answer()
        elif answered is not None:
            self._fault()
        self._answering = self._under_way > 0 and (bool(answered) or self._answering)
        self._changed.set()
        self._changed = asyncio.Event()

    def _room(self, source: str) -> int:
        now = self._clock.monotonic()
        if now < self._closed_until_s:
            detail = f"{self._host} failed {self._faults} times in a row and is not asked for some seconds"
            raise Unavailable(source, detail)
        if self._faults:
            return max(1, UNPROVEN - self._faults)
        if self._answering or (self._is_trusted(now) and self._refusal_left_s(now) <= 0):
            return self._crowding.room
        return PROVEN if now - self._answered_s <= PROVEN_S else UNPROVEN

    async def _change(self) -> None:
        """Wait until there may be more room."""
        now = self._clock.monotonic()
        left_s = self._refusal_left_s(now)
        if self._is_trusted(now) and left_s > 0:
            await within(self._clock, left_s, self._changed.wait())
        else:
            await self._changed.wait()

    def _is_trusted(self, now: float) -> bool:
        return not self._faults and now - self._answered_s <= TRUSTED_S

    def _refusal_left_s(self, now: float) -> float:
        return self._began_s + REFUSAL_S - now

    def _answer(self) -> None:
        if self.left_alone:
            _log.info("host answers again", host=self._host)
        self._faults = 0
        self._answered_s = self._clock.monotonic()
        self._closed_until_s = float("-inf")

    def _fault(self) -> None:
        self._faults += 1
        if self._faults == FAULTS:
            _log.warning("host is left alone", host=self._host, seconds=PAUSE_S)
        if self.left_alone:
            self._closed_until_s = self._clock.monotonic() + PAUSE_S
