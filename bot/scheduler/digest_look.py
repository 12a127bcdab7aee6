"""Sends digests at their time: what they are about is asked once for all that are due, and goes to the outbox."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, cast

import structlog

from analysis.framework.question import Market, Request
from bot.scheduler.looking import look_until_cancelled
from bot.scheduler.push import Push
from config.c_chat import ChatConfig
from handlers.composites.board import Board
from handlers.composites.inputs import with_titles
from handlers.digests.schedule import FRESH_MS, DueTurns, turns_until
from handlers.digests.words import DigestView, digest_text, missed_text
from handlers.locale.messages import Messages
from handlers.services import CompositePort
from handlers.settings.kept import ChatChoices
from utils.clock import Clock
from utils.http.errors import SourceError, Unavailable
from utils.store.digests import StoredDigest
from utils.store.outbox import Outgoing
from utils.store.store import Store

LOOK_S: Final = 5.0
ZONES_S: Final = 300.0
"""The time between two looks at the zones of the chats."""
AT_ONCE: Final = 4
"""Boards that are under way at the same time."""
INTERNAL: Final = "composites"
Asked = tuple[str, str, str]
"""A symbol, its market and an interval."""
Boards = Mapping[Asked, Board | SourceError]
log = structlog.get_logger(__name__)


class DigestLook:
    """Looks for digests that are due until it is cancelled.

    ``store`` returns the open database, ``None`` without one; ``scope`` keeps what is asked to one configuration.
    ``failures`` counts internal errors, ``looked_ms`` is the end of the last look that succeeded (UTC ms), 0 before the
    first.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        composites: CompositePort,
        messages: Messages,
        choices: ChatChoices,
        clock: Clock,
        *,
        chat_config: Callable[[], ChatConfig],
        bot_id: Callable[[], int],
        scope: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._store = store
        self._composites = composites
        self._messages = messages
        self._choices = choices
        self._clock = clock
        self._chat_config = chat_config
        self._bot_id = bot_id
        self._scope = scope
        self._zones_at_s = float("-inf")
        self.failures = 0
        self.looked_ms = 0

    async def run(self, on_written: Callable[[], None]) -> None:
        """Look again and again, behind the answers to people; ``on_written`` is called when the outbox has news."""
        await look_until_cancelled(
            self.look,
            "digests",
            self._clock,
            every_s=LOOK_S,
            on_written=on_written,
            on_failure=self._note_failure,
        )

    async def look(self) -> int:
        """Write what is due to the outbox; return how many messages. Raises `SourceError` without the database."""
        store = self._store()
        if store is None:
            return 0
        await self._follow_zones(store)
        now_ms = self._clock.now_ms()
        turns = [
            (one, await self._turns(one, now_ms)) for one in await store.digests.due(self._bot_id(), now_ms)
        ]
        fresh = [one for one, found in turns if found.due and _is_fresh(found, now_ms)]
        with self._scope():
            boards = await self._boards({asked for one in fresh for asked in _asked(one)})
        written = 0
        for one, found in turns:
            messages = await self._messages_of(one, found, boards)
            if await store.digests.advance(one, found.next, messages, now_ms=self._clock.now_ms()):
                written += len(messages)
        self.looked_ms = self._clock.now_ms()
        return written

    def _note_failure(self) -> None:
        self.failures += 1

    async def _messages_of(self, digest: StoredDigest, turns: DueTurns, boards: Boards) -> list[Outgoing]:
        """What a digest says; one whose words fail only says that it was not sent."""
        if not turns.due:
            return []
        try:
            return [await self._message(digest, turns, boards)]
        except SourceError:
            raise
        except Exception:
            self._note_failure()
            log.exception("digest was not made", chat_id=digest.definition.to.chat_id, number=digest.number)
            return [await self._message(digest, turns, {})]

    async def _follow_zones(self, store: Store) -> None:
        """Reckon anew when digests are due whose chats have set another zone."""
        now_s = self._clock.monotonic()
        if now_s < self._zones_at_s + ZONES_S:
            return
        self._zones_at_s = now_s
        for one in await store.digests.live(self._bot_id()):
            zone = await self._zone(one)
            if zone != one.turn.zone:
                # what is due by the other zone's clock already is sent by the look that follows
                await store.digests.advance(
                    one, turns_until(one.definition, one.turn, zone, 0).next, now_ms=self._clock.now_ms()
                )

    async def _turns(self, digest: StoredDigest, now_ms: int) -> DueTurns:
        return turns_until(digest.definition, digest.turn, await self._zone(digest), now_ms)

    async def _zone(self, digest: StoredDigest) -> str:
        choices = await self._choices.of(digest.definition.to.chat_id)
        return choices.over(self._chat_config()).time_zone

    async def _boards(self, asked: set[Asked]) -> Boards:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(symbol: str, market: str, interval: str) -> Board | SourceError:
            request = Request(symbol, interval, market=cast(Market, market))
            async with turns:
                try:
                    scores = await self._composites.all(request)
                except SourceError as error:
                    log.info("coin of a digest not known", symbol=symbol, detail=error.detail)
                    return error
                except Exception:
                    self._note_failure()
                    log.exception("coin of a digest failed", symbol=symbol)
                    return Unavailable(INTERNAL, "an internal error")
            return Board(interval, tuple(map(with_titles, scores)))

        ordered = sorted(asked)
        return dict(zip(ordered, await asyncio.gather(*(one(*each) for each in ordered)), strict=True))

    async def _message(self, digest: StoredDigest, turns: DueTurns, boards: Boards) -> Outgoing:
        """The message of the newest turn; of one that is too old only that it was missed."""
        to, due_ms, now_ms = digest.definition.to, turns.due[-1], self._clock.now_ms()
        choices = await self._choices.of(to.chat_id)
        tr = self._messages.of(choices.language or digest.definition.language)
        interval = digest.definition.interval
        found = {
            (symbol, market): boards.get((symbol, market, interval)) for symbol, market, _ in _asked(digest)
        }
        known = {coin: board for coin, board in found.items() if board is not None}
        zone = turns.next.zone
        view = DigestView(digest, known, tr, zone, due_ms, now_ms, turns.missed)
        line = missed_text(view)
        text = digest_text(view) if len(known) == len(found) else line
        name = f"digest {to.bot_id} {to.chat_id} {digest.number} {digest.created_at} {due_ms}"
        return Outgoing(name, to, Push(text, line, tr.language).to_json(), now_ms, due_ms + FRESH_MS)


def _is_fresh(turns: DueTurns, now_ms: int) -> bool:
    return now_ms <= turns.due[-1] + FRESH_MS


def _asked(digest: StoredDigest) -> Sequence[Asked]:
    asked = digest.definition
    return [(symbol, market, asked.interval) for symbol, market in asked.symbols]
