"""Baskets that people ask for by name."""

from config.base import ConfigModel, setting

MAJORS = ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "LINK", "AVAX", "LTC")
LIKE_MONEY = (
    *(
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "USDP",
        "DAI",
        "BUSD",
        "USDE",
        "USD1",
        "XUSD",
        "BFUSD",
        "RLUSD",
        "PYUSD",
    ),
    *(
        "USDS",
        "AEUR",
        "EURI",
        "EUR",
        "GBP",
        "TRY",
        "AUD",
        "BRL",
        "JPY",
        "UAH",
        "RUB",
        "ARS",
        "COP",
        "CZK",
        "MXN",
    ),
    *("PLN", "RON", "ZAR", "IDRT", "NGN", "BIDR", "WBTC", "WBETH", "BNSOL"),
)


class BasketConfig(ConfigModel):
    """Members of the named baskets; coins are completed with the chat's quote."""

    majors: tuple[str, ...] = setting(MAJORS, "coins of the basket majors", min_length=2, max_length=40)
    never: tuple[str, ...] = setting(
        LIKE_MONEY, "stablecoins, currencies and wrapped coins, which the most traded (top20) leave out"
    )
