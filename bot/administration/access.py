"""Who may do what, answered from memory; the database keeps it, and every process reads it anew within `LOOK_S`.

While the database cannot be used the last known state stays. Before it was read for the first time owners alone have
rights, and nobody is banned.
"""

from collections.abc import Callable, Collection
from typing import Final

import structlog

from handlers.admin.ports import Doer, Restricted, Restriction
from handlers.render.html import clean
from utils.clock import Clock
from utils.http.errors import SourceError, Unavailable
from utils.store.audit import AuditEntry
from utils.store.bans import Ban
from utils.store.principals import Principal
from utils.store.store import Store
from utils.store.urls import SOURCE

LOOK_S: Final = 10.0
LONGEST_NAME: Final = 64
log = structlog.get_logger(__name__)


class Access:
    """Implements `handlers.admin.ports.AccessPort`; ``owners`` are the environment's and nobody else's to change.

    ``store`` returns the open database, ``None`` without one. ``on_admin`` is called with each person who has become an
    administrator or is none any more, whichever process did it.
    """

    def __init__(
        self,
        owners: Collection[int],
        store: Callable[[], Store | None],
        clock: Clock,
        bot_id: Callable[[], int],
        on_admin: Callable[[int], None] = lambda _person_id: None,
    ) -> None:
        self._owners = frozenset(owners)
        self._store = store
        self._clock = clock
        self._bot_id = bot_id
        self.on_admin = on_admin
        self._admins: dict[int, str] = {}
        self._restricted: dict[Restriction, dict[int, str]] = {"ban": {}, "mute": {}}

    def is_owner(self, person_id: int) -> bool:
        """Return whether this person owns the bot."""
        return person_id in self._owners

    def is_admin(self, person_id: int) -> bool:
        """Return whether this person is an owner or an administrator of the bot."""
        return person_id in self._owners or person_id in self._admins

    def is_banned(self, person_id: int, chat_id: int | None) -> bool:
        """Return whether this person gets no answer in this chat; an administrator always gets one."""
        banned = self._restricted["ban"]
        return (person_id in banned or chat_id in banned) and not self.is_admin(person_id)

    def takes_pushes(self, chat_id: int) -> bool:
        """Return whether a chat is neither muted nor banned."""
        return not any(chat_id in found for found in self._restricted.values())

    @property
    def admins(self) -> tuple[Restricted, ...]:
        """The administrators whom owners have added."""
        return tuple(Restricted(person_id, name) for person_id, name in self._admins.items())

    @property
    def everybody(self) -> tuple[int, ...]:
        """The ids of all owners and administrators."""
        return tuple(dict.fromkeys((*sorted(self._owners), *self._admins)))

    def restricted(self, kind: Restriction) -> tuple[Restricted, ...]:
        """Return those with a restriction."""
        return tuple(Restricted(subject_id, name) for subject_id, name in self._restricted[kind].items())

    async def add_admin(self, who: Restricted, doer: Doer) -> bool:
        """Make somebody an administrator; return whether they were none. Raises `SourceError`."""
        store, name, now_ms = self._open_store(), _name(who), self._clock.now_ms()
        row = Principal(self._bot_id(), who.id, name, doer.person_id or 0, now_ms)
        entry = self._entry(doer, "admin add", _subject(name, who.id), None, "admin")
        added = await store.principals.add(row, entry)
        await self.refresh()
        return added

    async def remove_admin(self, person_id: int, doer: Doer) -> bool:
        """Make somebody an administrator no longer; return whether they were one. Raises `SourceError`."""
        name = self._admins.get(person_id, str(person_id))
        entry = self._entry(doer, "admin remove", _subject(name, person_id), "admin", None)
        removed = await self._open_store().principals.remove(self._bot_id(), person_id, entry)
        await self.refresh()
        return removed

    async def restrict(self, kind: Restriction, who: Restricted, doer: Doer) -> bool:
        """Ban or mute; return whether that is new. Raises `SourceError`."""
        store, name, now_ms = self._open_store(), _name(who), self._clock.now_ms()
        row = Ban(self._bot_id(), who.id, kind, name, doer.person_id or 0, now_ms)
        added = await store.bans.add(row, self._entry(doer, kind, _subject(name, who.id), None, kind))
        await self.refresh()
        return added

    async def lift(self, kind: Restriction, subject_id: int, doer: Doer) -> bool:
        """Take a ban or mute back; return whether there was one. Raises `SourceError`."""
        name = self._restricted[kind].get(subject_id, str(subject_id))
        entry = self._entry(doer, f"{kind} off", _subject(name, subject_id), kind, None)
        lifted = await self._open_store().bans.remove(self._bot_id(), subject_id, kind, entry)
        await self.refresh()
        return lifted

    async def refresh(self) -> None:
        """Read everything anew. Raises `SourceError`."""
        store = self._store()
        if store is None:
            return
        admins = await store.principals.of_bot(self._bot_id())
        bans = await store.bans.of_bot(self._bot_id())
        before, self._admins = self._admins, {one.person_id: one.name for one in admins}
        self._restricted = {
            kind: {one.subject_id: one.name for one in bans if one.kind == kind} for kind in self._restricted
        }
        for person_id in before.keys() ^ self._admins.keys():
            self.on_admin(person_id)

    async def watch(self) -> None:
        """Take over what other processes change, until cancelled."""
        while True:
            try:
                await self.refresh()
            except SourceError as error:
                log.info("admins and bans not read", detail=error.detail)
            await self._clock.sleep(LOOK_S)

    def _open_store(self) -> Store:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store

    def _entry(
        self, doer: Doer, action: str, subject: str, before: str | None, after: str | None
    ) -> AuditEntry:
        return AuditEntry(self._clock.now_ms(), doer.person_id, doer.chat_id, action, subject, before, after)


def _name(who: Restricted) -> str:
    """Return a name that a database takes, shortened."""
    return " ".join(clean(who.name).split())[:LONGEST_NAME] or str(who.id)


def _subject(name: str, subject_id: int) -> str:
    return name if name == str(subject_id) else f"{name} {subject_id}"
