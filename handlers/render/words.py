"""Numbers, moments and words in the reader's language and way of writing them (CLDR, through Babel).

The words of a result: which way a score points, reasons, units, what acting costs, and the moment it describes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import floor, isfinite, log10
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import get_decimal_symbol, get_group_symbol

from analysis.framework.reasons import MESSAGES, Message
from analysis.framework.result import CostToAct
from handlers.locale.messages import N_, Translator
from handlers.render.html import Html, esc, fill, plain, time_tag
from handlers.render.labels import shown_error
from handlers.render.look import ScoreLook
from handlers.render.percents import PERCENT, in_percent, percent_marks
from handlers.render.scored import Dated, Scored
from handlers.render.sources import source_words
from utils.binance_api.intervals import SHORTEST_MS

DASH = "–"  # stands where a number is missing
HUGE = 1e15  # from here on in scientific notation: doubles have no exact digits left
COIN_DECIMALS = 8  # of the exchange's finest step of a quantity
PRICE_DIGITS = 6  # significant digits of a price below a thousand: one tick of most symbols stays visible

SILENT_UNITS: Final = frozenset(
    {"", "1", "ratio", "index", "price", "quote", "-1/+1", "±1", "p", "count", "exponent", "degrees"}
)

SIDES: Final = 2  # what is bought is sold again, and slips each time
COST_DECIMALS: Final = 1

_WRITTEN: Final = re.compile(r"[+-]?\d+(?:\.(\d+))?(%?)")
_DATED: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}) UTC)?")
"""A day or a moment as a message has it."""
_OF_ONE: Final[Mapping[str, str]] = {"bars": N_("bar"), "days": N_("day"), "points": N_("point")}
"""Units of one."""


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """Return Babel's locale of a language; made once, because loading one reads its CLDR file."""
    return Locale.parse(language)


@lru_cache(maxsize=16)
def _marks(language: str) -> Mapping[int, str]:
    """Return what stands in a language for the comma between thousands and the point before decimals."""
    locale = locale_of(language)
    return str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale)})


def number(value: float | None, decimals: int, language: str, *, signed: bool = False) -> str:
    """Return ``value`` with a fixed number of decimals; a dash for ``None`` and what is not finite."""
    if value is None or not isfinite(value):
        return DASH
    if abs(value) >= HUGE:
        return f"{value:.1e}"
    rounded = round(value, decimals) + 0.0  # minus zero reads as zero
    digits = f"{Decimal(repr(rounded)):{'+' if signed else ''},.{decimals}f}"
    return digits.translate(_marks(language))


def coins(quantity: float, language: str, *, signed: bool = False) -> str:
    """Return a quantity of coins, with the decimals of the exchange's finest step that it needs."""
    text, mark = number(quantity, COIN_DECIMALS, language, signed=signed), number(0.5, 1, language)[1]
    return text.rstrip("0").rstrip(mark) if mark in text else text


def error_words(error: float, decimals: int, language: str) -> str:
    """Return one standard error in the language's format."""
    return shown_error(error, decimals, lambda value, places: number(value, places, language))


def price(value: float, language: str, digits: int = PRICE_DIGITS, *, tick_size: float | None = None) -> str:
    """Return a price with the decimals of the step it is quoted in.

    Where that is not known or larger than the price: with two decimals from a thousand on, and below it with as many
    as ``digits`` significant digits need.
    """
    if not isfinite(value):
        return DASH
    size = abs(value)
    if tick_size is not None and 0 < tick_size <= size:
        return number(value, decimals_of(tick_size), language)
    decimals = 2 if size >= 1000 or size == 0 else min(12, digits - 1 - floor(log10(size)))
    text = number(value, max(decimals, 2), language)
    mark = number(0.5, 1, language)[1]
    whole, _, fraction = text.partition(mark)
    return f"{whole}{mark}{fraction.rstrip('0').ljust(2, '0')}"


def decimals_of(tick_size: float) -> int:
    """Return the decimals in which a step of prices is written: 2 of 0.01, none of 5."""
    return max(0, -int(Decimal(repr(tick_size)).normalize().as_tuple().exponent))


def percent(share: float, language: str) -> str:
    """Return a share of one as whole per cent, rounded down so that 100 % means all of it."""
    return share_words(floor(share * 100 + 1e-9) / 100, language)


def share_words(share: float | None, language: str, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a share of one in percent, rounded to a fixed number of decimals; a dash as `number` does."""
    per_cent = None if share is None else 100 * share
    text = number(per_cent, decimals, language, signed=signed)
    return text if text == DASH else in_percent(text, percent_marks(language))


def with_unit(text: str, unit: str, tr: Translator) -> str:
    """Return a written number with its unit, per cent (also per year) where the language puts it; a dash has none."""
    if text == DASH:
        return text
    words = unit_words(_OF_ONE.get(unit, unit) if text == "1" else unit, tr)
    if not words.startswith(PERCENT):
        return f"{text} {words}".strip()
    return in_percent(text, percent_marks(tr.language)) + words.removeprefix(PERCENT)


def band_words(low: float, high: float, number_words: Callable[[float, int], str]) -> str:
    """Return a band in percent, with a decimal where its ends are one whole number otherwise."""
    decimals = 0 if round(100 * low) < round(100 * high) else 1
    return f"{number_words(100 * low, decimals)}–{number_words(100 * high, decimals)}"


def moment(at_ms: int, zone: str, language: str) -> str:
    """Return a moment (UTC ms) to the minute in the zone, named by its abbreviation or offset."""
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, 'd MMM yyyy HH:mm', locale=locale_of(language))} {local:%Z}"


def moment_tag(at_ms: int, zone: str, language: str) -> Html:
    """Return a moment (UTC ms) for a message: each reader sees it in their own zone, an older client in this one."""
    return time_tag(moment(at_ms, zone, language), at_ms)


def day_words(at_ms: int, zone: str, language: str) -> str:
    """Return the day of a moment (UTC ms) in the zone."""
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return str(format_datetime(local, "d MMM yyyy", locale=locale_of(language)))


def span(milliseconds: int, language: str) -> str:
    """Return a length of time in its largest fitting unit: ``70 minutes``, ``3 hours``."""
    length = timedelta(seconds=max(0, milliseconds) // 1000)
    return str(format_timedelta(length, threshold=1.5, locale=locale_of(language), format="short"))


def warm_up(languages: Iterable[str]) -> None:
    """Load what a first card would wait about 100 ms for: every language's number and date formats."""
    for language in languages:
        price(1.5, language)
        percent(0.5, language)
        span(60_000, language)
        moment(0, "UTC", language)


def score_word(result: Scored, look: ScoreLook, tr: Translator) -> str:
    """Return the words beside the score: the module's, or which way it points; empty where it has neither.

    There is no stronger word than up and down until a track record supports one.
    """
    verdict = look.verdict(result)
    return "" if verdict is None else message_text(verdict, tr)


def message_text(message: Message, tr: Translator) -> str:
    """Return a message in the reader's language; its text parameters are translated where the catalogue has them."""
    values = {name: _parameter(name, value, tr) for name, value in message.params.items()}
    template = MESSAGES.get(message.code)
    said = message.code if template is None else tr.gettext(template).format(**values)
    return said if message.because is None else f"{said}: {message_text(message.because, tr)}"


def _parameter(name: str, value: str | int | float, tr: Translator) -> str:
    """Return a parameter in words: numbers and shares in the language's format, each word of a list translated."""
    if isinstance(value, str):
        if name == "source":
            return source_words(value, tr)
        if dated := _DATED.fullmatch(value):
            return _dated(dated, tr.language)
        if written := _WRITTEN.fullmatch(value):
            return _rewritten(value, written, tr.language)
        return ", ".join(tr.gettext(word) for word in value.split(", "))
    return number(value, 0 if float(value).is_integer() else 2, tr.language)


def _dated(dated: re.Match[str], language: str) -> str:
    """Return a day or a moment (UTC) in the language's format."""
    day, time = dated.groups()
    shown = str(
        format_datetime(datetime.fromisoformat(day), "d\u00a0MMM\u00a0yyyy", locale=locale_of(language))
    )
    return shown if time is None else f"{shown} {time} UTC"


def _rewritten(text: str, written: re.Match[str], language: str) -> str:
    """Return a decimal number or a percentage, as English writes it, in the language's format."""
    decimals, mark = written.groups()
    if decimals is None and not mark:
        return text  # such as a year
    value = number(float(text.rstrip(PERCENT)), len(decimals or ""), language, signed=text.startswith("+"))
    return in_percent(value, percent_marks(language)) if mark else value


def unit_words(unit: str, tr: Translator) -> str:
    """Return a unit as a card shows it, empty where the number needs none."""
    return "" if is_silent(unit) else tr.gettext(unit)


def is_silent(unit: str) -> bool:
    """Whether a unit is left out: a price, a share, or a range such as ``0..100``."""
    return unit in SILENT_UNITS or ".." in unit


def market_words(result: Scored, tr: Translator) -> str:
    """Return the market whose bars were read, empty for spot, which is the rule."""
    return tr.gettext("perpetual") if result.market == "futures" else ""


def change_words(result: Scored, tr: Translator) -> list[str]:
    """Return the changes of the price over a day and a week, those that are known."""
    changes = ((N_("24h {change}"), result.changes.day), (N_("7d {change}"), result.changes.week))
    return [
        tr.gettext(words, change=share_words(share, tr.language, 1, signed=True))
        for words, share in changes
        if share is not None
    ]


def is_past(result: Dated, interval: str, *, asked_past: bool, pinned: bool, now_ms: int) -> bool:
    """Whether a card describes the past: requested so, or pinned to a bar that is no longer the last one."""
    return asked_past or (pinned and now_ms - result.bar_close > SHORTEST_MS[interval])


def as_of_words(result: Dated, zone: str, tr: Translator, *, past: bool) -> str:
    """Return the card's moment in the chat's time zone, marked as past where it is."""
    return plain(as_of_tag(result, zone, tr, past=past))


def as_of_tag(result: Dated, zone: str, tr: Translator, *, past: bool) -> Html:
    """Return the card's moment for a message, marked as past where it is."""
    at = moment_tag(result.as_of, zone, tr.language)
    return fill(tr.gettext("as of {moment} (past)"), moment=at) if past else at


def cost_line(cost: CostToAct | None, tr: Translator) -> Html:
    """Return what acting and undoing costs in one line, in basis points, and the measured edge beside it.

    Spread, slippage both ways, fees and funding with their sum; what is not known is named with its reason.
    """
    if cost is None:
        return Html("")
    parts = _cost_parts(cost, tr)
    known = {name: value for _, name, value in parts if value is not None}
    total = number(sum(known.values()), COST_DECIMALS, tr.language) if known else DASH
    text = tr.gettext("Cost of acting and undoing: {total} bps", total=total)
    if known:
        named = (f"{name} {number(value, COST_DECIMALS, tr.language)}" for name, value in known.items())
        text += f" ({', '.join(named)})"
    return esc("; ".join(part for part in (text, *_unknown_costs(cost, parts, tr), _edge(cost, tr)) if part))


def cost_words(cost: CostToAct | None, tr: Translator) -> Html:
    """Return the sum of what is known of the cost, and the names of what is not, on a short line."""
    parts = () if cost is None else _cost_parts(cost, tr)
    known = [value for _, _, value in parts if value is not None]
    if not known:
        return Html("")
    text = tr.gettext("Round trip {total} bps", total=number(sum(known), COST_DECIMALS, tr.language))
    unknown = ", ".join(name for _, name, value in parts if value is None)
    return esc(tr.gettext("{cost} without {names}", cost=text, names=unknown) if unknown else text)


def _cost_parts(cost: CostToAct, tr: Translator) -> tuple[tuple[str, str, float | None], ...]:
    slippage = None if cost.slippage_10k is None else SIDES * cost.slippage_10k
    return (
        ("spread", tr.gettext("spread"), cost.spread),
        ("slippage_10k", tr.gettext("slippage"), slippage),
        ("fees", tr.gettext("fees"), cost.fees),
        ("funding", tr.gettext("funding"), cost.funding),
    )


def _unknown_costs(
    cost: CostToAct, parts: tuple[tuple[str, str, float | None], ...], tr: Translator
) -> list[str]:
    """One remark per reason, naming the parts it explains."""
    names: dict[str, list[str]] = {}
    for key, name, value in parts:
        if value is None:
            reason = cost.reasons.get(key)
            why = tr.gettext("no reason given") if reason is None else message_text(reason, tr)
            names.setdefault(why, []).append(name)
    return [tr.gettext("without {names}: {why}", names=", ".join(of), why=why) for why, of in names.items()]


def _edge(cost: CostToAct, tr: Translator) -> str:
    if cost.gross_edge is not None:
        return tr.gettext(
            "measured edge {edge} bps", edge=number(cost.gross_edge, COST_DECIMALS, tr.language)
        )
    reason = cost.reasons.get("gross_edge")
    return "" if reason is None else tr.gettext("edge: {reason}", reason=message_text(reason, tr))
