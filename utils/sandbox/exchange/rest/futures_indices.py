"""Indices of futures: assets in dollars for multi-asset margin, and composite indices of several coins."""

from dataclasses import dataclass

from utils.sandbox.exchange.market.contract import Market, NotRecordedError, UnknownSymbolError
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.weights import one_or_all

ASSETS = {"BTCUSD": "BTCUSDT", "ETHUSD": "ETHUSDT", "SOLUSD": "SOLUSDT", "XRPUSD": "XRPUSDT"}
"""Assets that serve as margin, and the perpetual whose index is theirs."""
COMPOSITES = {"DEFIUSDT": {"LINK": 8.0, "AVAX": 4.0, "SOL": 1.0}}
"""Composite indices: coins with their quantities."""
BUFFER, EXCHANGE_BUFFER = 0.1, 0.05
"""Shares below and above the index at which an asset is counted, and at which it is exchanged."""


@dataclass(frozen=True, slots=True)
class AssetIndex:
    """An asset's index in dollars; a rate lies a buffer below (bid) or above (ask) it."""

    symbol: str
    index: float

    def bid(self, buffer: float) -> str:
        """The rate below the index."""
        return f"{self.index * (1 - buffer):.8f}"

    def ask(self, buffer: float) -> str:
        """The rate above the index."""
        return f"{self.index * (1 + buffer):.8f}"


@dataclass(frozen=True, slots=True)
class Component:
    """A coin in a composite index: its quantity, its share of the index and its own index in USDT."""

    base: str
    quantity: float
    share: float
    index: float


def asset_indices(market: Market, now_ms: int) -> list[AssetIndex]:
    """The indices of all assets that have one."""
    found = []
    for symbol, perpetual in ASSETS.items():
        try:
            found.append(AssetIndex(symbol, market.premium(perpetual, now_ms).index))
        except (UnknownSymbolError, NotRecordedError):
            continue
    return found


def composite(market: Market, symbol: str, now_ms: int) -> list[Component]:
    """The components of a composite index. Raises `UnknownSymbolError`."""
    if symbol not in COMPOSITES:
        raise UnknownSymbolError(symbol)
    quantities = COMPOSITES[symbol]
    indices = {base: market.premium(f"{base}USDT", now_ms).index for base in quantities}
    value = sum(quantities[base] * index for base, index in indices.items())
    return [
        Component(base, quantity, quantity * indices[base] / value, indices[base])
        for base, quantity in quantities.items()
    ]


def asset_index(question: Question) -> Json:
    """One asset or all."""
    symbol = question.params.text("symbol")
    rows = asset_indices(question.market, question.now_ms)
    if symbol is None:
        return [_asset_row(row, question.now_ms) for row in rows]
    found = next((row for row in rows if row.symbol == symbol), None)
    if found is None:
        raise errors.invalid_symbol()
    return _asset_row(found, question.now_ms)


def index_info(question: Question) -> Json:
    """What composite indices consist of: one or all, always a list."""
    symbol = question.params.text("symbol")
    names = list(COMPOSITES) if symbol is None else [symbol]
    rows: list[object] = []
    for name in names:
        parts = composite(question.market, name, question.now_ms)
        bases = [
            {
                "baseAsset": part.base,
                "quoteAsset": "USDT",
                "weightInQuantity": f"{part.quantity:.8f}",
                "weightInPercentage": f"{part.share:.8f}",
            }
            for part in parts
        ]
        rows.append(
            {"symbol": name, "time": question.now_ms, "component": "baseAsset", "baseAssetList": bases}
        )
    return rows


def _asset_row(row: AssetIndex, now_ms: int) -> dict[str, object]:
    return {
        "symbol": row.symbol,
        "time": now_ms,
        "index": f"{row.index:.8f}",
        "bidBuffer": f"{BUFFER:.8f}",
        "askBuffer": f"{BUFFER:.8f}",
        "bidRate": row.bid(BUFFER),
        "askRate": row.ask(BUFFER),
        "autoExchangeBidBuffer": f"{EXCHANGE_BUFFER:.8f}",
        "autoExchangeAskBuffer": f"{EXCHANGE_BUFFER:.8f}",
        "autoExchangeBidRate": row.bid(EXCHANGE_BUFFER),
        "autoExchangeAskRate": row.ask(EXCHANGE_BUFFER),
    }


FUTURES_INDEX_ENDPOINTS = (
    Endpoint("/fapi/v1/assetIndex", asset_index, one_or_all(1, 10)),
    Endpoint("/fapi/v1/indexInfo", index_info, 1),
)
