"""`exchangeInfo` of USD-M futures, and of COIN-M (empty)."""

from utils.sandbox.exchange.market.contract import TRADING, Listing
from utils.sandbox.exchange.rest.endpoint import Json, Question

WEIGHT_LIMIT = 2400
FUNDING_LIMIT = 500
STATISTICS_LIMIT = 1000
"""Weight per minute; requests per five minutes of the funding and `/futures/data` families (section 5)."""
PERPETUAL_DELIVERY_MS = 4_133_404_800_000
"""The delivery date of contracts that have none: 2100-12-25."""


def exchange_info(question: Question) -> Json:
    """All perpetuals."""
    return {
        "timezone": "UTC",
        "serverTime": question.told_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            rate_limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_LIMIT),
            rate_limit("ORDERS", "MINUTE", 1, 1200),
            rate_limit("ORDERS", "SECOND", 10, 300),
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [symbol_info(listing) for listing in question.listed.values()],
    }


def coin_margined_info(question: Question) -> Json:
    """No COIN-M contracts; other programs ask for the list."""
    return {
        "timezone": "UTC",
        "serverTime": question.told_ms,
        "rateLimits": [rate_limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_LIMIT)],
        "exchangeFilters": [],
        "symbols": [],
    }


def symbol_info(listing: Listing) -> dict[str, object]:
    """One perpetual."""
    status = TRADING if listing.status == TRADING else "SETTLING"
    return {
        "symbol": listing.symbol,
        "pair": listing.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": listing.onboard_ms,
        "status": status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": listing.base,
        "quoteAsset": listing.quote,
        "marginAsset": listing.quote,
        "pricePrecision": listing.digits.price,
        "quantityPrecision": listing.digits.quantity,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"] if listing.base in {"BTC", "LTC", "DOGE"} else ["Layer-1"],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": _filters(listing),
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY"],
    }


def _filters(listing: Listing) -> list[dict[str, object]]:
    price, quantity = listing.digits.price, listing.digits.quantity
    tick, lot = f"{10.0**-price:.{price}f}", f"{10.0**-quantity:.{quantity}f}"
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "4529764", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "10000000", "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": lot, "maxQty": "120000", "stepSize": lot},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
    ]


def rate_limit(kind: str, interval: str, count: int, limit: int) -> dict[str, object]:
    """One entry of `rateLimits`."""
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}
