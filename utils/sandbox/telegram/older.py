"""A server that is older than the Bot API of 2026: what it does with calls that it does not know."""

from collections.abc import Callable
from typing import Final

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.params import Params

NO_METHOD: Final = BotApiError(404, "Not Found: method not found")
_TIME_TAG: Final = "<tg-time"
_WRITTEN: Final = ("text", "caption", "media", "results", "result")
_MARKUP: Final = ("reply_markup", "results", "result")


def forget(lacks: frozenset[str], method: str, params: Params) -> None:
    """Refuse or change a call as a server without these features does. Raises `BotApiError`."""
    for feature in sorted(lacks):
        _OLDER[feature](method.lower(), params)


def _times(_: str, params: Params) -> None:
    for name in _WRITTEN:
        text = params.text(name)
        if _TIME_TAG in text:
            offset = len(text[: text.index(_TIME_TAG)].encode())
            reason = f'Unsupported start tag "tg-time" at byte offset {offset}'
            raise bad_request(f"can't parse entities: {reason}")


def _button_looks(_: str, params: Params) -> None:
    if any('"disabled"' in params.text(name) for name in _MARKUP):
        reason = "Text buttons are unallowed in the inline keyboard"
        raise bad_request(f"can't parse inline keyboard button: {reason}")


def _ephemeral(method: str, params: Params) -> None:
    if "ephemeral" in method:
        raise NO_METHOD
    params.values.pop("ephemeral_message_parameters", None)


def _drafts(method: str, _: Params) -> None:
    if method.endswith("draft"):
        raise NO_METHOD


def _rich(method: str, params: Params) -> None:
    if method.startswith("sendrich"):
        raise NO_METHOD
    params.values.pop("rich_message", None)


_OLDER: Final[dict[str, Callable[[str, Params], None]]] = {
    "times": _times,
    "button_looks": _button_looks,
    "ephemeral": _ephemeral,
    "drafts": _drafts,
    "rich": _rich,
}
FEATURES: Final = frozenset(_OLDER)
"""What a server may lack."""
