"""Settled funding cached until the next settlement, whose time the mark price stream provides."""

from typing import Final

from utils.binance_api.answers import Answer, rows_of
from utils.binance_api.schemas import FundingRate
from utils.caching import LruMap
from utils.units import HOUR_MS

SETTLING_MS: Final = 120_000
"""Settlements are at whole hours; rows read this soon after one may lack it and are not cached."""
MOST_ROWS: Final = 50_000
"""Rows kept, about 250 bytes each."""

_Key = tuple[str, int]


class SettledFundingCache:
    """Rows by symbol and limit, valid until the settlement that was next when they were read."""

    def __init__(self) -> None:
        self._kept: LruMap[_Key, tuple[int, Answer[list[FundingRate]]]] = LruMap(
            MOST_ROWS, weigh=lambda kept: rows_of(kept[1])
        )

    def recall(self, symbol: str, limit: int, next_ms: int, now_ms: int) -> Answer[list[FundingRate]] | None:
        """Return rows read while the same settlement was the next one, if it is still ahead of ``now_ms``."""
        kept = self._kept.get((symbol, limit))
        return kept[1] if kept is not None and kept[0] == next_ms and now_ms < next_ms else None

    def keep(self, symbol: str, limit: int, next_ms: int, rows: Answer[list[FundingRate]]) -> None:
        """Keep rows if no settlement can be missing in them."""
        if rows.as_of % HOUR_MS < SETTLING_MS or rows.fetched_at >= next_ms:
            return
        self._kept.put((symbol, limit), (next_ms, rows))
