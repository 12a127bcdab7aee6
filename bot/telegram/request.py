"""Requests to the Bot API over the process's aiohttp session, at a third of the CPU of the library's default."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import aiohttp
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput

REDACTED_URL = "the bot api"


class NotSent(NetworkError):
    """No connection was made: Telegram has not received the request, so that repeating it is safe."""


class ResponseLost(NetworkError):
    """The request was sent and no complete response received: Telegram may or may not have carried it out.

    Not a `TimedOut`: the library repeats those without a delay.
    """


class NotTheBotApi(ResponseLost):
    """Something else than the Bot API responded: a wrong address, a portal page, a proxy."""

    def __init__(self, status: int, found: str) -> None:
        super().__init__(f"the address does not respond as the Bot API does: {found} (status {status})")


@dataclass(frozen=True, slots=True)
class RequestTimeouts:
    """Seconds to wait for a connection, for sending the body (``upload``: with files) and for the response."""

    connect: float = 5.0
    write: float = 5.0
    upload: float = 20.0
    read: float = 10.0


class AiohttpRequest(BaseRequest):
    """The library's request interface over an injected session, which its owner closes.

    ``proxy`` is an HTTP proxy address. Raises `NotSent` and `ResponseLost`: they tell which requests may be repeated;
    `NotTheBotApi` for a response of another form.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        proxy: str | None = None,
        timeouts: RequestTimeouts | None = None,
    ) -> None:
        self._session = session
        self._proxy = proxy
        self._timeouts = timeouts or RequestTimeouts()

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for a response if a call does not say otherwise."""
        return self._timeouts.read

    async def initialize(self) -> None:
        """Nothing to open: the session is injected."""

    async def shutdown(self) -> None:
        """Nothing to close: the session belongs to its owner."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: "ODVInput[float]" = BaseRequest.DEFAULT_NONE,
        write_timeout: "ODVInput[float]" = BaseRequest.DEFAULT_NONE,
        connect_timeout: "ODVInput[float]" = BaseRequest.DEFAULT_NONE,
        pool_timeout: "ODVInput[float]" = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; return HTTP status and body. ``pool_timeout`` does not apply to the shared session."""
        default = self._timeouts
        uploads = request_data is not None and request_data.contains_files
        timeout = _client_timeout(
            connect=_chosen(connect_timeout, default.connect),
            write=_chosen(write_timeout, default.upload if uploads else default.write),
            read=_chosen(read_timeout, default.read),
        )
        try:
            async with self._session.request(
                method,
                url,
                data=_body(request_data),
                headers={"User-Agent": self.USER_AGENT},
                timeout=timeout,
                proxy=self._proxy,
                allow_redirects=False,
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection to {REDACTED_URL}: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise ResponseLost(f"no response from {REDACTED_URL}: {type(error).__name__}") from error
        if method == "POST":  # else the body is a file
            check_form(status, body, url.rpartition("/")[2])
        return status, body


def check_form(status: int, body: bytes, method: str) -> None:
    """Raise `NotTheBotApi` unless the body has the form that the library expects.

    Servers before the Bot API explain their own errors in pages: for these the error is a `NetworkError`.
    https://core.telegram.org/bots/api#making-requests
    """
    response = _json(body)
    if isinstance(response, dict) and isinstance(response.get("ok"), bool):
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            if response["ok"] and "result" in response and _is_result(response["result"], method):
                return
        elif isinstance(response.get("parameters", {}), dict):
            return
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise NetworkError(f"{_phrase(status)} ({status})")
    raise NotTheBotApi(status, _described(status, body, response))


def _is_result(result: object, method: str) -> bool:
    """Whether the result of a login names a bot; results of other methods are checked where they are used."""
    if method != "getMe":
        return True
    return isinstance(result, dict) and isinstance(result.get("id"), int) and "first_name" in result


def _json(body: bytes) -> object:
    """Return what the body says, ``...`` if it is no JSON."""
    try:
        return json.loads(body.decode(errors="replace"))
    except (ValueError, RecursionError):
        return ...


def _described(status: int, body: bytes, response: object) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "a redirect"
    if response is not ...:
        return "JSON of another form"
    start = body.strip()[:1]
    return "an empty body" if not start else "a page" if start == b"<" else "something that is no JSON"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def _chosen(asked: "ODVInput[float]", default: float) -> float | None:
    return default if asked is BaseRequest.DEFAULT_NONE else cast("float | None", asked)


def _client_timeout(connect: float | None, write: float | None, read: float | None) -> aiohttp.ClientTimeout:
    parts = (connect, write, read)
    total = None if None in parts else sum(part for part in parts if part is not None)
    return aiohttp.ClientTimeout(total=total, sock_connect=connect, sock_read=read)


def _body(request_data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if request_data is None:
        return None
    if not request_data.contains_files:
        return request_data.json_parameters
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form
