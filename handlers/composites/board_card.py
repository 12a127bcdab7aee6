"""The card of all composite scores: one row each, and below them what was missing."""

from dataclasses import dataclass
from typing import Final

from composite.declared import BY_NAME
from composite.result import Composite
from handlers.composites.board import Board
from handlers.composites.events import events_line
from handlers.composites.registry import ALL, ONE, look_of_score
from handlers.composites.view import BUTTON_ROWS
from handlers.locale.messages import Translator
from handlers.registry import EXAMPLE_BASKET
from handlers.render.card import COLUMNS
from handlers.render.headline import age_line, headline
from handlers.render.html import (
    ROWS,
    Block,
    Cells,
    Grid,
    Html,
    bold,
    code,
    compose,
    esc,
    fit,
    italic,
    join,
    laid_out,
    plain,
)
from handlers.render.score_lines import SCORE_DECIMALS, score_bar
from handlers.render.tones import SIGNS, TONE_WORDS
from handlers.render.view import NO_NOTICE
from handlers.render.words import DASH, error_words, message_text, number, percent, share_words

HALF_BAR: Final = 2
CAPTION_ROWS: Final = ROWS - 2 * BUTTON_ROWS  # two rows of buttons more than a module's card has
MOST_MISSING: Final = 4  # reasons of a caption
BLOCK_MISSING: Final = 2  # reasons of a block


@dataclass(frozen=True, slots=True)
class BoardView:
    """All scores as one reader sees them; fields as in `handlers.render.view.ReaderView`."""

    board: Board
    tr: Translator
    zone: str
    now_ms: int
    past: bool = False
    notice: Html = NO_NOTICE


def board_text(view: BoardView) -> Html:
    """Return the whole card, for a text message."""
    return compose(board_blocks(view))


def board_blocks(view: BoardView) -> list[Block]:
    """Return the blocks of the whole card, for a text message and for a rich one."""
    return _blocks(view, None)


def board_caption(view: BoardView) -> Html:
    """Return the card as a picture's caption; it hints at the text where something was left out."""
    for most in range(MOST_MISSING, 1, -1):
        markup, left_out = fit(_blocks(view, most), rows=CAPTION_ROWS)
        if not left_out:
            return markup
    hint = Block(italic(view.tr.gettext("More under “Text”.")))
    return fit([*_blocks(view, 1)[:-1], hint], rows=CAPTION_ROWS)[0]


def board_block(view: BoardView) -> Html:
    """Return the card as one block of a longer message: headline, rows, and the first reasons for what is missing."""
    title = headline(view.board.headed, "", view.tr, zone=view.zone, past=view.past)
    wide = _title_width(view.tr)
    rows = [_row(view, score, wide)[0] for score in view.board.scores if not takes_basket(score)]
    return join("\n", [title, *rows, _missing(view, BLOCK_MISSING)])


def _blocks(view: BoardView, most: int | None) -> list[Block]:
    board, tr = view.board, view.tr
    title = headline(board.headed, tr.gettext(ALL.title), tr, zone=view.zone, past=view.past)
    return [
        Block(view.notice),
        Block(title, role="head"),
        laid_out([_grid(view)]),
        Block(_missing(view, most), 3, role="fold"),
        Block(_facts(view), 4),
        Block(italic(tr.gettext("± is one sigma of the inputs. Each score describes; none is advice.")), 5),
    ]


def _grid(view: BoardView) -> Grid:
    wide = _title_width(view.tr)
    rows = [_row(view, score, wide) for score in view.board.scores]
    return Grid(join("\n", [line for line, _ in rows]), tuple(cells for _, cells in rows))


def _title_width(tr: Translator) -> int:
    return max(len(tr.gettext(look_of_score(name).row)) for name in ONE)


def _row(view: BoardView, score: Composite, wide: int) -> tuple[Html, Cells]:
    """Return title, bar and number in monospace and the word behind them, on one line of a phone.

    A word that has no room there is its sign. Cells leave the bar out.
    """
    look, tr = look_of_score(score.name), view.tr
    title = tr.gettext(look.row)
    short = f"{title:<{wide}}"
    if takes_basket(score):
        weights = _weights(score, COLUMNS - wide - 1, tr)
        return join(" ", [code(short), weights]), (title, plain(weights), None)
    tone, shown = look.tone(score), _number(score, tr)
    line = f"{short} {score_bar(score, HALF_BAR)} {shown}"
    said = "" if score.score is None else tr.gettext(TONE_WORDS[tone])
    word = said if len(line) + 1 + len(said) <= COLUMNS else SIGNS[tone]
    return join(" ", [code(line), bold(word) if word else Html("")]), (title, shown.strip(), said)


def _number(score: Composite, tr: Translator) -> str:
    if score.score is None:
        return DASH
    value = number(score.score, SCORE_DECIMALS, tr.language)
    if score.uncertainty is None:
        return value
    return f"{value}±{error_words(score.uncertainty, SCORE_DECIMALS, tr.language)}"


def takes_basket(score: Composite) -> bool:
    """Return whether a score is weights of a basket, which one symbol alone has not."""
    return BY_NAME[score.name].is_weights


def _weights(score: Composite, room: int, tr: Translator) -> Html:
    """Return the largest weights that ``room`` columns hold; without any, how a basket is asked about."""
    if not score.weights:
        return code(f"/{ONE[score.name].commands[0]} {EXAMPLE_BASKET}")
    largest = sorted(score.weights.items(), key=lambda item: -item[1])
    shown = [f"{name} {share_words(weight, tr.language)}" for name, weight in largest]
    lines = (
        " · ".join(shown[:most] if most == len(shown) else [*shown[:most], f"+{len(shown) - most}"])
        for most in range(len(shown), 0, -1)
    )
    fitting = next((line for line in lines if len(line) <= room), f"+{len(shown)}")
    return esc(fitting)


def _missing(view: BoardView, most: int | None) -> Html:
    """Return why scores are withheld, a line for each reason for which inputs are missing, and the coverage left."""
    tr = view.tr
    titles: dict[str, list[str]] = {}
    for score in view.board.scores:
        row = tr.gettext(look_of_score(score.name).row)
        for why in _reasons(score, tr):
            titles.setdefault(why, []).append(row)
    lines = [esc(f"– {', '.join(names)}: {why}") for why, names in titles.items()]
    shown = lines[:most]
    if rest := len(lines) - len(shown):
        shown.append(esc(tr.ngettext("and {count} more", "and {count} more", rest)))
    title = bold(tr.gettext("Missing")) if lines else Html("")
    return join("\n", [title, *shown, _coverage(view)])


def _coverage(view: BoardView) -> Html:
    """Return how much of its weights each score rests on where that is not all."""
    tr = view.tr
    shares = [
        f"{tr.gettext(look_of_score(score.name).row)}\u00a0{percent(score.coverage, tr.language)}"
        for score in view.board.scores
        if score.coverage < 1 and not takes_basket(score)
    ]
    return esc(tr.gettext("Coverage: {shares}", shares=" · ".join(shares))) if shares else Html("")


def _reasons(score: Composite, tr: Translator) -> list[str]:
    """Return why a score is withheld, the closest reason alone, else why inputs of it are missing, each once."""
    if takes_basket(score):
        return []
    if score.score is None and score.null_reasons:
        return [message_text(score.null_reasons[-1], tr)]  # the first counts weights, as the row does
    reasons = (one.reason for one in score.missing if one.reason is not None)
    return list(dict.fromkeys(message_text(reason, tr) for reason in reasons))


def _facts(view: BoardView) -> Html:
    board, tr = view.board, view.tr
    events = events_line((event for score in board.scores for event in score.events), board.as_of, tr)
    return join("\n", [events, age_line(board, view.now_ms, tr, past=view.past)])
