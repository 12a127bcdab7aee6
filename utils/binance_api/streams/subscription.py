"""One subscribed stream: its listeners, its newest event, and what to do when no data arrives."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

import structlog

from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import ControlReply
from utils.binance_api.streams.names import StreamKey

_log = structlog.get_logger(__name__)

LAGGING_MS: Final = 15_000
"""Age at which an event no longer describes the present, by exchange time."""
WAIT_GROWTH: Final = 2.0
MAX_WAIT_FACTOR: Final = 32.0
"""Each recovery action without effect doubles the wait for the next one, up to this multiple of the idle timeout."""


class StreamState(Enum):
    """subscribed -> live -> idle / stale / lagging -> live; down without a connection; refused by the exchange.

    Idle: no data for longer than the timeout, but possibly nothing to send. Stale: data is missing. Lagging: events
    arrive too late to describe the present.
    """

    SUBSCRIBED = "subscribed"
    LIVE = "live"
    IDLE = "idle"
    STALE = "stale"
    LAGGING = "lagging"
    DOWN = "down"
    REFUSED = "refused"


class RecoveryAction(Enum):
    """What to do about a stream without data."""

    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


class Listener(Protocol):
    """Receives a stream's events; all three methods are called in the reader and must not block."""

    def event(self, payload: Payload) -> None:
        """Handle one event."""

    def lost(self, state: StreamState) -> None:
        """Handle the loss of the stream: events are missing or late from now on."""

    def live(self) -> None:
        """Handle a new subscription; events between the loss and now did not arrive."""


@dataclass(slots=True)
class StreamCounts:
    """Counts of one stream."""

    frames: int = 0
    lagging: int = 0
    losses: int = 0
    recoveries: int = 0
    listener_errors: int = 0


@dataclass(slots=True)
class Subscription:
    """State of one stream; times are monotonic seconds, ``event_ms`` is the exchange's stamp of the newest event."""

    key: StreamKey
    listeners: list[Listener] = field(default_factory=list)
    state: StreamState = StreamState.DOWN
    counts: StreamCounts = field(default_factory=StreamCounts)
    event_ms: int | None = None
    seen_s: float = 0.0
    unused_since_s: float | None = None
    _deadline_s: float | None = None
    _wait_factor: float = 1.0
    _resubscribed: bool = False
    _data_missed: bool = False
    _timeout_s: float | None = None

    def __post_init__(self) -> None:
        self._timeout_s = self.key.idle_timeout_s

    def subscribed(self, now_s: float) -> None:
        """Note the exchange's acknowledgement and start the idle timeout."""
        if self.state in (StreamState.DOWN, StreamState.REFUSED, StreamState.SUBSCRIBED):
            self.state = StreamState.SUBSCRIBED
            self._notify_live()
        self._await_data(now_s)

    def received(self, payload: Payload, now_s: float, event_ms: int | None, market_ms: int) -> None:
        """Deliver one event; listeners are notified by ``lost`` when events lag by more than ``LAGGING_MS``."""
        self.counts.frames += 1
        self.seen_s = now_s
        self._wait_factor, self._resubscribed, self._data_missed = 1.0, False, False
        self._await_data(now_s)
        self.event_ms = event_ms if event_ms is not None else self.event_ms
        if event_ms is not None and market_ms - event_ms > LAGGING_MS:
            self.counts.lagging += 1
            self._degrade(StreamState.LAGGING)
        elif self.state is not StreamState.LIVE:
            self._recover()
        for listener in self.listeners:
            self._deliver(listener, payload)

    def disconnected(self) -> None:
        """Note that the connection ended."""
        self._deadline_s = None
        self._degrade(StreamState.DOWN)

    def refused(self, reply: ControlReply) -> None:
        """Note that the exchange rejected this stream."""
        self._deadline_s = None
        if self.state is not StreamState.REFUSED:
            _log.warning("stream refused", stream=self.key.name, reply=str(reply.error or reply.msg)[:200])
            self.state = StreamState.REFUSED
            self._notify_lost()

    def extend_deadlines(self, seconds: float) -> None:
        """Extend the idle timeout by time in which the event loop was blocked."""
        if self._deadline_s is not None:
            self._deadline_s += seconds

    def check_timeout(self, now_s: float) -> RecoveryAction | None:
        """Return the recovery action if the idle timeout has passed: first resubscribe, then reconnect.

        A stream that may pause is only resubscribed and becomes idle, until a listener calls ``data_missed``.
        """
        if self._deadline_s is None or now_s < self._deadline_s:
            return None
        self.counts.recoveries += 1
        again, may_be_idle = self._resubscribed, self.key.may_pause and not self._data_missed
        if again:
            self._wait_factor = min(MAX_WAIT_FACTOR, self._wait_factor * WAIT_GROWTH)
        self._resubscribed = may_be_idle or not again
        self._await_data(now_s)
        if may_be_idle:
            self._become_idle()
            return RecoveryAction.RESUBSCRIBE
        self._degrade(StreamState.STALE)
        self._data_missed = self._data_missed and not again
        return RecoveryAction.RECONNECT if again else RecoveryAction.RESUBSCRIBE

    def data_missed(self, now_s: float) -> None:
        """Note a listener's finding that the stream omitted data: from now on it is stale, not idle."""
        self._data_missed, self._wait_factor = True, 1.0
        self._await_data(now_s)

    def _await_data(self, now_s: float) -> None:
        limit = self._timeout_s
        self._deadline_s = None if limit is None else now_s + limit * self._wait_factor

    def _become_idle(self) -> None:
        """Have the listeners check for missed data, once per timeout."""
        if self.state is not StreamState.STALE:
            self.state = StreamState.IDLE
        self._notify_lost()

    def _recover(self) -> None:
        before = self.state
        self.state = StreamState.LIVE
        if before not in (StreamState.SUBSCRIBED, StreamState.LAGGING):
            self._notify_live()

    def _degrade(self, state: StreamState) -> None:
        if self.state is state:
            return
        was_good = self.state in (StreamState.LIVE, StreamState.SUBSCRIBED, StreamState.IDLE)
        self.state = state
        self.counts.losses += was_good
        if was_good or state is StreamState.DOWN:
            self._notify_lost()

    def _notify_lost(self) -> None:
        for listener in list(self.listeners):
            listener.lost(self.state)

    def _notify_live(self) -> None:
        for listener in list(self.listeners):
            listener.live()

    def _deliver(self, listener: Listener, payload: Payload) -> None:
        try:
            listener.event(payload)
        except Exception:  # a failing listener must not affect the others
            self.counts.listener_errors += 1
            if self.counts.listener_errors == 1:
                _log.exception(
                    "stream listener failed; further failures are only counted", stream=self.key.name
                )
