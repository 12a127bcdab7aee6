"""Content for messages in tests."""

from typing import Any

from handlers.ports import Button, MessageContent

KEYBOARD = ((Button("Refresh", "1|r|t|BTCUSDT|4h|-|-"), Button("Why?", "1|w|t|BTCUSDT|4h|x|-")),)


def content(text: str = "<b>hi</b> there", **extra: Any) -> MessageContent:
    return MessageContent(text, "hi there", **extra)
