"""Best quotes: the touch of an order book."""

import msgspec

from utils.units import BASIS_POINTS


class Touch(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask: prices in quote units, quantities in base units."""

    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float

    @property
    def mid(self) -> float:
        """The mean of bid and ask, in quote units."""
        return (self.bid + self.ask) / 2.0

    @property
    def spread_bps(self) -> float:
        """Ask minus bid, in basis points of the mid."""
        return (self.ask - self.bid) / self.mid * BASIS_POINTS

    @property
    def weighted_mid(self) -> float:
        """Bid and ask weighted by the quantity of the opposite side: nearer to the side with less quantity."""
        total = self.bid_quantity + self.ask_quantity
        if total <= 0.0:
            return self.mid
        return (self.bid * self.ask_quantity + self.ask * self.bid_quantity) / total
