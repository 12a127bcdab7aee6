"""Names of recorded series: market, quantity, unit, and period if any."""

from typing import Final

OPEN_INTEREST_BASE: Final = "um.open_interest_base"
OPEN_INTEREST_USD: Final = "um.open_interest_usd"
GLOBAL_ACCOUNTS: Final = "um.long_short_accounts"
TOP_ACCOUNTS: Final = "um.long_short_top_accounts"
TOP_POSITIONS: Final = "um.long_short_top_positions"
TAKER_BUY: Final = "um.taker_buy_base"
TAKER_SELL: Final = "um.taker_sell_base"

FUNDING: Final = "um.funding_rate"
"""Settled funding, a fraction per interval; settlements of another type than regular have a name of their own."""
MARK: Final = "um.mark_price"
INDEX: Final = "um.index_price"
RUNNING_FUNDING: Final = "um.funding_rate_running"
"""The rate expected for the coming settlement, a fraction per interval."""

LIQUIDATIONS: Final = "um.liquidations"
"""The stream's name in the table ``listening``."""
BINANCE_OPTIONS: Final = "binance"
DERIBIT_OPTIONS: Final = "deribit"
"""The sources of option summaries."""

STORE_SOURCE: Final = "store"
"""What rows of our own record are said to come from."""


def per_period(name: str, period: str) -> str:
    """Return the name of a series that exists once per period: ``um.open_interest_base.5m``."""
    return f"{name}.{period}"


def funding_of(rate_type: str) -> str:
    """Return the name of settlements of a type: regular ones, or for example ``um.funding_rate_special``."""
    kind = rate_type.lower()
    return FUNDING if kind == "regular" else f"{FUNDING}_{kind}"
