"""The connections of the HTTP API: how many there may be, how long one may say nothing, and what is not HTTP."""

import asyncio
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.http_api.problems import Problem
from utils.clock import Clock

WARN_EVERY_S = 60.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may be open, and for how long one may be without a whole request, in seconds."""

    most: int = 100
    silence_s: float = 15.0


class Malformed:
    """Counts requests that are not HTTP; logs them at most once a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self._warned_s: float | None = None

    def note(self, remote: str | None, error: BaseException | None) -> None:
        """Note one that came from ``remote``."""
        self._count += 1
        now_s = self._clock.monotonic()
        if self._warned_s is None or now_s - self._warned_s >= WARN_EVERY_S:
            log.warning("malformed requests", count=self._count, last_from=remote, why=type(error).__name__)
            self._warned_s, self._count = now_s, 0


class HttpConnection(web.RequestHandler):
    """One connection; when there are too many, the one that has been idle for longest is closed."""

    limits: ConnectionLimits
    malformed: Malformed

    def is_idle(self) -> bool:
        """Whether it waits for a request, the first one or another."""
        return self._waiter is not None and not self._waiter.done()

    def is_open(self) -> bool:
        """Whether it has not been closed from this side."""
        return not self._force_close

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take part in the server, in the place of an idle connection if there are too many."""
        super().connection_made(transport)
        connections = () if self._manager is None else self._manager.connections
        others = [one for one in connections if isinstance(one, HttpConnection) and one.is_open()]
        if len(others) > self.limits.most:
            next((one for one in others if one.is_idle()), self).force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is not HTTP with a problem and without a traceback in the log."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        self.malformed.note(request.remote, exc)
        response = Problem(400, "the request is not valid HTTP").response()
        response.force_close()
        return response


class BoundedRunner(web.AppRunner):
    """Serves an application on such connections."""

    def __init__(
        self, app: web.Application, clock: Clock, limits: ConnectionLimits, shutdown_s: float
    ) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_s)
        self._limits = limits
        self._malformed = Malformed(clock)

    async def _make_server(self) -> web.Server:
        # the library has no other place to name the class of its connections
        made = await super()._make_server()
        return _Server(made, self._limits, self._malformed)


class _Server(web.Server):
    def __init__(self, made: web.Server, limits: ConnectionLimits, malformed: Malformed) -> None:
        super().__init__(
            made.request_handler,
            request_factory=made.request_factory,
            keepalive_timeout=limits.silence_s,
            lingering_time=1.0,
            access_log=None,
        )
        self._limits = limits
        self._malformed = malformed

    def __call__(self) -> web.RequestHandler:
        connection = HttpConnection(self, loop=self._loop, **self._kwargs)
        connection.limits, connection.malformed = self._limits, self._malformed
        return connection
