"""Events of the USD-M futures account: a private stream named by a listen key, which is renewed every half hour."""

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
"""A listen key is valid for 60 minutes; renewing at half of that leaves time for a retry."""
RENEW_RETRY_S: Final = 60.0


class _ListenKey(msgspec.Struct):
    listen_key: str = msgspec.field(name="listenKey", default="")


_KEY: Final = msgspec.json.Decoder(_ListenKey)


class FuturesUserStream(UserStream):
    """Connects to ``base`` (the futures stream host) with a listen key obtained and renewed over ``rest``."""

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
        """Do nothing: the listen key in the address is the subscription."""

    async def maintain(self) -> None:
        """Renew the listen key after half of its validity."""
        if self._clock.monotonic() < self._renew_at_s:
            return
        try:
            await self._rest.get(urls.LISTEN_KEY_RENEW, {}, _KEY)
        except Rejected as error:  # -1125: the listen key does not exist
            raise ConnectionLost(self.source, "the listen key is no longer valid") from error
        except SourceError:
            self.counts["renewals_failed"] += 1
            self._renew_at_s = self._clock.monotonic() + RENEW_RETRY_S
        else:
            self._renew_at_s = self._clock.monotonic() + RENEW_S

    def _event_in(self, body: dict[str, Any]) -> UserEvent | None:
        return event_of(body.get("data", body))
