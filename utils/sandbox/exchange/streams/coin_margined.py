"""COIN-M contracts, which the futures' all-market streams mix in since the two markets were integrated.

They are a few perpetuals settled in coins, with prices of the USDT perpetual and quantities in contracts. Only the
streams about all symbols tell of them, to see whether a reader keeps them apart (`st` is 2; spec/binance.md, 7).
"""

from collections.abc import Iterable, Mapping

CONTRACT_USD = {"BTCUSDT": 100, "ETHUSDT": 10, "SOLUSDT": 10, "XRPUSDT": 10}
"""Value of one contract."""
COIN_MARGINED = 2
Fields = dict[str, object]


def coin_margined_tickers(rows: Iterable[Mapping[str, object]]) -> list[Fields]:
    """Rows of COIN-M perpetuals beside the rows of their USDT relatives; `v` in contracts, `q` in coins."""
    return [
        _contract_row(row, str(row["s"]), CONTRACT_USD[str(row["s"])])
        for row in rows
        if str(row["s"]) in CONTRACT_USD
    ]


def contract_names(symbol: str) -> tuple[str, str]:
    """Symbol and pair of the COIN-M perpetual beside a USDT one."""
    pair = symbol.removesuffix("USDT") + "USD"
    return f"{pair}_PERP", pair


def contracts(symbol: str, usd: float) -> int:
    """How many whole contracts an amount is, at least one."""
    return max(1, round(usd / CONTRACT_USD[symbol]))


def _contract_row(row: Mapping[str, object], symbol: str, size: int) -> Fields:
    name, pair = contract_names(symbol)
    told = dict(row) | {"s": name, "ps": pair, "st": COIN_MARGINED}
    if "q" in told and "v" in told:
        told |= {"v": str(round(float(str(told["q"])) / size)), "q": told["v"]}
    if "Q" in told:
        told["Q"] = "1"
    return told
