"""Errors as RFC 9457 problem JSON: what is wrong and with which parameter, without internal detail."""

from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from utils.binance_api.symbols import SymbolProblem
from utils.http.errors import Rejected, Retryable, SourceError, Unavailable

MEDIA_TYPE = "application/problem+json"
DEFAULT_RETRY_S = 5
# browsers must not take an answer for anything but what its type says
NO_SNIFF = {"X-Content-Type-Options": "nosniff"}


class ProblemShape(Struct, frozen=True):
    """RFC 9457: ``title`` is the phrase of the status.

    ``parameter`` is the one to correct, ``nearest`` are listed symbols; the log has ``error_id`` too.
    """

    type: str
    title: str
    status: int
    detail: str
    parameter: str | UnsetType = UNSET
    nearest: tuple[str, ...] | UnsetType = UNSET
    error_id: str | UnsetType = UNSET


class Problem(Exception):
    """Raised to answer a request with a problem; ``retry_after_s`` and ``allow`` become headers."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        parameter: str | None = None,
        nearest: tuple[str, ...] = (),
        retry_after_s: int | None = None,
        error_id: str | None = None,
        allow: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.allow = allow
        self.shape = ProblemShape(
            type="about:blank",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            parameter=parameter or UNSET,
            nearest=nearest or UNSET,
            error_id=error_id or UNSET,
        )

    def response(self) -> web.Response:
        """Return the HTTP response."""
        headers = dict(NO_SNIFF)
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.allow is not None:
            headers["Allow"] = self.allow
        if self.shape.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return web.Response(
            status=self.shape.status,
            body=msgspec.json.encode(self.shape),
            content_type=MEDIA_TYPE,
            headers=headers,
        )


def problem_of(error: SourceError, now_ms: int) -> Problem:
    """Return the problem for a source error; ``now_ms`` (UTC ms) gives the time until it may be retried."""
    if isinstance(error, SymbolProblem):
        return Problem(
            404,
            f"symbol {error.word!r} is {error.why}",
            parameter="symbol",
            nearest=error.nearest,
        )
    if isinstance(error, Rejected):
        status = 404 if error.parameter == "symbol" else 400  # listed when it was asked, not any more
        return Problem(status, error.detail, parameter=error.parameter)
    return Problem(503, f"{error.source}: {error.detail}", retry_after_s=_retry_after_s(error, now_ms))


def _retry_after_s(error: SourceError, now_ms: int) -> int:
    if isinstance(error, Retryable) and error.retry_after_s is not None:
        return max(1, round(error.retry_after_s))
    if isinstance(error, Unavailable) and error.until_ms is not None:
        return max(1, -(-(error.until_ms - now_ms) // 1000))
    return DEFAULT_RETRY_S
