"""Words for a result: which way a score points, reasons, units, and the moment it describes."""

import re
from typing import Final

from analysis.framework.reasons import MESSAGES, Message
from analysis.framework.result import Analysis
from handlers.locale.messages import Translator
from handlers.render.look import Look
from handlers.render.numbers import moment, number, percent
from utils.binance_api.intervals import SHORTEST_MS

SILENT_UNITS: Final = frozenset(
    {"", "1", "ratio", "index", "price", "quote", "-1/+1", "±1", "p", "count", "exponent", "degrees"}
)

_SHARE: Final = re.compile(r"(\d+)%")


def score_word(analysis: Analysis, look: Look, tr: Translator) -> str:
    """Return the text beside the score: the module's verdict, else up, neutral or down; empty for other tones.

    There is no stronger word than up and down until a track record supports one.
    """
    if analysis.verdict is not None:
        return message_text(analysis.verdict, tr)
    words = {"up": tr.gettext("up"), "neutral": tr.gettext("neutral"), "down": tr.gettext("down")}
    return words.get(look.tone(analysis), "")


def message_text(message: Message, tr: Translator) -> str:
    """Return a message in the reader's language; its text parameters are translated where the catalogue has them."""
    values = {name: _parameter(value, tr) for name, value in message.params.items()}
    template = MESSAGES.get(message.code)
    return message.code if template is None else tr.gettext(template).format(**values)


def _parameter(value: str | int | float, tr: Translator) -> str:
    """Return a parameter in words: numbers and shares in the language's format, each word of a list translated."""
    if isinstance(value, str):
        if share := _SHARE.fullmatch(value):
            return percent(int(share[1]) / 100, tr.language)
        return ", ".join(tr.gettext(word) for word in value.split(", "))
    return number(value, 0 if float(value).is_integer() else 2, tr.language)


def unit_words(unit: str, tr: Translator) -> str:
    """Return a unit as a card shows it, empty where the number needs none."""
    return "" if is_silent(unit) else tr.gettext(unit)


def is_silent(unit: str) -> bool:
    """Whether a unit is left out: a price, a share, or a range such as ``0..100``."""
    return unit in SILENT_UNITS or ".." in unit


def market_words(analysis: Analysis, tr: Translator) -> str:
    """Return the market whose bars were read, empty for spot, which is the rule."""
    return tr.gettext("perpetual") if analysis.market == "futures" else ""


def is_past(analysis: Analysis, *, asked_past: bool, pinned: bool, now_ms: int) -> bool:
    """Whether a card describes the past: requested so, or pinned to a bar that is no longer the last one."""
    return asked_past or (pinned and now_ms - analysis.bar_close > SHORTEST_MS[analysis.interval])


def as_of_words(analysis: Analysis, zone: str, tr: Translator, *, past: bool) -> str:
    """Return the card's moment in the chat's time zone, marked as past where it is."""
    at = moment(analysis.as_of, zone, tr.language)
    return tr.gettext("as of {moment} (past)", moment=at) if past else at
