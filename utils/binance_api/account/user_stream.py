"""Streams of the account's own events, spot and futures: reconnected without a limit on attempts.

Events during an outage are not sent again: ``user_live`` tells the listener to read the account over REST. Keys, listen
keys and the contents of events are never logged.
"""

import asyncio
import random
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
import msgspec

from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.connection import REPLY_S, ConnectionLost, connect
from utils.binance_api.streams.route_connection import HEALTHY_S, ROTATE_S
from utils.clock import Clock
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError
from utils.http.transitions import Transitions
from utils.timeouts import first_within

PROBE_S: Final = 60.0
"""An account may have no events for hours: after this long without a message the exchange is probed."""
KEY_PAUSE_S: Final = 600.0
"""Pause after the exchange rejected the key; a person must correct it."""
ENDED: Final = frozenset({"eventStreamTerminated", "listenKeyExpired", "serverShutdown"})


@dataclass(frozen=True, slots=True)
class UserEvent:
    """One event: ``kind`` is its ``e`` (``executionReport``, ``ACCOUNT_UPDATE`` …), ``body`` all its fields."""

    kind: str
    event_ms: int
    body: dict[str, Any]

    def __repr__(self) -> str:
        return f"UserEvent({self.kind}, {self.event_ms})"


class UserListener(Protocol):
    """Receives the account's events; both methods are called in the reader and must not block."""

    def user_event(self, event: UserEvent) -> None:
        """Handle one event."""

    def user_live(self) -> None:
        """Handle the start of the stream: read the account, then apply events."""


json_object: Final = msgspec.json.Decoder(dict[str, Any])


class UserStream(ABC):
    """One account stream: ``run`` it as a task.

    ``connected`` is true while events arrive, ``fault`` is why they do not (``None`` before the first failure and after
    every success); if it is ``Misconfigured``, a person must act and retries are rare.
    """

    source: str

    def __init__(
        self,
        session: aiohttp.ClientSession,
        listener: UserListener,
        clock: Clock,
        rng: random.Random,
        *,
        proxy: str | None = None,
    ) -> None:
        self.connected = False
        self.fault: SourceError | None = None
        self.counts: Counter[str] = Counter()
        self._session = session
        self._listener = listener
        self._clock = clock
        self._proxy = proxy
        self._backoff = Backoff(rng)
        self._transitions = Transitions()
        self._ws: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._probe_sent_s: float | None = None
        self._last_message_s = 0.0
        self._last_id = 0

    async def run(self) -> None:
        """Keep the stream open until cancelled."""
        while True:
            begun_s = self._clock.monotonic()
            try:
                await self._once()
            except SourceError as fault:
                self.fault = fault
                self.counts["ended"] += 1
                self._transitions.failed(fault)
                if self._clock.monotonic() - begun_s >= HEALTHY_S:
                    self._backoff.reset()
                await self._clock.sleep(self._backoff.next_s(_least_pause_s(fault)))

    async def _once(self) -> None:
        ws = self._ws = await self._connect(await self._address())
        self._probe_sent_s = None
        try:
            await self._log_on()
            self._transitions.answered(self.source)
            self.connected, self.fault = True, None
            self._listener.user_live()
            await self._listen()
        finally:
            self.connected = False
            await ws.close()

    async def _connect(self, address: str) -> aiohttp.ClientWebSocketResponse[bool]:
        try:
            return await connect(self._session, address, source=self.source, proxy=self._proxy)
        except SourceError as fault:
            raise fault from None  # the cause contains the address, which may contain a listen key

    async def _listen(self) -> None:
        """Read until the stream ends, and probe the exchange when no message arrives."""
        begun_s = self._last_message_s = self._clock.monotonic()
        check_at_s = begun_s + PROBE_S
        receiving = asyncio.ensure_future(self._receive())
        try:
            while True:
                left_s = check_at_s - self._clock.monotonic()
                if left_s > 0 and await first_within(self._clock, left_s, receiving):
                    self._take(await receiving)
                    receiving = asyncio.ensure_future(self._receive())
                elif left_s <= 0:
                    await self._check_health(begun_s)
                    check_at_s = self._clock.monotonic() + (
                        PROBE_S if self._probe_sent_s is None else REPLY_S
                    )
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    async def _check_health(self, begun_s: float) -> None:
        if self._probe_sent_s is not None and self._clock.monotonic() - self._probe_sent_s >= REPLY_S:
            raise ConnectionLost(self.source, "the exchange does not answer; the socket is half open")
        if self._clock.monotonic() - begun_s > ROTATE_S:
            raise ConnectionLost(self.source, "the connection is 23 hours old")
        await self.maintain()
        if self._probe_sent_s is None and self._clock.monotonic() - self._last_message_s >= PROBE_S:
            self._probe_sent_s = self._clock.monotonic()
            await self._ask(self._probe_method, {})

    async def _receive(self) -> bytes:
        message = await self._socket.receive()
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            raise ConnectionLost(self.source, f"the socket ended (code {self._socket.close_code})")
        return bytes(message.data)

    @property
    def _socket(self) -> aiohttp.ClientWebSocketResponse[bool]:
        if self._ws is None:
            raise ConnectionLost(self.source, "there is no socket yet")
        return self._ws

    async def _ask(self, method: str, params: dict[str, Any]) -> int:
        self._last_id += 1
        body = {"id": self._last_id, "method": method, **({"params": params} if params else {})}
        try:
            await self._socket.send_str(msgspec.json.encode(body).decode())
        except (ConnectionError, aiohttp.ClientError) as error:
            raise ConnectionLost(self.source, "the socket refused an outgoing message") from error
        return self._last_id

    def _take(self, raw: bytes) -> None:
        self._probe_sent_s = None  # any message proves that the connection works
        self._last_message_s = self._clock.monotonic()
        try:
            body = json_object.decode(raw)
        except msgspec.DecodeError:
            self.counts["bad_frames"] += 1
            return
        event = self._event_in(body)
        if event is None:
            return
        self.counts["events"] += 1
        if event.kind in ENDED:
            raise ConnectionLost(self.source, f"the exchange ended the stream ({event.kind})")
        self._listener.user_event(event)

    @property
    @abstractmethod
    def _probe_method(self) -> str:
        """The method of a message that every working connection answers."""

    @abstractmethod
    async def _address(self) -> str:
        """Return the address to connect to; it may contain a secret and is never logged."""

    @abstractmethod
    async def _log_on(self) -> None:
        """Subscribe to the events on the open socket."""

    @abstractmethod
    async def maintain(self) -> None:
        """Keep the stream valid; called at least every ``PROBE_S`` while no message arrives."""

    @abstractmethod
    def _event_in(self, body: dict[str, Any]) -> UserEvent | None:
        """Return the event in a message, ``None`` for replies."""


def event_of(body: Any) -> UserEvent | None:
    """Return a message as an event, ``None`` if it is none."""
    if not isinstance(body, dict) or not isinstance(body.get("e"), str):
        return None
    stamp = body.get("E")
    return UserEvent(body["e"], stamp if isinstance(stamp, int) else 0, body)


def _least_pause_s(fault: SourceError) -> float:
    if isinstance(fault, Misconfigured | Rejected):
        return KEY_PAUSE_S
    return (fault.retry_after_s or 0.0) if isinstance(fault, Retryable) else 0.0
