"""Why a composite score is what it is: from neutral to the number shown, what each input weighs, gates, sources."""

from typing import Final

from analysis.framework.question import SourceStamp
from composite.result import Contribution
from handlers.composites.allocation_lines import MOST_COINS, allocation_block, notes_block, steps_block
from handlers.composites.inputs import input_title
from handlers.composites.score_card import multipliers, term_row
from handlers.composites.terms import input_terms, step_terms
from handlers.composites.topic import look_of
from handlers.composites.view import ScoreView, all_gates, head, missing_block, value_words
from handlers.render.card import COLUMNS, SHARE_DECIMALS, TITLE_WIDTH
from handlers.render.html import (
    Block,
    Html,
    Piece,
    Row,
    bold,
    compose,
    esc,
    fit,
    grid,
    italic,
    join,
    laid_out,
    shorten,
)
from handlers.render.score_lines import SCORE_DECIMALS
from handlers.render.words import number, percent, span

NUMBER_WIDTH: Final = 7
_CELL: Final = 8


def score_why_text(view: ScoreView) -> Html:
    """Return the whole explanation, for a text message."""
    return compose(score_why_blocks(view))


def score_why_blocks(view: ScoreView) -> list[Block]:
    """Return the blocks of the whole explanation, the first of which says what it explains."""
    return [*_blocks(view, None), laid_out(_weights(view), 4), Block(_sources(view), 5, role="fold")]


def score_why_caption(view: ScoreView) -> Html:
    """Return the explanation as a picture's caption, with a hint to the text, which has room for all of it."""
    hint = Block(italic(view.tr.gettext("More under “Text” and its “Why?”.")))
    return fit([*_blocks(view, MOST_COINS), hint])[0]


def _blocks(view: ScoreView, most: int | None) -> list[Block]:
    return [
        Block(head(view), role="head"),
        laid_out(_waterfall(view)),
        laid_out(steps_block(view, most), 1),
        Block(allocation_block(view), 2),
        Block(notes_block(view, most), 3),
        Block(multipliers(view), 2),
        Block(all_gates(view), 2),
        Block(_coverage(view), 3),
        Block(missing_block(view), 3),
    ]


def _waterfall(view: ScoreView) -> tuple[Piece, ...]:
    """From neutral, input by input, to the raw score, and by the steps to the score; it adds up to the number above."""
    composite, tr = view.composite, view.tr
    if composite.raw is None:
        return ()
    rows = [_level(view, tr.gettext("neutral"), composite.neutral)]
    rows += [term_row(view, term) for term in input_terms(composite)]
    withheld = composite.score is None
    if composite.steps or withheld:
        name = tr.gettext("raw, withheld") if withheld else tr.gettext("raw")
        rows.append(_level(view, f"= {name}", composite.raw))
    rows += [term_row(view, term) for term in (() if withheld else step_terms(composite))]
    if composite.score is not None:
        rows.append(_level(view, "= " + tr.gettext("score"), composite.score))
    title = bold(tr.gettext("From neutral to the score"))
    return title, grid(rows)


def _level(view: ScoreView, name: str, value: float) -> Row:
    width = COLUMNS - NUMBER_WIDTH - 1
    shown = number(value, SHARE_DECIMALS, view.tr.language)
    return Row(f"{shorten(name, width):<{width}} {shown:>{NUMBER_WIDTH}}", (name, None, shown))


def _coverage(view: ScoreView) -> Html:
    composite, tr = view.composite, view.tr
    if view.topic.basket is not None:
        return Html("")  # weights rest on no share of inputs
    share = tr.gettext("{share} of the weights are there", share=percent(composite.coverage, tr.language))
    if composite.min_coverage:
        least = percent(composite.min_coverage, tr.language)
        share = tr.gettext("{facts}, at least {least} are needed", facts=share, least=least)
    groups = tr.ngettext("inputs of {count} group", "inputs of {count} groups", composite.groups_present)
    if composite.min_groups:
        groups = tr.gettext("{facts}, at least {least}", facts=groups, least=composite.min_groups)
    return esc(f"{share}; {groups}")


def _weights(view: ScoreView) -> list[Piece]:
    """Return each input by group: its value, its configured weight, and what horizon, age and quality leave of it."""
    composite, tr = view.composite, view.tr
    if not composite.contributions:
        return []
    look = look_of(view.topic)
    lines: list[Piece] = [bold(tr.gettext("Inputs: value, weight, what is left of it"))]
    for group in dict.fromkeys(one.group for one in composite.contributions):
        rows = [_weight(view, one) for one in composite.contributions if one.group == group]
        lines += [esc(tr.gettext(look.group_title(group))), grid(rows)]
    return lines


def _weight(view: ScoreView, one: Contribution) -> Row:
    language, title = view.tr.language, view.tr.gettext(input_title(one.input))
    value = "–" if one.value is None else value_words(one.value, language, _CELL - 1)
    shares = [number(part, SCORE_DECIMALS, language) for part in (one.weight, one.effective)]
    line = f"{shorten(title, TITLE_WIDTH):<{TITLE_WIDTH}}{value:>{_CELL}}"
    return Row(line + "".join(f"{share:>5}" for share in shares), (title, value, *shares))


def _sources(view: ScoreView) -> Html:
    lines = [_source(view, source) for source in view.composite.sources]
    return join("\n", [bold(view.tr.gettext("Sources")), *lines]) if lines else Html("")


def _source(view: ScoreView, source: SourceStamp) -> Html:
    tr = view.tr
    since = view.composite.as_of if view.past else view.now_ms
    age = span(since - source.as_of, tr.language)
    return esc(tr.gettext("– {name}, {age} old", name=source.name, age=age))
