"""Which source stands behind which topic."""

from collections.abc import Callable

from utils.sandbox.exchange.market.coins import LIGHT_PREFIX
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.streams.all_sources import ContractInfoSource, TopsSource
from utils.sandbox.exchange.streams.bar_sources import KlineSource
from utils.sandbox.exchange.streams.book_sources import DepthSource, PartialDepthSource
from utils.sandbox.exchange.streams.force_sources import ForceOrderSource, ForceOrdersSource
from utils.sandbox.exchange.streams.index_sources import (
    AssetIndexSource,
    AssetIndicesSource,
    CompositeIndexSource,
    TradingSessionSource,
)
from utils.sandbox.exchange.streams.mark_sources import MarkPriceSource, MarkPricesSource
from utils.sandbox.exchange.streams.names import StreamName
from utils.sandbox.exchange.streams.option_sources import (
    OptionDepthSource,
    OptionIndexSource,
    OptionInterestSource,
    OptionMarkSource,
    OptionTopSource,
)
from utils.sandbox.exchange.streams.source import Source
from utils.sandbox.exchange.streams.spot_sources import BlockTradeSource, ReferencePriceSource
from utils.sandbox.exchange.streams.ticker_sources import (
    AllSymbolsSource,
    OneSymbolSource,
    average_price,
    mini_ticker,
    ticker,
    window_ticker,
)
from utils.sandbox.exchange.streams.trade_sources import AggregateTradeSource, TopSource, TradeSource

SHARED: dict[str, Callable[[], Source]] = {
    "trade": TradeSource,
    "aggTrade": AggregateTradeSource,
    "bookTicker": TopSource,
    "partialDepth": PartialDepthSource,
    "depth": DepthSource,
    "kline": KlineSource,
    "ticker": lambda: OneSymbolSource(ticker),
    "miniTicker": lambda: OneSymbolSource(mini_ticker),
    "miniTickers": lambda: AllSymbolsSource(mini_ticker),
}
SOURCES: dict[str, dict[str, Callable[[], Source]]] = {
    SPOT: SHARED
    | {
        "windowTicker": lambda: OneSymbolSource(window_ticker),
        "windowTickers": lambda: AllSymbolsSource(window_ticker),
        "avgPrice": lambda: OneSymbolSource(average_price),
        "referencePrice": ReferencePriceSource,
        "blockTrade": BlockTradeSource,
    },
    FUTURES: SHARED
    | {
        "continuousKline": lambda: KlineSource(continuous=True),
        "markPrice": MarkPriceSource,
        "markPrices": MarkPricesSource,
        "tickers": lambda: AllSymbolsSource(ticker),
        "bookTickers": TopsSource,
        "contractInfo": ContractInfoSource,
        "compositeIndex": CompositeIndexSource,
        "assetIndex": AssetIndexSource,
        "assetIndices": AssetIndicesSource,
        "tradingSession": TradingSessionSource,
        "forceOrder": ForceOrderSource,
        "optionMarkPrice": OptionMarkSource,
        "optionInterest": OptionInterestSource,
        "optionIndex": OptionIndexSource,
        "optionTop": OptionTopSource,
        "optionDepth": OptionDepthSource,
        "forceOrders": ForceOrdersSource,
    },
}


def new_source(kind: str, name: StreamName, light_rate: float = 0.0) -> Source | None:
    """A source for a stream, `None` when the market tells nothing under that topic.

    With `light_rate`, best bids and asks of light symbols are told so many times a second, changed or not.
    """
    if light_rate and name.topic == "bookTicker" and name.symbol.startswith(LIGHT_PREFIX):
        return TopSource(every_ms=max(1, round(1_000 / light_rate)))
    make = SOURCES[kind].get(name.topic)
    return None if make is None else make()


def is_steady(source: Source | None) -> bool:
    """Whether a source speaks at a rate of its own, so that its messages can be made in batches."""
    return isinstance(source, TopSource) and source.every_ms > 0
