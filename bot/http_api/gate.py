"""Who may ask: bearer token, quota, and errors that tell the caller what to mend and nothing else."""

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
class Gate:
    """The one place that decides about access. ``token`` is needed for all but the health routes where it is
    ``required``; a wrong one is refused everywhere.
    """

    clock: Clock
    rng: random.Random
    quota: Quota
    token: str | None = None
    required: bool = False
    per_minute: int = REQUESTS_PER_MINUTE

    def admit(self, request: web.Request) -> None:
        """Raise `Problem` 401 or 429 for a request that is not served."""
        if request.path in OPEN_PATHS:
            return
        given = request.headers.get("Authorization")
        if (self.required or given is not None) and not self.is_owner(request):
            raise Problem(401, "send the token as Authorization: Bearer <token>")
        wait_s = self.quota.take(_caller(request), 1, self.per_minute)
        if wait_s > 0:
            raise Problem(
                429, f"at most {self.per_minute} requests in a minute", retry_after_s=max(1, round(wait_s))
            )

    def is_owner(self, request: web.Request) -> bool:
        """Whether the request brought the right token: what is the owner's alone is told to nobody else."""
        return self._is_right(request.headers.get("Authorization"))

    def _is_right(self, given: str | None) -> bool:
        if self.token is None or given is None:
            return False
        scheme, _, value = given.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), self.token.encode())


def gate_middleware(gate: Gate) -> Middleware:
    """Return the outermost handler: every error becomes a problem, an unforeseen one with an id that the log has."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            gate.admit(request)
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except Misconfigured as error:
            log.warning("a request met a misconfiguration", error=str(error), what_to_do=error.what_to_do)
            return Problem(503, "the server is not set up for this", retry_after_s=60).response()
        except SourceError as error:
            return problem_of(error, gate.clock.now_ms()).response()
        except web.HTTPException as refusal:
            return _refused(refusal)
        except Exception:
            error_id = f"{gate.rng.getrandbits(32):08x}"
            log.exception("a request was not answered", error_id=error_id, path=request.path)
            return Problem(500, "something went wrong, the log knows", error_id=error_id).response()

    return guard


def _refused(refusal: web.HTTPException) -> web.StreamResponse:
    if refusal.status == 404:
        return Problem(404, "no such path; see /openapi.json").response()
    if refusal.status == 405:
        return Problem(405, "only GET is answered here").response()
    raise refusal


def _caller(request: web.Request) -> int:
    return int(ipaddress.ip_address((request.remote or "0.0.0.0").partition("%")[0]))  # noqa: S104 - nobody's address
