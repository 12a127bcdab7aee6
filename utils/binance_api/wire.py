"""Decoding of the exchange's JSON: camelCase names, unknown fields ignored, bounded numbers from strings."""

from typing import Annotated, Generic, Literal, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Meta

_log = structlog.get_logger(__name__)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_LARGEST = 1e300
Signed = Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]
"""A finite number: without bounds msgspec takes the strings "NaN" and "inf" for floats."""
Amount = Annotated[float, Meta(ge=0.0, le=_LARGEST)]
"""A finite number that cannot be negative: prices, quantities, volumes."""
Blank = Literal[""]
"""The text that the exchange sends in some fields instead of a number."""
WireLevel = tuple[Amount, Amount]
"""Price and absolute quantity of one book level."""


class WireStruct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """Base of REST responses: fields are camelCase on the wire and snake_case here."""


class Decodes(Protocol[T_co]):
    """Turns the bytes of an answer into values; raises ``msgspec.DecodeError`` and ``msgspec.ValidationError``."""

    def decode(self, buf: bytes, /) -> T_co:
        """Return the value of a whole answer."""
        ...


class RowDecoder(Generic[T]):
    """Reads a list whose rows stand for themselves: one with an odd field is left out, and only that one.

    An answer none of whose rows can be read is refused as a whole. Logged once until all rows can be read again.
    """

    def __init__(self, shape: type[T]) -> None:
        self._name = shape.__name__
        self._whole: msgspec.json.Decoder[list[T]] = msgspec.json.Decoder(list[shape], strict=False)  # type: ignore[valid-type]
        self._row = msgspec.json.Decoder(shape, strict=False)
        self._parts = msgspec.json.Decoder(list[msgspec.Raw])
        self._is_odd = False

    @property
    def type(self) -> object:
        """The shape of a whole answer, named as ``msgspec``'s own decoders name it."""
        return self._whole.type

    def decode(self, buf: bytes, /) -> list[T]:
        """Return the rows that can be read."""
        try:
            rows = self._whole.decode(buf)
        except msgspec.ValidationError as error:
            return self._readable(buf, error)
        self._is_odd = False
        return rows

    def _readable(self, buf: bytes, error: msgspec.ValidationError) -> list[T]:
        parts = self._parts.decode(buf)
        rows = [row for part in parts if (row := self._read(part)) is not None]
        if not rows:
            raise error
        if not self._is_odd:
            left_out = len(parts) - len(rows)
            _log.warning("odd rows are left out", rows=self._name, left_out=left_out, detail=str(error))
        self._is_odd = True
        return rows

    def _read(self, part: msgspec.Raw) -> T | None:
        try:
            return self._row.decode(part)
        except msgspec.ValidationError:
            return None


def reads_rows(shape: type[T]) -> RowDecoder[T]:
    """Return a decoder of a list of independent rows."""
    return RowDecoder(shape)


def reads(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Return a decoder that reads numbers from strings, as the exchange writes them."""
    return msgspec.json.Decoder(shape, strict=False)
