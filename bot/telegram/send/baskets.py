"""The baskets of buttons as rows of the database; while it cannot be used, memory alone has them."""

import json
from collections.abc import Callable
from typing import Final

import structlog

from analysis.framework.question import Basket, Instrument, Market
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.store import Store

_MARKETS: Final[dict[str, Market]] = {"spot": "spot", "futures": "futures"}
log = structlog.get_logger(__name__)


class StoredBaskets:
    """Implements `handlers.services.BasketRows`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep(self, key: str, basket: Basket) -> None:
        """Keep the basket of a key."""
        store = self._store()
        if store is None:
            return
        try:
            await store.views.put(key, _written(basket), now_ms=self._clock.now_ms())
        except SourceError as error:
            log.info("basket of a card not kept", key=key, detail=error.detail)

    async def find(self, key: str) -> Basket | None:
        """Return the basket of a key, ``None`` if it is not known."""
        store = self._store()
        if store is None:
            return None
        try:
            text = await store.views.get(key)
        except SourceError as error:
            log.info("basket of a card not read", key=key, detail=error.detail)
            return None
        return None if text is None else _read(text)


def _written(basket: Basket) -> str:
    members = [[member.market, member.symbol] for member in basket.members]
    return json.dumps({"name": basket.name, "members": members})


def _read(text: str) -> Basket | None:
    """The basket of a row, ``None`` for a row about something else."""
    row = json.loads(text)
    if "members" not in row:
        return None
    members = tuple(Instrument(_MARKETS[market], symbol) for market, symbol in row["members"])
    return Basket(members, row["name"])
