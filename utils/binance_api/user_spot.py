"""Events of the spot account over the WebSocket API; listen keys ended there in 2026."""

import random
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import msgspec

from utils.binance_api.errors import KEY_CODES
from utils.binance_api.signing import Credentials
from utils.binance_api.stream import ConnectionLost
from utils.binance_api.user_stream import UserEvent, UserListener, UserStream, event_of
from utils.binance_api.waiting import within
from utils.clock import Clock
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError

ANSWER_S: Final = 10.0
WRONG_TIME: Final = -1021


class SpotUserStream(UserStream):
    """Subscribes by ``session.logon`` where the key is Ed25519, else by ``userDataStream.subscribe.signature``.

    ``market_ms`` is exchange time; ``wrong_time`` is called when the exchange says that ours is wrong.
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
        wrong_time: Callable[[], None],
        proxy: str | None = None,
    ) -> None:
        super().__init__(session, listener, clock, rng, proxy=proxy)
        self._url = url
        self._credentials = credentials
        self._market_ms = market_ms
        self._wrong_time = wrong_time

    @property
    def _probe_method(self) -> str:
        return "ping"

    async def _address(self) -> str:
        return self._url

    async def _log_on(self) -> None:
        signed = self._credentials.message({}, self._market_ms())
        if self._credentials.logs_on:
            await self._call("session.logon", signed)
            await self._call("userDataStream.subscribe", {})
        else:
            await self._call("userDataStream.subscribe.signature", signed)

    async def maintain(self) -> None:
        """Nothing expires here."""

    async def _call(self, method: str, params: dict[str, Any]) -> None:
        number = await self._ask(method, params)
        if not await within(self._clock, ANSWER_S, self._answered(method, number)):
            raise ConnectionLost(self.source, f"no answer to {method}")

    async def _answered(self, method: str, number: int) -> None:
        while True:
            try:
                body: dict[str, Any] = msgspec.json.decode(await self._receive())
            except msgspec.DecodeError as error:
                raise ConnectionLost(self.source, f"the answer to {method} is not json") from error
            if body.get("id") == number:
                break
        if body.get("status", 200) != 200 or body.get("error"):
            raise self._refusal(body.get("error") or {})

    def _refusal(self, error: dict[str, Any]) -> SourceError:
        code, detail = int(error.get("code", 0)), str(error.get("msg", "no message"))[:200]
        if code == WRONG_TIME:
            self._wrong_time()
            return Retryable(self.source, detail, code=code)
        if code in KEY_CODES:
            todo = "check the API key, its read permission and its list of allowed addresses"
            return Misconfigured(self.source, detail, what_to_do=todo, code=code)
        return Rejected(self.source, detail, code=code) if code < -1099 else Retryable(self.source, detail)

    def _event_in(self, body: dict[str, Any]) -> UserEvent | None:
        return event_of(body.get("event", body))
