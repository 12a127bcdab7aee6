"""The order book of an option: a few levels around the bid and ask of the surface."""

from dataclasses import dataclass

from utils.sandbox.exchange.market.book import ID_EPOCH_MS
from utils.sandbox.exchange.market.options import TICKS, OptionChain, hash_of

LEVELS = 20
SLOT_MS = 5_000
MS_PER_ID = 100
Side = dict[float, float]


@dataclass(frozen=True, slots=True)
class OptionBook:
    """Quantities by price, in USDT and contracts."""

    update_id: int
    time_ms: int
    bids: Side
    asks: Side

    @staticmethod
    def texts(side: Side, levels: int) -> list[list[str]]:
        """The first levels as texts."""
        return [[f"{price:.3f}", f"{quantity:.2f}"] for price, quantity in list(side.items())[:levels]]


def option_update_id(time_ms: int) -> int:
    """The id of a book's state: one per 100 ms."""
    return (time_ms - ID_EPOCH_MS) // MS_PER_ID


def option_book(chain: OptionChain, symbol: str) -> OptionBook:
    """The book of one option at the chain's moment. Raises `ValueError` for an unknown symbol."""
    row, tick = chain.row(symbol), TICKS[chain.base]
    bid, ask = float(chain.bid[row]), float(chain.ask[row])
    slot = chain.time_ms // SLOT_MS
    bids = [bid - tick * level for level in range(LEVELS) if bid - tick * level > 0]
    asks = [ask + tick * level for level in range(LEVELS)]
    return OptionBook(
        option_update_id(chain.time_ms),
        chain.time_ms,
        {price: _quantity(symbol, price, slot) for price in bids},
        {price: _quantity(symbol, price, slot) for price in asks},
    )


def _quantity(symbol: str, price: float, slot: int) -> float:
    return 0.1 + hash_of(f"{symbol}/{price:.3f}/{slot}") % 500 / 100
