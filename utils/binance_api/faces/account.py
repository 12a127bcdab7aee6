"""The account of the configured API key, read only: no method can place or change an order."""

from collections.abc import Mapping
from typing import Final, Literal, TypeVar

from utils.binance_api import urls
from utils.binance_api.account import schemas
from utils.binance_api.account.schemas import (
    FuturesAccount,
    FuturesAccountConfig,
    FuturesBalance,
    OwnLiquidation,
    Position,
    SpotAccount,
    SymbolBrackets,
    SymbolConfig,
)
from utils.binance_api.answers import Answer, with_value
from utils.binance_api.http.errors import ClockSkewed
from utils.binance_api.http.reader import Reader, ReaderParts
from utils.binance_api.urls import Endpoint
from utils.binance_api.wire import Decodes

T = TypeVar("T")

ACCOUNT_TTL_S: Final = 2.0
CONFIG_TTL_S: Final = 60.0
BRACKETS_TTL_S: Final = 3600.0
OwnCause = Literal["LIQUIDATION", "ADL"]


class Account(Reader):
    """Reads the account of the configured key.

    ``available`` is true if there is a key; without one every method raises ``Misconfigured`` and sends nothing. After
    a rejected timestamp (-1021) exchange time is measured again and the request retried once.
    """

    def __init__(self, parts: ReaderParts, *, available: bool) -> None:
        super().__init__(parts)
        self.available = available

    async def spot(self) -> Answer[SpotAccount]:
        """Return the spot account without assets of zero balance."""
        return await self._own(urls.SPOT_ACCOUNT, {"omitZeroBalances": "true"}, schemas.spot_account)

    async def futures(self) -> Answer[FuturesAccount]:
        """Return the futures account's totals and margin assets."""
        return await self._own(urls.FUTURES_ACCOUNT, {}, schemas.futures_account)

    async def futures_balances(self) -> Answer[dict[str, FuturesBalance]]:
        """Return the futures balances by asset."""
        answer = await self._own(urls.FUTURES_BALANCE, {}, schemas.futures_balances)
        return with_value(answer, {row.asset: row for row in answer.value})

    async def positions(self, symbol: str | None = None) -> Answer[list[Position]]:
        """Return the open positions, of all symbols or of one; in hedge mode a symbol may have two."""
        answer = await self._own(urls.FUTURES_POSITIONS, _of(symbol), schemas.positions)
        return with_value(answer, [row for row in answer.value if row.position_amt != 0])

    async def config(self) -> Answer[FuturesAccountConfig]:
        """Return the futures account's fee tier and modes."""
        return await self._own(urls.FUTURES_ACCOUNT_CONFIG, {}, schemas.account_config, ttl_s=CONFIG_TTL_S)

    async def symbol_configs(self, symbol: str | None = None) -> Answer[dict[str, SymbolConfig]]:
        """Return leverage and margin type by symbol."""
        endpoint = urls.FUTURES_SYMBOL_CONFIG
        answer = await self._own(endpoint, _of(symbol), schemas.symbol_configs, ttl_s=CONFIG_TTL_S)
        return with_value(answer, {row.symbol: row for row in answer.value})

    async def brackets(self, symbol: str | None = None) -> Answer[dict[str, SymbolBrackets]]:
        """Return the margin tables by symbol."""
        endpoint = urls.FUTURES_BRACKETS
        answer = await self._own(endpoint, _of(symbol), schemas.brackets, ttl_s=BRACKETS_TTL_S)
        return with_value(answer, {row.symbol: row for row in answer.value})

    async def own_liquidations(
        self, symbol: str | None = None, *, cause: OwnCause | None = None, limit: int = 50
    ) -> Answer[list[OwnLiquidation]]:
        """Return the newest forced orders of this account only (7 days, at most 100)."""
        endpoint = urls.FUTURES_OWN_LIQUIDATIONS
        params: dict[str, str | int] = {**_of(symbol), "limit": max(1, min(limit, endpoint.max_limit))}
        params |= {} if cause is None else {"autoCloseType": cause}
        return await self._own(endpoint, params, schemas.own_liquidations)

    async def _own(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str | int],
        decoder: Decodes[T],
        *,
        ttl_s: float = ACCOUNT_TTL_S,
    ) -> Answer[T]:
        try:
            return await self._request(endpoint, params, decoder, ttl_s=ttl_s)
        except ClockSkewed:
            self._parts.offset.invalidate()
        return await self._request(endpoint, params, decoder, ttl_s=ttl_s)


def _of(symbol: str | None) -> dict[str, str | int]:
    return {} if symbol is None else {"symbol": symbol}
