"""Module I's tables: what each holds by coin, method or pair."""

from typing import Final

from analysis.framework.metric import TableSpec

WEIGHTS, BAND, BY_METHOD, COINS, CORRELATIONS, PURCHASES = (
    "allocation_weights",
    "band",
    "allocations",
    "coins",
    "correlations",
    "purchases",
)

TABLES: Final = (
    TableSpec(WEIGHTS, "Recommended share of the money in each coin; with USDT they sum to 1.", is_list=True),
    TableSpec(
        BAND,
        "The central 95% of each recommended weight when the days it is estimated from are drawn anew in runs, from "
        "low to high; it holds the weight itself.",
    ),
    TableSpec(BY_METHOD, "Share of the money in each coin by method."),
    TableSpec(
        COINS,
        "Each coin: yearly volatility, Sharpe and Sortino by shrunk means, betas to bitcoin on all, falling and "
        "rising days, its share of the risk and of the market, what the trend's and the leaders' view add to the "
        "yearly return, its last close, now the best bid and ask, the step of its quantity and the least value of an "
        "order.",
    ),
    TableSpec(CORRELATIONS, "Shrunk correlations of daily returns."),
    TableSpec(
        PURCHASES,
        "What buying the recommended weights with a fixed sum of USDT takes, at the best ask of now or the last close: "
        "quantity by the exchange's step, value, fee. A list to read; nothing is ordered.",
    ),
)
