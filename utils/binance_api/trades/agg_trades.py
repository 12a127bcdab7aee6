"""Trades over REST: the newest ones, and aggregate trades since a time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.binance_api import schemas
from utils.binance_api.answers import Answer, with_value
from utils.binance_api.http.reader import Reader, ReaderParts
from utils.binance_api.schemas import AggTradeRow, TradeRow
from utils.binance_api.trades.tape import TradeRows
from utils.binance_api.urls import Endpoint
from utils.units import HOUR_MS

AGG_TRADE_ROWS: Final = 10_000
"""Default limit of aggregate trades per call: ten requests."""
FUTURES_KEPT_MS: Final = 24 * HOUR_MS
"""How far back futures trades are served (24 h by most sources, 48 h by the SDK of 2026-08); spot has no such limit."""


@dataclass(frozen=True, slots=True, eq=False)
class AggTrades:
    """Aggregate trades oldest first, arrays of length n.

    ``time`` in ms, ``price`` in quote and quantities in base units, ``side`` +1 where the aggressor bought, -1 where
    it sold. ``visible`` excludes RPI orders (on spot it is the quantity). ``complete`` is false if the requested range
    begins earlier than the rows: it has more trades than the limit, or older ones than the exchange keeps.
    """

    symbol: str
    complete: bool
    trade_id: NDArray[np.int64]
    first_id: NDArray[np.int64]
    last_id: NDArray[np.int64]
    time: NDArray[np.int64]
    price: NDArray[np.float64]
    quantity: NDArray[np.float64]
    visible: NDArray[np.float64]
    side: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.trade_id)

    def part(self, piece: slice) -> "AggTrades":
        """Return some of the rows."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("symbol", "complete")}
        return replace(self, **{name: array[piece] for name, array in arrays.items()})


class AggTradeReader(Reader):
    """Reads aggregate trades of one market page by page by id; ids have no gaps."""

    def __init__(self, parts: ReaderParts, endpoint: Endpoint) -> None:
        super().__init__(parts)
        self._endpoint = endpoint

    async def since(self, symbol: str, since: int, max_rows: int) -> Answer[AggTrades]:
        """Return the trades at or after ``since`` (ms), the newest ``max_rows`` where there are more."""
        if max_rows < 1:
            raise ValueError(f"max_rows is {max_rows}, ask for at least 1")
        oldest = max(since, self._oldest())
        newest = await self._page(symbol, {"limit": min(max_rows, self._endpoint.max_limit)})
        pages, read = [newest.value], len(newest.value)
        while read < max_rows and (earlier := await self._before(symbol, pages[-1], oldest, max_rows - read)):
            pages.append(earlier)
            read += len(earlier)
        found = _trades(symbol, [row for page in reversed(pages) for row in page])
        begun = len(found) == 0 or bool(found.time[0] < oldest) or bool(found.trade_id[0] == 0)
        kept = found.part(slice(int(np.searchsorted(found.time, oldest)), len(found)))
        return with_value(newest, replace(kept, complete=begun and oldest == since))

    async def _before(
        self, symbol: str, page: Sequence[AggTradeRow], oldest: int, room: int
    ) -> list[AggTradeRow]:
        """Return the page before ``page``, empty if ``page`` begins before ``oldest`` or at the first trade."""
        if not page or page[0].time < oldest or page[0].trade_id == 0:
            return []
        end = page[0].trade_id
        limit = min(room, end, self._endpoint.max_limit)
        earlier = await self._page(symbol, {"fromId": end - limit, "limit": limit})
        return [row for row in earlier.value if row.trade_id < end]

    async def _page(self, symbol: str, params: dict[str, int]) -> Answer[list[AggTradeRow]]:
        asked: dict[str, str | int] = {"symbol": symbol, **params}
        return await self._request(self._endpoint, asked, schemas.agg_trades, ttl_s=0.0)

    def _oldest(self) -> int:
        if self._endpoint.market != "futures":
            return 0
        return self._parts.offset.now_ms() - FUTURES_KEPT_MS


def _trades(symbol: str, rows: Sequence[AggTradeRow]) -> AggTrades:
    return AggTrades(
        symbol=symbol,
        complete=False,
        trade_id=np.array([r.trade_id for r in rows], np.int64),
        first_id=np.array([r.first_id for r in rows], np.int64),
        last_id=np.array([r.last_id for r in rows], np.int64),
        time=np.array([r.time for r in rows], np.int64),
        price=np.array([r.price for r in rows], np.float64),
        quantity=np.array([r.quantity for r in rows], np.float64),
        visible=np.array([r.quantity if r.visible is None else r.visible for r in rows], np.float64),
        side=np.array([-1 if r.buyer_is_maker else 1 for r in rows], np.int8),
    )


def single_trades(answer: Answer[list[TradeRow]]) -> Answer[TradeRows]:
    """Return single trades as arrays, oldest first."""
    rows = sorted(answer.value, key=lambda row: row.trade_id)
    return with_value(
        answer,
        TradeRows(
            trade_id=np.array([r.trade_id for r in rows], np.int64),
            time_ms=np.array([r.time for r in rows], np.int64),
            price=np.array([r.price for r in rows], np.float64),
            quantity=np.array([r.qty for r in rows], np.float64),
            side=np.array([-1 if r.is_buyer_maker else 1 for r in rows], np.int8),
        ),
    )
