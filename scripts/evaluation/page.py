"""The report: one HTML file that needs nothing else, with its pictures inside."""

from collections.abc import Iterator, Sequence
from html import escape
from io import StringIO
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.evaluation.cases import BASE
from scripts.evaluation.results import Bar, Measured, ScoreResult, SpanResult
from scripts.evaluation.study import DirectionStudy, SizeStudy
from scripts.evaluation.tables import lines_of

STYLE: Final = (
    "body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;font-size:13px}td,th{border:1px solid #ccc;padding:.25em .5em;text-align:left}"
    "svg{max-width:100%;height:auto}"
)
TITLE: Final = "Are the composite scores any good?"
LEAD: Final = (
    "Scores are computed by the functions that answer live, over recorded bars. Intervals are the central 95 % of "
    "stationary bootstraps over time, all symbols of a moment together. Positions are entered at the next open; costs "
    "are 5 bp a side and the ordinary funding of 0.01 % in 8 hours. P(trend) uses tables fitted on 2020-2023, so the "
    "training years flatter it. Symbols are survivors."
)


def html_page(results: Sequence[ScoreResult | Measured]) -> str:
    """Return the whole report."""
    parts = "\n".join(part for result in results for part in section(result))
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{TITLE}</title><style>{STYLE}</style>"
        f"<h1>{TITLE}</h1><p>{escape(LEAD)}</p>\n{parts}\n</html>\n"
    )


def section(result: ScoreResult | Measured) -> Iterator[str]:
    """Yield the parts of one score."""
    yield f"<h2>{escape(result.variant)} · {escape(result.interval)}</h2>"
    yield picture(result) if isinstance(result, ScoreResult) else bars_picture(result)
    yield from as_html(list(lines_of(result)))


def as_html(lines: Sequence[str]) -> Iterator[str]:
    """Yield paragraphs and tables of Markdown that has only these."""
    rows: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            yield table(rows)
            rows = []
        if line and not line.startswith("###"):
            yield f"<p>{escape(line.replace('**', '').replace('`', ''))}</p>"


def table(rows: Sequence[str]) -> str:
    """Return a Markdown table as one of HTML."""
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    head = "".join(f"<th>{escape(cell)}</th>" for cell in cells[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells[2:]
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def picture(result: ScoreResult) -> str:
    """Return what a score was worth beside its inputs and its benchmark, a panel for each span."""
    mpl.rcParams["svg.hashsalt"] = result.name
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, len(result.spans) + 1, squeeze=False)[0]
    for axis, part in zip(axes, result.spans, strict=False):
        draw_relations(axis, part)
    draw_beside(axes[-1], result)
    return as_svg(figure)


def bars_picture(result: Measured) -> str:
    """Return the numbers that a score of its own way was worth, a panel for each title."""
    mpl.rcParams["svg.hashsalt"] = result.name
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, len(result.bars), squeeze=False)[0]
    for axis, (title, bars) in zip(axes, result.bars.items(), strict=True):
        draw_bars(axis, title, bars)
    return as_svg(figure)


def as_svg(figure: Figure) -> str:
    """Return a figure as an element of the page."""
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def draw_relations(axis: Axes, part: SpanResult) -> None:
    """Draw each column's relation with what came after, with its interval."""
    found = [(name, one) for name, study in part.studies.items() if (one := _relation(study)) is not None]
    draw_bars(axis, part.span.name, tuple(Bar(name, *numbers) for name, numbers in found))


def draw_bars(axis: Axes, title: str, bars: Sequence[Bar]) -> None:
    """Draw numbers with their intervals, the score as it stands in colour."""
    for row, one in enumerate(bars):
        colour = "tab:blue" if one.name == BASE else "tab:grey"
        axis.plot([one.low, one.high], [row, row], color=colour)
        axis.plot([one.value], [row], "o", color=colour)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_yticks(range(len(bars)), [one.name for one in bars], fontsize=7)
    axis.set_title(title, fontsize=9)
    axis.tick_params(axis="x", labelsize=7)


def _relation(study: object) -> tuple[float, float, float] | None:
    if isinstance(study, DirectionStudy):
        found = None if study.record is None else study.record.ic
    elif isinstance(study, SizeStudy):
        found = None if study.volatility is None else study.volatility.rank
    else:
        ahead = getattr(study, "ahead", None)
        found = None if ahead is None else ahead.lift
    return None if found is None else (found.value, found.low, found.high)


def draw_beside(axis: Axes, result: ScoreResult) -> None:
    """Draw the reliability of the first span where there is one, else how the score resembles its variants."""
    study = result.spans[0].studies[BASE]
    axis.tick_params(labelsize=7)
    if isinstance(study, DirectionStudy) and study.reliability is not None:
        bins = study.reliability.bins
        axis.plot([one.forecast for one in bins], [one.observed for one in bins], "o-", color="tab:blue")
        ends = [min(one.forecast for one in bins), max(one.forecast for one in bins)]
        axis.plot(ends, ends, "--", color="tab:grey", linewidth=0.8)
        axis.set_title("forecast and observed, out of sample", fontsize=9)
        return
    if not result.sensitivity:
        axis.set_axis_off()
        return
    names = [one.change for one in result.sensitivity]
    axis.barh(range(len(names)), [one.correlation for one in result.sensitivity], color="tab:grey")
    axis.set_yticks(range(len(names)), names, fontsize=6)
    axis.set_title("rank correlation with it", fontsize=9)
