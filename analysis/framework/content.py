"""What a value consists of, as bytes to digest: two values of equal content give the same, whenever they were made."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass

import numpy as np

LeftOut = Callable[[object], Set[str]]
"""The fields of a dataclass instance that do not count."""


def content_of(value: object, left_out: LeftOut) -> Iterator[bytes]:
    """Yield all that a value of dataclasses, mappings, tuples and arrays consists of; arrays by their contents."""
    if isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Mapping):
        for name in sorted(value):
            yield f"{name!r}:".encode()
            yield from content_of(value[name], left_out)
    elif isinstance(value, tuple):
        yield f"({len(value)}".encode()
        for one in value:
            yield from content_of(one, left_out)
    elif is_dataclass(value):
        without = left_out(value)
        for field in fields(value):
            if field.name not in without:
                yield f"{field.name}=".encode()
                yield from content_of(getattr(value, field.name), left_out)
    else:
        yield f"{value!r};".encode()
