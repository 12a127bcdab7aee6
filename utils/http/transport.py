"""HTTP requests over aiohttp; every transport fault is raised as an error of :mod:`utils.http.errors`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from utils.http.errors import Misconfigured, Retryable, SourceError

PARALLEL = 20
"""Concurrent requests; others wait before their timeout starts."""

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP response; ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Sends requests through an injected session; ``timeout_s`` bounds each of them, body included."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        timeout_s: float,
        proxy: str | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        self._session = session
        self._room = asyncio.Semaphore(parallel)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._timeout_s = timeout_s
        self._proxy = proxy

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
        short, and ``Misconfigured`` for an address, certificate or proxy that a person must correct. With ``headers``,
        which may contain a key, the error has no cause.
        """
        try:
            return await self._exchange(method, url, params, headers)
        except TimeoutError as error:
            fault = Retryable(source, f"no answer within {self._timeout_s:g} s")
            raise fault from (None if headers else error)
        except aiohttp.ClientError as error:
            raise _fault_of(error, source) from (None if headers else error)

    async def _exchange(
        self, method: str, url: str, params: Params | str, headers: Mapping[str, str] | None
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
            return Reply(response.status, response.headers, await response.read())


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
