"""The card of one composite score, made from the result alone and readable in five seconds on a narrow phone."""

from typing import Final

from handlers.composites.allocation_lines import MOST_COINS, allocation_block, weights_block
from handlers.composites.events import events_line
from handlers.composites.inputs import input_title
from handlers.composites.terms import Term, for_and_against
from handlers.composites.topic import look_of
from handlers.composites.view import (
    ScoreView,
    all_gates,
    closed_gates,
    fit_or_hint,
    head,
    missing_block,
    value_words,
)
from handlers.render.card import COLUMNS, MOST_AGAINST, MOST_FOR, SHARE_DECIMALS, TITLE_WIDTH
from handlers.render.headline import age_line
from handlers.render.html import (
    Block,
    Html,
    Piece,
    Row,
    bold,
    compose,
    dotted,
    esc,
    grid,
    italic,
    join,
    laid_out,
    shorten,
    unbroken,
)
from handlers.render.score_lines import SCORE_DECIMALS
from handlers.render.words import message_text, number

MOST_MISSING: Final = 3  # reasons of a caption
MOST_NOTES: Final = 2  # of a caption


def score_text(view: ScoreView) -> Html:
    """Return the whole card, for a text message."""
    return compose(score_blocks(view))


def score_blocks(view: ScoreView) -> list[Block]:
    """Return the blocks of the whole card, for a text message and for a rich one."""
    return [
        *_first_blocks(view),
        laid_out(weights_block(view, None), 1),
        Block(allocation_block(view), 2),
        Block(all_gates(view) if view.composite.score is not None else closed_gates(view), 2),
        Block(_facts(view), 2),
        Block(missing_block(view), 3, role="fold"),
        Block(_notes(view, None), 6, role="aside"),
        *view.personal,
    ]


def score_caption(view: ScoreView) -> Html:
    """Return the card as a picture's caption; it hints at the text where something was left out."""
    blocks = [
        *_first_blocks(view),
        laid_out(weights_block(view, MOST_COINS), 1),
        Block(allocation_block(view), 2),
        Block(closed_gates(view), 2),
        Block(_facts(view), 2),
        Block(missing_block(view, MOST_MISSING), 3),
        Block(_notes(view, MOST_NOTES), 6),
        *view.personal,
    ]
    return fit_or_hint(blocks, view.tr)


def _first_blocks(view: ScoreView) -> list[Block]:
    remark = italic(view.tr.gettext(look_of(view.topic).remark))
    said = Block(join("\n", [head(view), remark]), role="head")
    return [Block(view.notice), said, laid_out(_contributions(view), 1)]


def _contributions(view: ScoreView) -> list[Piece]:
    composite, tr = view.composite, view.tr
    above = composite.score is None or composite.score >= composite.neutral
    pro, contra = for_and_against(composite)
    titles = look_of(view.topic).side_titles(above=above)
    parts: list[Piece] = []
    for title, terms in zip(titles, (pro[:MOST_FOR], contra[:MOST_AGAINST]), strict=True):
        if terms:
            parts += [bold(tr.gettext(title)), grid([term_row(view, term) for term in terms])]
    return [*parts, multipliers(view)]


def term_row(view: ScoreView, term: Term) -> Row:
    """Return title, value and what it adds in 32 columns; a step has no value and more room for its title."""
    language, title = view.tr.language, view.tr.gettext(term.title)
    added = number(term.contribution, SHARE_DECIMALS, language, signed=True)
    if term.value is None:
        width = COLUMNS - 7
        return Row(f"{shorten(title, width):<{width}} {added:>6}", (title, None, added))
    width = COLUMNS - TITLE_WIDTH - 8
    value = value_words(term.value, language, width)
    return Row(
        f"{shorten(title, TITLE_WIDTH):<{TITLE_WIDTH}} {value:>{width}} {added:>6}", (title, value, added)
    )


def multipliers(view: ScoreView) -> Html:
    """Return the factors that add nothing by themselves, on one line; those that stand beside the score are said."""
    tr, words = view.tr, list[Html]()
    said = {part.name for part in view.composite.parts}
    for factor in view.composite.multipliers:
        if factor.name in said:
            continue
        title = tr.gettext(input_title(factor.name))
        if factor.value is None:
            why = tr.gettext("no reason given") if factor.reason is None else message_text(factor.reason, tr)
            words.append(esc(f"×\u00a0{unbroken(title)}\u00a0– ({why})"))
        else:
            value = number(factor.value, SCORE_DECIMALS, tr.language)
            words.append(esc(f"×\u00a0{unbroken(title)}\u00a0{value}"))
    return dotted(words)


def _facts(view: ScoreView) -> Html:
    """Return dated events near the moment, then how old the last bar is."""
    composite, tr = view.composite, view.tr
    events = events_line(composite.events, composite.as_of, tr)
    return join("\n", [events, age_line(composite, view.now_ms, tr, past=view.past)])


def _notes(view: ScoreView, most: int | None) -> Html:
    return join("\n", [italic(message_text(note, view.tr)) for note in view.composite.notes[:most]])
