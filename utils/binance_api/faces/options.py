"""The options market: the whole chain of one underlying with as few requests as possible."""

import asyncio
from collections.abc import Sequence
from typing import Final

from utils.binance_api import urls
from utils.binance_api.answers import Answer
from utils.binance_api.http.reader import Reader
from utils.binance_api.options import schemas
from utils.binance_api.options.chain import chain
from utils.binance_api.options.schemas import (
    OptionIndex,
    OptionMark,
    OptionOpenInterest,
    OptionsInfo,
    OptionSymbol,
    OptionTicker,
)
from utils.http.errors import Rejected, SourceError
from utils.option_chain import OptionChain

LISTING_TTL_S: Final = 600.0
"""New options are listed as the price moves; expired ones are excluded by their expiry."""
MARKS_TTL_S: Final = 10.0
INTEREST_TTL_S: Final = 60.0
"""The exchange updates open interest once a minute."""
CRYPTO: Final = "CRYPTO"
TRADING: Final = "TRADING"


class OptionsMarket(Reader):
    """Reads options on coins; options on stocks are excluded."""

    async def underlyings(self) -> Answer[tuple[str, ...]]:
        """Return the underlyings (``BTCUSDT``) that have options on a coin."""
        info = await self._info()
        names = tuple(sorted({line.underlying for line in self._lines(info.value)}))
        return Answer(names, info.as_of, info.source, info.fetched_at)

    async def option_chain(self, underlying: str, *, quotes: bool = False) -> Answer[OptionChain]:
        """Return every line of an underlying (``BTCUSDT``); ``quotes`` adds bid, ask and volume (weight 40).

        Costs weight 6 and one free request per expiry. Where open interest or quotes of an expiry cannot be read,
        they are NaN and ``missing`` names them. ``as_of`` is the older of the index and the marks. Raises
        ``Rejected`` for an underlying without options and the errors of :mod:`utils.http.errors`.
        """
        await self._parts.measure()
        info = (await self._info()).value
        lines = [line for line in self._lines(info) if line.underlying == underlying]
        if not lines:
            detail = f"no options are listed on {underlying[:32]!r}"
            raise Rejected(urls.OPTIONS_EXCHANGE_INFO.source, detail, parameter="underlying")
        return await self._chain(underlying, _asset(info, underlying), lines, quotes)

    async def _chain(
        self, underlying: str, asset: str, lines: Sequence[OptionSymbol], quotes: bool
    ) -> Answer[OptionChain]:
        missing: list[str] = []
        (marks, index), interest, tickers = await asyncio.gather(
            self._marks(underlying),
            self._interest(asset, lines, missing),
            self._tickers(missing) if quotes else _nothing(),
        )
        built = chain(
            underlying,
            lines,
            {row.symbol: row for row in marks.value},
            {row.symbol: row for row in interest},
            {row.symbol: row for row in tickers},
            index_price=index.value.index_price,
            index_at=index.value.time,
            missing=missing,
        )
        as_of = min(marks.as_of, index.as_of)
        return Answer(built, as_of, marks.source, max(marks.fetched_at, index.fetched_at))

    async def _info(self) -> Answer[OptionsInfo]:
        answer = await self._request(urls.OPTIONS_EXCHANGE_INFO, {}, schemas.info, ttl_s=LISTING_TTL_S)
        self._update_limits("options", answer.value.rate_limits)
        return answer

    def _lines(self, info: OptionsInfo) -> list[OptionSymbol]:
        now = self._parts.offset.now_ms()
        return [
            line
            for line in info.option_symbols
            if line.underlying_type == CRYPTO and line.status == TRADING and line.expiry_date > now
        ]

    async def _marks(self, underlying: str) -> tuple[Answer[list[OptionMark]], Answer[OptionIndex]]:
        return await asyncio.gather(
            self._request(urls.OPTIONS_MARK, {}, schemas.marks, ttl_s=MARKS_TTL_S),
            self._request(urls.OPTIONS_INDEX, {"underlying": underlying}, schemas.index, lambda i: i.time),
        )

    async def _interest(
        self, asset: str, lines: Sequence[OptionSymbol], missing: list[str]
    ) -> list[OptionOpenInterest]:
        days = sorted({_expiration(line.symbol) for line in lines})
        found = await asyncio.gather(*(self._interest_of(asset, day, missing) for day in days))
        return [row for rows in found for row in rows]

    async def _interest_of(self, asset: str, day: str, missing: list[str]) -> list[OptionOpenInterest]:
        params = {"underlyingAsset": asset, "expiration": day}
        endpoint = urls.OPTIONS_OPEN_INTEREST
        try:
            answer = await self._request(endpoint, params, schemas.open_interest, ttl_s=INTEREST_TTL_S)
        except (
            SourceError
        ):  # counted and logged by the REST client; a chain without one expiry is still useful
            missing.append(f"open interest {day}")
            return []
        return answer.value

    async def _tickers(self, missing: list[str]) -> list[OptionTicker]:
        try:
            answer = await self._request(urls.OPTIONS_TICKER, {}, schemas.tickers, ttl_s=MARKS_TTL_S)
        except SourceError:  # counted and logged by the REST client
            missing.append("quotes")
            return []
        return answer.value


async def _nothing() -> list[OptionTicker]:
    return []


def _asset(info: OptionsInfo, underlying: str) -> str:
    """Return the coin of an underlying, by which open interest is requested."""
    named = (row.base_asset for row in info.option_contracts if row.underlying == underlying)
    return next(named, underlying.removesuffix("USDT"))


def _expiration(symbol: str) -> str:
    """Return the day part of an option's symbol: ``251123`` of ``BTC-251123-126000-C``."""
    parts = symbol.split("-")
    return parts[1] if len(parts) == 4 else ""
