"""What the chat shows of its settings: all at once, one with its values, and the line about a value that cannot be."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from handlers.chat.callback_data import Action, CallbackData
from handlers.chat.context import RequestContext
from handlers.locale.messages import AUTO, N_
from handlers.ports import Button, Keyboard, MessageContent
from handlers.render.html import Html, bold, code, esc, fill, join, plain, pre
from handlers.render.sentences import quoted
from handlers.settings.choices import choice_text
from handlers.settings.declared import CLASSIC, DEFAULT, OFF, RICH, SETTINGS, Setting
from handlers.settings.values import WrongValue

COMMAND: Final = "settings"
WIDTH: Final = 32
BETWEEN: Final = "="
"""Stands between name and value in a button's data."""
LONGEST_SUBJECT: Final = 32
_MOST_IN_ROW: Final = 3
_LONGEST_OF_THREE: Final = 12
"""Letters of a button beside two others that stand on one line of a phone."""
_OWN_VALUE: Final = frozenset({"quiet_hours", "look"})
"""Settings of which one value says that nothing is chosen."""
_LANGUAGES: Final = {"en": "English", "tr": "Türkçe"}
_WORDS: Final = {
    AUTO: N_("automatic"),
    OFF: N_("off"),
    "dark": N_("dark"),
    "light": N_("light"),
    CLASSIC: N_("classic"),
    RICH: N_("rich"),
}


def all_settings(context: RequestContext) -> MessageContent:
    """Return the card with the values of all settings, and a button for each."""
    tr = context.tr
    private = context.chat is None or context.chat.kind == "private"
    title = tr.gettext("Your settings") if private else tr.gettext("Settings of this chat")
    rows = [(tr.gettext(setting.title), _shown(context, setting)) for setting in SETTINGS]
    wide = max(len(label) for label, _ in rows) + 2
    table = "\n".join(f"{label:<{wide}}{_fit(value, WIDTH - wide)}" for label, value in rows)
    how = fill(
        tr.gettext("Press one to change it, or type {example}."),
        example=code("/settings zone Europe/Istanbul"),
    )
    buttons = [setting_button(context, tr.gettext(setting.title), "o", setting.word) for setting in SETTINGS]
    return _message(join("\n\n", [bold(title), pre(table), how]), _rows(buttons, 2))


def one_setting(context: RequestContext, setting: Setting, said: str = "") -> MessageContent:
    """Return the card of one setting with its values as buttons; ``said`` is what has just happened."""
    tr = context.tr
    now = fill(tr.gettext("Now: {value}"), value=bold(_shown(context, setting)))
    if setting.name == "time_zone":
        now = fill(
            tr.gettext("Now: {value}, where it is {time}"),
            value=bold(_shown(context, setting)),
            time=_time(context),
        )
    how = fill(tr.gettext("Or type {example}."), example=code(f"/{COMMAND} {setting.word} {setting.example}"))
    blocks = [
        bold(tr.gettext(setting.title)),
        join("\n", [esc(said), now]),
        join("\n", [esc(tr.gettext(setting.help)), how]),
    ]
    return _message(join("\n\n", blocks), _value_rows(context, setting))


def wrong_value(context: RequestContext, setting: Setting, fault: WrongValue) -> MessageContent:
    """Return the line about a value that cannot be, with buttons for what is near to it."""
    line = fill(
        context.tr.gettext("{word} cannot be the setting {setting}. Type {example}."),
        word=quoted(fault.word),
        setting=bold(context.tr.gettext(setting.title)),
        example=code(f"/{COMMAND} {setting.word} {setting.example}"),
    )
    near = [
        setting_button(context, value, "s", subject)
        for value in fault.nearest
        if len(subject := setting.word + BETWEEN + value) <= LONGEST_SUBJECT
    ]
    unpressed = [value for value in fault.nearest if len(setting.word + BETWEEN + value) > LONGEST_SUBJECT]
    if near or unpressed:
        more = [fill(context.tr.gettext("Similar: {near}."), near=code(value)) for value in unpressed]
        line = join("\n", [line, *more])
    return _message(line, _rows(near, 1))


def unknown_setting(context: RequestContext, word: str) -> MessageContent:
    """Return the line about a word that names no setting."""
    line = fill(
        context.tr.gettext("There is no setting {word}. There are {names}. Example: {example}"),
        word=quoted(word),
        names=esc(", ".join(setting.word for setting in SETTINGS)),
        example=code(f"/{COMMAND} zone Europe/Istanbul"),
    )
    return _message(line)


def admins_only(context: RequestContext) -> str:
    """Return that a member may not change the settings of a group."""
    return context.tr.gettext("Only admins may change the settings of this chat.")


def value_words(context: RequestContext, setting: Setting, value: str) -> str:
    """Return a value as people read it."""
    if setting.name == "language" and value in _LANGUAGES:
        return _LANGUAGES[value]
    words = _WORDS.get(value)
    return (
        value.replace("-", "–")
        if words is None and setting.name == "quiet_hours"
        else context.tr.gettext(words or value)
    )


def _shown(context: RequestContext, setting: Setting) -> str:
    return value_words(context, setting, _current(context, setting))


def _current(context: RequestContext, setting: Setting) -> str:
    """The value that holds, as people type it."""
    if setting.name == "quiet_hours":
        return choice_text(context.choices, "quiet_hours") or OFF
    if setting.name == "look":
        return choice_text(context.choices, "look") or CLASSIC
    return str(getattr(context.config, setting.name))


def _time(context: RequestContext) -> Html:
    now = datetime.fromtimestamp(context.now_ms / 1000, UTC).astimezone(ZoneInfo(context.config.time_zone))
    return esc(f"{now:%H:%M}")


def _value_rows(context: RequestContext, setting: Setting) -> Keyboard:
    current = _current(context, setting)
    marked = current.removesuffix(context.config.quote) if setting.name == "default_symbol" else current
    options = [_option(context, setting, option, option == marked) for option in setting.options]
    longest = max(len(_marked(_option_words(context, setting, option))) for option in setting.options)
    tr = context.tr
    back = setting_button(context, "‹ " + tr.gettext("All settings"), "r")
    unset = setting_button(context, tr.gettext("Default"), "s", setting.word + BETWEEN + DEFAULT)
    chosen = setting.name not in _OWN_VALUE and choice_text(context.choices, setting.name) is not None
    row = _MOST_IN_ROW if longest <= _LONGEST_OF_THREE else _MOST_IN_ROW - 1
    return (*_rows(options, row), (back, unset) if chosen else (back,))


def _option(context: RequestContext, setting: Setting, option: str, is_current: bool) -> Button:
    text = _option_words(context, setting, option)
    button = setting_button(
        context, _marked(text) if is_current else text, "s", setting.word + BETWEEN + option
    )
    return replace(button, style="primary", disabled=True) if is_current else button


def _option_words(context: RequestContext, setting: Setting, option: str) -> str:
    """Return the label of a value: of a zone, its city."""
    return value_words(context, setting, option).rsplit("/", maxsplit=1)[-1].replace("_", " ")


def _marked(text: str) -> str:
    return f"· {text} ·"


def setting_button(context: RequestContext, text: str, action: Action, subject: str | None = None) -> Button:
    """Return a button of the settings, which names who asked."""
    owner = context.person.id if context.person.id >= 0 else None
    return Button(text, CallbackData(action, COMMAND, subject, owner=owner).encode())


def _rows(buttons: list[Button], wide: int) -> Keyboard:
    return tuple(tuple(buttons[place : place + wide]) for place in range(0, len(buttons), wide))


def _fit(value: str, width: int) -> str:
    """Return a value in a column: of a zone that is too long, its city."""
    short = value if len(value) <= width else value.rsplit("/", maxsplit=1)[-1].replace("_", " ")
    return short[:width]


def _message(text: Html, keyboard: Keyboard = ()) -> MessageContent:
    return MessageContent(text, plain(text), keyboard=keyboard)
