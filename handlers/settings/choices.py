"""The choices of a chat: what it has set for itself, each by its name, and the rest as the configuration says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast, get_args

import structlog
from pydantic import ValidationError

from config.c_chat import ChatConfig
from handlers.alerts.local_time import QuietHours
from handlers.settings.quiet_text import read_quiet, write_quiet

LookName = Literal["classic", "rich"]
"""How a card is built: of text and picture, or of the blocks that newer clients show."""
ChoiceName = Literal[
    "language",
    "default_symbol",
    "quote",
    "default_interval",
    "time_zone",
    "theme",
    "quiet_hours",
    "look",
]
CHOICE_NAMES: Final[tuple[ChoiceName, ...]] = get_args(ChoiceName)
_CONFIGURED: Final[tuple[ChoiceName, ...]] = CHOICE_NAMES[:6]
"""These are keys of `ChatConfig` too, which says what is valid."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen; ``None`` follows the configuration, which knows no quiet hours and the classic look."""

    language: str | None = None
    default_symbol: str | None = None
    quote: str | None = None
    default_interval: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    quiet_hours: QuietHours | None = None
    look: LookName | None = None

    def over(self, config: ChatConfig) -> ChatConfig:
        """Return the configuration as it is for who has chosen so."""
        every: dict[str, str | None] = {name: getattr(self, name) for name in _CONFIGURED}
        chosen = {name: value for name, value in every.items() if value is not None}
        return config.model_copy(update=chosen) if chosen else config


def read_choices(rows: Mapping[str, str]) -> Choices:
    """Return the choices that are kept as text by their names; what is not valid, or no longer, is left out."""
    choices = Choices()
    for name in CHOICE_NAMES:
        if (text := rows.get(name)) is None:
            continue
        if (changed := with_choice(choices, name, text)) is None:
            log.warning("a kept choice is not valid", name=name, value=text)
        else:
            choices = changed
    return choices


def with_choice(choices: Choices, name: ChoiceName, text: str | None) -> Choices | None:
    """Return the choices with one of them as its text says, ``None`` (as text) for none of it; ``None`` if invalid."""
    value: Any = text
    if name == "quiet_hours":
        value = None if text is None else read_quiet(text)
    elif text is not None and not _is_valid(name, text):
        value = None
    return None if value is None and text is not None else _replaced(choices, name, value)


def choice_text(choices: Choices, name: ChoiceName) -> str | None:
    """Return a choice as it is kept, ``None`` where nothing is chosen."""
    value = getattr(choices, name)
    return write_quiet(value) if isinstance(value, QuietHours) else cast("str | None", value)


def _replaced(choices: Choices, name: str, value: Any) -> Choices:
    return replace(choices, **{name: value})


def _is_valid(name: str, text: str) -> bool:
    if name == "look":
        return text in get_args(LookName)
    try:
        ChatConfig.model_validate({name: text})
    except ValidationError:
        return False
    return True
