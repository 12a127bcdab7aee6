"""What the commands of administrators need from the process: protocols that ``bot.administration`` implements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from config.changes import ConfigChange
from config.loader import Snapshot


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
