"""Previews of messages that a bot is making: one in each chat and topic, gone after 30 s or with the next message."""

from dataclasses import dataclass
from typing import Any, Final

# https://core.telegram.org/bots/api#sendmessagedraft
SHOWN_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A preview: the content fields of a message, whether the reader can stop it, until when it shows (UTC ms)."""

    chat_id: int
    thread_id: int | None
    draft_id: int
    content: dict[str, Any]
    can_stop: bool
    until_ms: int

    def record(self) -> dict[str, Any]:
        """The preview for tests and the page."""
        return {
            "chat_id": self.chat_id,
            "thread": self.thread_id,
            "draft_id": self.draft_id,
            "message": self.content,
            "can_stop": self.can_stop,
        }


class DraftBook:
    """The previews that show now."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[int, int | None], ShownDraft] = {}

    def show(self, draft: ShownDraft) -> None:
        """Show a preview in place of the one before."""
        self._drafts[draft.chat_id, draft.thread_id] = draft

    def clear(self, chat_id: int, thread_id: int | None) -> bool:
        """Take a preview away; return whether there was one."""
        return self._drafts.pop((chat_id, thread_id), None) is not None

    def of(self, chat_id: int, now_ms: int) -> list[ShownDraft]:
        """The previews of a chat that have not faded."""
        return [d for d in self._drafts.values() if d.chat_id == chat_id and d.until_ms > now_ms]
