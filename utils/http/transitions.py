"""Log once that a source failed and once that it recovered, never per call."""

import structlog

from utils.http.errors import Misconfigured, Rejected, SourceError

_log = structlog.get_logger(__name__)


def advice(error: SourceError) -> dict[str, str]:
    """Return the log field that says what a person should do; empty where no action is needed."""
    return {"what_to_do": error.what_to_do} if isinstance(error, Misconfigured) else {}


class Transitions:
    """Remembers the last state of every source and logs only its changes."""

    def __init__(self) -> None:
        self._failing: dict[str, type[SourceError]] = {}

    @property
    def failing(self) -> tuple[str, ...]:
        """The sources whose last call failed, for the status page."""
        return tuple(sorted(self._failing))

    def failed(self, error: SourceError) -> None:
        """Note a fault; a rejected request says nothing about the source's health and is ignored."""
        if isinstance(error, Rejected) or self._failing.get(error.source) is type(error):
            return
        self._failing[error.source] = type(error)
        _log.warning(
            "source stopped answering",
            source=error.source,
            fault=type(error).__name__,
            detail=error.detail,
            code=error.code,
            **advice(error),
        )

    def answered(self, source: str) -> None:
        """Note a successful call."""
        if self._failing.pop(source, None) is not None:
            _log.info("source answers again", source=source)
