"""Decoding of the exchange's JSON: camelCase names, unknown fields ignored, bounded numbers from strings."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

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


def reads(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Return a decoder that reads numbers from strings, as the exchange writes them."""
    return msgspec.json.Decoder(shape, strict=False)
