"""What can go wrong with a source, named by what the caller should do.

SourceError
├── Retryable       try again later (``retry_after_s`` when the source said when)
├── Unavailable     this source cannot answer now (``until_ms`` when known): answer without it and say so
├── Rejected        the request is wrong: tell the user what and how to mend it
└── Misconfigured   a person must act (key, permission, address): tell the owner ``what_to_do``
"""


class SourceError(Exception):
    """A source did not give what was asked.

    ``source`` names it (``binance.spot.klines``); ``detail`` is a plain lower-case sentence without secrets;
    ``code`` is the source's own code where it gave one.
    """

    def __init__(self, source: str, detail: str, *, code: int | None = None) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail
        self.code = code


class Retryable(SourceError):
    """A passing fault; ``retry_after_s`` is how long the source asked to wait, in seconds."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(SourceError):
    """The source cannot answer now; ``until_ms`` is the UTC moment it said it may again, in milliseconds."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, until_ms: int | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.until_ms = until_ms


class Rejected(SourceError):
    """The source refuses this very request; ``parameter`` names the part to mend where it is known."""

    def __init__(
        self, source: str, detail: str, *, code: int | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(source, detail, code=code)
        self.parameter = parameter


class Misconfigured(SourceError):
    """Only a person can mend it; ``what_to_do`` says how."""

    def __init__(self, source: str, detail: str, *, what_to_do: str, code: int | None = None) -> None:
        super().__init__(source, detail, code=code)
        self.what_to_do = what_to_do
