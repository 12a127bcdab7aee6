"""A process that looks at alerts and digests and sends what they say, and is killed at a step of it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import aiohttp
from telegram.ext import ExtBot

from analysis.framework.question import Instrument, Request
from analysis.registry import MODULES
from bot.scheduler.alert_answers import AlertAnswers
from bot.scheduler.alert_look import AlertLook
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.scheduler.push import Push
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.limiter import PerChatRateLimiter
from bot.telegram.send.notifier import TelegramNotifier
from composite.result import Composite
from config.c_chat import ChatConfig
from handlers.alerts.catalogue import catalogue
from handlers.alerts.questions import AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.truth import CurrentValues
from handlers.composites.registry import ONE
from handlers.locale.messages import load_messages
from handlers.ports import ChatRef, MessageContent, MessageRef
from handlers.render.html import Html
from handlers.settings.kept import ChatChoices
from tests.support.composites import sample_composite
from utils.clock import SystemClock
from utils.store.alerts import Advance, Alerts, StoredAlert
from utils.store.digests import Digests, DigestTurn, StoredDigest
from utils.store.outbox import HELD_MS, ClaimedMessage, Destination, Outbox, Outgoing
from utils.store.store import Store, open_store

Step = Literal["evaluated", "written", "claimed", "sent", "marked", "none"]
BOT: Final = 7


def reach(step: Step, killed_at: Step) -> None:
    """End the process as ``kill -9`` does if this is the step."""
    if step == killed_at:
        os.kill(os.getpid(), signal.SIGKILL)


class ShiftedClock(SystemClock):
    """The machine's clock, ``shift_ms`` ahead."""

    def __init__(self, shift_ms: int) -> None:
        self.shift_ms = shift_ms

    def now_ms(self) -> int:
        return super().now_ms() + self.shift_ms


@dataclass
class Scores:
    """Boards of one score, and a price."""

    killed_at: Step

    async def all(self, request: Request) -> tuple[Composite, ...]:
        reach("evaluated", self.killed_at)
        return (sample_composite(symbol=request.symbol),)

    async def price(self, instrument: Instrument) -> float:
        reach("evaluated", self.killed_at)
        return 100.0

    async def score(self, name: str, request: Request) -> Composite:
        raise AssertionError(name, request)

    async def evidence(self, name: str, request: Request) -> Any:
        raise AssertionError(name, request)


class Words:
    """What alerts say, in a word each."""

    async def fired(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Push:
        return Push(Html(f"alert {alert.key.number}"), Html("line"), "en")

    async def lost(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        raise AssertionError(looks)

    async def back(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        raise AssertionError(looks)


class MortalAlerts(Alerts):
    """The alerts of a process that may end once what fired is written."""

    killed_at: Step = "none"

    async def advance(self, advances: Iterable[Advance], *, now_ms: int) -> int:
        stored = await super().advance(advances, now_ms=now_ms)
        if stored:
            reach("written", self.killed_at)
        return stored


class MortalDigests(Digests):
    """The digests of a process that may end once a turn is written."""

    killed_at: Step = "none"

    async def advance(
        self, digest: StoredDigest, turn: DigestTurn, messages: Sequence[Outgoing] = (), *, now_ms: int
    ) -> bool:
        done = await super().advance(digest, turn, messages, now_ms=now_ms)
        reach("written", self.killed_at)
        return done


class MortalOutbox(Outbox):
    """The outbox of a process that may end once messages are claimed or marked as sent."""

    killed_at: Step = "none"

    async def claim(self, bot_id: int, *, now_ms: int, most: int) -> tuple[ClaimedMessage, ...]:
        claimed = await super().claim(bot_id, now_ms=now_ms, most=most)
        if claimed:
            reach("claimed", self.killed_at)
        return claimed

    async def sent(self, key: str, message_id: int, *, now_ms: int) -> None:
        await super().sent(key, message_id, now_ms=now_ms)
        reach("marked", self.killed_at)


class MortalNotifier(TelegramNotifier):
    """The notifier of a process that may end before it knows what it has sent."""

    killed_at: Step = "none"

    async def send(
        self,
        chat: ChatRef,
        content: MessageContent,
        *,
        reply_to: int | None = None,
        before: Callable[[int], Awaitable[None]] | None = None,
    ) -> MessageRef:
        ref = await super().send(chat, content, reply_to=reply_to, before=before)
        reach("sent", self.killed_at)
        return ref


def mortal(store: Store, killed_at: Step) -> Store:
    """Return the store of a process that ends at a step."""
    alerts, digests = MortalAlerts(store.database), MortalDigests(store.database)
    outbox = MortalOutbox(store.database)
    alerts.killed_at = digests.killed_at = outbox.killed_at = killed_at
    return replace(store, alerts=alerts, digests=digests, outbox=outbox)


def alert_watch(store: Store, scores: Scores, clock: ShiftedClock) -> AlertWatch:
    """Return what looks at alerts about the price."""
    watchable = catalogue(MODULES, ONE.values())
    questions = AlertQuestions(watchable, MODULES, ONE.values())
    runner: Any = None  # no alert here is about a module
    return AlertWatch(
        lambda: store,
        AlertAnswers(runner, scores, scores.price, questions, clock.now_ms, clock),
        watchable,
        questions,
        clock,
        words=Words(),
        bot_id=lambda: BOT,
        quiet_until=lambda chat_id, now_ms: asyncio.sleep(0),
    )


async def work(address: str, api: str, token: str, killed_at: Step, shift_ms: int) -> None:
    """Look for what is due and send it, and do so again when no hold of another process lasts any more."""
    clock, messages = ShiftedClock(shift_ms), load_messages()
    async with open_store(address) as opened, aiohttp.ClientSession() as session:
        store = mortal(opened, killed_at)
        request = AiohttpRequest(session)
        limiter = PerChatRateLimiter(clock)
        bot = ExtBot(token, base_url=api, request=request, get_updates_request=request, rate_limiter=limiter)
        async with bot:
            notifier = MortalNotifier(bot, clock)
            notifier.killed_at = killed_at
            scores = Scores(killed_at)
            watch = alert_watch(store, scores, clock)
            look = DigestLook(
                lambda: store,
                scores,
                messages,
                ChatChoices(clock),
                clock,
                chat_config=ChatConfig,
                bot_id=lambda: BOT,
                scope=contextlib.nullcontext,
            )
            sender = OutboxSender(
                lambda: store,
                notifier,
                messages,
                clock,
                bot_id=lambda: BOT,
                has_room=lambda _: True,
                on_gone=lambda _: asyncio.sleep(0, 0),
            )
            for _ in range(2):
                await look.look()
                await watch.look()
                while await sender.send_due():
                    pass
                clock.shift_ms += HELD_MS + 1


if __name__ == "__main__":
    step: Any = sys.argv[4]
    asyncio.run(work(sys.argv[1], sys.argv[2], sys.argv[3], step, int(sys.argv[5])))
