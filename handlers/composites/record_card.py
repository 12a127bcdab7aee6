"""What the evidence button shows: how a score did, measured, beside chance and beside what it has to beat."""

from collections.abc import Mapping, Sequence
from typing import Final

from analysis.features.confidence import CONFIDENCE
from composite.record import Measurement, Tier, TrackRecord
from handlers.composites.inputs import input_title
from handlers.composites.view import ScoreView
from handlers.locale.messages import N_
from handlers.render.headline import headline
from handlers.render.html import (
    TEXT_LIMIT,
    Block,
    Html,
    Piece,
    Row,
    bold,
    esc,
    fit,
    grid,
    laid_out,
    shorten,
)
from handlers.render.subject import coins_of
from handlers.render.words import DASH, day_words, message_text, number, percent

VARIANT_WORDS: Final = frozenset({N_("raw streams")})
"""Words beside the inputs in the name of a variant; coins are not translated."""
TITLES: Final[Mapping[str, str]] = {
    "rank_ic": N_("Rank IC"),
    "pearson": N_("Pearson"),
    "hit_rate": N_("Hit rate"),
    "base_rate": N_("Base rate"),
    "mean_spread_bps": N_("Mean, bps"),
    "median_spread_bps": N_("Median, bps"),
    "net_spread_bps": N_("Net, bps"),
    "rank_volatility": N_("Volatility"),
    "rank_drawdown": N_("Drop ahead"),
    "qlike": N_("QLIKE"),
    "qlike_gain": N_("To HAR"),
    "precision": N_("Precision"),
    "lift": N_("Over base"),
    "alarms_per_day": N_("Alarms/day"),
    "brier": N_("Brier"),
    "log_loss": N_("Log loss"),
    "turnover": N_("Turnover"),
    "sharpe": N_("Sharpe"),
    "sharpe_lead": N_("Sharpe lead"),
    "year_volatility": N_("Vol. a year"),
    "worst_drawdown": N_("Worst drop"),
}
"""What measurements are called by their ids, at most eleven letters; another one is called by its id."""
TIERS: Final[Mapping[Tier, str]] = {
    "full": N_("replayed over the whole history"),
    "stored": N_("by the history that was stored"),
    "live": N_("by published scores alone"),
}
UNSIGNED: Final = frozenset(
    {
        "hit_rate",
        "base_rate",
        "qlike",
        "brier",
        "log_loss",
        "turnover",
        "precision",
        "alarms_per_day",
        "year_volatility",
        "worst_drawdown",
    }
)
TITLE, CELL = 11, 7
MOST_MEASURED: Final = 6
MOST_RECORDS: Final = 2  # of a caption


def record_text(view: ScoreView, records: Sequence[TrackRecord]) -> Html:
    """Return the record for a text message: the whole, or as much of its newest part as one message holds."""
    return fit(record_blocks(view, records), TEXT_LIMIT, TEXT_LIMIT)[0]


def record_caption(view: ScoreView, records: Sequence[TrackRecord]) -> Html:
    """Return the record as a picture's caption."""
    return fit(record_blocks(view, records[:MOST_RECORDS]))[0]


def record_blocks(view: ScoreView, records: Sequence[TrackRecord]) -> list[Block]:
    """Return the blocks of the whole record, the newest first."""
    tr = view.tr
    title = headline(view.composite, tr.gettext(view.topic.title), tr, zone=view.zone, past=view.past)
    asked = bold(tr.gettext("How did this score do?"))
    blocks = [Block(title, role="head"), Block(asked)]
    if not records:
        return [*blocks, Block(esc(tr.gettext("There is no measured record of it yet.")))]
    return [*blocks, *(laid_out(_record(view, record), place) for place, record in enumerate(records))]


def _record(view: ScoreView, record: TrackRecord) -> list[Piece]:
    tr = view.tr
    about = tr.gettext("all measured symbols") if record.symbol is None else coins_of((record.symbol,))[0]
    head = f"{about} · {record.interval} · {tr.gettext(TIERS[record.tier])}"
    verdict = bold(message_text(record.verdict, tr))
    lines: list[Piece] = [esc(head), verdict, *_measured(view, record.measurements)]
    if record.rows:
        lines.append(esc(_sample(view, record)))
    parts = (tr.gettext(part) if part in VARIANT_WORDS else part for part in record.variant.split(", "))
    lines.append(esc(tr.gettext("Variant: {name}", name=", ".join(parts))))
    if record.untested:
        names = ", ".join(tr.gettext(input_title(name)) for name in record.untested)
        lines.append(esc(tr.gettext("Never tested: {names}", names=names)))
    return lines


def _sample(view: ScoreView, record: TrackRecord) -> str:
    tr = view.tr
    return tr.gettext(
        "{rows} scores, {independent} of them apart, {since} to {until}",
        rows=number(record.rows, 0, tr.language),
        independent=number(record.independent, 0, tr.language),
        since=day_words(record.since, view.zone, tr.language),
        until=day_words(record.until, view.zone, tr.language),
    )


def _measured(view: ScoreView, measurements: Sequence[Measurement]) -> list[Piece]:
    """Return a row for each number: it and half its interval, the same by chance, and what it has to beat."""
    tr = view.tr
    known = [one for one in measurements if one.value is not None][:MOST_MEASURED]
    heads = ("", tr.gettext("chance"), tr.gettext("beat"))
    line = " " * TITLE + "".join(f"{shorten(head, CELL - 1):>{CELL}}" for head in heads)
    rows = [row for one in known for row in _rows(view, one)]
    missing = {
        message_text(one.reason, tr) for one in measurements if one.value is None and one.reason is not None
    }
    table = [grid([Row(line, ("", *heads)), *rows], headed=True)] if rows else []
    return [*table, *(esc(f"– {why}") for why in sorted(missing))]


def _rows(view: ScoreView, one: Measurement) -> list[Row]:
    """Return title, value, what chance gives and what is to be beaten, and below it the 95 % interval."""
    title = view.tr.gettext(TITLES.get(one.id, one.id.replace("_", " ")))
    cells = [_value(view, one, value) for value in (one.value, one.null, one.benchmark)]
    line = f"{shorten(title, TITLE):<{TITLE}}" + "".join(f"{cell:>{CELL}}" for cell in cells)
    row = Row(line.rstrip(), (title, *cells))
    if one.low is None or one.high is None:
        return [row]
    interval = f"{_value(view, one, one.low)} … {_value(view, one, one.high)}"
    share = percent(CONFIDENCE, view.tr.language)
    return [row, Row(f"  {share}  {interval}", (share, interval, None, None))]


def _value(view: ScoreView, one: Measurement, value: float | None) -> str:
    """Return a number with a sign where the measurement has one; a dash where it is not known."""
    if value is None:
        return DASH
    if one.id.endswith("_bps"):
        return number(value, 1, view.tr.language, signed=True)
    return number(value, 3, view.tr.language, signed=one.id not in UNSIGNED)
