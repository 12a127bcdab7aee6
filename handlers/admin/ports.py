"""What the commands of administrators need from the process: protocols that ``bot.administration`` implements."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from config.changes import ConfigChange
from config.loader import Snapshot

Restriction = Literal["ban", "mute"]
"""No answers, or no pushes."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something, and in which chat, as the audit keeps it; both ``None`` for a signal to the process."""

    person_id: int | None
    chat_id: int | None


SIGNAL: Final = Doer(None, None)


@dataclass(frozen=True, slots=True)
class ConfigOutcome:
    """What came of an exchange of the configuration: what changed, or the problems for which nothing did.

    ``undone`` is the key of an override that was taken back.
    """

    changes: tuple[ConfigChange, ...] = ()
    problems: tuple[str, ...] = ()
    undone: str | None = None


class ConfigurationPort(Protocol):
    """The configuration in force and how it is exchanged."""

    @property
    def newest(self) -> Snapshot:
        """The configuration in force."""
        ...

    @property
    def overrides(self) -> Mapping[str, object]:
        """The overrides in force by their keys."""
        ...

    async def reload(self, doer: Doer) -> ConfigOutcome:
        """Read all files anew and put them in force; on any problem nothing changes."""
        ...

    async def override(self, key: str, text: str, doer: Doer) -> ConfigOutcome:
        """Set a key on top of the files; a refused value changes nothing. Raises `SourceError`."""
        ...

    async def undo(self, doer: Doer) -> ConfigOutcome | None:
        """Take back the newest override; ``None`` where there is none. Raises `SourceError`."""
        ...


@dataclass(frozen=True, slots=True)
class Restricted:
    """A person or chat with a restriction, or an administrator: id, and name as it was when it was noted."""

    id: int
    name: str


class AccessPort(Protocol):
    """Who may do what; the questions are answered from memory."""

    def is_owner(self, person_id: int) -> bool:
        """Return whether this person owns the bot: the environment says so, and nothing else."""
        ...

    def is_admin(self, person_id: int) -> bool:
        """Return whether this person is an owner or an administrator of the bot."""
        ...

    def is_banned(self, person_id: int, chat_id: int | None) -> bool:
        """Return whether this person gets no answer in this chat; an administrator always gets one."""
        ...

    def takes_pushes(self, chat_id: int) -> bool:
        """Return whether a chat is neither muted nor banned."""
        ...

    @property
    def admins(self) -> tuple[Restricted, ...]:
        """The administrators whom owners have added."""
        ...

    def restricted(self, kind: Restriction) -> tuple[Restricted, ...]:
        """Return those with a restriction."""
        ...

    async def add_admin(self, who: Restricted, doer: Doer) -> bool:
        """Make somebody an administrator; return whether they were none. Raises `SourceError`."""
        ...

    async def remove_admin(self, person_id: int, doer: Doer) -> bool:
        """Make somebody an administrator no longer; return whether they were one. Raises `SourceError`."""
        ...

    async def restrict(self, kind: Restriction, who: Restricted, doer: Doer) -> bool:
        """Ban or mute; return whether that is new. Raises `SourceError`."""
        ...

    async def lift(self, kind: Restriction, subject_id: int, doer: Doer) -> bool:
        """Take a ban or mute back; return whether there was one. Raises `SourceError`."""
        ...


class NonceRows(Protocol):
    """Keeps what a confirmation is about under a key that can be taken once. All methods raise `SourceError`."""

    async def put(self, key: str, content: str) -> None:
        """Keep the content of a key."""
        ...

    async def find(self, key: str) -> str | None:
        """Return the content of a key, ``None`` if there is none."""
        ...

    async def take(self, key: str) -> str | None:
        """Delete a key and return its content, ``None`` if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group that the bot has heard of, last at ``seen_at`` (UTC ms)."""

    chat_id: int
    title: str
    seen_at: int


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that was done: when (UTC ms), by whom (``None``: a signal), what, and what it was before and after."""

    at: int
    person_id: int | None
    action: str
    subject: str
    before: str | None
    after: str | None


class ChatsPort(Protocol):
    """The chats that the bot knows. All methods raise `SourceError`."""

    async def groups(self) -> tuple[GroupSeen, ...]:
        """Return the groups, those heard of last first."""
        ...

    async def reachable(self) -> int:
        """Return how many chats an announcement would go to."""
        ...

    async def announce(self, text: str, key: str, doer: Doer) -> int:
        """Send a text to all of them, once under a key; return to how many."""
        ...

    async def audit(self, most: int) -> tuple[AuditLine, ...]:
        """Return what administrators have done, the newest first."""
        ...


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How the process is: what administrators look at first. Times in seconds, shares from 0 to 1.

    ``weights`` by pool are used and allowed; ``streams`` by name their lag, ``None`` while one is not connected;
    ``jobs`` are lines about background work, ``errors`` the newest first, without secrets.
    """

    version: str
    uptime_s: float
    config: str
    not_ready: Mapping[str, str]
    weights: Mapping[str, tuple[int, int]]
    streams: Mapping[str, float | None]
    hit_rate: float | None
    queues: Mapping[str, int]
    jobs: Mapping[str, str]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Administration:
    """Everything that the commands of administrators use."""

    configuration: ConfigurationPort
    nonces: NonceRows
    chats: ChatsPort
    status: Callable[[], Awaitable[StatusReport]]
