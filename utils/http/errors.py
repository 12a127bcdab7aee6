"""Errors of external sources, named by what the caller should do.

SourceError
├── Retryable       try again later (``retry_after_s`` when the source said when)
├── Unavailable     this source cannot answer now (``until_ms`` when known): answer without it and say so
├── Rejected        the request is wrong: tell the user what is wrong and how to correct it
└── Misconfigured   a person must act (key, permission, address): tell the owner ``what_to_do``
"""

from typing import Final


class SourceError(Exception):
    """A source did not return the requested data.

    ``source`` names it (``binance.spot.klines``); ``detail`` is a plain lower-case sentence without secrets;
    ``code`` is the source's own error code, if any.
    """

    def __init__(self, source: str, detail: str, *, code: int | None = None) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail
        self.code = code


class Retryable(SourceError):
    """A transient fault; ``retry_after_s`` is the wait that the source asked for, in seconds."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(SourceError):
    """The source cannot answer now; ``until_ms`` (UTC ms) is when it may again, if it said so."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, until_ms: int | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.until_ms = until_ms


class Rejected(SourceError):
    """The request is invalid; ``parameter`` names the part to correct, if known."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.parameter = parameter


class Misconfigured(SourceError):
    """A person must act; ``what_to_do`` says how."""

    def __init__(self, source: str, detail: str, *, what_to_do: str, code: int | None = None) -> None:
        super().__init__(source, detail, code=code)
        self.what_to_do = what_to_do


_KINDS: Final = (Retryable, Unavailable, Rejected, Misconfigured)
FAULTS: Final = tuple(kind.__name__.lower() for kind in _KINDS)
"""The kinds of errors, as counters name them."""


def fault_of(error: SourceError) -> str:
    """Return the kind of an error as one of `FAULTS`, whichever class of that kind it is."""
    return next((kind.__name__.lower() for kind in _KINDS if isinstance(error, kind)), FAULTS[0])
