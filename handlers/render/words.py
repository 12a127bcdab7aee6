"""Words for a result: which way a score points, reasons, units, and the moment it describes."""

import re
from typing import Final

from analysis.contract import Analysis
from analysis.reasons import REASONS, Reason
from handlers.locale.messages import N_, Translator
from handlers.render.numbers import moment, number, percent
from handlers.render.theme import Tone
from handlers.render.voice import VOICES
from utils.binance_api.intervals import SHORTEST_MS

UNCERTAIN: Final = 0.05  # share of the score's range taken for noise where no uncertainty is known
SILENT_UNITS: Final = frozenset(
    {"", "1", "ratio", "index", "price", "quote", "-1/+1", "±1", "p", "count", "exponent", "degrees"}
)

_SHARE: Final = re.compile(r"(\d+)%")

GROUP_TITLES: Final = {
    "slope": N_("Slope"),
    "oscillators": N_("Oscillators"),
    "di": N_("Directional movement"),
    "position": N_("Position"),
    "strength": N_("Strength"),
    "persistence": N_("Memory"),
    "movement": N_("Movement"),
    "base": N_("Base rate"),
    "volatility": N_("Volatility"),
    "tail": N_("Tail losses"),
    "drawdown": N_("Drawdown"),
    "leverage": N_("Liquidation"),
    "rank": N_("Rank in its year"),
    "price": N_("Price"),
    "volume": N_("Volume"),
    "positioning": N_("Positioning"),
    "joint": N_("Joint features"),
    "spectral": N_("Spectral residual"),
    "change": N_("Change points"),
}


def tone_of(analysis: Analysis) -> Tone:
    """Return which way the score points; neutral while it is within its own uncertainty of neutral.

    A score without a direction has the tones of its voice instead.
    """
    if voice := VOICES.get(analysis.module):
        return voice.tone(analysis.score)
    if analysis.score is None:
        return "neutral"
    noise = analysis.uncertainty
    if noise is None:
        noise = UNCERTAIN * (analysis.high - analysis.low)
    away = analysis.score - analysis.neutral
    if abs(away) <= noise:
        return "neutral"
    return "up" if away > 0 else "down"


def score_word(analysis: Analysis, tr: Translator) -> str:
    """Return what stands beside the score: the module's own sentence, else up, neutral or down.

    No stronger word until a record supports it; nothing where a score without a direction has no sentence.
    """
    if analysis.verdict is not None:
        return reason_words(analysis.verdict, tr)
    words = {"up": tr.gettext("up"), "neutral": tr.gettext("neutral"), "down": tr.gettext("down")}
    return words.get(tone_of(analysis), "")


def reason_words(reason: Reason, tr: Translator) -> str:
    """Return a reason as a sentence; its text parameters are translated where the catalogue has them."""
    values = {name: _parameter(value, tr) for name, value in reason.params.items()}
    template = REASONS.get(reason.code)
    return reason.code if template is None else tr.gettext(template).format(**values)


def _parameter(value: str | int | float, tr: Translator) -> str:
    """A number in the reader's way, a share as per cent, a word or each word of a list translated."""
    if isinstance(value, str):
        if share := _SHARE.fullmatch(value):
            return percent(int(share[1]) / 100, tr.language)
        return ", ".join(tr.gettext(word) for word in value.split(", "))
    return number(value, 0 if float(value).is_integer() else 2, tr.language)


def unit_words(unit: str, tr: Translator) -> str:
    """Return a unit as a card shows it: nothing where the number says it all."""
    return "" if is_silent(unit) else tr.gettext(unit)


def is_silent(unit: str) -> bool:
    """Whether a unit is left out: a price, a share, or a range such as ``0..100``."""
    return unit in SILENT_UNITS or ".." in unit


def group_words(name: str, tr: Translator) -> str:
    """Return the name of a group or a multiplier."""
    return tr.gettext(GROUP_TITLES.get(name, name.replace("_", " ")))


def market_words(analysis: Analysis, tr: Translator) -> str:
    """Return the market whose bars were read, empty for spot, which is the rule."""
    return tr.gettext("perpetual") if analysis.market == "futures" else ""


def is_past(analysis: Analysis, *, asked_past: bool, pinned: bool, now_ms: int) -> bool:
    """Whether a card tells of the past: asked for so, or pinned to a bar that is no longer the last one."""
    return asked_past or (pinned and now_ms - analysis.bar_close > SHORTEST_MS[analysis.interval])


def as_of_words(analysis: Analysis, zone: str, tr: Translator, *, past: bool) -> str:
    """Return the card's moment in the chat's zone, said to be past where it is."""
    at = moment(analysis.as_of, zone, tr.language)
    return tr.gettext("as of {moment} (past)", moment=at) if past else at
