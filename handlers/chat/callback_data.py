"""Callback data of buttons: ``1|action|command|subject|interval|at|owner``, at most 64 bytes, ``-`` for empty."""

import re
import string
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

VERSION: Final = "1"
MAX_BYTES: Final = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton
EMPTY: Final = "-"
KEY_MARK: Final = "~"
"""Begins a subject that is the key of a row, such as one that names the members of a basket; ``.ts`` may follow it,
the score by which they are ranked."""
KEY_LENGTH: Final = 8

Action = Literal[
    "i", "r", "c", "x", "w", "e", "s", "l", "o", "a", "as", "az2", "az24", "ae", "ad", "ok", "no"
]  # fmt: skip
"""Interval, refresh, chart, text, why, evidence, pick a suggested symbol or value, live, open a page of settings, alert
me; of an alert seen, snooze for 2 or 24 hours, edit, delete; what is confirmed or not."""

_ACTIONS: Final = frozenset(get_args(Action))
_DIGITS: Final = string.digits + string.ascii_lowercase
_FIELDS: Final = 7
_COMMAND = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)
_SYMBOL = re.compile(r"[^\s|<>&~-][^\s|<>&]{0,31}")
_SUBJECT = re.compile(rf"{_SYMBOL.pattern}|{KEY_MARK}[0-9a-z]{{{KEY_LENGTH}}}(\.[a-z]{{1,12}})?", re.ASCII)
_INTERVAL = re.compile(r"\d{1,2}[mhdwM]", re.ASCII)
_BASE36 = re.compile(r"[0-9a-z]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CallbackData:
    """What a button asks for: ``at`` in Unix seconds, ``owner`` as a person's id. It never grants a permission."""

    action: Action
    command: str
    subject: str | None = None
    interval: str | None = None
    at: int | None = None
    owner: int | None = None

    def encode(self) -> str:
        """Return the data as text; `ValueError` if it is too long or cannot be parsed back."""
        numbers = [EMPTY if value is None else base36(value) for value in (self.at, self.owner)]
        texts = [VERSION, self.action, self.command, self.subject or EMPTY, self.interval or EMPTY]
        data = "|".join(texts + numbers)
        if len(data.encode()) > MAX_BYTES:
            raise ValueError(f"callback data is over {MAX_BYTES} bytes: {data!r}")
        if parse_callback_data(data) != self:
            raise ValueError(f"callback data cannot be parsed back: {data!r}")
        return data


@dataclass(frozen=True, slots=True)
class OutdatedCallbackData:
    """Data of another format version: the parts that could still be recognised, ``None`` for the others."""

    command: str | None
    subject: str | None
    interval: str | None


def parse_callback_data(data: str) -> CallbackData | OutdatedCallbackData | None:
    """Parse the data of a pressed button; ``None`` if this bot did not write it."""
    fields = data.split("|")
    if len(fields) > 1 and fields[0] != VERSION and fields[0].isascii() and fields[0].isdigit():
        return _outdated(fields)
    if len(fields) != _FIELDS or fields[0] != VERSION or fields[1] not in _ACTIONS:
        return None
    _, action, command, subject, interval, at, owner = fields
    checks = ((_SUBJECT, subject), (_INTERVAL, interval), (_BASE36, at), (_BASE36, owner))
    if not _COMMAND.fullmatch(command) or not all(_empty_or(pattern, field) for pattern, field in checks):
        return None
    return CallbackData(
        cast("Action", action), command, _text(subject), _text(interval), _number(at), _number(owner)
    )


def base36(value: int) -> str:
    """Return a non-negative integer in base 36; `ValueError` for a negative one."""
    if value < 0:
        raise ValueError(f"cannot write a negative number in base 36: {value}")
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _outdated(fields: list[str]) -> OutdatedCallbackData:
    kept = [*fields, EMPTY, EMPTY, EMPTY, EMPTY]
    command = kept[2] if _COMMAND.fullmatch(kept[2]) else None
    subject = kept[3] if _SYMBOL.fullmatch(kept[3]) else None
    interval = kept[4] if _INTERVAL.fullmatch(kept[4]) else None
    return OutdatedCallbackData(command, subject, interval)


def _empty_or(pattern: re.Pattern[str], field: str) -> bool:
    return field == EMPTY or pattern.fullmatch(field) is not None


def _text(field: str) -> str | None:
    return None if field == EMPTY else field


def _number(field: str) -> int | None:
    return None if field == EMPTY else int(field, 36)
