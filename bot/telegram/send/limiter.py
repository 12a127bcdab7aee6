"""Telegram's limits: a refusal in one chat delays that chat and no other."""

from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.telegram.retry_after import seconds_of
from utils.clock import Clock

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL_PER_SECOND = 30
CHAT_BURST, CHAT_SECONDS = 3, 3.0
GROUP_PER_MINUTE, MINUTE_S = 20, 60.0
# Telegram counts arrivals, we departures: messages that travel faster than the ones before must not cross a limit
TRAVEL_MARGIN = 1.02
# Telegram rounds its waiting times down to whole seconds
RETRY_MARGIN_S = 0.1
KEPT_CHATS = 4096
COUNTED_PREFIXES = ("send", "edit", "copy", "forward")
UNCOUNTED = frozenset({"sendChatAction"})

Answer = bool | dict[str, Any] | list[dict[str, Any]]
Callback = Callable[..., Coroutine[Any, Any, Answer]]
log = structlog.get_logger(__name__)


class SlidingWindow:
    """At most ``count`` events in any ``seconds``; moments are seconds of the caller's clock."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._moments: deque[float] = deque(maxlen=count)

    def free_at(self, now: float) -> float:
        """Return the first moment, ``now`` or later, at which one more event is allowed."""
        if not self._moments:
            return now
        full = len(self._moments) == self._moments.maxlen
        return max(now, self._moments[-1], self._moments[0] + self._seconds if full else now)

    def take(self, moment: float) -> None:
        """Note an event at a moment that `free_at` allowed."""
        self._moments.append(moment)

    def idle(self, now: float) -> bool:
        """Whether forgetting this window changes nothing."""
        return not self._moments or self._moments[-1] + self._seconds <= now


@dataclass(slots=True)
class ChatState:
    """What is known of one chat's limits; ``closed_until`` (monotonic seconds) after a refusal."""

    windows: tuple[SlidingWindow, ...]
    closed_until: float = field(default=0.0)


class PerChatRateLimiter(BaseRateLimiter[int]):
    """Keeps 30 messages/s overall, 1/s per chat with a burst of three, 20/min per group; repeats after a 429.

    ``waited_s`` sums the seconds callers were held back, ``refusals`` counts Telegram's 429 answers. Chat actions and
    callback answers are not counted. A refusal longer than ``longest_wait_s``, or one more than ``max_retries``,
    is raised as the library's `RetryAfter`.
    """

    def __init__(self, clock: Clock, *, max_retries: int = 3, longest_wait_s: float = 120.0) -> None:
        self._clock = clock
        self._max_retries = max_retries
        self._longest_wait_s = longest_wait_s
        self._overall = SlidingWindow(OVERALL_PER_SECOND, TRAVEL_MARGIN)
        self._chats: OrderedDict[str, ChatState] = OrderedDict()
        self.waited_s = 0.0
        self.refusals = 0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callback,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Answer:
        """Hold the call until the limits allow it; ``rate_limit_args`` overrides ``max_retries``."""
        chat_id = data.get("chat_id")
        state = None if chat_id is None or endpoint in UNCOUNTED else self._state(str(chat_id))
        counted = endpoint.startswith(COUNTED_PREFIXES) and state is not None
        retries_left = self._max_retries if rate_limit_args is None else rate_limit_args
        while True:
            await self._hold(state, counted=counted)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                wait_s = seconds_of(refusal) + RETRY_MARGIN_S
                self._note_refusal(endpoint, state, wait_s)
                if retries_left <= 0 or wait_s > self._longest_wait_s:
                    raise
                retries_left -= 1
                if state is None:
                    await self._wait(wait_s)

    async def _hold(self, state: ChatState | None, *, counted: bool) -> None:
        if state is None:
            return
        if counted:
            await self._wait_until(self._reserve(state.windows))
        while state.closed_until > self._clock.monotonic():
            await self._wait_until(state.closed_until)
        if counted:
            await self._wait_until(self._reserve((self._overall,)))

    def _reserve(self, windows: tuple[SlidingWindow, ...]) -> float:
        now = self._clock.monotonic()
        moment = max(window.free_at(now) for window in windows)
        for window in windows:
            window.take(moment)
        return moment

    def _note_refusal(self, endpoint: str, state: ChatState | None, wait_s: float) -> None:
        self.refusals += 1
        log.warning("telegram asked to wait", endpoint=endpoint, wait_s=wait_s)
        if state is not None:
            state.closed_until = max(state.closed_until, self._clock.monotonic() + wait_s)

    async def _wait_until(self, moment: float) -> None:
        await self._wait(moment - self._clock.monotonic())

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self.waited_s += seconds
            await self._clock.sleep(seconds)

    def _state(self, chat: str) -> ChatState:
        if chat not in self._chats:
            self._forget_idle()
            self._chats[chat] = ChatState(_windows(chat))
        self._chats.move_to_end(chat)
        return self._chats[chat]

    def _forget_idle(self) -> None:
        now = self._clock.monotonic()
        while len(self._chats) >= KEPT_CHATS:
            oldest = next(iter(self._chats.values()))
            if oldest.closed_until > now or not all(window.idle(now) for window in oldest.windows):
                return
            self._chats.popitem(last=False)


def _windows(chat: str) -> tuple[SlidingWindow, ...]:
    each = SlidingWindow(CHAT_BURST, CHAT_SECONDS * TRAVEL_MARGIN)
    is_group = chat.startswith(("-", "@"))
    return (each, SlidingWindow(GROUP_PER_MINUTE, MINUTE_S * TRAVEL_MARGIN)) if is_group else (each,)
