"""The card of an analysis, made from the result alone and readable in five seconds on a narrow phone."""

from collections.abc import Sequence
from typing import Final

from analysis.framework.reasons import STILL_COMPUTING, Message
from analysis.framework.result import Group, Metric
from handlers.locale.messages import N_
from handlers.render.coin_tables import coin_table
from handlers.render.headline import age_line, headline
from handlers.render.html import (
    NO_BREAK,
    Block,
    Grid,
    Html,
    Piece,
    Row,
    bold,
    compose,
    dotted,
    esc,
    fill,
    fit,
    grid,
    italic,
    join,
    laid_out,
    plain,
    shorten,
    unbroken,
)
from handlers.render.reason_lines import reason_lines, why_missing
from handlers.render.score_lines import SCORE_DECIMALS, headline_lines, score_lines
from handlers.render.tones import SIGNS
from handlers.render.view import ReaderView
from handlers.render.words import (
    DASH,
    PRICE_DIGITS,
    cost_line,
    cost_words,
    message_text,
    number,
    percent,
    price,
    share_words,
    with_unit,
)
from utils.binance_api.intervals import SHORTEST_MS

COLUMNS: Final = 32  # of monospace on a screen 360 px wide
TITLE_WIDTH: Final = 14
MOST_FOR: Final = 3
MOST_AGAINST: Final = 1
MOST_MISSING: Final = 3
MOST_KEY_METRICS: Final = 6  # of a caption
FEWEST_KEY_METRICS: Final = 2  # of a caption where nothing but further ones is left out
MOST_NOTES: Final = 2  # of a caption
MOST_COINS: Final = 6  # of a table in a caption
LATE: Final = "…"  # for a score that was still being computed
PRICE_UNIT: Final = "price"
DOLLARS, MILLIONS, MILLION = "USD", N_("M USD"), 1e6  # sums of money are read in millions from one on
SHARE_DECIMALS: Final = 3  # of a contribution: many are below a hundredth


def card_text(view: ReaderView) -> Html:
    """Return the whole card, for a text message."""
    return compose(card_blocks(view))


def card_caption(view: ReaderView) -> Html:
    """Return the card as a picture's caption, with as many key metrics as there is room for.

    It hints at the text where more than those were left out. What no score rests on and what is the same on every card
    stands in the text and in help.
    """
    for most in range(MOST_KEY_METRICS, FEWEST_KEY_METRICS - 1, -1):
        blocks = _short_blocks(view, most)
        markup, left_out = fit(blocks)
        if not left_out:
            return markup
    hint = Block(italic(view.tr.gettext("More under “Text”.")), 0)
    return fit([*blocks, hint])[0]


def card_blocks(view: ReaderView) -> list[Block]:
    """Return the blocks of the whole card, for a text message and for a rich one."""
    title, metrics = bold(view.tr.gettext("Key metrics")), _key_metrics(view)
    return [
        *_first_blocks(view),
        *_own_blocks(view),
        Block(
            join(
                "\n", [_other_timeframes(view), age_line(view.analysis, view.now_ms, view.tr, past=view.past)]
            ),
            2,
        ),
        Block(_missing(view, view.analysis.missing), 3, role="fold"),
        Block(cost_line(view.analysis.cost, view.tr), 4),
        laid_out([title, *metrics] if metrics else (), 5, role="fold"),
        laid_out(coin_table(view, COLUMNS), 5),
        Block(_notes(view, _other_notes(view)), 6, role="aside"),
        *view.personal,
    ]


def _short_blocks(view: ReaderView, key_metrics: int) -> list[Block]:
    analysis = view.analysis
    missing = _missing(view, [metric for metric in analysis.missing if metric.weight])
    facts = [
        _other_timeframes(view),
        age_line(view.analysis, view.now_ms, view.tr, past=view.past),
        cost_words(analysis.cost, view.tr),
        missing,
    ]
    said = view.look.explained | view.look.beside_score
    notes = [note for note in analysis.notes if note.code not in said]
    return [
        *_first_blocks(view),
        Block(join("\n", facts), 2),
        laid_out(_key_metrics(view, key_metrics), 5),
        laid_out(coin_table(view, COLUMNS, most=MOST_COINS), 5),
        Block(_notes(view, notes[:MOST_NOTES]), 6),
        *view.personal,
    ]


def _first_blocks(view: ReaderView) -> list[Block]:
    beside = [note for note in view.analysis.notes if note.code in view.look.beside_score]
    notes = [esc(message_text(note, view.tr)) for note in beside]
    head = join("\n", [title_lines(view), score_lines(view), headline_lines(view), *notes])
    return [Block(view.notice), Block(head, role="head"), laid_out(_contributions(view), 1)]


def _own_blocks(view: ReaderView) -> tuple[Block, ...]:
    """Return what the module itself says of its tables."""
    return () if view.look.blocks is None else view.look.blocks(view.analysis, view.tr)


def title_lines(view: ReaderView) -> Html:
    """Return symbol, interval and module, the price and the moment."""
    title = view.tr.gettext(view.module.title)
    return headline(view.analysis, title, view.tr, zone=view.zone, past=view.past)


def metric_row(view: ReaderView, metric: Metric, last: str) -> Row:
    """Return title, value and a last column of six, together 32 columns."""
    title = view.tr.gettext(view.module.spec(metric.id).title)
    value = value_words(view, metric, COLUMNS - TITLE_WIDTH - 8)
    short = shorten(title, TITLE_WIDTH)
    line = f"{short:<{TITLE_WIDTH}} {value:>{COLUMNS - TITLE_WIDTH - 8}} {last:>6}"
    return Row(line, (title, value, last))


def value_words(view: ReaderView, metric: Metric, width: int) -> str:
    """Return a metric's value with its unit, without the unit or with fewer decimals where the width demands."""
    spec = view.module.spec(metric.id)
    if metric.unit == PRICE_UNIT and metric.value is not None:
        return _price_words(view, metric.value, width, level=spec.is_level)
    known, unit = metric.value, metric.unit
    if known is not None and unit == DOLLARS and not spec.is_level and abs(known) >= MILLION:
        known, unit = known / MILLION, MILLIONS
    for decimals in range(0 if unit == MILLIONS else spec.decimals, -1, -1):
        value = number(known, decimals, view.tr.language)
        for text in (with_unit(value, unit, view.tr), value):
            if len(text) <= width:
                return text
    return DASH if metric.value is None else f"{metric.value:.2e}"


def _price_words(view: ReaderView, value: float, width: int, *, level: bool) -> str:
    """Return a price, and how far a level is from the answer's; with fewer digits where there is no room."""
    language = view.tr.language
    away = value / view.analysis.price - 1
    distance = f" {share_words(away, language, 1, signed=True)}" if level else ""
    fewer = (price(value, language, digits) for digits in range(PRICE_DIGITS, 2, -1))
    texts = [price(value, language, tick_size=view.analysis.tick_size if level else None), *fewer]
    for shown in (*(f"{text}{distance}" for text in texts), *texts):
        if len(shown) <= width:
            return shown
    return f"{value:.2e}"


Term = Metric | Group
"""A term of the sum that makes the score: a metric, or a step taken after the metrics, such as a rank."""


def strongest(terms: Sequence[Term], toward: float) -> tuple[list[Term], list[Term]]:
    """Return the contributions for the score's side and against it, strongest first, without those that show as 0."""
    shown = (term for term in terms if round(term.contribution, SHARE_DECIMALS))
    ranked = sorted(shown, key=lambda term: -abs(term.contribution))
    side = 1.0 if toward >= 0 else -1.0
    return (
        [term for term in ranked if term.contribution * side > 0],
        [term for term in ranked if term.contribution * side < 0],
    )


def _contributions(view: ReaderView) -> list[Piece]:
    analysis = view.analysis
    above = analysis.score is None or analysis.score >= analysis.neutral
    parts: list[Piece] = []
    for title, terms in zip(view.look.side_titles(above=above), _top_contributions(view), strict=True):
        if terms:
            parts += [bold(view.tr.gettext(title)), grid([_contribution(view, term) for term in terms])]
    return parts


def _top_contributions(view: ReaderView) -> tuple[list[Term], list[Term]]:
    """Return the largest terms of the score on a card: for its side, and the strongest against it."""
    analysis = view.analysis
    if analysis.score is None:
        return [], []
    pro, contra = strongest((*analysis.metrics, *_steps(view)), analysis.score - analysis.neutral)
    return pro[:MOST_FOR], contra[:MOST_AGAINST]


def _steps(view: ReaderView) -> list[Group]:
    """Return the steps taken after the metrics: their contributions are no sum of metrics'."""
    return [group for group in view.analysis.groups if group.id not in view.module.groups]


def _contribution(view: ReaderView, term: Term) -> Row:
    contribution = number(term.contribution, SHARE_DECIMALS, view.tr.language, signed=True)
    if isinstance(term, Metric):
        return metric_row(view, term, contribution)
    title, width = view.tr.gettext(view.look.group_title(term.id)), COLUMNS - 7
    return Row(f"{shorten(title, width):<{width}} {contribution:>6}", (title, None, contribution))


def _key_metrics(view: ReaderView, most: int | None = None) -> tuple[Grid, ...]:
    above = {term.id for terms in _top_contributions(view) for term in terms}
    ids = {spec.id for spec in view.module.metrics if spec.on_card} - above
    rows = []
    for metric in view.analysis.metrics:
        if metric.id not in ids or metric.value is None:
            continue
        title, width = view.tr.gettext(view.module.spec(metric.id).title), COLUMNS - TITLE_WIDTH - 1
        value = value_words(view, metric, width)
        rows.append(Row(f"{shorten(title, TITLE_WIDTH):<{TITLE_WIDTH}} {value:>{width}}", (title, value)))
    return (grid(rows[:most]),) if rows else ()


def _other_timeframes(view: ReaderView) -> Html:
    """Return the score on the requested and on other intervals, shortest interval first."""
    analysis = view.analysis
    if not analysis.other_timeframes:
        return Html("")
    scores = {other.interval: (other.score, other.uncertainty) for other in analysis.other_timeframes}
    scores[analysis.interval] = analysis.score, analysis.uncertainty
    late = {other.interval for other in analysis.other_timeframes if other.reason == STILL_COMPUTING}
    parts = []
    for interval in sorted(scores, key=lambda name: SHORTEST_MS[name]):
        score, uncertainty = scores[interval]
        value = LATE if interval in late else number(score, SCORE_DECIMALS, view.tr.language)
        text = f"{interval}\u00a0{_arrow(view, score, uncertainty)}{value}"
        parts.append(bold(text) if interval == analysis.interval else esc(text))
    if late:
        parts.append(italic(f"{LATE}\u00a0{unbroken(message_text(STILL_COMPUTING, view.tr))}"))
    return dotted(parts)


def _arrow(view: ReaderView, score: float | None, uncertainty: float | None) -> str:
    """Return the sign of a score with a direction, by the rule of the score's own word."""
    if view.look.bands is not None or score is None:
        return ""
    return SIGNS[view.look.tone_of(view.analysis, score, uncertainty)]


def _missing(view: ReaderView, missing: Sequence[Metric]) -> Html:
    """Return what of this is missing: metrics with a weight, else one without; the rest is counted."""
    analysis, tr = view.analysis, view.tr
    if not missing:
        return Html("")
    weighted = [metric for metric in missing if metric.weight]
    lines = missing_lines(view, weighted or missing)[: MOST_MISSING if weighted else 1]
    texts = [line for line, _ in lines]
    if rest := len(missing) - sum(count for _, count in lines):
        texts.append(esc(tr.ngettext("and {count} more", "and {count} more", rest)))
    title = fill(
        tr.gettext("{missing} (coverage {share})"),
        missing=bold(tr.gettext("Missing")),
        share=esc(percent(analysis.coverage, tr.language)),
    )
    return join("\n", [title, *texts])


def missing_lines(view: ReaderView, missing: Sequence[Metric]) -> list[tuple[Html, int]]:
    """Return one line per reason with the metrics it explains, and how many those are."""
    tr = view.tr
    named = ((view.module.spec(metric.id).title, metric.reason) for metric in missing)
    return reason_lines(((tr.gettext(title), why_missing(reason, tr)) for title, reason in named), tr)


def _other_notes(view: ReaderView) -> list[Message]:
    return [note for note in view.analysis.notes if note.code not in view.look.beside_score]


def _notes(view: ReaderView, notes: Sequence[Message]) -> Html:
    return join("\n", [italic(message_text(note, view.tr)) for note in notes])


def inline_summary(view: ReaderView) -> str:
    """Return one plain line: score and word, then price and moment."""
    score, moment = plain(score_lines(view)).split("\n")[0], plain(title_lines(view)).split("\n")[1]
    return f"{score} · {moment}".replace(NO_BREAK, " ")
