"""Room in Telegram's limits for the pushes of several processes: the one that leads lends it, the others ask.

Answers come from the process that leads, so its limiter knows what the limits leave. Another process that has a push
to send asks for room by a row of the database. The leader looks at these rows every second, keeps a place in its limits
for each that leaves answers their half, and says so in the row. It takes the place for used up once the row is gone, or
`LOAN_S` after it was lent: the process that asked has ended. The leader's own answers and pushes need no database for
it, and on SQLite, which serves one process, nobody asks. The processes compare no clocks.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from bot.telegram.send.limiter import PerChatRateLimiter, SlidingWindow
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.send_rooms import RoomAsked
from utils.store.store import Store

TURN_S: Final = 1.0
"""So often the leader looks at what is asked."""
CONTACT_S: Final = 5.0
"""A database that takes longer to answer counts as failing."""
LOAN_S: Final = 8.0
"""The longest loan: more than `BEGUN_S`, and little enough that a dead process holds nothing 15 s later."""
ASK_S: Final = 3.0
"""So long a push waits for room before it lets others have their turn."""
ASK_AGAIN_S: Final = 0.5
BEGUN_S: Final = 4.0
"""A push that has asked longer ago is not sent: its room may be another one's by now."""
log = structlog.get_logger(__name__)


class PushRoom:
    """Room for this process's own pushes. ``leads`` says whether the database has elected it."""

    def __init__(
        self, leads: Callable[[], bool], clock: Clock, rng: random.Random, *, bot_id: Callable[[], int]
    ) -> None:
        self._leads = leads
        self._clock = clock
        self._rng = rng
        self._bot_id = bot_id

    @asynccontextmanager
    async def taken(self, store: Store, chat_id: int) -> AsyncIterator[bool]:
        """Take room for one message to a chat while the context is open; false if there is none now.

        Raises `SourceError` when the database fails before.
        """
        if store.database.dialect == "sqlite" or self._leads():
            yield True
            return
        asking = f"{self._rng.getrandbits(128):032x}"
        try:
            yield await self._asked(store, asking, chat_id)
        finally:
            with suppress(SourceError):  # the leader ends by itself what stays
                await store.send_rooms.end(self._bot_id(), (asking,))

    async def _asked(self, store: Store, asking: str, chat_id: int) -> bool:
        began_s = self._clock.monotonic()
        await store.send_rooms.ask(self._bot_id(), asking, chat_id)
        while self._clock.monotonic() < began_s + ASK_S:
            await self._clock.sleep(ASK_AGAIN_S)
            if await store.send_rooms.is_lent(self._bot_id(), asking):
                return self._clock.monotonic() <= began_s + BEGUN_S
        return False


@dataclass(frozen=True, slots=True)
class _Loan:
    windows: tuple[SlidingWindow, ...]
    ends_s: float
    """Seconds of the leader's monotonic clock."""


class RoomLender:
    """What the leader does for the others: lends room and takes it back."""

    def __init__(
        self,
        store: Callable[[], Store | None],
        limiter: PerChatRateLimiter,
        clock: Clock,
        *,
        bot_id: Callable[[], int],
    ) -> None:
        self._store = store
        self._limiter = limiter
        self._clock = clock
        self._bot_id = bot_id
        self._loans: dict[str, _Loan] = {}
        self._seen: dict[str, float] = {}
        """When each wish that stands was seen first (monotonic seconds)."""

    @property
    def lent(self) -> int:
        """How many places are lent now."""
        return len(self._loans)

    async def run(self) -> None:
        """Lend until cancelled; a database that fails is tried at the next turn."""
        try:
            while True:
                await self._try_turn()
                await self._clock.sleep(TURN_S)
        finally:
            self._take_back(tuple(self._loans))

    async def _try_turn(self) -> None:
        try:
            async with asyncio.timeout(CONTACT_S):
                await self.turn()
        except (SourceError, TimeoutError):
            log.debug("no room lent, the database fails")
        except Exception:
            log.exception("lending room failed, trying again")

    async def turn(self) -> None:
        """Take back what is used up, and lend what the limits leave. Raises `SourceError`."""
        now = self._clock.monotonic()
        self._take_back([asking for asking, loan in self._loans.items() if loan.ends_s <= now])
        store = self._store()
        if store is None or store.database.dialect == "sqlite":
            return
        asked = await store.send_rooms.asked(self._bot_id())
        self._seen = {one.asking: self._seen.get(one.asking, now) for one in asked}
        self._take_back(self._loans.keys() - self._seen.keys())
        ended = [one.asking for one in asked if self._is_over(one, now)]
        lent = [one.asking for one in asked if one.asking not in ended and self._lends(one)]
        if ended:
            await store.send_rooms.end(self._bot_id(), ended)
        if lent:
            await store.send_rooms.lend(self._bot_id(), lent)

    def _is_over(self, wish: RoomAsked, now: float) -> bool:
        """Whether who asked has ended: it would have sent or given up by now."""
        return wish.asking not in self._loans and self._seen[wish.asking] + BEGUN_S <= now

    def _lends(self, wish: RoomAsked) -> bool:
        """Whether a wish has room that its row does not tell of yet."""
        if wish.asking not in self._loans:
            # what another leader has lent before counts whether or not there is room
            windows = self._limiter.lend(wish.chat_id, always=wish.is_lent)
            if windows is None:
                return False
            self._loans[wish.asking] = _Loan(windows, self._clock.monotonic() + LOAN_S)
        return not wish.is_lent

    def _take_back(self, asking: Iterable[str]) -> None:
        for one in tuple(asking):
            self._limiter.take_back(self._loans.pop(one).windows)
