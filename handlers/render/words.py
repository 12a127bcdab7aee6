"""Words for a result: which way a score points, reasons, units, what acting costs, and the moment it describes."""

import re
from typing import Final

from analysis.framework.reasons import MESSAGES, Message
from analysis.framework.result import Analysis, CostToAct
from handlers.locale.messages import N_, Translator
from handlers.render.html import Html, esc
from handlers.render.look import Look
from handlers.render.numbers import DASH, moment, number, percent
from utils.binance_api.intervals import SHORTEST_MS

SILENT_UNITS: Final = frozenset(
    {"", "1", "ratio", "index", "price", "quote", "-1/+1", "±1", "p", "count", "exponent", "degrees"}
)

SIDES: Final = 2  # what is bought is sold again, and slips each time
COST_DECIMALS: Final = 1

_SHARE: Final = re.compile(r"(\d+)%")


def score_word(analysis: Analysis, look: Look, tr: Translator) -> str:
    """Return the words beside the score: the module's, or which way it points; empty where it has neither.

    There is no stronger word than up and down until a track record supports one.
    """
    verdict = look.verdict(analysis)
    return "" if verdict is None else message_text(verdict, tr)


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


def change_words(analysis: Analysis, tr: Translator) -> list[str]:
    """Return the changes of the price over a day and a week, those that are known."""
    changes = ((N_("24h {change}"), analysis.changes.day), (N_("7d {change}"), analysis.changes.week))
    return [
        tr.gettext(words, change=f"{number(share * 100, 1, tr.language, signed=True)} %")
        for words, share in changes
        if share is not None
    ]


def is_past(analysis: Analysis, *, asked_past: bool, pinned: bool, now_ms: int) -> bool:
    """Whether a card describes the past: requested so, or pinned to a bar that is no longer the last one."""
    return asked_past or (pinned and now_ms - analysis.bar_close > SHORTEST_MS[analysis.interval])


def as_of_words(analysis: Analysis, zone: str, tr: Translator, *, past: bool) -> str:
    """Return the card's moment in the chat's time zone, marked as past where it is."""
    at = moment(analysis.as_of, zone, tr.language)
    return tr.gettext("as of {moment} (past)", moment=at) if past else at


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
