"""Why a score is what it is: groups and metrics from neutral to the score, multipliers, what was missing, sources."""

from typing import Final

from analysis.framework.question import SourceStamp
from analysis.framework.result import Metric
from handlers.render.card import (
    COLUMNS,
    SHARE_DECIMALS,
    Reading,
    headline,
    metric_row,
    missing_lines,
    score_lines,
)
from handlers.render.html import Html, bold, esc, fill, glue, italic, join, pre, shorten
from handlers.render.numbers import number, percent, span
from handlers.render.split import Block, compose, fit

NUMBER_WIDTH: Final = 7


def why_text(reading: Reading) -> Html:
    """Return the whole explanation, for a text message."""
    return compose(_blocks(reading, full=True))


def why_caption(reading: Reading) -> Html:
    """Return the explanation under a picture: what does not fit is left to the text, and that is said."""
    hint = Block(italic(reading.tr.gettext("More under “Text” and its “Why?”.")))
    return fit([*_blocks(reading, full=False), hint])[0]


def _blocks(reading: Reading, *, full: bool) -> list[Block]:
    analysis = reading.analysis
    metrics = [metric for metric in analysis.metrics if metric.value is not None]
    voting = [group.id for group in analysis.groups]
    factors = dict.fromkeys(m.group for m in metrics if m.group is not None and m.group not in voting)
    beside = [metric for metric in metrics if metric.group is None]
    return [
        Block(join("\n", [headline(reading), score_lines(reading)])),
        Block(_waterfall(reading)),
        *(Block(_group(reading, group, metrics), 2) for group in (*voting, *factors)),
        Block(_missing(reading), 3),
        Block(_table(reading, reading.tr.gettext("Beside the score"), beside) if full else Html("")),
        Block(_sources(reading), 4),
    ]


def _waterfall(reading: Reading) -> Html:
    """From neutral, group by group, to the score; multipliers are named and contribute nothing themselves.

    Where a score has no direction, a group that did nothing is not told: an anomaly has one driver.
    """
    analysis, tr = reading.analysis, reading.tr
    if analysis.score is None:
        return Html("")
    steps = [
        (_title(reading, group.id), _signed(reading, group.contribution))
        for group in analysis.groups
        if group.contribution or reading.look.bands is None
    ]
    factors = [(f"× {_title(reading, name)}", _plain(reading, v)) for name, v in analysis.multipliers.items()]
    rows = [
        (tr.gettext("neutral"), _plain(reading, analysis.neutral)),
        *steps,
        ("= " + tr.gettext("score"), _plain(reading, analysis.score)),
        *factors,
    ]
    title = bold(tr.gettext("From neutral to the score"))
    return glue(title, Html("\n"), pre("\n".join(_row(name, shown) for name, shown in rows)))


def _group(reading: Reading, group: str, metrics: list[Metric]) -> Html:
    mine = [metric for metric in metrics if metric.group == group]
    return _table(reading, _title(reading, group), mine)


def _title(reading: Reading, group: str) -> str:
    return reading.tr.gettext(reading.look.group_title(group))


def _table(reading: Reading, title: str, metrics: list[Metric]) -> Html:
    if not metrics:
        return Html("")
    metrics = sorted(metrics, key=lambda metric: -abs(metric.contribution))
    rows = [
        metric_row(reading, m, _signed(reading, m.contribution) if m.contribution else "") for m in metrics
    ]
    return glue(bold(title), Html("\n"), pre("\n".join(row.rstrip() for row in rows)))


def _missing(reading: Reading) -> Html:
    tr, missing = reading.tr, reading.analysis.missing
    coverage = fill(
        tr.gettext("Coverage {share} of the weights"),
        share=bold(percent(reading.analysis.coverage, tr.language)),
    )
    return join("\n", [coverage, *(line for line, _ in missing_lines(reading, missing))])


def _sources(reading: Reading) -> Html:
    tr = reading.tr
    lines = [_source(reading, source) for source in reading.analysis.sources]
    return join("\n", [bold(tr.gettext("Sources")), *lines]) if lines else Html("")


def _source(reading: Reading, source: SourceStamp) -> Html:
    tr = reading.tr
    since = reading.analysis.as_of if reading.past else reading.now_ms
    age = span(since - source.as_of, tr.language)
    if source.rows is None:
        return esc(tr.gettext("– {name}, {age} old", name=source.name, age=age))
    rows = number(source.rows, 0, tr.language)
    return esc(tr.gettext("– {name}, {rows} rows, {age} old", name=source.name, rows=rows, age=age))


def _row(name: str, shown: str) -> str:
    width = COLUMNS - NUMBER_WIDTH - 1
    return f"{shorten(name, width):<{width}} {shown:>{NUMBER_WIDTH}}"


def _plain(reading: Reading, value: float) -> str:
    return number(value, SHARE_DECIMALS, reading.tr.language)


def _signed(reading: Reading, value: float) -> str:
    return number(value, SHARE_DECIMALS, reading.tr.language, signed=True)
