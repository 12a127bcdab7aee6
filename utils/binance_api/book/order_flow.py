"""The order flow between best quotes, after Cont, Kukanov and Stoikov (2014), "The price impact of order
book events", equation for e_n; per level after Xu, Gould and Howison (2018).
"""

from collections.abc import Sequence
from math import nan

from utils.binance_api.book.ladder import Level
from utils.binance_api.touch import Touch


def touch_flow(before: Touch, after: Touch) -> float:
    """Return e_n in base units: the change of bid quantity minus that of ask quantity between two best quotes.

    ``e = 1{Pb' >= Pb} qb' - 1{Pb' <= Pb} qb - 1{Pa' <= Pa} qa' + 1{Pa' >= Pa} qa``.
    """
    flow = 0.0
    if after.bid >= before.bid:
        flow += after.bid_quantity
    if after.bid <= before.bid:
        flow -= before.bid_quantity
    if after.ask <= before.ask:
        flow -= after.ask_quantity
    if after.ask >= before.ask:
        flow += before.ask_quantity
    return flow


def level_flows(
    before: tuple[Sequence[Level], Sequence[Level]],
    after: tuple[Sequence[Level], Sequence[Level]],
    levels: int,
) -> list[float]:
    """Return e_n of each of the best ``levels`` levels, base units; NaN where a side has fewer before or after.

    ``before`` and ``after`` are (bids, asks), best first; the m-th level is compared with the m-th level by the rule of
    ``touch_flow``, written out here because every update of a book asks for ten of them.
    """
    flows = []
    for (bid, bid_size), (ask, ask_size), (new_bid, new_bid_size), (new_ask, new_ask_size) in zip(
        before[0][:levels], before[1], after[0], after[1], strict=False
    ):
        flow = 0.0
        if new_bid >= bid:
            flow += new_bid_size
        if new_bid <= bid:
            flow -= bid_size
        if new_ask <= ask:
            flow -= new_ask_size
        if new_ask >= ask:
            flow += ask_size
        flows.append(flow)
    return flows + [nan] * (levels - len(flows))


class TouchTracker:
    """Turns best quotes as they arrive (``bookTicker``) into order flow, O(1) each.

    Quotes at or before the newest update id are ignored and counted. ``reset`` after a lost connection, so that no
    flow is computed across the gap.
    """

    __slots__ = ("ignored", "quotes", "total", "touch", "update_id")

    def __init__(self) -> None:
        self.touch: Touch | None = None
        self.update_id = -1
        self.total = 0.0
        self.quotes = 0
        self.ignored = 0

    def feed(self, update_id: int, touch: Touch) -> float | None:
        """Return e_n in base units; ``None`` for the first quote after a reset and for ignored quotes."""
        if update_id <= self.update_id:
            self.ignored += 1
            return None
        before, self.touch, self.update_id = self.touch, touch, update_id
        self.quotes += 1
        if before is None:
            return None
        flow = touch_flow(before, touch)
        self.total += flow
        return flow

    def reset(self) -> None:
        """Forget the last quote; the totals stay."""
        self.touch = None
        self.update_id = -1
