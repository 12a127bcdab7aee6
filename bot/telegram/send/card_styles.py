"""The styles of cards as rows of the database; while it cannot be used, memory alone has them."""

from collections.abc import Callable
from typing import Final

import structlog

from handlers.ports import CardStyle, MessageRef, Theme
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.store import Store
from utils.store.telegram_cards import CardPlace, CardRow

_THEMES: Final[dict[str, Theme]] = {"dark": "dark", "light": "light"}
log = structlog.get_logger(__name__)


class StoredCardStyles:
    """Implements `handlers.ports.CardStyles`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], clock: Clock, bot_id: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id

    async def keep(self, ref: MessageRef, style: CardStyle) -> None:
        """Keep how the card of a message is written."""
        store = self._store()
        if store is None:
            return
        row = CardRow(style.language, style.zone, style.theme)
        try:
            await store.telegram_cards.put(self._place(ref), row, now_ms=self._clock.now_ms())
        except SourceError as error:
            log.info("style of a card not kept", chat_id=ref.chat.chat_id, detail=error.detail)

    async def find(self, ref: MessageRef) -> CardStyle | None:
        """Return how the card of a message is written, ``None`` if that is not known."""
        store = self._store()
        if store is None:
            return None
        try:
            row = await store.telegram_cards.get(self._place(ref))
        except SourceError as error:
            log.info("style of a card not read", chat_id=ref.chat.chat_id, detail=error.detail)
            return None
        if row is None or row.theme not in _THEMES:
            return None
        return CardStyle(row.language, row.zone, _THEMES[row.theme])

    def _place(self, ref: MessageRef) -> CardPlace:
        return CardPlace(self._bot_id(), ref.chat.chat_id, ref.message_id)
