"""The card of an analysis: what it says in five seconds on a narrow phone, from the result object alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis.framework.module import AnyModule
from analysis.framework.result import Analysis, Metric
from handlers.locale.messages import Translator
from handlers.render.cost import cost_line
from handlers.render.html import Html, bold, code, esc, fill, glue, italic, join, plain, pre, shorten
from handlers.render.look import Look
from handlers.render.numbers import DASH, number, percent, price, span
from handlers.render.split import Block, compose, fit
from handlers.render.tones import SIGNS
from handlers.render.words import (
    as_of_words,
    market_words,
    reason_words,
    score_word,
    unit_words,
)
from utils.binance_api.intervals import SHORTEST_MS

COLUMNS: Final = 32  # of monospace on a screen 360 px wide
TITLE_WIDTH: Final = 14
BAR_HALF: Final = 8  # cells on either side of neutral
MOST_FOR: Final = 3
MOST_AGAINST: Final = 1
MOST_MISSING: Final = 3
MOST_REASONS: Final = 2  # of a withheld score; what is missing follows line by line
SCORE_DECIMALS: Final = 2
SHARE_DECIMALS: Final = 3  # of a contribution: many are below a hundredth
NEIGHBOUR_NOISE: Final = (
    0.02  # a neighbour this near to neutral points nowhere; its uncertainty is not at hand
)
JUST_NOW_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How one reader sees a result: language, zone, the exchange's time now (UTC ms), and whether it is past.

    ``own`` are blocks for this reader alone, beside the result: they are in no picture and in no other's card.
    """

    analysis: Analysis
    module: AnyModule
    look: Look
    tr: Translator
    zone: str
    now_ms: int
    past: bool = False
    own: tuple[Block, ...] = ()


def card_text(reading: Reading) -> Html:
    """Return the whole card, for a text message."""
    return compose(_blocks(reading))


def card_caption(reading: Reading) -> Html:
    """Return the card as a picture's caption: what does not fit is left to the text card, and that is said."""
    markup, left_out = fit(_blocks(reading))
    if not left_out:
        return markup
    hint = Block(italic(reading.tr.gettext("More under “Text”.")), 0)
    return fit([*_blocks(reading), hint])[0]


def _blocks(reading: Reading) -> list[Block]:
    return [
        Block(join("\n", [headline(reading), score_lines(reading)])),
        Block(_contributions(reading), 1),
        Block(join("\n", [_other_timeframes(reading), _age(reading)]), 2),
        Block(_missing(reading), 3),
        Block(cost_line(reading.analysis.cost, reading.tr), 4),
        Block(_key_metrics(reading), 5),
        Block(_notes(reading), 6),
        *reading.own,
    ]


def headline(reading: Reading) -> Html:
    """Return symbol, interval, module, moment and price in two lines."""
    analysis, tr = reading.analysis, reading.tr
    first = [bold(analysis.symbol), bold(analysis.interval), esc(tr.gettext(reading.module.title))]
    if market := market_words(analysis, tr):
        first.insert(1, esc(market))
    second = [
        bold(price(analysis.price, tr.language)),
        esc(as_of_words(analysis, reading.zone, tr, past=reading.past)),
    ]
    return join("\n", [join(" · ", first), join(" · ", second)])


def score_lines(reading: Reading) -> Html:
    """Return the score with its uncertainty, word and bar, or why it is withheld."""
    analysis, look, tr = reading.analysis, reading.look, reading.tr
    if analysis.score is None:
        reasons = "; ".join(reason_words(reason, tr) for reason in analysis.null_reasons[:MOST_REASONS])
        return fill(tr.gettext("{none}: {reasons}"), none=bold(tr.gettext("No score")), reasons=esc(reasons))
    shown = number(analysis.score, SCORE_DECIMALS, tr.language)
    if analysis.uncertainty is not None:
        shown += f" ± {number(analysis.uncertainty, SCORE_DECIMALS, tr.language)}"
    said = [
        glue(esc(SIGNS[look.tone(analysis)] + " "), bold(f"{shown} {score_word(analysis, look, tr)}".strip()))
    ]
    if analysis.percentile is not None:
        rank = tr.gettext("above {share} of its past", share=percent(analysis.percentile, tr.language))
        said.append(esc(rank))
    return glue(join(" · ", said), Html("\n"), code(score_bar(analysis)))


def score_bar(analysis: Analysis) -> str:
    """Return a bar of 17 columns, filled from neutral towards the score; from the left where neutral is lowest."""
    if analysis.neutral <= analysis.low:
        return "│" + _cells(analysis, 2 * BAR_HALF)
    if analysis.score is None:
        return "░" * BAR_HALF + "│" + "░" * BAR_HALF
    side, blank = _cells(analysis, BAR_HALF), "░" * BAR_HALF
    return f"{blank}│{side}" if analysis.score > analysis.neutral else f"{side[::-1]}│{blank}"


def _cells(analysis: Analysis, width: int) -> str:
    """The score's side of the bar in ``width`` cells, filled away from neutral."""
    if analysis.score is None:
        return "░" * width
    away = analysis.score - analysis.neutral
    reach = (analysis.high - analysis.neutral) if away > 0 else (analysis.neutral - analysis.low)
    filled = min(width, round(width * abs(away) / reach)) if reach > 0 else 0
    return "█" * filled + "░" * (width - filled)


def metric_row(reading: Reading, metric: Metric, last: str) -> str:
    """Return title, value and a last column of six, together 32 columns."""
    spec = reading.module.spec(metric.id)
    title = shorten(reading.tr.gettext(spec.title), TITLE_WIDTH)
    value = value_words(reading, metric, COLUMNS - TITLE_WIDTH - 8)
    return f"{title:<{TITLE_WIDTH}} {value:>{COLUMNS - TITLE_WIDTH - 8}} {last:>6}"


def value_words(reading: Reading, metric: Metric, width: int) -> str:
    """Return a metric's value with its unit, without the unit or with fewer decimals where the width demands."""
    spec = reading.module.spec(metric.id)
    unit = unit_words(metric.unit, reading.tr)
    for decimals in range(spec.decimals, -1, -1):
        shown = number(metric.value, decimals, reading.tr.language)
        for text in (f"{shown} {unit}".strip(), shown):
            if len(text) <= width:
                return text
    return DASH if metric.value is None else f"{metric.value:.2e}"


def strongest(metrics: Sequence[Metric], toward: float) -> tuple[list[Metric], list[Metric]]:
    """Return the contributions for the score's side and against it, strongest first."""
    ranked = sorted((m for m in metrics if m.contribution), key=lambda m: -abs(m.contribution))
    side = 1.0 if toward >= 0 else -1.0
    return (
        [metric for metric in ranked if metric.contribution * side > 0],
        [metric for metric in ranked if metric.contribution * side < 0],
    )


def _contributions(reading: Reading) -> Html:
    analysis = reading.analysis
    above = analysis.score is None or analysis.score >= analysis.neutral
    parts = []
    for title, metrics in zip(reading.look.side_titles(above=above), _told(analysis), strict=True):
        if metrics:
            parts += [
                bold(reading.tr.gettext(title)),
                pre("\n".join(_contribution(reading, metric) for metric in metrics)),
            ]
    return join("\n", parts)


def _told(analysis: Analysis) -> tuple[list[Metric], list[Metric]]:
    """The contributions a card tells of: the strongest for the score's side, and the strongest against it."""
    if analysis.score is None:
        return [], []
    pro, contra = strongest(analysis.metrics, analysis.score - analysis.neutral)
    return pro[:MOST_FOR], contra[:MOST_AGAINST]


def _contribution(reading: Reading, metric: Metric) -> str:
    shown = number(metric.contribution, SHARE_DECIMALS, reading.tr.language, signed=True)
    return metric_row(reading, metric, shown)


def _key_metrics(reading: Reading) -> Html:
    told = {metric.id for metrics in _told(reading.analysis) for metric in metrics}
    ids = {spec.id for spec in reading.module.metrics if spec.on_card} - told
    rows = []
    for metric in reading.analysis.metrics:
        if metric.id not in ids or metric.value is None:
            continue
        title = shorten(reading.tr.gettext(reading.module.spec(metric.id).title), TITLE_WIDTH)
        width = COLUMNS - TITLE_WIDTH - 1
        rows.append(f"{title:<{TITLE_WIDTH}} {value_words(reading, metric, width):>{width}}")
    return (
        glue(bold(reading.tr.gettext("Key metrics")), Html("\n"), pre("\n".join(rows))) if rows else Html("")
    )


def _other_timeframes(reading: Reading) -> Html:
    """The asked interval's score among those of its neighbours, shortest interval first."""
    analysis = reading.analysis
    if not analysis.other_timeframes:
        return Html("")
    scores = {near.interval: near.score for near in analysis.other_timeframes} | {
        analysis.interval: analysis.score
    }
    parts = []
    for interval in sorted(scores, key=lambda name: SHORTEST_MS[name]):
        score = scores[interval]
        arrow = "" if score is None else _arrow(reading, score)
        text = f"{interval} {arrow}{number(score, SCORE_DECIMALS, reading.tr.language)}"
        parts.append(bold(text) if interval == analysis.interval else esc(text))
    return join(" · ", parts)


def _arrow(reading: Reading, score: float) -> str:
    if reading.look.bands is not None:
        return ""
    away = score - reading.analysis.neutral
    if abs(away) <= NEIGHBOUR_NOISE:
        return SIGNS["neutral"]
    return SIGNS["up" if away > 0 else "down"]


def _missing(reading: Reading) -> Html:
    """What is missing: what would have voted, else one context metric; the rest is counted."""
    analysis, tr = reading.analysis, reading.tr
    missing = analysis.missing
    if not missing:
        return Html("")
    voting = [metric for metric in missing if metric.weight]
    lines = missing_lines(reading, voting or missing)[: MOST_MISSING if voting else 1]
    shown = sum(count for _, count in lines)
    said = [line for line, _ in lines]
    if rest := len(missing) - shown:
        said.append(esc(tr.ngettext("and {count} more", "and {count} more", rest)))
    title = fill(
        tr.gettext("{missing} (coverage {share})"),
        missing=bold(tr.gettext("Missing")),
        share=esc(percent(analysis.coverage, tr.language)),
    )
    return join("\n", [title, *said])


def missing_lines(reading: Reading, missing: Sequence[Metric]) -> list[tuple[Html, int]]:
    """Return one line per reason with the metrics it explains, and how many those are."""
    tr = reading.tr
    titles: dict[str, list[str]] = {}
    for metric in missing:
        why = tr.gettext("no reason given") if metric.reason is None else reason_words(metric.reason, tr)
        titles.setdefault(why, []).append(tr.gettext(reading.module.spec(metric.id).title))
    return [(esc(f"– {', '.join(names)}: {why}"), len(names)) for why, names in titles.items()]


def _age(reading: Reading) -> Html:
    analysis, tr = reading.analysis, reading.tr
    age_ms = (analysis.as_of if reading.past else reading.now_ms) - analysis.bar_close
    age = span(age_ms, tr.language)
    if age_ms < JUST_NOW_MS:
        said = (
            tr.gettext("Last bar closed just then.")
            if reading.past
            else tr.gettext("Last bar closed just now.")
        )
    elif reading.past:
        said = tr.gettext("Last bar closed {age} before that.", age=age)
    else:
        said = tr.gettext("Last bar closed {age} ago.", age=age)
    return esc(said)


def _notes(reading: Reading) -> Html:
    return join("\n", [italic(reason_words(note, reading.tr)) for note in reading.analysis.notes])


def inline_summary(reading: Reading) -> str:
    """Return one plain line: score and word, then price and moment."""
    said, about = plain(score_lines(reading)).split("\n")[0], plain(headline(reading)).split("\n")[1]
    return f"{said} · {about}"
