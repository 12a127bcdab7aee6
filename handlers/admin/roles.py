"""Who may use which command: anyone, the bot's administrators, or its owners alone; denied unless it is known."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NoReturn

from handlers.admin.ports import AccessPort, Doer, Restricted, Restriction
from handlers.registry import CommandSpec, Role
from utils.http.errors import Unavailable


def role_of(access: AccessPort, person_id: int) -> Role:
    """Return the highest role of a person."""
    if access.is_owner(person_id):
        return "owner"
    return "admin" if access.is_admin(person_id) else "anyone"


def may_use(access: AccessPort, person_id: int, spec: CommandSpec) -> bool:
    """Return whether a person may use a command."""
    return spec.is_for(role_of(access, person_id))


@dataclass(frozen=True, slots=True)
class OwnersAlone:
    """Implements `handlers.admin.ports.AccessPort` without a database: owners, and nobody who is restricted."""

    owners: Callable[[], Collection[int]]

    def is_owner(self, person_id: int) -> bool:
        """Return whether this person owns the bot."""
        return person_id in self.owners()

    def is_admin(self, person_id: int) -> bool:
        """Return whether this person owns the bot."""
        return self.is_owner(person_id)

    def is_banned(self, person_id: int, chat_id: int | None) -> bool:
        """Return that nobody is banned."""
        return False

    def takes_pushes(self, chat_id: int) -> bool:
        """Return that every chat takes pushes."""
        return True

    @property
    def admins(self) -> tuple[Restricted, ...]:
        """Nobody."""
        return ()

    def restricted(self, kind: Restriction) -> tuple[Restricted, ...]:
        """Return nobody."""
        return ()

    async def add_admin(self, who: Restricted, doer: Doer) -> bool:
        """Raise `Unavailable`."""
        self._refuse()

    async def remove_admin(self, person_id: int, doer: Doer) -> bool:
        """Raise `Unavailable`."""
        self._refuse()

    async def restrict(self, kind: Restriction, who: Restricted, doer: Doer) -> bool:
        """Raise `Unavailable`."""
        self._refuse()

    async def lift(self, kind: Restriction, subject_id: int, doer: Doer) -> bool:
        """Raise `Unavailable`."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable("database", "there is none")
