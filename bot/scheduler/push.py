"""A push as the outbox keeps it: its text, its buttons, and the one line that stands for it when it is old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.locale.messages import Translator
from handlers.ports import Button, Keyboard, MessageContent
from handlers.render.html import Html, esc, join, plain


@dataclass(frozen=True, slots=True)
class Push:
    """A message that nobody asked for now: HTML ``text``, buttons, and its ``line`` in a summary, in one language."""

    text: Html
    line: Html
    language: str
    keyboard: Keyboard = ()

    @property
    def content(self) -> MessageContent:
        """The message."""
        return MessageContent(self.text, plain(self.text), keyboard=self.keyboard)

    def to_json(self) -> dict[str, object]:
        """Return the object that the outbox keeps."""
        rows = [[[button.text, button.data, button.style] for button in row] for row in self.keyboard]
        return {"text": self.text, "line": self.line, "language": self.language, "buttons": rows}


def push_of(stored: Mapping[str, Any]) -> Push:
    """Return the push that `Push.to_json` made; `KeyError` for another object."""
    rows = tuple(tuple(Button(*button) for button in row) for row in stored["buttons"])
    return Push(Html(stored["text"]), Html(stored["line"]), stored["language"], rows)


def summary(pushes: Sequence[Push], tr: Translator) -> MessageContent:
    """Return one message for pushes that came too late to be news."""
    head = tr.ngettext(
        "This came meanwhile:",
        "These {count} came meanwhile:",
        len(pushes),
    )
    text = join("\n", [esc(head), *(Html(f"• {push.line}") for push in pushes)])
    return MessageContent(text, plain(text))
