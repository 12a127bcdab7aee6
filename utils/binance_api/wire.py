"""Decoding of the exchange's JSON: camelCase names, unknown fields ignored, bounded numbers from strings."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Generic, Literal, Protocol, TypeVar

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
UNREADABLE: Final = "_unreadable"
"""Where an answer holds the symbols of its rows that cannot be read; the exchange sends no field of that name."""


class WireStruct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """Base of REST responses: fields are camelCase on the wire and snake_case here."""


class _Named(msgspec.Struct):
    symbol: str = ""


_NAMED: Final = msgspec.json.Decoder(_Named)


class Decodes(Protocol[T_co]):
    """Turns the bytes of an answer into values; raises ``msgspec.DecodeError`` and ``msgspec.ValidationError``."""

    def decode(self, buf: bytes, /) -> T_co:
        """Return the value of a whole answer."""
        ...


class RowDecoder(Generic[T]):
    """Reads a list whose rows stand for themselves: one with an odd field is left out, and only that one.

    An answer none of whose rows can be read is refused as a whole. What is left out is counted in ``left_out``, and
    logged once until all rows can be read again. With ``lone``, one row may also come without a list.
    """

    def __init__(self, shape: type[T], *, lone: bool = False) -> None:
        self._lone = lone
        self._name = shape.__name__
        self._whole: msgspec.json.Decoder[list[T]] = msgspec.json.Decoder(list[shape], strict=False)  # type: ignore[valid-type]
        self._row = msgspec.json.Decoder(shape, strict=False)
        self._parts = msgspec.json.Decoder(list[msgspec.Raw])
        self._is_odd = False
        self.left_out = 0

    @property
    def type(self) -> object:
        """The shape of a whole answer, named as ``msgspec``'s own decoders name it."""
        return self._whole.type

    def decode(self, buf: bytes, /) -> list[T]:
        """Return the rows that can be read."""
        if self._lone and buf.lstrip().startswith(b"{"):
            return [self._row.decode(buf)]
        try:
            rows = self._whole.decode(buf)
        except msgspec.ValidationError as error:
            return [row for row, _ in self._readable(buf, error)[0]]
        self.all_readable()
        return rows

    def all_readable(self) -> None:
        """Note an answer without odd rows: the next one with some is logged again."""
        self._is_odd = False

    def split(self, buf: msgspec.Raw, /) -> tuple[list[msgspec.Raw], list[msgspec.Raw]]:
        """Return the rows that can be read and the others, each as it was sent."""
        try:
            self._whole.decode(buf)
        except msgspec.ValidationError as error:
            read, odd = self._readable(buf, error)
            return [part for _, part in read], odd
        self.all_readable()
        return self._parts.decode(buf), []

    def _readable(
        self, buf: bytes | msgspec.Raw, error: msgspec.ValidationError
    ) -> tuple[list[tuple[T, msgspec.Raw]], list[msgspec.Raw]]:
        read: list[tuple[T, msgspec.Raw]] = []
        odd: list[msgspec.Raw] = []
        for part in self._parts.decode(buf):
            try:
                read.append((self._row.decode(part), part))
            except msgspec.ValidationError:
                odd.append(part)
        if not read:
            raise error
        self._note(len(odd), error)
        return read, odd

    def _note(self, left_out: int, error: msgspec.ValidationError) -> None:
        self.left_out += left_out
        if not self._is_odd:
            _log.warning("odd rows are left out", rows=self._name, left_out=left_out, detail=str(error))
        self._is_odd = True


class ListsDecoder(Generic[T]):
    """Reads an object some of whose fields are lists of rows that stand for themselves, as ``RowDecoder`` reads one.

    ``lists`` names those fields as they are sent, with the shape of their rows. The symbols of what was left out are
    put into the field ``_unreadable``, for shapes that have one. Odd fields beside the lists refuse the answer.
    """

    def __init__(self, shape: type[T], lists: Mapping[str, type[Any]]) -> None:
        self._whole = msgspec.json.Decoder(shape, strict=False)
        self._fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._rows: dict[str, RowDecoder[Any]] = {name: RowDecoder(row) for name, row in lists.items()}

    @property
    def type(self) -> object:
        """The shape of a whole answer, named as ``msgspec``'s own decoders name it."""
        return self._whole.type

    @property
    def left_out(self) -> int:
        """Rows left out so far."""
        return sum(rows.left_out for rows in self._rows.values())

    def decode(self, buf: bytes, /) -> T:
        """Return the object with the rows that can be read."""
        try:
            value = self._whole.decode(buf)
        except msgspec.ValidationError:
            return self._readable(buf)
        for rows in self._rows.values():
            rows.all_readable()
        return value

    def _readable(self, buf: bytes) -> T:
        fields: dict[str, Any] = {**self._fields.decode(buf)}
        unreadable: list[str] = []
        for name in self._rows.keys() & fields.keys():
            fields[name], odd = self._rows[name].split(fields[name])
            unreadable += [named for part in odd if (named := _symbol_of(part))]
        return self._whole.decode(msgspec.json.encode({**fields, UNREADABLE: unreadable}))


def _symbol_of(row: msgspec.Raw) -> str:
    """Return the symbol that a row names, empty where it names none."""
    try:
        return _NAMED.decode(row).symbol
    except msgspec.ValidationError:
        return ""


def reads_rows(shape: type[T], *, lone: bool = False) -> RowDecoder[T]:
    """Return a decoder of a list of independent rows; with ``lone``, also of one row without a list."""
    return RowDecoder(shape, lone=lone)


def reads_lists(shape: type[T], **lists: type[Any]) -> ListsDecoder[T]:
    """Return a decoder of an object whose named fields are lists of independent rows."""
    return ListsDecoder(shape, lists)


def reads(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Return a decoder that reads numbers from strings, as the exchange writes them."""
    return msgspec.json.Decoder(shape, strict=False)
