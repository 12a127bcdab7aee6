"""HTTP requests over aiohttp; every transport fault is raised as an error of :mod:`utils.http.errors`.

Time, size and the number of requests to a host that does not answer are bounded.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from utils.clock import Clock, SystemClock
from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable
from utils.http.host_gate import HostGate

PARALLEL = 64
"""Concurrent requests; others wait before their timeout starts."""

LARGEST_BODY: Final = 32_000_000
"""Bytes of an unpacked answer; the exchange's largest is about half of it."""
SERVER_FAULT: Final = 500
"""Status codes from here on say that the host could not answer."""

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP response; ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_answer(reply: Reply) -> bool:
    """Say whether a reply proves that its host works: any but a server fault."""
    return reply.status < SERVER_FAULT


class Transport:
    """Sends requests through an injected session; ``timeout_s`` bounds each of them, body included.

    ``clock`` measures how long a host that does not answer is left alone, ``answered`` says which replies prove that it
    works.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        timeout_s: float,
        proxy: str | None = None,
        clock: Clock | None = None,
        parallel: int = PARALLEL,
        answered: Callable[[Reply], bool] = is_answer,
    ) -> None:
        self._session = session
        self._room = asyncio.Semaphore(parallel)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._timeout_s = timeout_s
        self._proxy = proxy
        self._clock = clock or SystemClock()
        self._answered = answered
        self._gates: dict[str, HostGate] = {}

    async def get(self, url: str, params: Params, *, source: str) -> Reply:
        """Return the response to a GET; see :meth:`send`."""
        return await self.send("GET", url, params, source=source)

    async def send(
        self,
        method: str,
        url: str,
        params: Params | str,
        *,
        source: str,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the response whatever its status; ``params`` that are text are sent unchanged.

        Raises ``Retryable`` for timeouts, refused or broken connections, unresolved names and bodies cut
        short; ``Unavailable`` for a body that is too large or arrives too slowly, and while the host fails again and
        again; ``Misconfigured`` for an address, certificate or proxy that a person must correct. With ``headers``,
        which may contain a key, the error has no cause. Redirects are not followed.
        """
        gate, answered = self._gate(url), None
        began_s = await gate.enter(source)
        try:
            reply = await self._attempt(method, url, params, source, headers)
            answered = self._answered(reply)
        except SourceError:
            answered = False
            raise
        finally:
            gate.leave(began_s, answered=answered)
        return reply

    def left_alone(self, url: str) -> bool:
        """Return whether the host of an address failed again and again and is hardly asked."""
        gate = self._gates.get(_host(url))
        return gate is not None and gate.left_alone

    def _gate(self, url: str) -> HostGate:
        host = _host(url)
        if host not in self._gates:
            self._gates[host] = HostGate(host, self._clock)
        return self._gates[host]

    async def _attempt(
        self,
        method: str,
        url: str,
        params: Params | str,
        source: str,
        headers: Mapping[str, str] | None,
    ) -> Reply:
        try:
            return await self._exchange(method, url, params, source, headers)
        except TimeoutError as error:
            fault = Retryable(source, f"no answer within {self._timeout_s:g} s")
            raise fault from (None if headers else error)
        except aiohttp.ClientError as error:
            raise _fault_of(error, source) from (None if headers else error)

    async def _exchange(
        self,
        method: str,
        url: str,
        params: Params | str,
        source: str,
        headers: Mapping[str, str] | None,
    ) -> Reply:
        verbatim = isinstance(params, str)
        address = _verbatim(url, params) if isinstance(params, str) else url
        async with (
            self._room,
            self._session.request(
                method,
                address,
                params=None if verbatim else params,
                headers=headers,
                timeout=self._timeout,
                proxy=self._proxy,
                allow_redirects=False,
            ) as response,
        ):
            return Reply(response.status, response.headers, await self._body(response, source))

    async def _body(self, response: aiohttp.ClientResponse, source: str) -> bytes:
        """Read the body in parts; one that does not end in time or size is left where it stands."""
        body = bytearray()
        try:
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST_BODY:
                    response.close()
                    raise Unavailable(source, f"the answer is larger than {LARGEST_BODY // 1_000_000} MB")
        except TimeoutError as error:
            detail = f"the answer did not arrive whole within {self._timeout_s:g} s"
            raise Unavailable(source, detail) from error
        return bytes(body)


def _host(url: str) -> str:
    return url.split("?", 1)[0].split("://", 1)[-1].split("/", 1)[0]


def _verbatim(url: str, query: str) -> URL:
    try:
        return URL(f"{url}?{query}", encoded=True)
    except ValueError:
        raise aiohttp.InvalidURL(url) from None


def _fault_of(error: aiohttp.ClientError, source: str) -> SourceError:
    """Return the error without the proxy's address, which may contain a password."""
    if isinstance(error, aiohttp.InvalidURL):
        return Misconfigured(source, "the address is not a url", what_to_do="correct the configured address")
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        todo = "check the system clock, the certificate store and any intercepting proxy"
        return Misconfigured(source, "the secure connection could not be verified", what_to_do=todo)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        todo = "check the proxy's address and credentials"
        return Misconfigured(source, f"the proxy refused with status {error.status}", what_to_do=todo)
    return Retryable(source, _description(error))


def _description(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name could not be resolved"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "the proxy could not be reached"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the connection was refused or the host is unreachable"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer was cut short"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    return f"the connection failed ({type(error).__name__})"
