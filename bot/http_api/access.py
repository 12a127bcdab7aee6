"""Access to the HTTP API: bearer token, quota, and every error as a problem that shows no internal detail."""

import hmac
import ipaddress
import random
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.http_api.problems import Problem, problem_of
from handlers.chat.quota import Quota
from utils.clock import Clock
from utils.http.errors import Misconfigured, SourceError

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
REQUESTS_PER_MINUTE = 120
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Decides which requests are served. If ``required``, all but the health routes need the ``token``.

    A wrong token is refused even where none is required.
    """

    clock: Clock
    rng: random.Random
    quota: Quota
    token: str | None = None
    required: bool = False
    per_minute: int = REQUESTS_PER_MINUTE

    def check(self, request: web.Request) -> None:
        """Raise `Problem` 401 or 429 for a request that is not served."""
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
        return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), self.token.encode())


def access_middleware(access: AccessPolicy) -> Middleware:
    """Return the outermost handler: every error becomes a problem, an unexpected one with an id that is logged."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            access.check(request)
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


def _http_error(error: web.HTTPException) -> web.StreamResponse:
    if error.status == 404:
        return Problem(404, "no such path; see /openapi.json").response()
    if error.status == 405:
        return Problem(405, "only GET is answered here").response()
    raise error


def _caller(request: web.Request) -> int:
    return int(ipaddress.ip_address(request.remote or "0.0.0.0"))  # noqa: S104 - no real address
