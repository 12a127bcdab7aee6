"""The score of a card and the numbers beside it: uncertainty, words and bar, or why they are withheld."""

from collections.abc import Sequence
from typing import Final

from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Headline
from handlers.locale.messages import Translator
from handlers.render.html import Html, bold, code, esc, fill, glue, join
from handlers.render.tones import SIGNS
from handlers.render.view import ReaderView
from handlers.render.words import message_text, number, percent, score_word

BAR_HALF: Final = 8  # cells on either side of neutral
MOST_REASONS: Final = 2  # of a withheld score; what is missing follows line by line
SCORE_DECIMALS: Final = 2


def score_lines(view: ReaderView) -> Html:
    """Return the score with its uncertainty, word and bar, or why it is withheld; of a basket its words."""
    analysis, look, tr = view.analysis, view.look, view.tr
    if analysis.score is None and analysis.basket is not None and analysis.verdict is not None:
        return bold(score_word(analysis, look, tr))  # several coins have words, not one score
    if analysis.score is None:
        reasons = esc(_reasons(analysis.null_reasons, tr))
        return fill(tr.gettext("{none}: {reasons}"), none=bold(tr.gettext("No score")), reasons=reasons)
    text = _with_uncertainty(analysis.score, analysis.uncertainty, tr)
    sign = SIGNS[look.tone(analysis)] + " "
    parts = [glue(esc(sign), bold(f"{text} {score_word(analysis, look, tr)}".strip()))]
    if analysis.percentile is not None:
        rank = tr.gettext("above {share} of its past", share=percent(analysis.percentile, tr.language))
        parts.append(esc(rank))
    return glue(join(" · ", parts), Html("\n"), code(score_bar(analysis)))


def headline_lines(view: ReaderView) -> Html:
    """Return the numbers beside the score on one line, then a line for each that is withheld, saying why."""
    known, withheld = [], []
    for headline in view.analysis.headlines:
        title = view.tr.gettext(view.look.headline_title(headline.name))
        if headline.value is None:
            withheld.append(esc(f"– {title}: {_reasons(headline.null_reasons, view.tr)}"))
        else:
            known.append(
                fill("{title} {value}", title=esc(title), value=bold(headline_words(view, headline)))
            )
    return join("\n", [join(" · ", known), *withheld])


def headline_words(view: ReaderView, headline: Headline) -> str:
    """Return a known number beside the score: with its sign, or as a level that names its side."""
    value, sides = headline.value or 0.0, view.look.headline_sides.get(headline.name)
    if sides is None:
        return _with_uncertainty(value, headline.uncertainty, view.tr)
    away = value - headline.neutral
    level = _with_uncertainty(abs(away), headline.uncertainty, view.tr)
    return f"{level} {view.tr.gettext(sides[away < 0])}" if away else level


def _with_uncertainty(value: float, uncertainty: float | None, tr: Translator) -> str:
    text = number(value, SCORE_DECIMALS, tr.language)
    return text if uncertainty is None else f"{text} ± {number(uncertainty, SCORE_DECIMALS, tr.language)}"


def _reasons(reasons: Sequence[Reason], tr: Translator) -> str:
    if not reasons:
        return tr.gettext("no reason given")
    return "; ".join(message_text(reason, tr) for reason in reasons[:MOST_REASONS])


def score_bar(analysis: Analysis) -> str:
    """Return a bar of 17 columns, filled from neutral towards the score; from the left where neutral is lowest."""
    if analysis.neutral <= analysis.low:
        return "│" + _cells(analysis, 2 * BAR_HALF)
    if analysis.score is None:
        return "░" * BAR_HALF + "│" + "░" * BAR_HALF
    side, blank = _cells(analysis, BAR_HALF), "░" * BAR_HALF
    return f"{blank}│{side}" if analysis.score > analysis.neutral else f"{side[::-1]}│{blank}"


def _cells(analysis: Analysis, width: int) -> str:
    """Return the score's side of the bar in ``width`` cells, filled away from neutral."""
    if analysis.score is None:
        return "░" * width
    away = analysis.score - analysis.neutral
    reach = (analysis.high - analysis.neutral) if away > 0 else (analysis.neutral - analysis.low)
    filled = min(width, round(width * abs(away) / reach)) if reach > 0 else 0
    return "█" * filled + "░" * (width - filled)
