"""Removal of duplicates while two connections carry the same streams: the first copy of an event passes."""

from typing import Final

from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthUpdate, Trade
from utils.caching import LruMap

MAX_FRAMES: Final = 50_000
"""Frames without an id that are remembered; beyond that the oldest are forgotten and may pass twice."""


class Deduplicator:
    """Remembers what passed: the newest id of a numbered stream, otherwise the frames themselves.

    ``repeated`` counts the frames that were dropped.
    """

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        self._frames: LruMap[bytes, None] = LruMap(MAX_FRAMES)
        self.repeated = 0

    def is_new(self, frame: Frame[Payload], raw: bytes) -> bool:
        """Return whether this frame has not passed before, and remember it."""
        number = _number(frame.data)
        new = self._frame_is_new(raw) if number is None else self._number_is_new(frame.stream, number)
        self.repeated += not new
        return new

    def _number_is_new(self, stream: str, number: int) -> bool:
        if number <= self._newest.get(stream, -1):
            return False
        self._newest[stream] = number
        return True

    def _frame_is_new(self, raw: bytes) -> bool:
        if raw in self._frames:
            return False
        self._frames.put(raw, None)
        return True


def _number(payload: Payload) -> int | None:
    if isinstance(payload, DepthUpdate):
        return payload.final_id
    if isinstance(payload, AggTrade | Trade):
        return payload.trade_id
    return payload.update_id if isinstance(payload, BookTickerUpdate) else None
