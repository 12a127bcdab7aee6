"""Exchanges the configuration while the process runs: what the files say, with the overrides of the database over it.

Everything is validated before anything is put in force. Overrides that another process sets are taken over within
`LOOK_S`; while the database cannot be used the last known ones stay.
"""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args

import structlog

from bot.administration.files import OVERRIDE, ConfigFiles
from config.changes import ConfigChange, changes, values_of
from config.holder import ConfigHolder
from config.loader import ConfigError, ConfigProblem, Snapshot
from config.overlay import Overrides, parse_value
from handlers.admin.ports import ConfigOutcome, Doer
from utils.clock import Clock
from utils.http.errors import SourceError, Unavailable
from utils.store.audit import AuditEntry
from utils.store.overrides import OverrideRow
from utils.store.store import Store
from utils.store.urls import SOURCE

LOOK_S: Final = 10.0
MOST_AUDITED: Final = 20
"""Changes of one reload that the audit tells one by one."""
ReloadOutcome = Literal["accepted", "refused"]
_KEY: Final = re.compile(r"[a-z0-9_]{1,64}(\.[a-z0-9_]{1,64}){1,6}", re.ASCII)
log = structlog.get_logger(__name__)


class Configuration:
    """Implements `handlers.admin.ports.ConfigurationPort`.

    ``files`` is what ``read`` returned at the start; ``store`` returns the open database, ``None`` without one;
    ``redact`` hides secrets in a text. ``reloads`` counts reloads by outcome, ``read_ms`` is when the files in force
    were read (UTC ms), ``last_refused`` whether the last reload was refused.
    """

    def __init__(
        self,
        holder: ConfigHolder,
        files: ConfigFiles,
        read: Callable[[], ConfigFiles],
        *,
        store: Callable[[], Store | None],
        clock: Clock,
        redact: Callable[[str], str],
    ) -> None:
        self._holder = holder
        self._files = files
        self._read = read
        self._store = store
        self._clock = clock
        self._redact = redact
        self._rows: tuple[OverrideRow, ...] = ()
        self._refused: tuple[OverrideRow, ...] | None = None
        self.reloads: dict[ReloadOutcome, int] = dict.fromkeys(get_args(ReloadOutcome), 0)
        self.read_ms = clock.now_ms()
        self.last_refused = False
        self._turn = asyncio.Lock()
        self._reload_wanted = asyncio.Event()

    @property
    def newest(self) -> Snapshot:
        """The configuration in force."""
        return self._holder.newest

    @property
    def overrides(self) -> Overrides:
        """The overrides in force."""
        return _in_force(self._rows)

    async def reload(self, doer: Doer) -> ConfigOutcome:
        """Read all files anew and put them in force; on any problem nothing changes."""
        async with self._turn:
            rows = await self._stored_rows()
            try:
                files = await asyncio.to_thread(self._read)
                snapshot = await asyncio.to_thread(files.snapshot, _in_force(rows))
            except ConfigError as error:
                self._note_reload("refused")
                return self._refusal(error)
            self._files = files
            changed = self._put_in_force(rows, snapshot)
            self._note_reload("accepted")
            await self._audit_reload(doer, changed)
        return ConfigOutcome(changed)

    @property
    def overrides_refused(self) -> bool:
        """Whether the database has overrides that are refused."""
        return self._refused is not None

    def _note_reload(self, outcome: ReloadOutcome) -> None:
        self.reloads[outcome] += 1
        self.last_refused = outcome == "refused"
        if not self.last_refused:
            self.read_ms = self._clock.now_ms()

    async def override(self, key: str, text: str, doer: Doer) -> ConfigOutcome:
        """Set a key to what a text means as TOML, on top of the files; a refused value changes nothing.

        Raises `SourceError` when the database does not take it: nothing has changed then.
        """
        async with self._turn:
            store = self._open_store()
            rows = await store.overrides.all()
            before = values_of(self._holder.newest).get(key)
            try:
                value = _value(key, text)
                snapshot = await self._checked({**_in_force(rows), key: value})
            except ConfigError as error:
                return self._refusal(error)
            await store.overrides.push(key, value, self._entry(doer, "config", key, before, value))
            return ConfigOutcome(self._put_in_force(await store.overrides.all(), snapshot))

    async def undo(self, doer: Doer) -> ConfigOutcome | None:
        """Take back the newest override; ``None`` where there is none. Raises `SourceError`.

        While overrides are refused, it is taken back even if the others are refused without it.
        """
        async with self._turn:
            store = self._open_store()
            rows = await store.overrides.all()
            if not rows:
                return None
            left, last = rows[:-1], rows[-1]
            try:
                snapshot = await self._checked(_in_force(left))
            except ConfigError as error:
                if rows != self._refused:
                    return self._refusal(error)
                await store.overrides.remove(
                    last.number, self._entry(doer, "config undo", last.key, last.value)
                )
                self._refused = left
                return ConfigOutcome(problems=self._refusal(error).problems, undone=last.key)
            after = values_of(snapshot).get(last.key)
            entry = self._entry(doer, "config undo", last.key, last.value, after)
            await store.overrides.remove(last.number, entry)
            return ConfigOutcome(self._put_in_force(left, snapshot), undone=last.key)

    async def take_overrides(self) -> None:
        """Put the overrides of the database in force where they are others than before; refused ones change nothing.

        Raises `SourceError`.
        """
        async with self._turn:
            store = self._store()
            rows = self._rows if store is None else await store.overrides.all()
            if rows in (self._rows, self._refused):
                return
            try:
                snapshot = await self._checked(_in_force(rows))
            except ConfigError as error:
                self._refused = rows
                log.warning("overrides refused, going on without them", problems=self._redact(str(error)))
                return
            log.info("overrides taken over", changed=_keys(self._put_in_force(rows, snapshot)))

    async def watch(self) -> None:
        """Take over the overrides that other processes set, until cancelled."""
        while True:
            try:
                await self.take_overrides()
            except SourceError as error:
                log.info("overrides not read", detail=error.detail)
            await self._clock.sleep(LOOK_S)

    def want_reload(self) -> None:
        """Ask `reload_when_wanted` for a reload; for a signal handler."""
        self._reload_wanted.set()

    async def reload_when_wanted(self, doer: Doer) -> None:
        """Reload whenever it is wanted, until cancelled; the log tells what came of it."""
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted.clear()
            outcome = await self.reload(doer)
            if outcome.problems:
                log.error("configuration refused, nothing changes", problems=list(outcome.problems))
            else:
                log.info("configuration reloaded", changed=_keys(outcome.changes))

    async def _stored_rows(self) -> tuple[OverrideRow, ...]:
        store = self._store()
        try:
            return self._rows if store is None else await store.overrides.all()
        except SourceError as error:
            log.info("overrides not read, keeping the last known ones", detail=error.detail)
            return self._rows

    async def _checked(self, overrides: Overrides) -> Snapshot:
        return await asyncio.to_thread(self._files.snapshot, overrides)

    def _put_in_force(self, rows: tuple[OverrideRow, ...], snapshot: Snapshot) -> tuple[ConfigChange, ...]:
        changed = changes(self._holder.newest, snapshot)
        self._rows, self._refused = rows, None
        self._holder.swap(snapshot)
        return tuple(
            ConfigChange(one.key, self._redact(one.before), self._redact(one.after)) for one in changed
        )

    def _refusal(self, error: ConfigError) -> ConfigOutcome:
        return ConfigOutcome(problems=tuple(self._redact(str(problem)) for problem in error.problems))

    def _open_store(self) -> Store:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store

    async def _audit_reload(self, doer: Doer, changed: Sequence[ConfigChange]) -> None:
        """Tell the audit of a reload, which stands whether or not the database takes that."""
        store = self._store()
        if store is None:
            return
        try:
            for one in changed[:MOST_AUDITED]:
                await store.audit.add(self._told(doer, "reload", one.key, one.before, one.after))
            if not changed or len(changed) > MOST_AUDITED:
                await store.audit.add(self._entry(doer, "reload", f"{len(changed)} keys"))
        except SourceError as error:
            log.warning("reload is missing in the audit", detail=error.detail)

    def _entry(
        self, doer: Doer, action: str, key: str, before: object = None, after: object = None
    ) -> AuditEntry:
        texts = (None if value is None else json.dumps(value) for value in (before, after))
        return self._told(doer, action, key, *texts)

    def _told(
        self, doer: Doer, action: str, key: str, before: str | None = None, after: str | None = None
    ) -> AuditEntry:
        """Return what was done with both values as a file writes them, without secrets."""
        texts = (None if text is None else self._redact(text) for text in (before, after))
        return AuditEntry(self._clock.now_ms(), doer.person_id, doer.chat_id, action, key, *texts)


def _value(key: str, text: str) -> object:
    """Return the value of an override. Raises ``ConfigError`` where key or text cannot be one."""
    if not _KEY.fullmatch(key):
        raise ConfigError((ConfigProblem(OVERRIDE, key, text, "expected a key such as trend.rsi_period"),))
    try:
        return parse_value(text)
    except ValueError as error:
        raise ConfigError((ConfigProblem(OVERRIDE, key, text, str(error)),)) from error


def _in_force(rows: Sequence[OverrideRow]) -> dict[str, object]:
    return {row.key: row.value for row in rows}


def _keys(changed: Sequence[ConfigChange]) -> list[str]:
    return [one.key for one in changed]
