"""Brings notices to every administrator: through the outbox, and at once where there is no database to write it to."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import structlog

from bot.administration.notices import NoticeKind, notice_key
from bot.scheduler.push import Push
from handlers.locale.messages import N_, Translator
from handlers.ports import ChatRef, Notifier, Undeliverable
from handlers.render.html import bold, code, esc, join
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store
from utils.units import HOUR_MS

FRESH_MS: Final = HOUR_MS
MOST_NAMED: Final = 10
_TITLES: Final[dict[NoticeKind, str]] = {
    "degraded": N_("Data degraded: no answer from"),
    "recovered": N_("Recovered: answers again from"),
}
log = structlog.get_logger(__name__)


class AdminNotices:
    """Implements `bot.administration.notices.Tell`.

    ``admins`` returns whom to tell, ``translator`` the language of a person, ``wake`` is called when something stands
    in the outbox.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        notifier: Notifier,
        clock: Clock,
        *,
        bot_id: Callable[[], int],
        admins: Callable[[], Collection[int]],
        translator: Callable[[int], Awaitable[Translator]],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._bot_id = bot_id
        self._admins = admins
        self._translator = translator
        self._wake = wake

    async def __call__(self, kind: NoticeKind, sources: Sequence[str]) -> None:
        """Tell every administrator; whom Telegram does not deliver to is left out."""
        pushes = {person: notice(kind, sources, await self._translator(person)) for person in self._admins()}
        if not await self._written(kind, sources, pushes):
            for person, push in pushes.items():
                await self._send(person, push)

    async def _written(self, kind: NoticeKind, sources: Sequence[str], pushes: dict[int, Push]) -> bool:
        store, now_ms, bot_id = self._store(), self._clock.now_ms(), self._bot_id()
        if store is None:
            return False
        messages = [
            Outgoing(
                notice_key(bot_id, kind, sources, now_ms, person),
                Destination(bot_id, person, "private"),
                push.to_json(),
                now_ms,
                now_ms + FRESH_MS,
            )
            for person, push in pushes.items()
        ]
        try:
            await store.outbox.put(messages, now_ms=now_ms)
        except SourceError as error:
            log.info("notice does not stand in the outbox, sending it at once", detail=error.detail)
            return False
        self._wake()
        return True

    async def _send(self, person: int, push: Push) -> None:
        try:
            await self._notifier.send(ChatRef(person, "private"), push.content)
        except Undeliverable as error:
            log.info("admin not told", person=person, why=error.why)


def notice(kind: NoticeKind, sources: Sequence[str], tr: Translator) -> Push:
    """Return one message about all of the sources."""
    title = tr.gettext(_TITLES[kind])
    more = [esc(f"… +{len(sources) - MOST_NAMED}")] if len(sources) > MOST_NAMED else []
    text = join("\n", [bold(title), *map(code, sources[:MOST_NAMED]), *more])
    return Push(text, esc(f"{title} {', '.join(sources[:3])}"), tr.language)
