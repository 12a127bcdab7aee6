"""One WebSocket to the exchange: decodes incoming frames and sends subscriptions in batches within the limits.

Back-pressure: incoming bytes wait in the socket's buffer of 64 KiB and then in TCP; a reader that stays too slow is
disconnected by the exchange and connects again. Pending names to subscribe are sets, bounded by the number of streams.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

import aiohttp
import msgspec

from utils.binance_api.streams.decode import BadFrame, Frame, FrameDecoder, Payload
from utils.binance_api.streams.events import ControlReply
from utils.binance_api.streams.names import Route
from utils.clock import Clock
from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable

OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 2.0
LARGEST_FRAME: Final = 16 * 1024 * 1024
"""The all-market arrays have some hundred kilobytes."""
BATCH_NAMES: Final = 200
"""Names in one SUBSCRIBE, which counts as one message however many it has."""
YIELD_EVERY: Final = 64
"""Frames handled from a backlog before control returns to the event loop."""
REPLY_S: Final = 10.0
"""Seconds within which the exchange answers a message; otherwise the socket is half open."""


class _Message(Protocol):
    """A message of aiohttp: text arrives as bytes."""

    @property
    def type(self) -> aiohttp.WSMsgType: ...

    @property
    def data(self) -> object: ...


class ConnectionLost(Retryable):
    """The socket was closed; ``detail`` says how."""


class Sink(Protocol):
    """Receives what a connection reads."""

    def frame(self, connection: "Connection", frame: Frame[Payload], raw: bytes) -> None:
        """Handle one decoded frame."""

    def acknowledged(self, connection: "Connection", names: Iterable[str]) -> None:
        """Handle the acknowledgement of these streams; it does not guarantee data."""

    def refused(self, connection: "Connection", name: str, reply: ControlReply) -> None:
        """Handle the rejection of a stream."""


@dataclass(slots=True)
class _Request:
    method: str
    names: list[str]
    sent_s: float


@dataclass(slots=True)
class _PendingNames:
    """Names to unsubscribe and subscribe, in this order; a rejected batch is split into halves and sent again."""

    to_unsubscribe: dict[str, None] = field(default_factory=dict)
    to_subscribe: dict[str, None] = field(default_factory=dict)
    halves: deque[list[str]] = field(default_factory=deque)

    def next(self) -> tuple[str, list[str]] | None:
        if self.to_unsubscribe:
            return "UNSUBSCRIBE", _drain(self.to_unsubscribe)
        if self.halves:
            return "SUBSCRIBE", self.halves.popleft()
        return ("SUBSCRIBE", _drain(self.to_subscribe)) if self.to_subscribe else None


def _drain(names: dict[str, None]) -> list[str]:
    taken = list(names)[:BATCH_NAMES]
    for name in taken:
        del names[name]
    return taken


class Connection:
    """A connected WebSocket in combined mode; ``run`` it until it ends.

    ``requested`` are the streams to be carried, ``active`` those of them that the exchange acknowledged. ``source`` is
    the connection's name in errors and logs.
    """

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse[bool],
        route: Route,
        sink: Sink,
        clock: Clock,
        *,
        source: str,
    ) -> None:
        self.route = route
        self.source = source
        self.decoder = FrameDecoder(spot=route.product == "spot")
        self.opened_s = self.last_frame_s = clock.monotonic()
        self.requested: set[str] = set()
        self.active: set[str] = set()
        self._ws = ws
        self._sink = sink
        self._clock = clock
        self._pending = _PendingNames()
        self._probing = False
        self._wake = asyncio.Event()
        self._requests: dict[int, _Request] = {}
        self._last_id = 0
        self._end = ""
        self._closing: asyncio.Task[None] | None = None

    def subscribe(self, names: Iterable[str]) -> None:
        """Queue subscriptions; they are sent in batches as soon as the limits allow."""
        for name in names:
            if name not in self.requested:
                self.requested.add(name)
                self._pending.to_subscribe[name] = None
        self._wake.set()

    def unsubscribe(self, names: Iterable[str]) -> None:
        """Queue the end of subscriptions; a name that was not sent yet is only removed from the queue."""
        for name in names:
            self.requested.discard(name)
            self.active.discard(name)
            if self._pending.to_subscribe.pop(name, name) is not None:
                self._pending.to_unsubscribe[name] = None
        self._wake.set()

    def resubscribe(self, name: str) -> None:
        """Queue an UNSUBSCRIBE and a SUBSCRIBE, the recovery action for a stream without data."""
        self.active.discard(name)
        self.requested.add(name)
        self._pending.to_unsubscribe[name] = None
        self._pending.to_subscribe[name] = None
        self._wake.set()

    def probe(self) -> None:
        """Request the list of subscriptions: an answer proves that the socket works; missing ones are resubscribed."""
        if not any(request.method == "LIST_SUBSCRIPTIONS" for request in self._requests.values()):
            self._probing = True
            self._wake.set()

    @property
    def unanswered_s(self) -> float:
        """Seconds since the oldest unanswered message was sent; 0 if all are answered."""
        first = min((request.sent_s for request in self._requests.values()), default=None)
        return 0.0 if first is None else self._clock.monotonic() - first

    def extend_deadlines(self, seconds: float) -> None:
        """Extend all timeouts by time in which the event loop was blocked."""
        self.last_frame_s += seconds
        for request in self._requests.values():
            request.sent_s += seconds

    async def run(self) -> None:
        """Read and send until the socket is closed; raises :class:`ConnectionLost` with the reason."""
        sender = asyncio.create_task(self._send_all(), name=f"stream-sender-{self.route.name}")
        try:
            await self._read_all()
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self.end("the reader stopped")

    def end(self, reason: str) -> None:
        """Close the connection; ``run`` then raises with ``reason`` without waiting for the close handshake."""
        self._end = self._end or reason
        if self._closing is None:
            self._closing = asyncio.create_task(self._close_socket(), name=f"stream-close-{self.route.name}")

    @property
    def is_closed(self) -> bool:
        """Whether the close handshake has ended."""
        return self._closing is not None and self._closing.done()

    async def closed(self) -> None:
        """Wait until the socket is closed, at most ``CLOSE_TIMEOUT_S``."""
        if self._closing is not None:
            await self._closing

    async def _close_socket(self) -> None:
        await self._ws.close()

    async def _read_all(self) -> None:
        taken = 0
        while True:
            message = await self._ws.receive()
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                raise ConnectionLost(self.source, self._end or _ending(message, self._ws))
            self._take(message.data)
            taken += 1
            if taken % YIELD_EVERY == 0:  # receiving from a backlog never suspends
                await asyncio.sleep(0)

    def _take(self, raw: bytes) -> None:
        self.last_frame_s = self._clock.monotonic()
        try:
            got = self.decoder.decode(raw)
        except BadFrame:
            return  # counted by the decoder; where it matters, the gap in ids shows
        if isinstance(got, ControlReply):
            self._answered(got)
        elif got is not None:
            self._sink.frame(self, got, raw)

    def _answered(self, reply: ControlReply) -> None:
        request = self._requests.pop(reply.id, None) if isinstance(reply.id, int) else None
        if request is None:
            return
        if request.method == "LIST_SUBSCRIPTIONS":
            self._check_subscriptions(reply)
        elif request.method == "SUBSCRIBE" and reply.refused:
            self._refused(request.names, reply)
        elif request.method == "SUBSCRIBE":
            kept = [name for name in request.names if name in self.requested]
            self.active.update(kept)
            self._sink.acknowledged(self, kept)

    def _check_subscriptions(self, reply: ControlReply) -> None:
        if not isinstance(reply.result, list):
            return
        for name in self.active - set(reply.result):
            self.resubscribe(name)

    def _refused(self, names: list[str], reply: ControlReply) -> None:
        """One unknown name rejects the whole batch: split it in halves until the name is alone."""
        if len(names) > 1:
            middle = len(names) // 2
            self._pending.halves.extend([names[:middle], names[middle:]])
            self._wake.set()
            return
        self.requested.discard(names[0])
        self._sink.refused(self, names[0], reply)

    async def _send_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (pending := self._next_message()) is not None:
                await self._send(*pending)
                await self._clock.sleep(self.route.gap_s)

    def _next_message(self) -> tuple[str, list[str]] | None:
        if self._probing:
            self._probing = False
            return "LIST_SUBSCRIPTIONS", []
        return self._pending.next()

    async def _send(self, method: str, names: list[str]) -> None:
        self._last_id += 1
        message = {"method": method, "id": self._last_id}
        body = msgspec.json.encode({**message, "params": names} if names else message)
        self._requests[self._last_id] = _Request(method, names, self._clock.monotonic())
        try:
            await self._ws.send_str(body.decode())
        except (ConnectionError, aiohttp.ClientError):
            self.end("the socket refused an outgoing message")


def _ending(message: _Message, ws: aiohttp.ClientWebSocketResponse[bool]) -> str:
    if message.type is aiohttp.WSMsgType.ERROR:
        return f"the socket failed ({type(message.data).__name__})"
    code = ws.close_code
    return "the socket was dropped" if code is None else f"the exchange closed with code {code}"


async def connect(
    session: aiohttp.ClientSession, url: str, *, source: str, proxy: str | None = None
) -> aiohttp.ClientWebSocketResponse[bool]:
    """Open a WebSocket whose text arrives as bytes.

    Raises ``Retryable`` for transient faults (with the wait that a 429 or 418 asks for), ``Unavailable`` for a firewall
    or a restricted location (403, 451), ``Misconfigured`` for an invalid url or a wrong path (404, 410).
    """
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            return await session.ws_connect(
                url,
                proxy=proxy,
                decode_text=False,
                max_msg_size=LARGEST_FRAME,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
            )
    except TimeoutError as error:
        raise Retryable(source, f"no connection within {OPEN_TIMEOUT_S:g} s") from error
    except aiohttp.WSServerHandshakeError as error:
        raise _refusal(error, source) from error
    except aiohttp.InvalidURL as error:
        todo = "correct the configured stream address"
        raise Misconfigured(source, "the address is not a url", what_to_do=todo) from error
    except aiohttp.ClientConnectorDNSError as error:
        raise Retryable(source, "the host name could not be resolved") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Retryable(source, f"the connection failed ({type(error).__name__})") from error


def _refusal(error: aiohttp.WSServerHandshakeError, source: str) -> SourceError:
    status = error.status
    if status in (403, 451):
        reason = "the exchange's firewall refuses" if status == 403 else "the exchange does not serve"
        return Unavailable(source, f"{reason} the place this bot runs in", code=status)
    if status in (404, 410):
        todo = "check the configured stream address"
        return Misconfigured(
            source, f"the path is not served (status {status})", what_to_do=todo, code=status
        )
    retry_after = error.headers.get("Retry-After", "").strip() if error.headers is not None else ""
    wait_s = (
        float(retry_after)
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10
        else None
    )
    return Retryable(source, f"the exchange answered status {status}", code=status, retry_after_s=wait_s)
