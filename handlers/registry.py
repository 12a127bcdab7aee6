"""The registry of commands: dispatch, help, command menus, permissions and HTTP routes are read from it."""

import difflib
from dataclasses import dataclass, field
from typing import Literal

from analysis.contract import AnyModule
from handlers.locale.messages import Translator

Role = Literal["anyone", "owner"]
NEAR = 0.5  # similarity (Ratcliff/Obershelp) from which a mistyped command gets a suggestion


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its short ``name`` and long ``aliases``, who may give it, how much of the quota it takes.

    ``title`` and ``summary`` are message ids for menus and help; ``help_key`` is the word behind ``/help`` that
    explains it; ``module`` is what an analysis command runs.
    """

    name: str
    aliases: tuple[str, ...]
    role: Role
    quota: int
    help_key: str
    title: str
    summary: str
    module: AnyModule | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every word that gives this command."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Registry:
    """All commands in the order people read them; names are unique."""

    specs: tuple[CommandSpec, ...]
    _by_name: dict[str, CommandSpec] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name: dict[str, CommandSpec] = {}
        for spec in self.specs:
            for name in spec.names:
                if name in by_name:
                    raise ValueError(f"two commands are called {name!r}: rename one in its declaration")
                by_name[name] = spec
        object.__setattr__(self, "_by_name", by_name)

    def find(self, name: str) -> CommandSpec | None:
        """Return the command with this name or alias (lower case), ``None`` when there is none."""
        return self._by_name.get(name)

    def nearest(self, name: str) -> CommandSpec | None:
        """Return the command whose name looks most like a mistyped one, ``None`` when none does."""
        close = difflib.get_close_matches(name, self._by_name, n=1, cutoff=NEAR)
        return self._by_name[close[0]] if close else None

    @property
    def analyses(self) -> tuple[CommandSpec, ...]:
        """The commands that run a module."""
        return tuple(spec for spec in self.specs if spec.module is not None)

    @property
    def module_ids(self) -> tuple[str, ...]:
        """The ids of all modules, as HTTP routes and configuration sections use them."""
        return tuple(spec.module.id for spec in self.analyses if spec.module is not None)

    def menu(self, tr: Translator, role: Role = "anyone") -> tuple[tuple[str, str], ...]:
        """Return (command, description) for Telegram's menu in one language, without what ``role`` may not."""
        return tuple(
            (spec.name, tr.gettext(spec.summary)) for spec in self.specs if spec.role in {"anyone", role}
        )
