"""The engine behind all sockets of one market: it asks the market what is new and hands it to the listeners."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from aiohttp import WSCloseCode

from utils.sandbox.control import CallLog, Fault, FaultTable, SandboxClock
from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.market.contract import Market
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.streams.channel import Channel
from utils.sandbox.exchange.streams.desk import Desk
from utils.sandbox.exchange.streams.frames import Message
from utils.sandbox.exchange.streams.names import PRIVATE, PUBLIC, read_name
from utils.sandbox.exchange.streams.rules import RULES, Doorkeeper
from utils.sandbox.exchange.streams.socket import StreamSocket
from utils.sandbox.exchange.streams.sources import is_steady, new_source
from utils.sandbox.exchange.streams.user_source import private_stream

BEAT_S = 0.02
"""How often the clock is looked at while somebody listens."""
CALM_MS = 50
"""How long nothing is looked at while no stream is due: as long as the fastest of them are silent."""
LOAD_PERIOD_MS = 250
"""Streams that are sent at a steady rate are made in batches, which is what makes high rates possible."""

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Engine(Protocol):
    """What the switchboard needs of the sandbox; a reset replaces the parts."""

    clock: SandboxClock
    market: Market
    faults: FaultTable
    calls: CallLog
    accounts: Accounts
    light_rate: float

    async def on_worker(self, call: Callable[[], Answer]) -> Answer:
        """Run something on the worker that owns the market."""
        ...


class Switchboard:
    """Channels and sockets of one market (`spot` or `futures`)."""

    def __init__(self, engine: Engine, kind: str) -> None:
        self.kind = kind
        self.door = Doorkeeper(RULES[kind].connections)
        self._engine = engine
        self._desk = Desk(engine.market)
        self._channels: dict[str, Channel] = {}
        self._sockets: set[StreamSocket] = set()
        self._busy = asyncio.Event()
        self._chores: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._beat: asyncio.Task[None] | None = None

    def now_ms(self) -> int:
        """See `socket.Switchboard`."""
        return self._engine.clock.now_ms()

    def enter(self, socket: StreamSocket) -> None:
        """A socket has been opened."""
        self._sockets.add(socket)
        self._busy.set()
        if self._beat is None:
            self._beat = asyncio.create_task(self._run())

    def exit(self, socket: StreamSocket) -> None:
        """A socket is gone."""
        socket.end()
        self._sockets.discard(socket)
        if not self._sockets:
            self._busy.clear()

    def join(self, socket: StreamSocket, name: str, route: str | None) -> Channel | None:
        """See `socket.Switchboard`."""
        if name not in self._channels:
            channel = self._new_channel(name, route)
            if channel is None:
                return None
            self._channels[name] = channel
        elif self.kind != SPOT and self._channels[name].name.route != (route or PUBLIC):
            return None
        self._channels[name].listeners.add(socket)
        return self._channels[name]

    def _new_channel(self, name: str, route: str | None) -> Channel | None:
        if route == PRIVATE:
            private = private_stream(self._engine.accounts, name, self.now_ms())
            return None if private is None else Channel(self.kind, *private, self.now_ms())
        wanted = read_name(self.kind, name, route)
        if wanted is None:
            return None
        rate = self._engine.light_rate
        source = new_source(self.kind, wanted, rate)
        if rate and is_steady(source):
            wanted = replace(wanted, period_ms=LOAD_PERIOD_MS)
        return None if source is None else Channel(self.kind, wanted, source, self.now_ms())

    def leave(self, socket: StreamSocket, channel: Channel | None) -> None:
        """See `socket.Switchboard`."""
        if channel is None:
            return
        channel.listeners.discard(socket)
        if not channel.listeners and self._channels.get(channel.name.name) is channel:
            del self._channels[channel.name.name]

    def close(self, socket: StreamSocket, code: int, reason: bytes) -> None:
        """See `socket.Switchboard`."""
        socket.is_over = True
        self._later(socket.close(code, reason))

    def has_faults(self) -> bool:
        """See `socket.Switchboard`."""
        return bool(self._engine.faults)

    def hits(
        self, names: frozenset[str], spared: frozenset[int], facts: Mapping[str, object]
    ) -> Sequence[Fault]:
        """See `socket.Switchboard`."""
        return self._engine.faults.hits(names, spared, **facts)

    def breach(self, socket: StreamSocket) -> None:
        """See `socket.Switchboard`."""
        connection = socket.connection
        self.door.breach(connection.remote, self.now_ms())
        self._engine.calls.violation(
            market=self.kind, path=connection.path, status=int(WSCloseCode.POLICY_VIOLATION)
        )

    def tell_all(self, message: Message) -> None:
        """Hand a message to every socket that names its stream, whatever the route."""
        for socket in self._sockets:
            if socket.listens_to(message.stream):
                socket.push(message)

    def flush_all(self) -> None:
        """Send what waits."""
        for socket in self._sockets:
            socket.flush()

    def waiting_bytes(self) -> int:
        """What the slowest socket has not taken yet."""
        return max((socket.waiting_bytes for socket in self._sockets), default=0)

    async def stop(self) -> None:
        """Tell nothing any more."""
        if self._beat is not None:
            self._beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beat
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def beat(self) -> None:
        """Tell everything that is due now, and send it."""
        async with self._one_at_a_time:
            await self._beat_once()

    async def _beat_once(self) -> None:
        now_ms = self.now_ms()
        self._forget_the_future(now_ms)
        due = [channel for channel in self._channels.values() if channel.is_due(now_ms)]
        if due:
            told = await self._engine.on_worker(lambda: self._told(due, now_ms))
            for channel, messages in told:
                _hand_out(channel, messages)
        for socket in list(self._sockets):
            if not socket.is_over:
                socket.keep(now_ms)
                socket.flush()

    def _told(self, due: list[Channel], now_ms: int) -> list[tuple[Channel, list[Message]]]:
        market = self._engine.market
        if self._desk.market is not market:
            self._desk = Desk(market)
        market.clock_stepped(now_ms)
        self._desk.begin()
        return [(channel, channel.tell(self._desk, now_ms)) for channel in due]

    def _forget_the_future(self, now_ms: int) -> None:
        """After the clock was set back, streams begin anew."""
        for channel in self._channels.values():
            if (
                channel.told_ms > now_ms
                and (source := new_source(self.kind, channel.name, self._engine.light_rate)) is not None
            ):
                channel.restart(source, now_ms)

    async def _run(self) -> None:
        while True:
            await self._busy.wait()
            try:
                await self.beat()
            except Exception:
                # the outermost loop: one broken stream must not silence the others for ever
                log.exception("a beat of the stream engine failed; see the traceback and mend the source")
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """Until the next stream is due, where no clock of a test and no fault wants to be looked after more often."""
        sockets_calm = all(socket.is_calm for socket in self._sockets)
        if self._engine.clock.injected or self.has_faults() or not sockets_calm:
            return BEAT_S
        now_ms = self.now_ms()
        due_ms = min((channel.next_ms for channel in self._channels.values()), default=now_ms + CALM_MS)
        return min(max(due_ms - now_ms, 1), CALM_MS) / 1000

    def _later(self, chore: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


def _hand_out(channel: Channel, messages: list[Message]) -> None:
    for listener in channel.listeners:
        for message in messages:
            listener.push(message)
