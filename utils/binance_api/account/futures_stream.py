"""Events of the USD-M futures account: a listen key, renewed every half hour, names a private stream."""

import random
from typing import Any, Final

import aiohttp
import msgspec

from utils.binance_api import urls
from utils.binance_api.account.user_stream import UserEvent, UserListener, UserStream, event_of
from utils.binance_api.http.rest import RestClient
from utils.binance_api.streams.connection import ConnectionLost
from utils.clock import Clock
from utils.http.errors import Rejected, SourceError, Unavailable

RENEW_S: Final = 1800.0
"""A listen key lives 60 minutes; renewing at half of that leaves room for a failure."""
RENEW_RETRY_S: Final = 60.0


class _ListenKey(msgspec.Struct):
    listen_key: str = msgspec.field(name="listenKey", default="")


_KEY: Final = msgspec.json.Decoder(_ListenKey)


class FuturesUserStream(UserStream):
    """Connects to ``base`` (the futures stream host) with a key that ``rest`` opens and renews."""

    source = "binance.futures.userData"

    def __init__(
        self,
        base: str,
        rest: RestClient,
        session: aiohttp.ClientSession,
        listener: UserListener,
        clock: Clock,
        rng: random.Random,
        *,
        proxy: str | None = None,
    ) -> None:
        super().__init__(session, listener, clock, rng, proxy=proxy)
        self._base = base.rstrip("/")
        self._rest = rest
        self._renew_at_s = 0.0

    @property
    def _probe_method(self) -> str:
        return "LIST_SUBSCRIPTIONS"

    async def _address(self) -> str:
        fetched = await self._rest.get(urls.LISTEN_KEY_OPEN, {}, _KEY)
        if not fetched.value.listen_key:
            raise Unavailable(self.source, "the exchange's answer holds no listen key")
        self._renew_at_s = self._clock.monotonic() + RENEW_S
        return f"{self._base}/private/ws/{fetched.value.listen_key}"

    async def _log_on(self) -> None:
        """Nothing to say: the address is the permission."""

    async def maintain(self) -> None:
        """Renew the listen key when half of its life is over."""
        if self._clock.monotonic() < self._renew_at_s:
            return
        try:
            await self._rest.get(urls.LISTEN_KEY_RENEW, {}, _KEY)
        except Rejected as error:  # -1125: the key is gone
            raise ConnectionLost(self.source, "the listen key is no longer valid") from error
        except SourceError:
            self.counts["renewals_failed"] += 1
            self._renew_at_s = self._clock.monotonic() + RENEW_RETRY_S
        else:
            self._renew_at_s = self._clock.monotonic() + RENEW_S

    def _event_in(self, body: dict[str, Any]) -> UserEvent | None:
        return event_of(body.get("data", body))
