"""Say once that a source failed and once that it is back, never per call."""

import structlog

from utils.http.errors import Misconfigured, Rejected, SourceError

_log = structlog.get_logger(__name__)


def advice(error: SourceError) -> dict[str, str]:
    """Return what a log line says a person should do; nothing where waiting will do."""
    return {"what_to_do": error.what_to_do} if isinstance(error, Misconfigured) else {}


class Transitions:
    """Remembers the last state of every source and logs only its changes."""

    def __init__(self) -> None:
        self._failing: dict[str, type[SourceError]] = {}

    @property
    def failing(self) -> tuple[str, ...]:
        """The sources whose last answer was a fault, for the status page."""
        return tuple(sorted(self._failing))

    def failed(self, error: SourceError) -> None:
        """Note a fault; a refused request says nothing about the source's health and is not noted."""
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
        """Note a good answer."""
        if self._failing.pop(source, None) is not None:
            _log.info("source answers again", source=source)
