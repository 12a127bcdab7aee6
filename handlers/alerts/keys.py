"""What the buttons of alerts name: a key of eight characters, and the row of table ``view`` that stands under it.

A row names no chat: an alert is looked for in the chat of the message whose button was pressed, so that a key which is
carried elsewhere finds nothing there.
"""

import hashlib
import json
from dataclasses import dataclass

from handlers.chat.callback_data import KEY_LENGTH, KEY_MARK, base36
from utils.store.alerts import StoredAlert


@dataclass(frozen=True, slots=True)
class NamedAlert:
    """An alert by the moment at which it was created (UTC ms), which no other alert of its chat shares."""

    created_at: int

    @property
    def key(self) -> str:
        """The key of its row."""
        return _key(f"alert {self.created_at}")

    @property
    def row(self) -> str:
        """The content of its row."""
        return json.dumps({"alert": self.created_at})


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert that a button makes: its text in the grammar, and the alert that it replaces, if any."""

    text: str
    replaces: int | None = None

    @property
    def key(self) -> str:
        """The key of its row."""
        return _key(f"draft {self.replaces} {self.text}")

    @property
    def row(self) -> str:
        """The content of its row."""
        return json.dumps({"draft": self.text, "replaces": self.replaces})


def named_of(alert: StoredAlert) -> NamedAlert:
    """Return what the buttons of an alert name."""
    return NamedAlert(alert.created_at)


def read_row(row: str | None) -> NamedAlert | AlertDraft | None:
    """Return what a row names, ``None`` for what is no row of alerts."""
    content = None if row is None else json.loads(row)
    match content:
        case {"alert": int(created_at)}:
            return NamedAlert(created_at)
        case {"draft": str(text), "replaces": int(replaces)}:
            return AlertDraft(text, replaces)
        case {"draft": str(text), "replaces": None}:
            return AlertDraft(text)
    return None


def _key(text: str) -> str:
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    return KEY_MARK + base36(digest)[:KEY_LENGTH]
