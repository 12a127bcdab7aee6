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
    shorten,
)
from handlers.render.score_lines import SCORE_DECIMALS, score_bar
from handlers.render.tones import SIGNS, TONE_WORDS
from handlers.render.view import NO_NOTICE
from handlers.render.words import DASH, error_words, message_text, number, percent, share_words

TITLE: Final = 8
HALF_BAR: Final = 2  # word and coverage stay on the line of a phone
BASKET: Final = "BTC ETH SOL"
CAPTION_ROWS: Final = ROWS - 2 * BUTTON_ROWS  # two rows of buttons more than a module's card has
MOST_MISSING: Final = 4  # reasons of a caption
BLOCK_MISSING: Final = 2  # reasons of a block
MOST_COINS: Final = 3  # of an allocation's row


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
    rows = [_row(view, score)[0] for score in view.board.scores if not takes_basket(score)]
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
    rows = [_row(view, score) for score in view.board.scores]
    return Grid(join("\n", [line for line, _ in rows]), tuple(cells for _, cells in rows))


def _row(view: BoardView, score: Composite) -> tuple[Html, Cells]:
    """Return title, bar and number in monospace, then the word, and the coverage where it is not whole.

    Cells leave the bar out.
    """
    look, tr = look_of_score(score.name), view.tr
    title = tr.gettext(look.row)
    short = f"{shorten(title, TITLE):<{TITLE}}"
    if takes_basket(score):
        weights = _weights(score, tr)
        return join(" ", [code(short), weights]), (title, plain(weights), None, None)
    tone, shown = look.tone(score), _number(score, tr)
    parts = [code(f"{short} {score_bar(score, HALF_BAR)} {shown}")]
    word = (
        f"{SIGNS[tone]} {tr.gettext(TONE_WORDS[tone])}"
        if score.score is not None and TONE_WORDS[tone]
        else ""
    )
    coverage = percent(score.coverage, tr.language) if score.coverage < 1 else ""
    parts += [bold(word) if word else Html(""), esc(coverage)]
    return join(" ", parts), (title, shown.strip(), word, coverage)


def _number(score: Composite, tr: Translator) -> str:
    if score.score is None:
        return f"{DASH:<9}"
    value = number(score.score, SCORE_DECIMALS, tr.language)
    if score.uncertainty is None:
        return f"{value:<9}"
    return f"{value}±{error_words(score.uncertainty, SCORE_DECIMALS, tr.language)}"


def takes_basket(score: Composite) -> bool:
    """Return whether a score is weights of a basket, which one symbol alone has not."""
    return BY_NAME[score.name].is_weights


def _weights(score: Composite, tr: Translator) -> Html:
    """Return the largest weights; without any, how a basket is asked about."""
    if not score.weights:
        return code(f"/{ONE[score.name].commands[0]} {BASKET}")
    largest = sorted(score.weights.items(), key=lambda item: -item[1])
    shown = [f"{name} {share_words(weight, tr.language)}" for name, weight in largest[:MOST_COINS]]
    rest = len(largest) - len(shown)
    return esc(" · ".join([*shown, f"+{rest}"] if rest > 0 else shown))


def _missing(view: BoardView, most: int | None) -> Html:
    """Return why scores are withheld, then a line for each reason for which inputs are missing."""
    tr = view.tr
    titles: dict[str, list[str]] = {}
    for score in view.board.scores:
        row = tr.gettext(look_of_score(score.name).row)
        for why in _reasons(score, tr):
            titles.setdefault(why, []).append(row)
    lines = [esc(f"– {', '.join(names)}: {why}") for why, names in titles.items()]
    if not lines:
        return Html("")
    shown = lines[:most]
    if rest := len(lines) - len(shown):
        shown.append(esc(tr.ngettext("and {count} more", "and {count} more", rest)))
    return join("\n", [bold(tr.gettext("Missing")), *shown])


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
