"""What the ordered faults do to the messages of one socket."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from random import Random

from utils.sandbox.control import Fault
from utils.sandbox.exchange.rest.faulty import NOT_JSON, Trouble, with_unknown
from utils.sandbox.exchange.streams.frames import Message, encoded, frame

MESSAGE_FAULTS = frozenset(
    {
        "latency",
        "truncate",
        "not_json",
        "silence",
        "gap",
        "duplicate",
        "reorder",
        "unknown_field",
        "clock_skew",
    }
)
SOCKET_FAULTS = frozenset({"close", "half_open", "server_shutdown"})
HANDSHAKE_FAULTS = frozenset({"status", "ban", "maintenance"})

Find = Callable[[Message, frozenset[int]], Sequence[Fault]]
"""The message faults that hit a message, except those with some ids."""


class FaultyPath:
    """The way of messages to one listener. `find` asks the fault table."""

    def __init__(self, find: Find, seed: int) -> None:
        self._find = find
        self._chance = Random(seed)
        self._missing: dict[str, int] = {}
        self._gapped: dict[str, frozenset[int]] = {}
        self._held: list[bytes] = []
        self._late: deque[tuple[float, bytes]] = deque()

    def frames(self, message: Message, now_ms: int, *, combined: bool) -> list[bytes]:
        """The frames to send now: usually the message's own one, none or several during a fault."""
        spared = self._gapped.get(message.stream, frozenset())
        hits = self._find(message, spared)
        if not hits and not self._held and not self._late and not self._missing:
            return [message.framed(combined=combined)]
        trouble = Trouble({name: settings for hit in hits for name, settings in hit.fault.items()})
        if self._is_lost(message.stream, hits, trouble):
            return []
        frames = [_spoiled(message, trouble, combined=combined)]
        if trouble.has("duplicate"):
            frames *= 2
        if trouble.has("reorder"):
            self._held += frames
            return []
        frames += self._held
        self._held = []
        return self._delayed(frames, trouble, now_ms)

    @property
    def holds_back(self) -> bool:
        """Whether frames wait for their moment."""
        return bool(self._late)

    def overdue(self, now_ms: int) -> list[bytes]:
        """Delayed frames whose moment has come."""
        frames = []
        while self._late and self._late[0][0] <= now_ms:
            frames.append(self._late.popleft()[1])
        return frames

    def _is_lost(self, stream: str, hits: Sequence[Fault], trouble: Trouble) -> bool:
        if self._missing.get(stream):
            self._missing[stream] -= 1
            if not self._missing[stream]:
                del self._missing[stream]
            return True
        gaps = frozenset(hit.id for hit in hits if "gap" in hit.fault and hit.count is None)
        # a gap without a count would be a silence: each stream has it once
        self._gapped[stream] = self._gapped.get(stream, frozenset()) | gaps
        if trouble.has("gap") and (more := trouble.number("gap", "n", 1) - 1) > 0:
            self._missing[stream] = more
        return trouble.has("gap") or trouble.has("silence")

    def _delayed(self, frames: list[bytes], trouble: Trouble, now_ms: int) -> list[bytes]:
        if not trouble.has("latency") and not self._late:
            return frames
        jitter = self._chance.random() * trouble.number("latency", "jitter", 0)
        due_ms = now_ms + trouble.number("latency", "ms", 0) + jitter
        if self._late:
            due_ms = max(due_ms, self._late[-1][0])
        self._late += [(due_ms, one) for one in frames]
        return []


def _spoiled(message: Message, trouble: Trouble, *, combined: bool) -> bytes:
    """The message's frame after the faults that change what it says."""
    data = message.data
    if trouble.has("unknown_field"):
        data = encoded(with_unknown(json.loads(data)))
    if trouble.has("clock_skew"):
        data = encoded(_skewed(json.loads(data), trouble.skew_ms))
    if trouble.has("not_json"):
        return frame(NOT_JSON.encode())
    text = Message(message.stream, data).text(combined=combined)
    if trouble.has("truncate"):
        return frame(text[: trouble.number("truncate", "bytes", len(text) // 2)])
    return message.framed(combined=combined) if data is message.data else frame(text)


def _skewed(data: object, skew_ms: int) -> object:
    """Event times moved, everything else left."""
    if isinstance(data, list):
        return [_skewed(item, skew_ms) for item in data]
    if isinstance(data, dict) and isinstance(data.get("E"), int):
        return data | {"E": data["E"] + skew_ms}
    return data
