"""Checks of reply markup, in Telegram's words."""

from typing import Any
from urllib.parse import urlsplit

from utils.sandbox.telegram.errors import BotApiError, bad_request

# https://core.telegram.org/bots/api#inlinekeyboardbutton
MAX_CALLBACK_DATA_BYTES = 64
MAX_BUTTONS = 100
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
_OTHER_KEYBOARDS = ("keyboard", "remove_keyboard", "force_reply")
_STYLES = frozenset({"primary", "danger", "success"})
_SCHEMES = frozenset({"http", "https", "tg", "ton"})


def has_other_keyboard(markup: dict[str, Any]) -> bool:
    """Whether the markup is a reply keyboard, its removal or a forced reply."""
    return any(markup.get(kind) for kind in _OTHER_KEYBOARDS)


def inline_keyboard(markup: dict[str, Any]) -> dict[str, Any] | None:
    """The checked inline keyboard, or `None` when there is none to show. Raises `BotApiError`."""
    if not markup or has_other_keyboard(markup):
        return None
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse reply keyboard markup JSON object")
    checked = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, checked)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": checked} if checked else None


def _button(button: object) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _unparsed("InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise _unparsed('Field "text" must be of type String')
    actions = [name for name in _ACTIONS if name in button]
    if not text.strip() or not actions:
        raise _unparsed("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        _check_data(button["callback_data"])
    if "url" in button:
        _check_url(str(button["url"]))
    if "web_app" in button:
        _check_web_app(button["web_app"])
    if "disabled" in button and not isinstance(button["disabled"], dict):
        raise _unparsed('Field "disabled" must be of type Object')
    return {"text": text, **_style(button), actions[0]: button[actions[0]]}


def _style(button: dict[str, Any]) -> dict[str, str]:
    style = str(button.get("style") or "").lower()
    if style in {"", "default"}:
        return {}
    if style not in _STYLES:
        raise _unparsed("invalid button style specified")
    return {"style": style}


def _check_web_app(web_app: object) -> None:
    url = web_app.get("url") if isinstance(web_app, dict) else None
    if not isinstance(url, str):
        raise _unparsed(
            'Can\'t find field "url"'
            if isinstance(web_app, dict)
            else 'Field "web_app" must be of type Object'
        )
    if urlsplit(url).scheme != "https":
        raise bad_request(
            f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )


def _check_data(data: object) -> None:
    if not isinstance(data, str):
        raise _unparsed('Field "callback_data" must be of type String')
    if not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url or url.startswith("tg:") else f"http://{url}")
    if parts.scheme not in _SCHEMES or (parts.scheme != "tg" and "." not in parts.netloc):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _unparsed(reason: str) -> BotApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
