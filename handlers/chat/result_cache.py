"""Recent live results, so that the buttons of a card explain the same numbers that the card shows."""

from analysis.framework.result import Analysis
from handlers.chat.keyboard import CardRequest, card_seconds
from utils.caching import LruMap

CAPACITY = 256
"""Results kept: about 100 KB each, mostly the series of the chart."""

Key = tuple[str, str, str, str, int]


class ResultCache:
    """Live results by the time that their buttons carry; an evicted result is computed again as of that time."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._results: LruMap[Key, Analysis] = LruMap(capacity)

    def put(self, card: CardRequest, analysis: Analysis) -> None:
        """Keep a live result; the result of a past time is not kept, it can be computed again."""
        if card.at_ms is None:
            self._results.put(_key(card, card_seconds(analysis, asked_past=False)), analysis)

    def get(self, card: CardRequest) -> Analysis | None:
        """Return the result that the requested card showed when it was live."""
        if card.at_ms is None or card.asked_past:
            return None
        return self._results.get(_key(card, card.at_ms // 1000))


def _key(card: CardRequest, seconds: int) -> Key:
    return card.module.id, card.symbol, card.market, card.interval, seconds
