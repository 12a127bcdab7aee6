"""The score of a card and the numbers beside it: uncertainty, words and bar, or why they are withheld."""

from collections.abc import Sequence
from typing import Final

from analysis.framework.reasons import Reason
from analysis.framework.result import Headline
from handlers.locale.messages import Translator
from handlers.render.html import Html, bold, code, dotted, esc, fill, glue, join, unbroken
from handlers.render.look import ScoreLook
from handlers.render.scored import Scored, Spread
from handlers.render.tones import SIGNS
from handlers.render.view import ReaderView
from handlers.render.words import error_words, message_text, number, percent, score_word

AT_END: Final = 0.02  # share of the scale within which neutral is its lowest end
BAR_HALF: Final = 8  # cells on either side of neutral
MOST_REASONS: Final = 2  # of a withheld score; what is missing follows line by line
SCORE_DECIMALS: Final = 2


def score_lines(view: ReaderView) -> Html:
    """Return the score of a module with its uncertainty, word and bar, or why it is withheld."""
    return scored_lines(view.analysis, view.look, view.tr)


def scored_lines(result: Scored, look: ScoreLook, tr: Translator, *more: Html) -> Html:
    """Return a score with its uncertainty, word and bar, or why it is withheld; of a basket its words.

    ``more`` stands behind the rank in its past.
    """
    if result.score is None and result.basket is not None and result.verdict is not None:
        return bold(score_word(result, look, tr))  # several coins have words, not one score
    if result.score is None:
        reasons = esc(reason_words(result.null_reasons, tr))
        return fill(tr.gettext("{none}: {reasons}"), none=bold(tr.gettext("No score")), reasons=reasons)
    text = with_uncertainty(result.score, result.uncertainty, tr)
    sign = SIGNS[look.tone(result)] + " "
    parts = [glue(esc(sign), bold(_said(text, score_word(result, look, tr))))]
    if result.percentile is not None:
        rank = tr.gettext("above {share} of its past", share=percent(result.percentile, tr.language))
        parts.append(esc(rank))
    return glue(dotted([*parts, *more]), Html("\n"), code(score_bar(result)))


def _said(number_text: str, word: str) -> str:
    """Return a score with its word, set apart where that begins with a number, as ``29 mumda bir`` does."""
    return f"{number_text}{' · ' if word[:1].isdigit() else ' '}{word}".strip()


def headline_lines(view: ReaderView) -> Html:
    """Return the numbers beside the score on one line, then a line for each that is withheld, saying why."""
    known, withheld = [], []
    for headline in view.analysis.headlines:
        title = view.tr.gettext(view.look.headline_title(headline.name))
        if headline.value is None:
            withheld.append(esc(f"– {title}: {reason_words(headline.null_reasons, view.tr)}"))
        else:
            words = unbroken(headline_words(view, headline))
            known.append(fill("{title}\u00a0{value}", title=esc(unbroken(title)), value=bold(words)))
    return join("\n", [dotted(known), *withheld])


def headline_words(view: ReaderView, headline: Headline) -> str:
    """Return a known number beside the score: with its sign, or as a level that names its side."""
    value, sides = headline.value or 0.0, view.look.headline_sides.get(headline.name)
    if sides is None:
        return with_uncertainty(value, headline.uncertainty, view.tr)
    away = value - headline.neutral
    level = with_uncertainty(abs(away), headline.uncertainty, view.tr)
    return f"{level} {view.tr.gettext(sides[away < 0])}" if away else level


def with_uncertainty(value: float, uncertainty: float | None, tr: Translator) -> str:
    """Return a score with one sigma behind it where that is known."""
    text = number(value, SCORE_DECIMALS, tr.language)
    return (
        text if uncertainty is None else f"{text} ± {error_words(uncertainty, SCORE_DECIMALS, tr.language)}"
    )


def reason_words(reasons: Sequence[Reason], tr: Translator) -> str:
    """Return the first reasons in words, each once."""
    if not reasons:
        return tr.gettext("no reason given")
    said = dict.fromkeys(message_text(reason, tr) for reason in reasons)
    return "; ".join(list(said)[:MOST_REASONS])


def score_bar(score: Spread, half: int = BAR_HALF) -> str:
    """Return a bar of 2 x ``half`` + 1 columns, filled from neutral; from the left where neutral is the lowest."""
    if score.neutral - score.low <= AT_END * (score.high - score.low):
        return "│" + _cells(score, 2 * half)
    if score.score is None:
        return "░" * half + "│" + "░" * half
    side, blank = _cells(score, half), "░" * half
    return f"{blank}│{side}" if score.score > score.neutral else f"{side[::-1]}│{blank}"


def _cells(spread: Spread, width: int) -> str:
    """Return the score's side of the bar in ``width`` cells, filled away from neutral."""
    if spread.score is None:
        return "░" * width
    away = spread.score - spread.neutral
    reach = (spread.high - spread.neutral) if away > 0 else (spread.neutral - spread.low)
    filled = min(width, round(width * abs(away) / reach)) if reach > 0 else 0
    return "█" * filled + "░" * (width - filled)
