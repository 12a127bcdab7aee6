"""Two connections carrying the same streams for a moment: every event passes once, whichever brings it first."""

from typing import Final

from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.events import AggTrade, BookTicker, DepthUpdate, Trade
from utils.caching import LruMap

REMEMBERED: Final = 50_000
"""Frames without an id remembered during one overlap; beyond that the oldest are forgotten (and may come twice)."""


class Overlap:
    """Remembers what passed: the newest id of a numbered stream, else the frames themselves."""

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        self._frames: LruMap[bytes, None] = LruMap(REMEMBERED)
        self.repeated = 0

    def is_new(self, frame: Frame[Payload], raw: bytes) -> bool:
        """Return whether this frame has not passed yet, and remember it."""
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
    return payload.update_id if isinstance(payload, BookTicker) else None
