"""What a module reads where only bars were recorded: those of one history, and of the other market where known."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.framework.question import LATEST, Scope
from analysis.framework.reasons import Reason
from utils.binance_api.bars import Bars

NOT_RECORDED = Reason("no_data", {"what": "record"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recorded:
    """Closed bars without a break, ``from_listing`` where they begin with it, and those of the other market.

    ``counterpart`` is in the same unit of price, ``None`` where it was not recorded.
    """

    bars: Bars
    from_listing: bool
    counterpart: Bars | None = None
    scope: Scope = LATEST

    @property
    def as_of(self) -> int:
        """The close of the last bar (UTC ms): the moment that is asked about."""
        return int(self.bars.close_time[-1]) + 1

    def missing(self, *sources: str) -> Mapping[str, Reason]:
        """Return why these sources are missing; ``counterpart`` only where it was not recorded."""
        return {name: NOT_RECORDED for name in sources if name != "counterpart" or self.counterpart is None}
