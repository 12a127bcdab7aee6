"""Spot `exchangeInfo`: limits, symbols and their filters."""

import json

from utils.sandbox.exchange.market.contract import Listing
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Json, Question

WEIGHT_LIMIT = 6000
RAW_LIMIT = 300_000
"""Per address: weight per minute and requests per five minutes (spec/binance.md, section 3)."""
PERMISSIONS = ("SPOT", "MARGIN")
ORDER_TYPES = [
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
]


def exchange_info(question: Question) -> Json:
    """All symbols, or those chosen by `symbol`, `symbols`, `permissions` and `symbolStatus`."""
    sets = [] if question.params.text("showPermissionSets") == "false" else [list(PERMISSIONS)]
    return {
        "timezone": "UTC",
        "serverTime": question.told_ms,
        "rateLimits": rate_limits(),
        "exchangeFilters": [],
        "symbols": [symbol_info(listing, sets=sets) for listing in _chosen(question)],
    }


def rate_limits() -> list[dict[str, object]]:
    """The limits that spot announces."""
    return [
        _limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_LIMIT),
        _limit("ORDERS", "SECOND", 10, 100),
        _limit("ORDERS", "DAY", 1, 200_000),
        _limit("RAW_REQUESTS", "MINUTE", 5, RAW_LIMIT),
    ]


def symbol_info(listing: Listing, sets: list[list[str]]) -> dict[str, object]:
    """One symbol with its `permissionSets`."""
    return {
        "symbol": listing.symbol,
        "status": listing.status,
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": sets,
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
    }


def _limit(kind: str, interval: str, count: int, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}


def _filters(listing: Listing) -> list[dict[str, object]]:
    tick, lot = (f"{10.0**-d:.8f}" for d in (listing.digits.price, listing.digits.quantity))
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "9000000.00000000", "stepSize": lot},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": "0.00000000",
            "maxQty": "100000.00000000",
            "stepSize": "0.00000000",
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ]


def _chosen(question: Question) -> list[Listing]:
    params = question.params
    wanted, status, permissions = params.symbols(), params.text("symbolStatus"), params.text("permissions")
    if wanted is not None and (permissions is not None or status is not None):
        raise errors.bad_combination()
    listed = question.listed
    if wanted is not None:
        if any(symbol not in listed for symbol in wanted):
            raise errors.invalid_symbol()
        return [listed[symbol] for symbol in wanted]
    if permissions is not None and not set(_permissions(permissions)) & set(PERMISSIONS):
        return []
    return [listing for listing in listed.values() if status is None or listing.status == status]


def _permissions(text: str) -> list[str]:
    if not text.startswith("["):
        return [text]
    try:
        return [str(item) for item in json.loads(text)]
    except json.JSONDecodeError as error:
        raise errors.invalid_value("permissions") from error
