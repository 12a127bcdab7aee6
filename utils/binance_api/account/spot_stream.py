"""Events of the spot account over the WebSocket API; spot has no listen keys since 2026."""

import random
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import msgspec

from utils.binance_api.account.user_stream import UserEvent, UserListener, UserStream, event_of, json_object
from utils.binance_api.http.errors import CLOCK_CODE, KEY_CODES, MESSAGE_CHARS, TOO_MANY
from utils.binance_api.http.signing import Credentials
from utils.binance_api.streams.connection import ConnectionLost
from utils.clock import Clock
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError
from utils.timeouts import within

ANSWER_S: Final = 10.0
BUSY_S: Final = 60.0
"""Pause at the request limit if the exchange does not say until when: one whole window."""


class SpotUserStream(UserStream):
    """Subscribes by ``session.logon`` where the key is Ed25519, else by ``userDataStream.subscribe.signature``.

    ``market_ms`` is exchange time; ``on_clock_error`` is called when the exchange rejects the timestamp.
    """

    source = "binance.spot.userData"

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        session: aiohttp.ClientSession,
        listener: UserListener,
        clock: Clock,
        rng: random.Random,
        *,
        market_ms: Callable[[], int],
        on_clock_error: Callable[[], None],
        proxy: str | None = None,
    ) -> None:
        super().__init__(session, listener, clock, rng, proxy=proxy)
        self._url = url
        self._credentials = credentials
        self._market_ms = market_ms
        self._on_clock_error = on_clock_error

    @property
    def _probe_method(self) -> str:
        return "ping"

    async def _address(self) -> str:
        return self._url

    async def _log_on(self) -> None:
        signed = self._credentials.message({}, self._market_ms())
        if self._credentials.supports_logon:
            await self._call("session.logon", signed)
            await self._call("userDataStream.subscribe", {})
        else:
            await self._call("userDataStream.subscribe.signature", signed)

    async def maintain(self) -> None:
        """Do nothing: the subscription does not expire."""

    async def _call(self, method: str, params: dict[str, Any]) -> None:
        number = await self._ask(method, params)
        if not await within(self._clock, ANSWER_S, self._answered(method, number)):
            raise ConnectionLost(self.source, f"no answer to {method}")

    async def _answered(self, method: str, number: int) -> None:
        while True:
            try:
                body = json_object.decode(await self._receive())
            except msgspec.DecodeError as error:
                raise ConnectionLost(self.source, f"the answer to {method} is not a json object") from error
            if body.get("id") == number:
                break
        fault = body.get("error")
        if fault or body.get("status", 200) != 200:
            raise self._error_of(fault if isinstance(fault, dict) else {})

    def _error_of(self, error: dict[str, Any]) -> SourceError:
        number = error.get("code")
        code = number if isinstance(number, int) else 0
        detail = str(error.get("msg", "no message"))[:MESSAGE_CHARS]
        if code == CLOCK_CODE:
            self._on_clock_error()
        elif code in KEY_CODES:
            return Misconfigured(self.source, detail, what_to_do=KEY_CODES[code], code=code)
        elif code == TOO_MANY:
            return Retryable(
                self.source, detail, code=code, retry_after_s=self._retry_after_s(error.get("data"))
            )
        elif code < -1099:
            return Rejected(self.source, detail, code=code)
        return Retryable(self.source, detail, code=code)

    def _retry_after_s(self, data: object) -> float:
        """Return the seconds until ``retryAfter`` (exchange ms) in an error for too many requests."""
        until_ms = data.get("retryAfter") if isinstance(data, dict) else None
        return max(0.0, (until_ms - self._market_ms()) / 1000) if isinstance(until_ms, int) else BUSY_S

    def _event_in(self, body: dict[str, Any]) -> UserEvent | None:
        return event_of(body.get("event", body))
