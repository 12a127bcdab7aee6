"""The live results lately shown, so that a card's buttons explain the very numbers it carries."""

from collections import OrderedDict

from analysis.contract import Analysis
from handlers.chat.keyboard import CardAsk, card_seconds

KEPT = 256
"""Results kept: about 100 KB each, nearly all of it the series its chart is drawn from."""

Key = tuple[str, str, str, str, int]


class Shown:
    """Remembers live results under the moment their buttons name; what it forgot is computed as of that moment."""

    def __init__(self, keep: int = KEPT) -> None:
        self._keep = keep
        self._kept: OrderedDict[Key, Analysis] = OrderedDict()

    def put(self, ask: CardAsk, analysis: Analysis) -> None:
        """Remember a live result; a past one can be had again as it was."""
        if ask.at_ms is None:
            self._kept[_key(ask, card_seconds(analysis, asked_past=False))] = analysis
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)

    def get(self, ask: CardAsk) -> Analysis | None:
        """Return what the asked card showed when it was live."""
        if ask.at_ms is None or ask.asked_past:
            return None
        return self._kept.get(_key(ask, ask.at_ms // 1000))


def _key(ask: CardAsk, seconds: int) -> Key:
    return ask.module.id, ask.symbol, ask.market, ask.interval, seconds
