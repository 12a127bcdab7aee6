"""One subscribed stream: who listens, when it last spoke, and what its silence calls for."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

import structlog

from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import ControlReply
from utils.binance_api.streams.names import StreamKey

_log = structlog.get_logger(__name__)

LATE_MS: Final = 15_000
"""Age at which an event no longer describes the present, by exchange time."""
PATIENCE_GROWTH: Final = 2.0
MOST_PATIENT: Final = 32.0
"""A cure that brought nothing doubles the wait for the next one, up to this multiple of the stream's silence."""


class StreamState(Enum):
    """asked -> live -> quiet / silent / late -> live; down without a connection; refused when unknown there.

    Quiet is a stream that says nothing while nobody knows of anything it should have said.
    """

    ASKED = "asked"
    LIVE = "live"
    QUIET = "quiet"
    SILENT = "silent"
    LATE = "late"
    DOWN = "down"
    REFUSED = "refused"


class Cure(Enum):
    """What the watchdog wants done about a silent stream."""

    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


class Listener(Protocol):
    """Who takes a stream's events; all three are called in the reader and must not block."""

    def event(self, payload: Payload) -> None:
        """Take one event."""

    def lost(self, state: StreamState) -> None:
        """Learn that events are missing or late from now on."""

    def live(self) -> None:
        """Learn that the stream is subscribed (again); what happened meanwhile did not arrive."""


@dataclass(slots=True)
class StreamCounts:
    """What one stream did."""

    frames: int = 0
    late: int = 0
    losses: int = 0
    cures: int = 0
    listener_errors: int = 0


@dataclass(slots=True)
class Track:
    """State of one stream; times are monotonic seconds, ``event_ms`` is the exchange's stamp of the newest event."""

    key: StreamKey
    listeners: list[Listener] = field(default_factory=list)
    state: StreamState = StreamState.DOWN
    counts: StreamCounts = field(default_factory=StreamCounts)
    event_ms: int | None = None
    seen_s: float = 0.0
    idle_since_s: float | None = None
    _deadline_s: float | None = None
    _patience: float = 1.0
    _resubscribed: bool = False
    _missed: bool = False
    _silence_s: float | None = None

    def __post_init__(self) -> None:
        self._silence_s = self.key.silence_s

    def subscribed(self, now_s: float) -> None:
        """The exchange acknowledged: from now on data is due."""
        if self.state in (StreamState.DOWN, StreamState.REFUSED, StreamState.ASKED):
            self.state = StreamState.ASKED
            self._tell_live()
        self._await_data(now_s)

    def arrived(self, payload: Payload, now_s: float, event_ms: int | None, market_ms: int) -> None:
        """Hand one event on; listeners learn from ``lost`` when events no longer describe the present."""
        self.counts.frames += 1
        self.seen_s = now_s
        self._patience, self._resubscribed, self._missed = 1.0, False, False
        self._await_data(now_s)
        self.event_ms = event_ms if event_ms is not None else self.event_ms
        if event_ms is not None and market_ms - event_ms > LATE_MS:
            self.counts.late += 1
            self._lose(StreamState.LATE)
        elif self.state is not StreamState.LIVE:
            self._recover()
        for listener in self.listeners:
            self._hand(listener, payload)

    def disconnected(self) -> None:
        """The connection is gone."""
        self._deadline_s = None
        self._lose(StreamState.DOWN)

    def refused(self, reply: ControlReply) -> None:
        """The exchange does not know this stream."""
        self._deadline_s = None
        if self.state is not StreamState.REFUSED:
            _log.warning("stream refused", stream=self.key.name, reply=str(reply.error or reply.msg)[:200])
            self.state = StreamState.REFUSED
            self._tell_lost()

    def forgive(self, seconds: float) -> None:
        """Move the deadline by time in which we did not listen ourselves."""
        if self._deadline_s is not None:
            self._deadline_s += seconds

    def overdue(self, now_s: float) -> Cure | None:
        """Return what to do if data has been missing for too long: first resubscribe, then reconnect.

        A stream that may pause is only resubscribed, and its listeners look, until one of them calls ``missed``.
        """
        if self._deadline_s is None or now_s < self._deadline_s:
            return None
        self.counts.cures += 1
        again, doubtful = self._resubscribed, self.key.may_pause and not self._missed
        if again:
            self._patience = min(MOST_PATIENT, self._patience * PATIENCE_GROWTH)
        self._resubscribed = doubtful or not again
        self._await_data(now_s)
        if doubtful:
            self._fall_quiet()
            return Cure.RESUBSCRIBE
        self._lose(StreamState.SILENT)
        self._missed = self._missed and not again
        return Cure.RECONNECT if again else Cure.RESUBSCRIBE

    def missed(self, now_s: float) -> None:
        """Learn from a listener that there was something to say: from now on its silence is a fault."""
        self._missed, self._patience = True, 1.0
        self._await_data(now_s)

    def _await_data(self, now_s: float) -> None:
        limit = self._silence_s
        self._deadline_s = None if limit is None else now_s + limit * self._patience

    def _fall_quiet(self) -> None:
        """Let the listeners look whether anything was missed, as often as the silence lasts another wait."""
        if self.state is not StreamState.SILENT:
            self.state = StreamState.QUIET
        self._tell_lost()

    def _recover(self) -> None:
        before = self.state
        self.state = StreamState.LIVE
        if before not in (StreamState.ASKED, StreamState.LATE):
            self._tell_live()

    def _lose(self, state: StreamState) -> None:
        if self.state is state:
            return
        was_good = self.state in (StreamState.LIVE, StreamState.ASKED, StreamState.QUIET)
        self.state = state
        self.counts.losses += was_good
        if was_good or state is StreamState.DOWN:
            self._tell_lost()

    def _tell_lost(self) -> None:
        for listener in list(self.listeners):
            listener.lost(self.state)

    def _tell_live(self) -> None:
        for listener in list(self.listeners):
            listener.live()

    def _hand(self, listener: Listener, payload: Payload) -> None:
        try:
            listener.event(payload)
        except Exception:  # the outermost loop of the reader: one listener must not end the others
            self.counts.listener_errors += 1
            if self.counts.listener_errors == 1:
                _log.exception(
                    "stream listener failed; further failures are only counted", stream=self.key.name
                )
