"""One socket to the exchange: frames in, decoded and handed on; subscriptions out, batched within the limits.

Queues and what happens when they are full: incoming bytes wait in the socket's buffer of 64 KiB and then in TCP, so
that a loop that cannot follow slows the sender down until the exchange closes and the connection is made anew;
outgoing wishes are sets of stream names, never longer than the streams there are.
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
"""Frames taken from a backlog before other tasks get their turn."""
REPLY_S: Final = 10.0
"""Seconds within which the exchange answers a message; a socket that does not is half open."""


class _Message(Protocol):
    """What aiohttp gives for text as bytes and for everything else."""

    @property
    def type(self) -> aiohttp.WSMsgType: ...

    @property
    def data(self) -> object: ...


class ConnectionLost(Retryable):
    """The socket ended; ``detail`` says how."""


class Sink(Protocol):
    """Who takes what a connection brings."""

    def frame(self, connection: "Connection", frame: Frame[Payload], raw: bytes) -> None:
        """Take one decoded frame."""

    def acknowledged(self, connection: "Connection", names: Iterable[str]) -> None:
        """Learn that the exchange accepted these streams, which promises no data."""

    def refused(self, connection: "Connection", name: str, reply: ControlReply) -> None:
        """Learn that the exchange does not know a stream."""


@dataclass(slots=True)
class _Request:
    method: str
    names: list[str]
    sent_s: float


@dataclass(slots=True)
class _Wishes:
    """Names to leave and to join, in this order; a refused batch is tried again in halves."""

    leaving: dict[str, None] = field(default_factory=dict)
    joining: dict[str, None] = field(default_factory=dict)
    halves: deque[list[str]] = field(default_factory=deque)

    def next(self) -> tuple[str, list[str]] | None:
        if self.leaving:
            return "UNSUBSCRIBE", _drain(self.leaving)
        if self.halves:
            return "SUBSCRIBE", self.halves.popleft()
        return ("SUBSCRIBE", _drain(self.joining)) if self.joining else None


def _drain(names: dict[str, None]) -> list[str]:
    taken = list(names)[:BATCH_NAMES]
    for name in taken:
        del names[name]
    return taken


class Connection:
    """A connected socket in combined mode; ``run`` until it ends.

    ``source`` is its name in errors and logs.
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
        self.asked: set[str] = set()
        self.live: set[str] = set()
        self._ws = ws
        self._sink = sink
        self._clock = clock
        self._wishes = _Wishes()
        self._probing = False
        self._work = asyncio.Event()
        self._requests: dict[int, _Request] = {}
        self._last_id = 0
        self._end = ""
        self._closing: asyncio.Task[None] | None = None

    def want(self, names: Iterable[str]) -> None:
        """Subscribe, in batches, as soon as the limits allow."""
        for name in names:
            if name not in self.asked:
                self.asked.add(name)
                self._wishes.joining[name] = None
        self._work.set()

    def unwant(self, names: Iterable[str]) -> None:
        """Unsubscribe."""
        for name in names:
            self.asked.discard(name)
            self.live.discard(name)
            if self._wishes.joining.pop(name, name) is not None:
                self._wishes.leaving[name] = None
        self._work.set()

    def again(self, name: str) -> None:
        """Unsubscribe and subscribe: the cure of a stream that fell silent."""
        self.live.discard(name)
        self.asked.add(name)
        self._wishes.leaving[name] = None
        self._wishes.joining[name] = None
        self._work.set()

    def probe(self) -> None:
        """Ask what is subscribed: only a socket that lives answers, and what is missing is asked for again."""
        if not any(request.method == "LIST_SUBSCRIPTIONS" for request in self._requests.values()):
            self._probing = True
            self._work.set()

    @property
    def unanswered_s(self) -> float:
        """Seconds the oldest message of ours has waited for its answer."""
        first = min((request.sent_s for request in self._requests.values()), default=None)
        return 0.0 if first is None else self._clock.monotonic() - first

    def forgive(self, seconds: float) -> None:
        """Leave time in which we were not listening out of the other side's silence."""
        self.last_frame_s += seconds
        for request in self._requests.values():
            request.sent_s += seconds

    async def run(self) -> None:
        """Read and send until the socket ends; raises :class:`ConnectionLost` with the reason."""
        sender = asyncio.create_task(self._send_all(), name=f"stream-sender-{self.route.name}")
        try:
            await self._read_all()
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self.end("the reader stopped")

    def end(self, reason: str) -> None:
        """End the connection; ``run`` then raises with ``reason``, without waiting for the other side's good-bye."""
        self._end = self._end or reason
        if self._closing is None:
            self._closing = asyncio.create_task(self._say_goodbye(), name=f"stream-close-{self.route.name}")

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to wait for."""
        return self._closing is not None and self._closing.done()

    async def closed(self) -> None:
        """Wait until the socket is gone, at most ``CLOSE_TIMEOUT_S``."""
        if self._closing is not None:
            await self._closing

    async def _say_goodbye(self) -> None:
        await self._ws.close()

    async def _read_all(self) -> None:
        taken = 0
        while True:
            message = await self._ws.receive()
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                raise ConnectionLost(self.source, self._end or _ending(message, self._ws))
            self._take(message.data)
            taken += 1
            if taken % YIELD_EVERY == 0:  # a backlog is received without ever suspending
                await asyncio.sleep(0)

    def _take(self, raw: bytes) -> None:
        self.last_frame_s = self._clock.monotonic()
        try:
            got = self.decoder.decode(raw)
        except BadFrame:
            return  # counted by the decoder; what it held is missed by id where it matters
        if isinstance(got, ControlReply):
            self._answered(got)
        elif got is not None:
            self._sink.frame(self, got, raw)

    def _answered(self, reply: ControlReply) -> None:
        request = self._requests.pop(reply.id, None) if isinstance(reply.id, int) else None
        if request is None:
            return
        if request.method == "LIST_SUBSCRIPTIONS":
            self._compare(reply)
        elif request.method == "SUBSCRIBE" and reply.refused:
            self._refused(request.names, reply)
        elif request.method == "SUBSCRIBE":
            kept = [name for name in request.names if name in self.asked]
            self.live.update(kept)
            self._sink.acknowledged(self, kept)

    def _compare(self, reply: ControlReply) -> None:
        if not isinstance(reply.result, list):
            return
        for name in self.live - set(reply.result):
            self.again(name)

    def _refused(self, names: list[str], reply: ControlReply) -> None:
        """One bad name spoils its whole batch: halve until it stands alone."""
        if len(names) > 1:
            middle = len(names) // 2
            self._wishes.halves.extend([names[:middle], names[middle:]])
            self._work.set()
            return
        self.asked.discard(names[0])
        self._sink.refused(self, names[0], reply)

    async def _send_all(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while (wish := self._next_wish()) is not None:
                await self._send(*wish)
                await self._clock.sleep(self.route.gap_s)

    def _next_wish(self) -> tuple[str, list[str]] | None:
        if self._probing:
            self._probing = False
            return "LIST_SUBSCRIPTIONS", []
        return self._wishes.next()

    async def _send(self, method: str, names: list[str]) -> None:
        self._last_id += 1
        message = {"method": method, "id": self._last_id}
        body = msgspec.json.encode({**message, "params": names} if names else message)
        self._requests[self._last_id] = _Request(method, names, self._clock.monotonic())
        try:
            await self._ws.send_str(body.decode())
        except (ConnectionError, aiohttp.ClientError):
            self.end("the socket refused a message of ours")


def _ending(message: _Message, ws: aiohttp.ClientWebSocketResponse[bool]) -> str:
    if message.type is aiohttp.WSMsgType.ERROR:
        return f"the socket failed ({type(message.data).__name__})"
    code = ws.close_code
    return "the socket was dropped" if code is None else f"the exchange closed with code {code}"


async def connect(
    session: aiohttp.ClientSession, url: str, *, source: str, proxy: str | None = None
) -> aiohttp.ClientWebSocketResponse[bool]:
    """Open a socket whose text arrives as bytes.

    Raises ``Retryable`` for what may pass (with the wait a 429 or 418 asks for), ``Unavailable`` for a firewall or
    a restricted place (403, 451), ``Misconfigured`` for an address that is no url or a wrong path (404, 410).
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
    told = error.headers.get("Retry-After", "").strip() if error.headers is not None else ""
    wait_s = float(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
    return Retryable(source, f"the exchange answered status {status}", code=status, retry_after_s=wait_s)
