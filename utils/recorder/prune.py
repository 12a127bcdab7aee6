"""Deletes raw rows after their retention time, once a day, independent of restarts."""

from typing import Final

import structlog

from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.retention import prune
from utils.store.store import Store
from utils.units import DAY_MS

_log = structlog.get_logger(__name__)

LOOK_S: Final = 3600.0
_SERIES, _SYMBOL = "prune", "*"


async def prune_if_due(store: Store, now_ms: int, keep_days: int) -> bool:
    """Prune if a day has passed since the last time (UTC ms); return whether it did."""
    last = await store.cursors.get(_SERIES, _SYMBOL)
    if last is not None and now_ms - last < DAY_MS:
        return False
    deleted = await prune(store.database, now_ms, keep_ms=keep_days * DAY_MS)
    deleted["telegram_update"] = await store.telegram_updates.prune(now_ms)
    deleted["telegram_card"] = await store.telegram_cards.prune(now_ms)
    deleted["outbox"] = await store.outbox.prune(now_ms)
    deleted["gone_chat"] = await store.chats.prune(now_ms)
    deleted["view"] = await store.views.prune(now_ms)
    await store.cursors.advance(_SERIES, _SYMBOL, now_ms, now_ms=now_ms)
    _log.info("old rows were deleted", **deleted)
    return True


async def prune_daily(store: Store, clock: Clock, keep_days: int) -> None:
    """Check every hour whether pruning is due, until cancelled; retries while the database is unavailable."""
    failing = False
    while True:
        try:
            await prune_if_due(store, clock.now_ms(), keep_days)
            failing = False
        except SourceError as fault:
            if not failing:
                _log.warning("old rows cannot be deleted now", detail=fault.detail)
            failing = True
        await clock.sleep(LOOK_S)
