"""Telegram's rate limits: a 429 response for one chat delays calls to that chat only."""

import math
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.telegram.retry_after import asked_wait_s
from bot.telegram.send.api_errors import error_kind
from utils.caching import LruMap
from utils.clock import Clock

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL_PER_SECOND = 30
CHAT_BURST, CHAT_SECONDS = 3, 3.0
GROUP_PER_MINUTE, MINUTE_S = 20, 60.0
# a 429 response, as a kind of refusal
FLOOD = "flood"
# Telegram counts arrivals, the limiter departures: the margins are for messages that travel faster than earlier ones,
# of which the first of a chat may have waited for a connection
OVERALL_MARGIN_S, CHAT_MARGIN_S, GROUP_MARGIN_S = 0.1, 0.3, 1.2
# Telegram rounds its waiting times down to whole seconds
RETRY_MARGIN_S = 0.1
MAX_CHATS = 4096
COUNTED_PREFIXES = ("send", "edit", "copy", "forward")
# Telegram does not count these, and none is worth sending after a wait
UNCOUNTED = frozenset({"sendChatAction", "sendMessageDraft"})

# as ``rate_limit_args``: the call is made at once where it takes no room from others, or not at all
ONLY_IF_FREE = -1

ApiResult = bool | dict[str, Any] | list[dict[str, Any]]
ApiCall = Callable[..., Coroutine[Any, Any, ApiResult]]
log = structlog.get_logger(__name__)


class SlidingWindow:
    """At most ``count`` events in any ``seconds``; times are seconds of the caller's clock.

    ``lent`` of them may happen elsewhere, at moments that are not known yet.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=count)
        self.lent = 0

    def next_free(self, now: float) -> float:
        """Return the first time, ``now`` or later, at which one more event is allowed."""
        if not self._times:
            return now
        allowed = max(1, self._count - self.lent)
        full = len(self._times) >= allowed
        return max(now, self._times[-1], self._times[-allowed] + self._seconds if full else now)

    def has_room(self, now: float) -> bool:
        """Return whether less than half of the events are used up."""
        used = self.lent + sum(time + self._seconds > now for time in self._times)
        return 2 * used < self._count

    def take(self, time: float) -> None:
        """Count an event at a time that `next_free` returned."""
        self._times.append(time)

    def take_back(self, now: float) -> None:
        """Count a lent event as one that happened now, at the latest."""
        self.lent -= 1
        later = [time for time in self._times if time > now]
        for _ in later:
            self._times.pop()
        self._times.append(now)
        self._times.extend(later)

    def idle(self, now: float) -> bool:
        """Return whether no event of the window counts any more."""
        return not self.lent and (not self._times or self._times[-1] + self._seconds <= now)


@dataclass(slots=True)
class ChatState:
    """One chat's windows, and until when a 429 response blocks it (``blocked_until``, monotonic seconds)."""

    windows: tuple[SlidingWindow, ...]
    blocked_until: float = field(default=0.0)


class PerChatRateLimiter(BaseRateLimiter[int]):
    """Allows 30 messages/s overall, 3 per 3 s in a chat and 20/min in a group; waits as a 429 response asks.

    ``waited_s`` sums the seconds that calls waited, ``refusals`` counts by kind what Telegram refused or did not answer
    (`ApiErrorKind` in lower case), 429 responses as `FLOOD`. Chat actions and answers
    to callback queries are not limited. A call to a chat waits at most ``max_wait_s`` in all, one without a chat
    ``max_other_wait_s``, a chat action never; then the library's `RetryAfter` is raised, with the time that is left.
    """

    def __init__(self, clock: Clock, *, max_wait_s: float = 3600.0, max_other_wait_s: float = 120.0) -> None:
        self._clock = clock
        self._max_wait_s = max_wait_s
        self._max_other_wait_s = max_other_wait_s
        self._overall = SlidingWindow(OVERALL_PER_SECOND, 1 + OVERALL_MARGIN_S)
        self._chats: LruMap[str, ChatState] = LruMap()
        self.waited_s = 0.0
        self.refusals: Counter[str] = Counter()

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: ApiCall,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> ApiResult:
        """Make the call when the limits allow it; ``rate_limit_args`` is how often it is repeated after a 429.

        With `ONLY_IF_FREE` it is made once, or `RetryAfter` is raised at once if half of a limit is used up.
        """
        chat_id = data.get("chat_id")
        state = None if chat_id is None or endpoint in UNCOUNTED else self._state(str(chat_id))
        counted = endpoint.startswith(COUNTED_PREFIXES) and state is not None
        if rate_limit_args == ONLY_IF_FREE and state is not None and not self._is_free(state):
            raise RetryAfter(timedelta(seconds=1))
        deadline = self._clock.monotonic() + (self._max_other_wait_s if state is None else self._max_wait_s)
        retries_left = (
            0 if endpoint in UNCOUNTED else math.inf if rate_limit_args is None else rate_limit_args
        )
        while True:
            await self._acquire(state, deadline, counted=counted)
            try:
                return await callback(*args, **kwargs)
            except TelegramError as error:
                wait_s = self._note_rejection(endpoint, state, error)
                if retries_left <= 0 or self._clock.monotonic() + wait_s > deadline:
                    raise RetryAfter(timedelta(seconds=wait_s)) from error
                retries_left -= 1
                if state is None:
                    await self._wait(wait_s)

    async def _acquire(self, state: ChatState | None, deadline: float, *, counted: bool) -> None:
        if state is None:
            return
        if counted:
            await self._wait_until(self._reserve(state.windows))
        while (left_s := state.blocked_until - self._clock.monotonic()) > 0:
            if state.blocked_until > deadline:
                raise RetryAfter(timedelta(seconds=left_s))
            await self._wait(left_s)
        if counted:
            await self._wait_until(self._reserve((self._overall,)))

    def has_room(self, chat_id: int) -> bool:
        """Return whether a call to a chat takes no room from answers: less than half of each limit is used up."""
        return self._is_free(self._state(str(chat_id)))

    def lend(self, chat_id: int, *, always: bool = False) -> tuple[SlidingWindow, ...] | None:
        """Keep a place for a message that another process sends to a chat, until `take_back`.

        Return what to give back, ``None`` if it would take room from answers; ``always`` keeps it in any case.
        """
        state = self._state(str(chat_id))
        if not always and not self._is_free(state):
            return None
        windows = (*state.windows, self._overall)
        for window in windows:
            window.lent += 1
        return windows

    def take_back(self, windows: tuple[SlidingWindow, ...]) -> None:
        """Count what `lend` returned as a message that was sent by now."""
        now = self._clock.monotonic()
        for window in windows:
            window.take_back(now)

    def _is_free(self, state: ChatState) -> bool:
        now = self._clock.monotonic()
        windows = (*state.windows, self._overall)
        return state.blocked_until <= now and all(window.has_room(now) for window in windows)

    def _reserve(self, windows: tuple[SlidingWindow, ...]) -> float:
        now = self._clock.monotonic()
        time = max(window.next_free(now) for window in windows)
        for window in windows:
            window.take(time)
        return time

    def _note_rejection(self, endpoint: str, state: ChatState | None, error: TelegramError) -> float:
        """Return how many seconds to wait after a 429 response; raise any other error again."""
        asked_s = asked_wait_s(error)
        if asked_s is None:
            self.refusals[error_kind(error).name.lower()] += 1
            raise error
        wait_s = asked_s + RETRY_MARGIN_S
        self.refusals[FLOOD] += 1
        log.warning("telegram asked to wait", endpoint=endpoint, wait_s=wait_s)
        if state is not None:
            state.blocked_until = max(state.blocked_until, self._clock.monotonic() + wait_s)
        return wait_s

    async def _wait_until(self, time: float) -> None:
        await self._wait(time - self._clock.monotonic())

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self.waited_s += seconds
            await self._clock.sleep(seconds)

    def _state(self, chat: str) -> ChatState:
        if chat not in self._chats:
            self._evict_idle()
        return self._chats.setdefault(chat, lambda: ChatState(_windows(chat)))

    def _evict_idle(self) -> None:
        now = self._clock.monotonic()
        while len(self._chats) >= MAX_CHATS:
            chat, oldest = self._chats.oldest()
            if oldest.blocked_until > now or not all(window.idle(now) for window in oldest.windows):
                return
            self._chats.pop(chat)


def _windows(chat: str) -> tuple[SlidingWindow, ...]:
    per_chat = SlidingWindow(CHAT_BURST, CHAT_SECONDS + CHAT_MARGIN_S)
    is_group = chat.startswith(("-", "@"))
    return (per_chat, SlidingWindow(GROUP_PER_MINUTE, MINUTE_S + GROUP_MARGIN_S)) if is_group else (per_chat,)
