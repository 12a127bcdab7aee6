"""The cost of a round trip on a card: one line in basis points, with what is not known and why."""

from typing import Final

from analysis.framework.result import CostToAct
from handlers.locale.messages import Translator
from handlers.render.html import Html, esc
from handlers.render.numbers import DASH, number
from handlers.render.words import message_text

SIDES: Final = 2  # what is bought is sold again, and slips each time
DECIMALS: Final = 1

LowerPanel = tuple[str, str, float | None]


def cost_line(cost: CostToAct | None, tr: Translator) -> Html:
    """Return spread, slippage both ways, fees and funding with their sum, and the measured edge beside them."""
    if cost is None:
        return Html("")
    parts = _parts(cost, tr)
    known = {name: value for _, name, value in parts if value is not None}
    total = number(sum(known.values()), DECIMALS, tr.language) if known else DASH
    text = tr.gettext("Cost of acting and undoing: {total} bps", total=total)
    if known:
        text += f" ({', '.join(f'{name} {number(value, DECIMALS, tr.language)}' for name, value in known.items())})"
    return esc("; ".join(part for part in (text, *_unknown(cost, parts, tr), _edge(cost, tr)) if part))


def _parts(cost: CostToAct, tr: Translator) -> tuple[LowerPanel, ...]:
    slippage = None if cost.slippage_10k is None else SIDES * cost.slippage_10k
    return (
        ("spread", tr.gettext("spread"), cost.spread),
        ("slippage_10k", tr.gettext("slippage"), slippage),
        ("fees", tr.gettext("fees"), cost.fees),
        ("funding", tr.gettext("funding"), cost.funding),
    )


def _unknown(cost: CostToAct, parts: tuple[LowerPanel, ...], tr: Translator) -> list[str]:
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
        return tr.gettext("measured edge {edge} bps", edge=number(cost.gross_edge, DECIMALS, tr.language))
    reason = cost.reasons.get("gross_edge")
    return "" if reason is None else tr.gettext("edge: {reason}", reason=message_text(reason, tr))
