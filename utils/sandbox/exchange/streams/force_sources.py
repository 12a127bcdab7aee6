"""Liquidations as a stream: at most one order per symbol and second, the largest (spec/binance.md, section 5.2)."""

from utils.sandbox.exchange.market.contract import Liquidation, NotRecordedError, UnknownSymbolError
from utils.sandbox.exchange.streams.coin_margined import CONTRACT_USD, contract_names, contracts
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import COIN_MARGINED, USD_MARGINED, Stretch

Fields = dict[str, object]
MOST_SYMBOLS = 12
MESSAGES_PER_SYMBOL = 4


class ForceOrderSource:
    """Liquidations of one symbol."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        found = stretch.desk.market.liquidations(stretch.symbol, stretch.after_ms, stretch.to_ms)
        return [encoded(_order(stretch, stretch.symbol, one)) for one in largest_per_second(found)]


class ForceOrdersSource:
    """Liquidations of the first symbols listed, which are the full ones; those of COIN-M contracts come along.

    The holders of a perpetual take up to a second to make, in which nothing else is answered: every few messages
    take in one symbol more.
    """

    def __init__(self) -> None:
        self._told = 0

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        told: list[Fields] = []
        taken_in = min(1 + self._told // MESSAGES_PER_SYMBOL, MOST_SYMBOLS)
        self._told += 1
        for symbol in list(stretch.desk.listed(stretch.kind, stretch.to_ms))[:taken_in]:
            try:
                found = stretch.desk.market.liquidations(symbol, stretch.after_ms, stretch.to_ms)
            except (UnknownSymbolError, NotRecordedError):
                continue
            for one in largest_per_second(found):
                told.append(_order(stretch, symbol, one))
                if symbol in CONTRACT_USD:
                    told.append(_coin_order(stretch, symbol, one))
        return [encoded(row) for row in told]


def largest_per_second(found: list[Liquidation]) -> list[Liquidation]:
    """The largest liquidation of each second."""
    best: dict[int, Liquidation] = {}
    for one in found:
        second = one.time_ms // 1_000
        if second not in best or one.contracts > best[second].contracts:
            best[second] = one
    return list(best.values())


def _order(stretch: Stretch, symbol: str, one: Liquidation) -> Fields:
    digits = stretch.desk.style(stretch.kind, symbol, stretch.to_ms).digits
    quantity = f"{max(one.contracts, 10.0**-digits.quantity):.{digits.quantity}f}"
    price, average = f"{one.price:.{digits.price}f}", f"{one.average:.{digits.price}f}"
    return _message(stretch, one, (symbol, symbol, quantity, price, average), USD_MARGINED)


def _coin_order(stretch: Stretch, symbol: str, one: Liquidation) -> Fields:
    name, pair = contract_names(symbol)
    quantity = str(contracts(symbol, one.contracts * one.average))
    told = (name, pair, quantity, f"{one.price:.1f}", f"{one.average:.1f}")
    return _message(stretch, one, told, COIN_MARGINED)


def _message(stretch: Stretch, one: Liquidation, told: tuple[str, str, str, str, str], kind: int) -> Fields:
    """On the wire `ps` and `st` stand inside `o` (spec/market-data.md)."""
    symbol, pair, quantity, price, average = told
    order = {
        "s": symbol,
        "S": "SELL" if one.sells else "BUY",
        "o": "LIMIT",
        "f": "IOC",
        "q": quantity,
        "p": price,
        "ap": average,
        "X": "FILLED",
        "l": quantity,
        "z": quantity,
        "T": one.time_ms,
        "ps": pair,
        "st": kind,
    }
    return {"e": "forceOrder", "E": stretch.to_ms, "o": order}
