"""The registry of commands: dispatch, help, command menus, permissions and HTTP routes are read from it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from analysis.framework.module import AnyModule
from handlers.composites.topic import CompositeTopic, Topic
from handlers.locale.messages import Translator

Role = Literal["anyone", "admin", "owner"]
"""Who may use a command: each role may what those before it may."""
ROLES: Final[tuple[Role, ...]] = get_args(Role)
EXAMPLE_BASKET: Final = "BTC ETH SOL"
SUGGEST_FROM = 0.5  # least similarity (Ratcliff/Obershelp) at which a command is suggested


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its short ``name`` and long ``aliases``, who may use it, how many quota units it costs.

    ``title`` and ``summary`` are message ids for menus and help; ``help_key`` is the word after ``/help`` that
    explains it; ``module`` is the module that an analysis command runs, ``composite`` what a
    composite command is about. ``for_asker``: in a group its answer is of no use to others. A ``private`` one is
    answered in a private chat alone.
    """

    name: str
    aliases: tuple[str, ...]
    role: Role
    quota: int
    help_key: str
    title: str
    summary: str
    module: AnyModule | None = None
    composite: CompositeTopic | None = None
    for_asker: bool = False
    private: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)

    def is_for(self, role: Role) -> bool:
        """Return whether somebody with this role may use it."""
        return ROLES.index(role) >= ROLES.index(self.role)

    @property
    def example(self) -> str:
        """What an analysis may be asked, such as ``/t BTC 4h``.

        Several coins where it takes them, and no interval where it reads one alone.
        """
        several = self.topic is not None and self.topic.basket is not None
        one_interval = self.module is not None and self.module.interval is not None
        return f"/{self.name} {EXAMPLE_BASKET if several else 'BTC'}{'' if one_interval else ' 4h'}"

    @property
    def topic(self) -> Topic | None:
        """What its card is about, ``None`` for a command that answers with words of its own."""
        return self.module if self.composite is None else self.composite


@dataclass(frozen=True, slots=True)
class Registry:
    """All commands in display order, and by name or alias (lower case); `ValueError` if two share one."""

    specs: tuple[CommandSpec, ...]
    by_name: Mapping[str, CommandSpec] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name: dict[str, CommandSpec] = {}
        for spec in self.specs:
            for name in spec.names:
                if name in by_name:
                    raise ValueError(f"two commands are called {name!r}: rename one in its declaration")
                by_name[name] = spec
        object.__setattr__(self, "by_name", by_name)

    def nearest(self, name: str, role: Role = "anyone") -> CommandSpec | None:
        """Return the command that is most similar to a mistyped one, of those of a role; ``None`` if none is enough."""
        known = [word for word, spec in self.by_name.items() if spec.is_for(role)]
        close = difflib.get_close_matches(name, known, n=1, cutoff=SUGGEST_FROM)
        return self.by_name[close[0]] if close else None

    @property
    def analyses(self) -> tuple[CommandSpec, ...]:
        """The commands that run a module."""
        return tuple(spec for spec in self.specs if spec.module is not None)

    @property
    def composites(self) -> tuple[CommandSpec, ...]:
        """The commands about composite scores."""
        return tuple(spec for spec in self.specs if spec.composite is not None)

    @property
    def bare(self) -> CommandSpec | None:
        """The command that answers a symbol alone: all composite scores of it; ``None`` where there are none."""
        every = (spec for spec in self.specs if spec.composite is not None and spec.composite.kind == "all")
        return next(every, None)

    @property
    def module_ids(self) -> tuple[str, ...]:
        """The ids of all modules, as HTTP routes and configuration sections use them."""
        return tuple(spec.module.id for spec in self.analyses if spec.module is not None)

    def menu(self, tr: Translator, role: Role = "anyone") -> tuple[tuple[str, str], ...]:
        """Return (command, description) for Telegram's menu in one language, without commands ``role`` may not use."""
        return tuple((spec.name, tr.gettext(spec.summary)) for spec in self.specs if spec.is_for(role))
