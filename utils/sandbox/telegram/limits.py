"""Telegram's send limits as sliding windows; on in the program, off in a server made by a test."""

from collections import defaultdict, deque
from dataclasses import asdict, dataclass

from utils.sandbox.control import CallLog, TimeSource
from utils.sandbox.telegram.errors import too_many_requests
from utils.sandbox.telegram.people import Chat


@dataclass(slots=True)
class LimitSettings:
    """Messages per window. Sources: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.

    One per second per chat with short bursts (here three in three seconds), 20 per minute per group, 30 per
    second overall.
    """

    enabled: bool = False
    chat: int = 3
    chat_window_ms: int = 3_000
    group: int = 20
    group_window_ms: int = 60_000
    overall: int = 30
    overall_window_ms: int = 1_000


class SendLimits:
    """Counts sent messages and refuses the ones over a limit."""

    def __init__(self, clock: TimeSource, calls: CallLog, *, enabled: bool = False) -> None:
        self._clock = clock
        self._calls = calls
        self._sent: dict[tuple[str, int], deque[int]] = defaultdict(deque)
        self.settings = LimitSettings(enabled)

    def describe(self) -> dict[str, object]:
        """The settings as JSON."""
        return asdict(self.settings)

    def configure(self, wanted: dict[str, object]) -> None:
        """Change settings by name. Raises `ValueError` for an unknown name or a value that is no whole number."""
        for name, value in wanted.items():
            known = name in LimitSettings.__dataclass_fields__
            if not known or not isinstance(value, int) or (name != "enabled" and value < 1):
                raise ValueError(f"limit {name} cannot be {value!r}")
        self.settings = LimitSettings(**{**asdict(self.settings), **wanted})

    def spend(self, chat: Chat) -> None:
        """Count one message to that chat. Raises `BotApiError` 429 when it is one too many."""
        if not self.settings.enabled:
            return
        now_ms = self._clock.now_ms()
        windows = self._windows(chat)
        wait_ms = max(self._wait_ms(key, allowed, span, now_ms) for key, allowed, span in windows)
        if wait_ms > 0:
            self._calls.violation(limit="send", chat=chat.id, wait_ms=wait_ms)
            raise too_many_requests(-(-wait_ms // 1000))
        for key, _, _ in windows:
            self._sent[key].append(now_ms)

    def _windows(self, chat: Chat) -> list[tuple[tuple[str, int], int, int]]:
        s = self.settings
        windows = [
            (("overall", 0), s.overall, s.overall_window_ms),
            (("chat", chat.id), s.chat, s.chat_window_ms),
        ]
        return windows if chat.is_private else [*windows, (("group", chat.id), s.group, s.group_window_ms)]

    def _wait_ms(self, key: tuple[str, int], allowed: int, span_ms: int, now_ms: int) -> int:
        sent = self._sent[key]
        while sent and sent[0] <= now_ms - span_ms:
            sent.popleft()
        return 0 if len(sent) < allowed else sent[-allowed] + span_ms - now_ms
