"""Few pieces of work at once: what no answer waits for begins in turn, so that what it has read does not pile up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from utils.priority import Standing, Urgency, shared_work, urgency, watch


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    standing: Standing
    counted: asyncio.Future[bool]
    """Done when the work may begin: whether it is one of the few."""


class FewAtOnce:
    """Lets at most ``most`` pieces of work go on at once that no answer waits for: the most urgent first.

    What an answer waits for, or comes to wait for, begins at once and is none of them.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: list[_Waiting] = []
        watch(self)

    @property
    def waiting(self) -> int:
        """How many pieces of work have not begun."""
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Work inside, once it may begin."""
        counted = urgency() > Urgency.ANSWER and await self._counted()
        try:
            yield
        finally:
            if counted:
                self._give_back()

    def rose(self) -> None:
        """Let begin what an answer has come to wait for; see `Watcher`."""
        for one in tuple(self._waiting):
            if one.standing.urgency == Urgency.ANSWER:
                self._let_begin(one, counted=False)

    async def _counted(self) -> bool:
        """Wait until the running work may begin; return whether it is one of the few."""
        if self._free:
            self._free -= 1
            return True
        with shared_work() as standing:
            one = _Waiting(standing, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        try:
            return await one.counted
        except asyncio.CancelledError:
            if one in self._waiting:
                self._waiting.remove(one)
            elif one.counted.result():
                self._give_back()  # it was about to begin
            raise

    def _give_back(self) -> None:
        if self._waiting:
            self._let_begin(min(self._waiting, key=lambda one: one.standing.urgency), counted=True)
        else:
            self._free += 1

    def _let_begin(self, one: _Waiting, *, counted: bool) -> None:
        self._waiting.remove(one)
        one.counted.set_result(counted)
