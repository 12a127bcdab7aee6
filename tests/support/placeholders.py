"""What a chat shows of a message, and how a placeholder is told from an answer by it."""

from collections.abc import Mapping
from typing import Any


def shown_text(message: Mapping[str, Any]) -> str:
    """Return the text or the caption of a message of the Bot API, empty where it has neither."""
    return str(message.get("text") or message.get("caption") or "")


def is_placeholder(text: str) -> bool:
    """Whether the bot only says that it is at work, and what it waits for; an answer's first line ends otherwise."""
    first, _, rest = text.partition("\n")
    return first.endswith("…") and len(rest.splitlines()) <= 1
