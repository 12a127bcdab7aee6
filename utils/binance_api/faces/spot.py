"""The spot market."""

from utils.binance_api import schemas, urls
from utils.binance_api.answers import Answer
from utils.binance_api.faces.market import Endpoints, MarketReader
from utils.binance_api.schemas import AvgPrice


class SpotMarket(MarketReader):
    """Reads the spot market."""

    market = "spot"
    endpoints = Endpoints(
        time=urls.SPOT_TIME,
        exchange_info=urls.SPOT_EXCHANGE_INFO,
        klines=urls.SPOT_KLINES,
        ticker_24h=urls.SPOT_TICKER_24H,
        ticker_price=urls.SPOT_TICKER_PRICE,
        book_ticker=urls.SPOT_BOOK_TICKER,
        depth=urls.SPOT_DEPTH_BOOK,
        trades=urls.SPOT_TRADES,
        agg_trades=urls.SPOT_AGG_TRADES,
    )

    async def avg_price(self, symbol: str) -> Answer[AvgPrice]:
        """Return the mean price of the last minutes (``mins``, usually five)."""
        if (live := self._live.avg_price(symbol)) is not None:
            return live
        params = {"symbol": symbol}
        return await self._request(urls.SPOT_AVG_PRICE, params, schemas.avg_price, lambda a: a.close_time)
