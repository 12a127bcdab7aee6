"""Reference prices of spot, and the rules of execution that hang on them (spot documentation, since 2026)."""

from collections.abc import Mapping

from utils.sandbox.exchange.market.contract import LAST, Market, NotRecordedError, Window
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.market.intervals import INTERVALS, SECOND_MS
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.rest.spot import TICKERS, check_status

BUCKETS = 10
"""A reference price is the mean of so many seconds; symbols without bars of a second have none."""
RANGE = {
    "ruleType": "PRICE_RANGE",
    "bidLimitMultUp": "1.05",
    "bidLimitMultDown": "0.95",
    "askLimitMultUp": "1.05",
    "askLimitMultDown": "0.95",
}
WEIGHT_PER_SYMBOL, MOST_WEIGHT = 2, 40


def reference_price(market: Market, symbol: str, style: Style, now_ms: int) -> tuple[str, int] | None:
    """The mean price of the last closed seconds and the moment for which it holds, or `None`."""
    second = INTERVALS["1s"]
    last = now_ms // SECOND_MS * SECOND_MS
    window = Window(second, BUCKETS, last - BUCKETS * SECOND_MS, last - 1)
    try:
        bars = market.bars(SPOT, symbol, LAST, window, now_ms)
    except NotRecordedError:
        return None
    if not len(bars):
        return None
    mean = float(bars.close.mean())
    whole = style.price(round(mean)) if bars.close.dtype.kind == "i" else style.price(mean)
    return whole, last


def reference(question: Question) -> Json:
    """The reference price of a symbol."""
    symbol = question.params.spot_symbol()
    text, valid_ms = _reference(question, symbol)
    return {"symbol": symbol, "referencePrice": text, "timestamp": valid_ms}


def calculation(question: Question) -> Json:
    """How the reference price of a symbol is made."""
    symbol = question.params.spot_symbol()
    style = question.style(symbol)
    check_status(question.listed[symbol], question.params.text("symbolStatus"))
    if reference_price(question.market, symbol, style, question.now_ms) is None:
        raise errors.no_reference_price()
    return {
        "symbol": symbol,
        "calculationType": "ARITHMETIC_MEAN",
        "bucketCount": BUCKETS,
        "bucketWidthMs": SECOND_MS,
    }


def execution_rules(question: Question) -> Json:
    """The price range of `symbol`, of `symbols`, of a `symbolStatus` or of all; one of them at most."""
    params = question.params
    status, wanted = params.text("symbolStatus"), params.symbols()
    if status is not None and wanted is not None:
        raise errors.bad_combination()
    listed = question.listed
    chosen = list(listed) if wanted is None else wanted
    if any(symbol not in listed for symbol in chosen):
        raise errors.invalid_symbol()
    kept = [symbol for symbol in chosen if status is None or listed[symbol].status == status]
    return {"symbolRules": [{"symbol": symbol, "rules": [RANGE]} for symbol in kept]}


def _reference(question: Question, symbol: str) -> tuple[str, int]:
    found = reference_price(question.market, symbol, question.style(symbol), question.now_ms)
    if found is None:
        raise errors.no_reference_price()
    return found


def _rules_weight(query: Mapping[str, str]) -> int:
    if query.get("symbol"):
        return WEIGHT_PER_SYMBOL
    if not query.get("symbols"):
        return MOST_WEIGHT
    return min(WEIGHT_PER_SYMBOL * (query["symbols"].count(",") + 1), MOST_WEIGHT)


SPOT_RULE_ENDPOINTS = (
    Endpoint("/api/v3/executionRules", execution_rules, _rules_weight, parameters=TICKERS),
    Endpoint("/api/v3/referencePrice", reference, 2, parameters=frozenset({"symbol"})),
    Endpoint(
        "/api/v3/referencePrice/calculation",
        calculation,
        2,
        parameters=frozenset({"symbol", "symbolStatus"}),
    ),
)
