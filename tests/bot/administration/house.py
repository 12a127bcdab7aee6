"""The chat logic with real administration over a database: people type, press and reply; owner is person 1."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.administration.access import Access
from bot.administration.chats import AdministeredChats
from bot.administration.configuration import Configuration
from bot.administration.files import read_files
from bot.redaction import Redactor
from config.holder import ConfigHolder
from config.settings import Settings
from handlers.admin.ports import Administration, StatusReport
from handlers.ports import ChatRef, IncomingMessage, MessageContent, Person
from tests.handlers.harness import NOW_MS, Harness
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from utils.store.store import Store, open_store

BOT: Final = 77
OWNER, ADMIN, MEMBER = Person(1, "Olga", "en"), Person(2, "Adam", "en"), Person(3, "Mia", "en")
KEY: Final = "s3cret-key-0000"
REPORT: Final = StatusReport(
    version="1.2",
    uptime_s=93_784.0,
    config="abc",
    not_ready={"database": "it is not open"},
    weights={"spot": (12, 6000)},
    streams={"spot btcusdt@trade": 0.25, "spot ethusdt@trade": None},
    hit_rate=0.5,
    queues={"answers": 3},
    jobs={"pushes": "1 sent"},
    errors=("11-30 04:00 command failed (abc123)",),
)


def alone(person: Person) -> ChatRef:
    return ChatRef(person.id, "private")


@dataclass
class Database:
    """What the parts see of the database; without a store it is away."""

    store: Store | None


@dataclass
class House:
    """``file`` is the configuration file, ``opened`` the database behind ``database``."""

    file: Path
    opened: Store
    database: Database
    holder: ConfigHolder
    configuration: Configuration
    access: Access
    chats: AdministeredChats
    harness: Harness

    async def type(
        self,
        text: str,
        person: Person = OWNER,
        chat: ChatRef | None = None,
        *,
        replied_to: Person | None = None,
    ) -> MessageContent | None:
        """Type a text; return the answer, ``None`` if there is none."""
        sent = self.harness.notifier.sent
        before, where = len(sent), chat or alone(person)
        message = IncomingMessage(
            person, where, 42, text, NOW_MS, replied_to=replied_to, chat_title="Traders" if chat else None
        )
        self.chats.note(message)
        await self.harness.dispatcher.on_message(message)
        return sent[-1][1] if len(sent) > before else None

    async def said(self, text: str, person: Person = OWNER, chat: ChatRef | None = None) -> str:
        """Type a text; return the words of the answer."""
        answer = await self.type(text, person, chat)
        return "" if answer is None else answer.plain

    async def confirm(
        self,
        asked: MessageContent | None,
        person: Person = OWNER,
        chat: ChatRef | None = None,
        *,
        yes: bool = True,
    ) -> str:
        """Press a button under a question; return what its message says then, empty where it stays as it was."""
        assert asked is not None
        ((ok, no),) = asked.keyboard
        edits = self.harness.notifier.edits
        before = len(edits)
        await self.harness.press((ok if yes else no).data, person, picture=False, chat=chat or alone(person))
        return edits[-1][1].plain if len(edits) > before else ""

    async def audited(self) -> list[tuple[int | None, str, str, str | None, str | None]]:
        """What the audit says, the oldest first."""
        found = await self.opened.audit.last(100)
        return [(one.person_id, one.action, one.subject, one.before, one.after) for one in reversed(found)]


@asynccontextmanager
async def house(folder: Path, text: str = "", secret: str = KEY) -> AsyncIterator[House]:
    """Build one over a database of the folder, whose configuration file says ``text`` unless it is there already."""
    file = folder / "bot.toml"
    if not file.exists():
        file.write_text(text)
    async with open_store(fresh_sqlite(folder)) as store:
        yield build(Settings(bot_config=file), store, secret)


def build(settings: Settings, store: Store, secret: str = KEY) -> House:
    """Build one over an open database that hides a secret."""
    database, clock, files = Database(store), FakeClock(NOW_MS), read_files(settings)
    holder = ConfigHolder(files.snapshot())
    access = Access({OWNER.id}, lambda: database.store, clock, lambda: BOT)
    chats = AdministeredChats(
        lambda: database.store, clock, bot_id=lambda: BOT, takes_pushes=access.takes_pushes
    )
    configuration = Configuration(
        holder,
        files,
        lambda: read_files(settings),
        store=lambda: database.store,
        clock=clock,
        redact=Redactor([secret]),
    )

    async def status() -> StatusReport:
        return REPORT

    harness = Harness(
        access=access,
        administration=Administration(configuration, chats, chats, status),
        clock=clock,
        commands_per_minute=600,
        group_commands_per_minute=20,
    )
    return House(settings.bot_config, store, database, holder, configuration, access, chats, harness)
