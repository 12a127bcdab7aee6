"""A composite score as one reader sees it, and the lines that its card and its explanation share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from composite.result import Composite, Contribution, Gate
from handlers.composites.inputs import input_title
from handlers.composites.topic import CompositeTopic, look_of
from handlers.locale.messages import N_, Translator
from handlers.render.headline import headline
from handlers.render.html import ROWS, Block, Html, bold, dotted, esc, fill, fit, glue, italic, join, unbroken
from handlers.render.reason_lines import reason_lines, why_missing
from handlers.render.score_lines import SCORE_DECIMALS, scored_lines
from handlers.render.view import NO_NOTICE
from handlers.render.words import DASH, message_text, number, percent, score_word, span
from utils.binance_api.intervals import HOUR

SMALL: Final = 0.01
"""A value below it, such as a p-value, has more decimals."""
PART_WIDTH: Final = 12
BUTTON_ROWS: Final = 2
"""Rows of text that a row of buttons is as high as."""


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A composite as one reader sees it; fields as in `handlers.render.view.ReaderView`."""

    composite: Composite
    topic: CompositeTopic
    tr: Translator
    zone: str
    now_ms: int
    past: bool = False
    personal: tuple[Block, ...] = ()
    notice: Html = NO_NOTICE


def head(view: ScoreView) -> Html:
    """Return symbol, price and moment, the score with its bar, what it was made of, and the numbers beside it.

    Those beside weights are lines of their own.
    """
    title = view.tr.gettext(view.topic.title)
    lines = headline(view.composite, title, view.tr, zone=view.zone, past=view.past)
    return join("\n", [lines, _score(view), Html("") if view.topic.basket is not None else _parts(view)])


def _score(view: ScoreView) -> Html:
    composite, tr = view.composite, view.tr
    if composite.weights and composite.score is None:
        return bold(score_word(composite, look_of(view.topic), tr))
    if composite.score is None:
        return scored_lines(composite, look_of(view.topic), tr)
    facts = [tr.gettext("raw {value}", value=number(composite.raw, SCORE_DECIMALS, tr.language))]
    if composite.uncertainty is not None:
        facts.append(tr.gettext("± one sigma of the inputs"))
    below = dotted(map(esc, facts))
    return glue(scored_lines(composite, look_of(view.topic), tr), Html("\n"), below)


def _parts(view: ScoreView) -> Html:
    """Return the numbers beside the score on one line, then a line for each reason why some are missing."""
    look, tr, known, missing = look_of(view.topic), view.tr, list[Html](), list[tuple[str, str]]()
    for part in view.composite.parts:
        title = tr.gettext(look.part_title(part.name))
        if part.value is None:
            missing.append((title, why_missing(part.reason, tr)))
        else:
            value = value_words(part.value, tr.language, PART_WIDTH, signed=part.low < part.neutral == 0)
            known.append(fill("{title}\u00a0{value}", title=esc(unbroken(title)), value=bold(value)))
    return join("\n", [dotted(known), *(line for line, _ in reason_lines(missing, tr))])


def closed_gates(view: ScoreView) -> Html:
    """Return a line for each gate that withholds the score; those whose reasons are said already are left out."""
    said = view.composite.null_reasons if view.composite.score is None else ()
    gates = [gate for gate in view.composite.gates if gate.closed and gate.reason not in said]
    return join("\n", [_gate(view, gate) for gate in gates])


def all_gates(view: ScoreView) -> Html:
    """Return a line for each gate: what it reads, its limit, and whether it withholds."""
    if not view.composite.gates:
        return Html("")
    title = bold(view.tr.gettext("Gates"))
    return join("\n", [title, *(_gate(view, gate) for gate in view.composite.gates)])


def _gate(view: ScoreView, gate: Gate) -> Html:
    tr = view.tr
    title = tr.gettext(look_of(view.topic).gate_title(gate.name))
    state = tr.gettext("withholds the score") if gate.closed else tr.gettext("open")
    why = "" if gate.reason is None else f" ({message_text(gate.reason, tr)})"
    return esc(f"– {title}: {_gate_reading(gate, tr)}, {state}{why}")


def _gate_reading(gate: Gate, tr: Translator) -> str:
    """Return what a gate read and its limit, in their unit."""
    if gate.value is None:
        return DASH
    if gate.reads == "event":
        away = tr.gettext("{span} away", span=span(round(gate.value * HOUR), tr.language))
        if not gate.limit:
            return away
        return tr.gettext(
            "{away}, limit {limit}", away=away, limit=span(round(gate.limit * HOUR), tr.language)
        )
    value, limit = (number(one, SCORE_DECIMALS, tr.language) for one in (gate.value, gate.limit))
    words = N_("{value} of {limit} half-lives") if gate.reads == "age" else N_("{value} of {limit}")
    return tr.gettext(words, value=value, limit=limit)


def missing_block(view: ScoreView, most: int | None = None) -> Html:
    """Return coverage and what was missing, a line for each reason, the heaviest first; nothing if all was there."""
    composite, tr = view.composite, view.tr
    missing = sorted(composite.missing, key=lambda one: -one.weight)
    if not missing:
        return _coverage(view)
    lines = _missing_lines(missing, tr)
    shown = lines[:most]
    if rest := sum(count for _, count in lines[len(shown) :]):
        shown.append((esc(tr.ngettext("and {count} more", "and {count} more", rest)), 0))
    title = fill(
        tr.gettext("{missing} (coverage {share})"),
        missing=bold(tr.gettext("Missing")),
        share=esc(percent(composite.coverage, tr.language)),
    )
    return join("\n", [title, *(line for line, _ in shown)])


def _coverage(view: ScoreView) -> Html:
    """Return how much of the weights old or doubtful inputs leave; nothing where that is all."""
    composite, tr = view.composite, view.tr
    if composite.coverage >= 1 or view.topic.basket is not None:
        return Html("")
    share = bold(percent(composite.coverage, tr.language))
    return fill(tr.gettext("Coverage {share} of the weights"), share=share)


def _missing_lines(missing: list[Contribution], tr: Translator) -> list[tuple[Html, int]]:
    named = ((tr.gettext(input_title(one.input)), why_missing(one.reason, tr)) for one in missing)
    return reason_lines(named, tr)


def value_words(value: float, language: str, width: int, *, signed: bool = False) -> str:
    """Return the value of an input or a part: two decimals, more where it is small, as p-values are."""
    decimals = 4 if 0 < abs(value) < SMALL else SCORE_DECIMALS
    shown = number(value, decimals, language, signed=signed)
    return shown if len(shown) <= width else f"{value:.0e}"


def fit_or_hint(blocks: Sequence[Block], tr: Translator, *, button_rows: int = 1) -> Html:
    """Return a caption with room for ``button_rows`` more than a module's card has, and a hint where it is cut."""
    rows = ROWS - BUTTON_ROWS * button_rows
    markup, left_out = fit(blocks, rows=rows)
    if not left_out:
        return markup
    return fit([*blocks, Block(italic(tr.gettext("More under “Text”.")), 0)], rows=rows)[0]
