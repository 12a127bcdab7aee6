"""The signed spot account (`/api/v3/account`), spec/binance.md section 3."""

from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.security import SIGNED

COMMISSION = 10
"""In basis points, as the old integer fields count."""


def account(question: Question) -> Json:
    """Balances and rights of the caller."""
    holder = question.caller
    hide_zero = question.params.text("omitZeroBalances") == "true"
    balances = [
        {"asset": asset, "free": f"{free:.8f}", "locked": f"{locked:.8f}"}
        for asset, (free, locked) in holder.spot.items()
        if free or locked or not hide_zero
    ]
    return {
        "makerCommission": COMMISSION,
        "takerCommission": COMMISSION,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": False,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": holder.updated_ms,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 354_937_868,
    }


SPOT_ACCOUNT_ENDPOINTS = (
    Endpoint("/api/v3/account", account, 20, security=SIGNED, parameters=frozenset({"omitZeroBalances"})),
)
