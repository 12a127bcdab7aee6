"""One listener's socket: what it listens to, what waits to be sent, its pings and its end."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from utils.sandbox.control import Fault
from utils.sandbox.exchange.connections import Connection
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.rest.faulty import Trouble
from utils.sandbox.exchange.streams import commands
from utils.sandbox.exchange.streams.address import Address
from utils.sandbox.exchange.streams.channel import Channel
from utils.sandbox.exchange.streams.faulty import MESSAGE_FAULTS, SOCKET_FAULTS, FaultyPath
from utils.sandbox.exchange.streams.frames import PING, PONG, Message, encoded, frame
from utils.sandbox.exchange.streams.precise import precise
from utils.sandbox.exchange.streams.rules import LIFETIME_MS, MessageMeter, SocketRules

MOST_WAITING_BYTES = 16 * 1024 * 1024
"""A listener that falls further behind is cut off."""
ABNORMAL = 1006
"""Not a code that can be sent: the connection is broken without a word (RFC 6455, section 7.4.1)."""

SHUTDOWN_NOTICE_MS = 5_000
"""From the announcement to the disconnect; the exchange promises no fixed notice."""


class Switchboard(Protocol):
    """What a socket asks of the engine behind it."""

    def now_ms(self) -> int:
        """The sandbox's time."""
        ...

    def join(self, socket: "StreamSocket", name: str, route: str | None) -> Channel | None:
        """Listen to a stream; `None` when it stays silent."""
        ...

    def leave(self, socket: "StreamSocket", channel: Channel | None) -> None:
        """Listen no longer."""
        ...

    def close(self, socket: "StreamSocket", code: int, reason: bytes) -> None:
        """End the socket soon."""
        ...

    def has_faults(self) -> bool:
        """Whether any fault stands; without one there is nothing to ask `hits`."""
        ...

    def hits(
        self, names: frozenset[str], spared: frozenset[int], facts: Mapping[str, object]
    ) -> Sequence[Fault]:
        """The ordered faults that bite now."""
        ...

    def breach(self, socket: "StreamSocket") -> None:
        """Note that the listener sent too much."""
        ...


class StreamSocket:
    """A socket on one market."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        connection: Connection,
        address: Address,
        rules: SocketRules,
        switchboard: Switchboard,
    ) -> None:
        self.connection = connection
        self.combined = address.combined
        self.is_over = False
        self._is_precise = address.precise and connection.market == SPOT
        self._socket = socket
        self._transport = transport
        self._route = address.route
        self._rules = rules
        self._switchboard = switchboard
        self._meter = MessageMeter(rules.messages_per_s)
        self._channels: dict[str, Channel | None] = {}
        self._waiting: list[bytes] = []
        self._pinged_ms = connection.opened_ms
        self._unanswered: dict[bytes, int] = {}
        self._path = FaultyPath(self._message_faults, connection.id)
        self._is_deaf = False
        self._shutdown_ms: float | None = None

    @property
    def names(self) -> list[str]:
        """See `Subscriber`."""
        return list(self._channels)

    @property
    def waiting_bytes(self) -> int:
        """What the listener has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def is_calm(self) -> bool:
        """Whether nothing of it has to be looked at before its streams speak again."""
        return not self._path.holds_back

    def listens_to(self, name: str) -> bool:
        """Whether the socket names a stream."""
        return name in self._channels

    def subscribe(self, names: list[str]) -> None:
        """See `Subscriber`. More streams than allowed end the connection."""
        for name in names:
            if name not in self._channels:
                self._channels[name] = self._switchboard.join(self, name, self._route)
        self.connection.streams = set(self._channels)
        if len(self._channels) > self._rules.streams:
            self._switchboard.close(self, WSCloseCode.POLICY_VIOLATION, b"Too many streams")

    def unsubscribe(self, names: list[str]) -> None:
        """See `Subscriber`."""
        for name in names:
            self._switchboard.leave(self, self._channels.pop(name, None))
        self.connection.streams = set(self._channels)

    def push(self, message: Message) -> None:
        """See `Listener`."""
        if self._is_precise:
            message = precise(message)
        self._waiting += self._path.frames(message, self._switchboard.now_ms(), combined=self.combined)

    def flush(self) -> None:
        """Send what waits."""
        if self._is_deaf:
            self._waiting.clear()
        if not self._waiting or self.is_over:
            return
        self._transport.write(b"".join(self._waiting))
        self._waiting.clear()
        if self._transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self._switchboard.close(self, ABNORMAL, b"")

    async def listen(self) -> None:
        """Obey the listener until it goes."""
        while True:
            message = await self._socket.receive()
            ended = message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}
            if self._is_deaf and message.type == WSMsgType.CLOSE:
                await asyncio.Event().wait()  # until the other side gives up and the handler is cancelled
            if ended:
                return
            if not self._is_deaf and not self.is_over:
                self._heed(message)

    def end(self) -> None:
        """Leave every stream."""
        self.is_over = True
        self.unsubscribe(self.names)

    async def close(self, code: int, reason: bytes) -> None:
        """Say goodbye, or break off with code 1006, or when the socket is half open."""
        self.is_over = True
        if code == ABNORMAL or self._is_deaf:
            self._transport.abort()
            return
        await self._socket.close(code=code, message=reason)

    def keep(self, now_ms: int) -> None:
        """Ping when it is time; end a connection that is too old or whose pong is missing; suffer faults."""
        self._suffer(now_ms)
        self._waiting += self._path.overdue(now_ms)
        oldest = min(self._unanswered.values(), default=now_ms)
        if now_ms - self.connection.opened_ms >= LIFETIME_MS:
            self._switchboard.close(self, WSCloseCode.GOING_AWAY, b"")
        elif now_ms - oldest > self._rules.pong_within_ms:
            self._switchboard.close(self, ABNORMAL, b"")
        elif now_ms - self._pinged_ms >= self._rules.ping_every_ms:
            self._pinged_ms = now_ms
            payload = str(now_ms).encode()
            self._unanswered[payload] = now_ms
            self._waiting.append(frame(payload, PING))

    def _facts(self) -> dict[str, object]:
        known = self.connection
        return {"market": known.market, "kind": "ws", "path": known.path, "connection": known.id}

    def _message_faults(self, message: Message, spared: frozenset[int]) -> Sequence[Fault]:
        if not self._switchboard.has_faults():
            return ()
        facts = self._facts() | {"stream": message.stream, "symbol": symbol_of(message.stream)}
        return self._switchboard.hits(MESSAGE_FAULTS, spared, facts)

    def _suffer(self, now_ms: int) -> None:
        """Faults that hit the socket as a whole."""
        if self._shutdown_ms is not None and now_ms >= self._shutdown_ms:
            self._switchboard.close(self, WSCloseCode.GOING_AWAY, b"")
        if not self._switchboard.has_faults():
            return
        names = frozenset(self._channels)
        facts = self._facts() | {"stream": names, "symbol": frozenset(map(symbol_of, names))}
        for hit in self._switchboard.hits(SOCKET_FAULTS, frozenset(), facts):
            trouble = Trouble(hit.fault)
            if trouble.has("half_open"):
                self._is_deaf = True
            if trouble.has("close"):
                self._switchboard.close(self, trouble.number("close", "code", ABNORMAL), b"")
            if trouble.has("server_shutdown") and self._shutdown_ms is None:
                self._shutdown_ms = now_ms + trouble.number("server_shutdown", "ms", SHUTDOWN_NOTICE_MS)
                told = Message("!serverShutdown", encoded({"e": "serverShutdown", "E": now_ms}))
                self._waiting.append(told.framed(combined=self.combined))

    def _heed(self, message: WSMessage) -> None:
        now_ms = self._switchboard.now_ms()
        if self._meter.is_too_fast(now_ms):
            self._switchboard.breach(self)
            self._switchboard.close(self, WSCloseCode.POLICY_VIOLATION, b"Too many requests")
            return
        if message.type == WSMsgType.TEXT:
            self._waiting.append(frame(commands.answer(str(message.data), self)))
        elif message.type == WSMsgType.PING:
            self._waiting.append(frame(bytes(message.data), PONG))
        elif message.type == WSMsgType.PONG and bytes(message.data) in self._unanswered:
            self._unanswered.clear()
        self.flush()


def symbol_of(name: str) -> str:
    """The symbol in a stream's name, upper case; empty for streams about all symbols."""
    return "" if name.startswith("!") else name.partition("@")[0].upper()
