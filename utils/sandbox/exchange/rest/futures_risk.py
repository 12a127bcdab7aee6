"""What stands behind futures: the insurance funds, and how near a symbol is to auto-deleveraging."""

from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE_MS
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question

ADL_EVERY_MS = 30 * MINUTE_MS
"""How often the risk is rated (spec/binance.md, section 5)."""
OWN_FUND = ("BTCUSDT", "ETHUSDT")
"""Symbols that share the large fund; all others share a second one."""
LARGE_USDT, SHARED_USDT = "901512345.67890123", "198765432.10987654"


def adl_risk(question: Question) -> Json:
    """`low` for every symbol: liquidations never empty a fund here."""
    symbol = question.params.text("symbol")
    if symbol is None:
        return [_risk(question, name) for name in question.listed]
    question.digits(symbol)
    return _risk(question, symbol)


def insurance_balance(question: Question) -> Json:
    """The fund behind a symbol, or all funds with their symbols."""
    symbol = question.params.text("symbol")
    large = [name for name in OWN_FUND if name in question.listed]
    others = [name for name in question.listed if name not in OWN_FUND]
    funds = [(large, LARGE_USDT), (others, SHARED_USDT)]
    if symbol is None:
        return [_fund(question, names, usdt) for names, usdt in funds]
    found = next((fund for fund in funds if symbol in fund[0]), None)
    if found is None:
        raise errors.invalid_symbol()
    return _fund(question, *found)


def _risk(question: Question, symbol: str) -> dict[str, object]:
    rated_ms = question.now_ms // ADL_EVERY_MS * ADL_EVERY_MS
    return {"symbol": symbol, "adlRisk": "low", "updateTime": rated_ms}


def _fund(question: Question, symbols: list[str], usdt: str) -> dict[str, object]:
    updated_ms = question.now_ms // HOUR_MS * HOUR_MS
    return {
        "symbols": symbols,
        "assets": [{"asset": "USDT", "marginBalance": usdt, "updateTime": updated_ms}],
    }


FUTURES_RISK_ENDPOINTS = (
    Endpoint("/fapi/v1/symbolAdlRisk", adl_risk, 1),
    Endpoint("/fapi/v1/insuranceBalance", insurance_balance, 1),
)
