"""What cards of an allocation say beside its words: weights with their bands, how they came about."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from analysis.allocate.inputs import CASH
from analysis.allocate.specs import STABLE_DAYS
from analysis.allocate.table_specs import BAND
from analysis.features.allocation_methods import BAND_SHARE
from analysis.framework.result import Table
from composite.result import Composite, Part
from handlers.composites.topic import look_of
from handlers.composites.view import ScoreView
from handlers.locale.messages import N_, Translator
from handlers.render.html import Html, Piece, Row, bold, esc, grid, italic, join, shorten
from handlers.render.score_lines import SCORE_DECIMALS
from handlers.render.words import band_words, message_text, number, share_words

MOST_COINS: Final = 8
"""Of a caption."""
NAME: Final = 10
COST_DECIMALS: Final = 3
HELD_DOWN: Final = N_("Invested {share}: volatility {forecast}, target {target}")
STABLE: Final = N_("Stability {share} over {days} days")
FROM_EQUAL: Final = N_("From equal: {share} traded, {cost} cost")
SHARED: Final = N_("Concentration {value}")
FACT_WORDS: Final = frozenset({HELD_DOWN, STABLE, FROM_EQUAL, SHARED})


class Figure(NamedTuple):
    """A number of a fact with its decimals; a share of one is said in percent."""

    value: float
    decimals: int = 0
    is_share: bool = True


class Fact(NamedTuple):
    """A sentence beside the weights, a message id, and the figures that fill it."""

    message: str
    figures: Mapping[str, Figure]


def allocation_facts(composite: Composite) -> list[Fact]:
    """Return what is known: how weights were held down, how they last, and what leads to them from equal weight."""
    known = {part.name: part.value for part in composite.parts if part.value is not None}
    facts = []
    if {"gross", "volatility", "target_volatility"} <= known.keys():
        names = {"share": "gross", "forecast": "volatility", "target": "target_volatility"}
        facts.append(Fact(HELD_DOWN, {word: Figure(known[name]) for word, name in names.items()}))
    if "stability" in known:
        figures = {"share": Figure(known["stability"]), "days": Figure(STABLE_DAYS, is_share=False)}
        facts.append(Fact(STABLE, figures))
    if {"turnover", "cost"} <= known.keys():
        figures = {"share": Figure(known["turnover"]), "cost": Figure(known["cost"], COST_DECIMALS)}
        facts.append(Fact(FROM_EQUAL, figures))
    if "concentration" in known:
        figures = {"value": Figure(known["concentration"], SCORE_DECIMALS, is_share=False)}
        facts.append(Fact(SHARED, figures))
    return facts


def fact_words(fact: Fact, tr: Translator) -> str:
    """Return a fact in the reader's language."""
    return tr.gettext(fact.message, **{name: _figure(one, tr) for name, one in fact.figures.items()})


def _figure(figure: Figure, tr: Translator) -> str:
    if figure.is_share:
        return share_words(figure.value, tr.language, figure.decimals)
    return number(figure.value, figure.decimals, tr.language)


def allocation_block(view: ScoreView) -> Html:
    """Return the facts beside the weights, a line each, then a line for each that is missing, saying why."""
    if not view.composite.weights:
        return Html("")
    facts = [esc(fact_words(one, view.tr)) for one in allocation_facts(view.composite)]
    return join("\n", [*facts, *_missing(view)])


def _missing(view: ScoreView) -> list[Html]:
    """Return what has no value, under each reason once."""
    titles: dict[str, list[str]] = {}
    for part in view.composite.parts:
        if part.value is None:
            titles.setdefault(_why(part, view.tr), []).append(
                view.tr.gettext(look_of(view.topic).part_title(part.name))
            )
    return [esc(f"– {', '.join(names)}: {why}") for why, names in titles.items()]


def _why(part: Part, tr: Translator) -> str:
    return tr.gettext("no reason given") if part.reason is None else message_text(part.reason, tr)


def notes_block(view: ScoreView, most: int | None) -> Html:
    """Return what is to be known of the weights, such as whether another method is better."""
    notes = view.composite.notes[:most] if view.topic.basket is not None else ()
    return join("\n", [italic(message_text(note, view.tr)) for note in notes])


def weights_block(view: ScoreView, most: int | None) -> list[Piece]:
    """Return the weight of each coin with its band, the largest first."""
    composite, tr = view.composite, view.tr
    if not composite.weights:
        return []
    ordered = _ordered(composite)
    band = composite.table(BAND)
    rows = [] if band is None else [_band_head(share_words(BAND_SHARE, tr.language))]
    rows += [_weight_row(name, weight, band, tr) for name, weight in ordered[:most]]
    title = bold(tr.gettext("Recommended weights"))
    return [title, grid(rows, headed=band is not None), *_rest(ordered, most, tr)]


def _band_head(share: str) -> Row:
    return Row(f"{'':<{NAME + 7}}{share:>13}", ("", "", share))


def steps_block(view: ScoreView, most: int | None) -> list[Piece]:
    """Return how each weight came about: equal weight, the method's, and that times what is invested, as shown."""
    composite, tr = view.composite, view.tr
    if not composite.weights:
        return []
    ordered = _ordered(composite)
    part = composite.part("gross")
    gross = 1.0 if part is None or part.value is None else part.value
    heads = (tr.gettext("equal"), tr.gettext("method"), f"× {number(gross, SCORE_DECIMALS, tr.language)}")
    rows = [_cells("", heads)]
    for name, shares in weight_steps(composite, gross).items():
        if name in dict(ordered[:most]):
            rows.append(_cells(name, [share_words(share, tr.language) for share in shares]))
    title = bold(tr.gettext("From equal weight to the weights"))
    return [title, grid(rows, headed=True), *_rest(ordered, most, tr)]


def weight_steps(composite: Composite, gross: float) -> dict[str, tuple[float, float, float]]:
    """Return by coin, the largest first, its equal weight, its weight by the method, and the one shown.

    The last is ``gross`` times the second but for the cash, which takes what the coins leave.
    """
    ordered = _ordered(composite)
    coins = [name for name, _ in ordered if name != CASH]
    by_method = {name: composite.weights[name] / gross for name in coins}
    left = 1.0 - sum(by_method.values())
    return {
        name: (1 / len(coins), by_method[name], weight) if name in by_method else (0.0, left, weight)
        for name, weight in ordered
    }


def _ordered(composite: Composite) -> list[tuple[str, float]]:
    return sorted(composite.weights.items(), key=lambda item: -item[1])


def _rest(ordered: list[tuple[str, float]], most: int | None, tr: Translator) -> list[Html]:
    rest = len(ordered) - len(ordered[:most])
    return [esc(tr.ngettext("and {count} more", "and {count} more", rest))] if rest else []


def _cells(name: str, cells: Sequence[str]) -> Row:
    line = f"{shorten(name, NAME - 2):<{NAME - 2}}" + "".join(f"{cell:>8}" for cell in cells)
    return Row(line, (name, *cells))


def _weight_row(name: str, weight: float, band: Table | None, tr: Translator) -> Row:
    share = share_words(weight, tr.language)
    shown = f"{shorten(name, NAME):<{NAME}}{share:>7}"
    if band is None:
        return Row(shown, (name, share))
    low, high = (band.column(side).get(name, np.nan) for side in ("low", "high"))
    if not np.isfinite([low, high]).all():
        return Row(shown, (name, share, ""))
    words = band_words(low, high, partial(number, language=tr.language))
    return Row(f"{shown}{words:>13}", (name, share, words))
