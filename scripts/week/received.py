"""What the sandbox's Telegram has received of the bot: pushes by alert, digests, notices, answers."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from scripts.week.ground import Ground, WatchedChat
from tests.support.placeholders import is_placeholder
from utils.sandbox.telegram.messages import StoredMessage
from utils.sandbox.telegram.world import World
from utils.units import MINUTE_MS

HEAD: Final = re.compile(r"(?:^|[ •])([A-Z0-9]{2,}): ")
DIGEST: Final = re.compile(r"Digest (\d+)( · | was not sent)")
PRESSED: Final = re.compile(r"Alert \d+\n")
"""What a press makes of a push, as a message of its own where the edit was not possible."""
LOST, BACK = "I cannot watch", "I can watch"
FINISHED_MS: Final = 2 * MINUTE_MS
"""So long after it was sent a message is looked at: a placeholder has become the answer by then."""
KEPT: Final = 8
"""Messages of a chat that the sandbox keeps: more than the bot looks back."""


@dataclass(slots=True)
class Received:
    """By chat (its first id): when each alert was told of, by symbol, when digests came, and what else came.

    ``unread`` are texts that are nothing of all this.
    """

    pushes: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    digests: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    missed_digests: int = 0
    notices: Counter[tuple[int, str]] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    questions: Counter[int] = field(default_factory=Counter)
    placeholders: list[str] = field(default_factory=list)
    summarised: int = 0
    pressed: int = 0
    messages: int = 0
    fresh: list[StoredMessage] = field(default_factory=list)
    """Pushes with buttons that the last look has found."""
    begun_ms: list[int] = field(default_factory=list)
    """When each process of the bot began."""
    first_of_process: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Pushes before which the process that sent them knew no message of their chat."""
    _seen: dict[int, int] = field(default_factory=dict)
    _last_ms: dict[int, int] = field(default_factory=dict)

    def look(self, world: World, ground: Ground, *, now_ms: int) -> None:
        """Read what is new and finished, and let the sandbox forget what is old."""
        self.fresh = []
        for chat_id, kept in world.messages.items():
            chat = ground.known.get(chat_id)
            if chat is None:
                continue
            for message in tuple(kept.values()):
                if message.id <= self._seen.get(chat_id, 0):
                    continue
                if message.date * 1000 > now_ms - FINISHED_MS:
                    break
                self._seen[chat_id] = message.id
                if message.sender.is_bot and not message.deleted and not message.content.service:
                    self._note(chat, message)
                self._last_ms[chat_id] = message.date * 1000
            for old in sorted(kept)[:-KEPT]:
                if old <= self._seen.get(chat_id, 0):
                    del kept[old]

    def _note(self, chat: WatchedChat, message: StoredMessage) -> None:
        text = message.content.rich.text
        self.messages += 1
        if found := DIGEST.match(text):
            self.digests[chat.first_id].append(message.date * 1000)
            self.missed_digests += found[2] != " · "
        elif text.startswith((LOST, BACK)):
            self._note_notice(chat, text)
        elif message.content.markup and (head := HEAD.match(text)) and "\nAlert " in text:
            self.pushes[chat.first_id, head[1]].append(message.date * 1000)
            self.first_of_process[chat.first_id, head[1]] += self._is_first(message)
            self.fresh.append(message)
        elif text.startswith(("This came meanwhile", "These ")) or text.startswith("• "):
            self._note_summary(chat, message)
        elif PRESSED.match(text):
            self.pressed += 1
        elif is_placeholder(text):
            self.placeholders.append(text)
        else:
            self.answers[chat.first_id] += 1

    def _is_first(self, message: StoredMessage) -> bool:
        """Whether nothing came in a chat between the start of the process and this message."""
        at_ms = message.date * 1000 + 999
        begun_ms = self.begun_ms[max(0, bisect_right(self.begun_ms, at_ms) - 1)]
        return self._last_ms.get(message.chat.id, 0) < begun_ms

    def _note_summary(self, chat: WatchedChat, message: StoredMessage) -> None:
        at_ms, is_first = message.date * 1000, self._is_first(message)
        for line in message.content.rich.text.splitlines():
            if not line.startswith("• "):
                continue
            said = line.removeprefix("• ")
            if said.startswith((LOST, BACK)):
                self._note_notice(chat, said)
            elif DIGEST.match(said):
                self.digests[chat.first_id].append(at_ms)
                self.missed_digests += 1
            elif head := HEAD.search(said):
                self.pushes[chat.first_id, head[1]].append(at_ms)
                self.first_of_process[chat.first_id, head[1]] += is_first
                self.summarised += 1

    def _note_notice(self, chat: WatchedChat, text: str) -> None:
        self.notices[chat.first_id, LOST if text.startswith(LOST) else BACK] += 1
