"""Why a score is what it is: groups and metrics from neutral to the score, multipliers, what was missing, sources."""

from typing import Final

from analysis.framework.question import SourceStamp
from analysis.framework.result import Metric
from handlers.render.card import COLUMNS, SHARE_DECIMALS, metric_row, missing_lines, title_lines
from handlers.render.html import (
    Block,
    Html,
    Piece,
    Row,
    bold,
    compose,
    esc,
    fill,
    fit,
    grid,
    italic,
    join,
    laid_out,
    shorten,
)
from handlers.render.score_lines import score_lines
from handlers.render.view import ReaderView
from handlers.render.words import number, percent, span

NUMBER_WIDTH: Final = 7


def why_text(view: ReaderView) -> Html:
    """Return the whole explanation, for a text message."""
    return compose(why_blocks(view))


def why_blocks(view: ReaderView) -> list[Block]:
    """Return the blocks of the whole explanation, the first of which says what it explains."""
    return _blocks(view, full=True)


def why_caption(view: ReaderView) -> Html:
    """Return the explanation as a picture's caption, with a hint to the text, which has room for all of it."""
    hint = Block(italic(view.tr.gettext("More under “Text” and its “Why?”.")))
    return fit([*_blocks(view, full=False), hint])[0]


def _blocks(view: ReaderView, *, full: bool) -> list[Block]:
    analysis = view.analysis
    metrics = [metric for metric in analysis.metrics if metric.value is not None]
    weighted = [group.id for group in analysis.groups]
    factors = dict.fromkeys(m.group for m in metrics if m.group is not None and m.group not in weighted)
    beside = [metric for metric in metrics if metric.group is None]
    return [
        Block(join("\n", [title_lines(view), score_lines(view)]), role="head"),
        laid_out(_waterfall(view)),
        *(laid_out(_group(view, group, metrics), 2) for group in (*weighted, *factors)),
        Block(_missing(view), 3),
        laid_out(_table(view, view.tr.gettext("Beside the score"), beside) if full else ()),
        Block(_sources(view), 4, role="fold"),
    ]


def _waterfall(view: ReaderView) -> tuple[Piece, ...]:
    """From neutral, group by group, to the score; multipliers are named and contribute nothing themselves.

    A score without a direction leaves out groups that contribute nothing: an anomaly has one dominant channel.
    """
    analysis, tr = view.analysis, view.tr
    if analysis.score is None:
        return ()
    steps = [
        (_title(view, group.id), _signed(view, group.contribution))
        for group in analysis.groups
        if group.contribution or view.look.bands is None
    ]
    factors = [(f"× {_title(view, name)}", _plain(view, v)) for name, v in analysis.multipliers.items()]
    rows = [
        (tr.gettext("neutral"), _plain(view, analysis.neutral)),
        *steps,
        ("= " + tr.gettext("score"), _plain(view, analysis.score)),
        *factors,
    ]
    title = bold(tr.gettext("From neutral to the score"))
    return title, grid([_row(name, value) for name, value in rows])


def _group(view: ReaderView, group: str, metrics: list[Metric]) -> tuple[Piece, ...]:
    mine = [metric for metric in metrics if metric.group == group]
    return _table(view, _title(view, group), mine)


def _title(view: ReaderView, group: str) -> str:
    return view.tr.gettext(view.look.group_title(group))


def _table(view: ReaderView, title: str, metrics: list[Metric]) -> tuple[Piece, ...]:
    if not metrics:
        return ()
    metrics = sorted(metrics, key=lambda metric: -abs(metric.contribution))
    rows = [metric_row(view, m, _signed(view, m.contribution) if m.contribution else "") for m in metrics]
    return bold(title), grid([Row(row.line.rstrip(), row.cells) for row in rows])


def _missing(view: ReaderView) -> Html:
    tr, missing = view.tr, view.analysis.missing
    coverage = fill(
        tr.gettext("Coverage {share} of the weights"),
        share=bold(percent(view.analysis.coverage, tr.language)),
    )
    return join("\n", [coverage, *(line for line, _ in missing_lines(view, missing))])


def _sources(view: ReaderView) -> Html:
    tr = view.tr
    lines = [_source(view, source) for source in view.analysis.sources]
    return join("\n", [bold(tr.gettext("Sources")), *lines]) if lines else Html("")


def _source(view: ReaderView, source: SourceStamp) -> Html:
    tr = view.tr
    since = view.analysis.as_of if view.past else view.now_ms
    age = span(since - source.as_of, tr.language)
    if source.rows is None:
        return esc(tr.gettext("– {name}, {age} old", name=source.name, age=age))
    said = tr.ngettext(
        "– {name}, {rows} row, {age} old",
        "– {name}, {rows} rows, {age} old",
        source.rows,
        name=source.name,
        rows=number(source.rows, 0, tr.language),
        age=age,
    )
    return esc(said)


def _row(name: str, value: str) -> Row:
    width = COLUMNS - NUMBER_WIDTH - 1
    return Row(f"{shorten(name, width):<{width}} {value:>{NUMBER_WIDTH}}", (name, value))


def _plain(view: ReaderView, value: float) -> str:
    return number(value, SHARE_DECIMALS, view.tr.language)


def _signed(view: ReaderView, value: float) -> str:
    return number(value, SHARE_DECIMALS, view.tr.language, signed=True)
