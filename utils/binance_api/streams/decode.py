"""From a socket's frame to a typed payload, decoding once: the stream's name chooses the decoder.

A combined frame starts with ``{"stream":"<name>","data":``; its name is cut out of the bytes and looked up, then the
whole frame goes through the one decoder of that kind. Frames that look otherwise (raw connections, another key
order) take a slower path with the same result. Only a raw connection cannot tell partial depth of futures from a
difference, as both call themselves ``depthUpdate``: subscribe to partial depth over combined connections.
"""

from collections import Counter
from types import GenericAlias
from typing import Any, Generic, TypeVar

import msgspec

from utils.binance_api.streams import events as schemas
from utils.binance_api.streams.events import COIN_MARGINED, ControlReply, StreamEvent
from utils.http.errors import Retryable

Payload = StreamEvent | list[StreamEvent]
T = TypeVar("T")

_HEAD = b'{"stream":"'
_HEAD_LENGTH = len(_HEAD)
MAX_ROUTES = 4096
"""Remembered stream names: four connections of the exchange's 1024 streams; beyond that the table starts anew."""


class Frame(msgspec.Struct, Generic[T], gc=False):
    """One message: the stream it came on ("" on a raw connection) and its payload."""

    stream: str
    data: T


class BadFrame(Retryable):
    """A frame that is no JSON, is cut off or lacks what its kind must have; the connection may go on."""


_ONE: dict[str, type[StreamEvent]] = {
    "depthUpdate": schemas.DepthUpdate,
    "partialDepth": schemas.PartialDepth,
    "spotPartialDepth": schemas.SpotPartialDepth,
    "bookTicker": schemas.BookTickerUpdate,
    "trade": schemas.Trade,
    "aggTrade": schemas.AggTrade,
    "kline": schemas.KlineUpdate,
    "continuous_kline": schemas.KlineUpdate,
    "markPriceUpdate": schemas.MarkPrice,
    "forceOrder": schemas.ForceOrder,
    "24hrMiniTicker": schemas.MiniTicker,
    "24hrTicker": schemas.Ticker,
    "avgPrice": schemas.AvgPriceUpdate,
    "markPrice": schemas.OptionMarkUpdate,
    "openInterest": schemas.OptionOpenInterestUpdate,
    "indexPrice": schemas.IndexPrice,
    "serverShutdown": schemas.ServerShutdown,
}
"""Payload type by kind: the wire's ``e``, and two names of ours for what has no ``e`` or a misleading one."""

_MANY = (
    "markPriceUpdate",
    "forceOrder",
    "24hrMiniTicker",
    "24hrTicker",
    "markPrice",
    "openInterest",
    "indexPrice",
)
_ARRAY = "[]"

_STREAM_KINDS = {
    "trade": "trade",
    "optionTrade": "trade",
    "aggTrade": "aggTrade",
    "bookTicker": "bookTicker",
    "!bookTicker": "bookTicker",
    "ticker": "24hrTicker",
    "optionTicker": "24hrTicker",
    "miniTicker": "24hrMiniTicker",
    "avgPrice": "avgPrice",
    "markPrice": "markPriceUpdate",
    "forceOrder": "forceOrder",
    "!forceOrder": "forceOrder",
    "!serverShutdown": "serverShutdown",
    "optionMarkPrice": "markPrice[]",
    "openInterest": "openInterest[]",
    "optionOpenInterest": "openInterest[]",
    "!index": "indexPrice[]",
    "!miniTicker": "24hrMiniTicker[]",
    "!ticker": "24hrTicker[]",
    "!markPrice": "markPriceUpdate[]",
}


def _decoders(framed: bool) -> dict[str, msgspec.json.Decoder[Any]]:
    kinds: dict[str, Any] = {kind: struct for kind, struct in _ONE.items()}
    kinds |= {kind + _ARRAY: GenericAlias(list, (_ONE[kind],)) for kind in _MANY}
    wrapped = {kind: Frame[wire] if framed else wire for kind, wire in kinds.items()}  # type: ignore[valid-type]
    return {kind: msgspec.json.Decoder(wire, strict=False) for kind, wire in wrapped.items()}


_FRAMED = _decoders(framed=True)
_BARE = _decoders(framed=False)


class _Envelope(msgspec.Struct, gc=False):
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()


class _Peek(msgspec.Struct, gc=False):
    e: str | None = None
    last_update_id: int | None = msgspec.field(default=None, name="lastUpdateId")
    b: msgspec.Raw = msgspec.Raw()
    update_id: int | None = msgspec.field(default=None, name="u")


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_PEEK = msgspec.json.Decoder(_Peek)
_PEEK_MANY = msgspec.json.Decoder(list[_Peek])
_REPLY = msgspec.json.Decoder(ControlReply)


def kind_of_stream(stream: str) -> str | None:
    """Return the kind of payload a stream's name promises, or ``None`` for a stream nobody here reads."""
    head, _, rest = stream.partition("@")
    word = head if head.startswith("!") else rest.partition("@")[0]
    if word in _STREAM_KINDS:
        return _STREAM_KINDS[word]
    if word.startswith(("kline_", "continuousKline_")):
        return "kline"
    if word.startswith("depth"):
        return "depthUpdate" if word == "depth" else "partialDepth"
    return None


def kind_of_payload(payload: bytes | msgspec.Raw) -> str | None:
    """Return the kind of a payload that came without a stream's name, or ``None`` when it is unknown."""
    if bytes(memoryview(payload)[:64]).lstrip().startswith(b"["):
        first = next(iter(_PEEK_MANY.decode(payload)), None)
        kind = None if first is None or first.e is None else first.e + _ARRAY
    else:
        seen = _PEEK.decode(payload)
        if seen.last_update_id is not None:
            return "spotPartialDepth"
        kind = seen.e or ("bookTicker" if seen.update_id is not None and memoryview(seen.b).nbytes else None)
    return kind if kind in _BARE else None


class FrameDecoder:
    """Decodes the frames of one connection and counts what it saw.

    ``received`` counts frames per stream (the first one proves that a subscription lives), ``unknown`` frames of
    kinds nobody reads, ``coin_margined`` events dropped for being COIN-M, ``bad`` frames that could not be read.
    """

    __slots__ = ("_routes", "_spot", "bad", "coin_margined", "received", "unknown")

    def __init__(self, *, spot: bool) -> None:
        self._spot = spot
        self._routes: dict[bytes, msgspec.json.Decoder[Any] | None] = {}
        self.received: Counter[str] = Counter()
        self.unknown = 0
        self.coin_margined = 0
        self.bad = 0

    def decode(self, raw: bytes) -> Frame[Payload] | ControlReply | None:
        """Return the typed frame or reply; ``None`` when nothing in it is for us (counted).

        Raises:
            BadFrame: the bytes are not what their kind must be; the message says where.
        """
        try:
            frame = self._decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.bad += 1
            raise BadFrame("binance.stream", f"frame could not be decoded: {error}") from error
        if frame is None:
            self.unknown += 1
            return None
        if isinstance(frame, ControlReply):
            return frame
        self.received[frame.stream] += 1
        return self._ours(frame)

    def _decode(self, raw: bytes) -> Frame[Payload] | ControlReply | None:
        end = raw.find(b'"', _HEAD_LENGTH)
        if end < 0 or not raw.startswith(_HEAD):
            return self._decode_odd(raw)
        name = raw[_HEAD_LENGTH:end]
        try:
            decoder = self._routes[name]
        except KeyError:
            decoder = self._route(name)
        if decoder is None:
            return None
        frame: Frame[Payload] = decoder.decode(raw)
        return frame

    def _route(self, name: bytes) -> msgspec.json.Decoder[Any] | None:
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        kind = self._kind(name.decode())
        decoder = None if kind is None else _FRAMED[kind]
        self._routes[name] = decoder
        return decoder

    def _kind(self, stream: str) -> str | None:
        kind = kind_of_stream(stream)
        return "spotPartialDepth" if self._spot and kind == "partialDepth" else kind

    def _decode_odd(self, raw: bytes) -> Frame[Payload] | ControlReply | None:
        """Read a frame of a raw connection, an answer to a request, or an envelope in another key order."""
        envelope = _ENVELOPE.decode(raw) if raw.lstrip().startswith(b"{") else _Envelope()
        if envelope.stream is not None:
            kind, payload, stream = self._kind(envelope.stream), envelope.data, envelope.stream
        else:
            kind, payload, stream = kind_of_payload(raw), msgspec.Raw(raw), ""
        if kind is not None:
            return Frame(stream, _BARE[kind].decode(payload))
        if envelope.stream is None and (b'"result"' in raw or b'"error"' in raw or b'"code"' in raw):
            return _REPLY.decode(raw)
        return None

    def _ours(self, frame: Frame[Payload]) -> Frame[Payload] | None:
        """Drop COIN-M: a whole frame of it, or its rows in a list."""
        data = frame.data
        if isinstance(data, list):
            kept = [event for event in data if event.product != COIN_MARGINED]
            self.coin_margined += len(data) - len(kept)
            frame.data = kept
            return frame if kept or not data else None
        if data.product == COIN_MARGINED:
            self.coin_margined += 1
            return None
        return frame
