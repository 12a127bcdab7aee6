"""Access to the HTTP API: bearer token, quota, and every error as a problem that shows no internal detail."""

import hmac
import ipaddress
import random
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.http_api.problems import Problem, problem_of
from handlers.chat.quota import Quota
from handlers.question_log import QuestionLog
from utils.clock import Clock
from utils.http.errors import Misconfigured, SourceError

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
QUIET_PATHS = OPEN_PATHS | {"/metrics"}
"""What a machine asks every few seconds is no question for the log."""
REQUESTS_PER_MINUTE = 120
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Decides which requests are served. If ``required``, all but the health routes need the ``token``.

    A wrong token is refused even where none is required: there the API listens on loopback, and only requests to a name
    of this machine are served, since any page in a browser can lead another name here (DNS rebinding).
    """

    clock: Clock
    rng: random.Random
    quota: Quota
    token: str | None = None
    required: bool = False
    per_minute: int = REQUESTS_PER_MINUTE

    def check(self, request: web.Request) -> None:
        """Raise `Problem` 401, 421 or 429 for a request that is not served."""
        if not (self.required or _is_to_loopback(request) or self.is_owner(request)):
            raise Problem(421, "ask this machine by its address, such as 127.0.0.1, or send the token")
        if request.path in OPEN_PATHS:
            return
        authorization = request.headers.get("Authorization")
        if (self.required or authorization is not None) and not self.is_owner(request):
            raise Problem(401, "send the token as Authorization: Bearer <token>")
        wait_s = self.quota.take(_caller(request), 1, self.per_minute)
        if wait_s > 0:
            raise Problem(
                429, f"at most {self.per_minute} requests in a minute", retry_after_s=max(1, round(wait_s))
            )

    def is_owner(self, request: web.Request) -> bool:
        """Return whether the request has the right token. Only such a request may see the owner's account."""
        return self._is_valid(request.headers.get("Authorization"))

    def _is_valid(self, authorization: str | None) -> bool:
        if self.token is None or authorization is None:
            return False
        scheme, _, value = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            value.strip().encode(errors="surrogateescape"), self.token.encode()
        )


def access_middleware(access: AccessPolicy, questions: QuestionLog) -> Middleware:
    """Return the outermost handler: every error becomes a problem, an unexpected one with an id that is logged."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            access.check(request)
        except Problem as problem:
            return problem.response()
        if request.path in QUIET_PATHS:
            return await answer(request, handler)
        with questions.asked(f"{request.method} {request.path_qs}", remote=request.remote) as question:
            response = await answer(request, handler)
            question.status, question.failed = response.status, response.status == 500
            return response

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except Misconfigured as error:
            log.warning("request failed by a misconfiguration", error=str(error), what_to_do=error.what_to_do)
            return Problem(503, "the server is not set up for this", retry_after_s=60).response()
        except SourceError as error:
            return problem_of(error, access.clock.now_ms()).response()
        except web.HTTPException as error:
            return _http_error(error)
        except Exception:
            error_id = f"{access.rng.getrandbits(32):08x}"
            log.exception("request failed", error_id=error_id, path=request.path)
            return Problem(500, "something went wrong, the log knows", error_id=error_id).response()

    return guard


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine as only this machine can name it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _is_to_loopback(request: web.Request) -> bool:
    named = request.headers.get("Host")
    if named is None:  # HTTP/1.0, which no browser speaks
        return True
    try:
        return is_loopback(urlsplit(f"//{named}").hostname or "")
    except ValueError:
        return False


def _http_error(error: web.HTTPException) -> web.StreamResponse:
    if error.status == 404:
        return Problem(404, "no such path; see /docs").response()
    if isinstance(error, web.HTTPMethodNotAllowed):
        allow = ", ".join(sorted(error.allowed_methods))
        return Problem(405, f"answered here: {allow}", allow=allow).response()
    if error.status >= 400:
        return Problem(error.status, error.reason.lower()).response()
    raise error


def _caller(request: web.Request) -> int:
    return int(ipaddress.ip_address(request.remote or "0.0.0.0"))  # noqa: S104 - no real address
