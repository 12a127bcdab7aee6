"""The card of a scan: symbols by a score, from the highest to the lowest."""

from dataclasses import dataclass
from typing import Final

from composite.ranking import RankedScore, Ranking
from composite.result import is_short_year
from handlers.composites.registry import ONE, SCAN
from handlers.composites.topic import look_of
from handlers.locale.messages import Translator
from handlers.render.headline import age_line
from handlers.render.html import (
    Block,
    Grid,
    Html,
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
    shorten,
)
from handlers.render.score_lines import SCORE_DECIMALS
from handlers.render.subject import coins_of, subject_words
from handlers.render.view import NO_NOTICE
from handlers.render.words import as_of_tag, error_words, message_text, number, share_words

HIGHEST, LOWEST = 7, 3
"""Rows of a caption; the picture shows all."""
RANK, NAME, SCORE, CHANGE = 3, 10, 10, 9
MOST_REASONS: Final = 3
SHORT_RANK: Final = "*"
FEW_DAYS: Final = 10
"""Days below which a past is said with a decimal."""


@dataclass(frozen=True, slots=True)
class ScanView:
    """A ranking as one reader sees it; fields as in `handlers.render.view.ReaderView`."""

    ranking: Ranking
    tr: Translator
    zone: str
    now_ms: int
    past: bool = False
    notice: Html = NO_NOTICE


def scan_text(view: ScanView) -> Html:
    """Return the whole card, for a text message."""
    return compose(scan_blocks(view))


def scan_blocks(view: ScanView) -> list[Block]:
    """Return the blocks of the whole card, for a text message and for a rich one."""
    return [*_first(view), laid_out(_table(_rows(view), view.tr), 1), *_last(view, None)]


def scan_caption(view: ScanView) -> Html:
    """Return the card as a picture's caption: the highest and the lowest."""
    rows = _rows(view)
    between = Row("…", ("…", None, None, None))
    shown = rows if len(rows) <= HIGHEST + LOWEST else [*rows[:HIGHEST], between, *rows[-LOWEST:]]
    return fit([*_first(view), laid_out(_table(shown, view.tr), 1), *_last(view, MOST_REASONS)])[0]


def _first(view: ScanView) -> list[Block]:
    ranking, tr = view.ranking, view.tr
    topic = ONE[ranking.name]
    title = [bold(tr.gettext(SCAN.title)), bold(ranking.interval), esc(tr.gettext(topic.title))]
    head = join(
        "\n",
        [
            dotted(title),
            dotted([esc(_asked(ranking, tr)), as_of_tag(ranking, view.zone, tr, past=view.past)]),
        ],
    )
    remark = italic(tr.gettext(look_of(topic).remark))
    return [Block(view.notice), Block(join("\n", [head, remark]), role="head")]


def _asked(ranking: Ranking, tr: Translator) -> str:
    """Return which symbols are ranked: named ones, a basket with its number, or the most traded."""
    count = number(ranking.asked, 0, tr.language)
    if ranking.basket is None:
        return tr.gettext("the {count} most traded", count=count)
    words = subject_words(ranking.basket)
    return words if ranking.basket.name is None else f"{words} ({count})"


def _rows(view: ScanView) -> list[Row]:
    scored = view.ranking.scored
    names = coins_of(tuple(row.symbol for row in scored))
    return [
        _row(view, place, name, row) for place, (name, row) in enumerate(zip(names, scored, strict=True), 1)
    ]


def _row(view: ScanView, place: int, name: str, row: RankedScore) -> Row:
    """Return rank, coin, score with its uncertainty, the mark of a short past, and the change of the day.

    They take 32 columns.
    """
    language = view.tr.language
    score = number(row.score, SCORE_DECIMALS, language)
    if row.uncertainty is not None:
        score += f"±{error_words(row.uncertainty, SCORE_DECIMALS, language)}"
    score += rank_mark(row)
    change = "" if row.change_day is None else share_words(row.change_day, language, 1, signed=True)
    line = f"{place:>{RANK - 1}} {shorten(name, NAME - 1):<{NAME}}{score:<{SCORE}}{change:>{CHANGE}}"
    return Row(line.rstrip(), (str(place), name, score, change))


def _table(rows: list[Row], tr: Translator) -> tuple[Grid, ...]:
    return (grid([_heads(tr), *rows], headed=True),) if rows else ()


def _heads(tr: Translator) -> Row:
    score, change = tr.gettext("Score"), tr.gettext("24h")
    return Row(
        f"{'':<{RANK + NAME}}{shorten(score, SCORE - 1):<{SCORE}}{change:>{CHANGE}}", ("", "", score, change)
    )


def _last(view: ScanView, most: int | None) -> list[Block]:
    note = italic(view.tr.gettext("Of many symbols some stand at the top by chance."))
    return [
        Block(_short_ranks(view), 1),
        Block(_withheld(view, most), 3),
        Block(age_line(view.ranking, view.now_ms, view.tr, past=view.past), 2),
        Block(note, 4),
    ]


def rank_mark(row: RankedScore) -> str:
    """Return the mark of a row whose rank is among less than a year, empty for all others."""
    return SHORT_RANK if row.rank_days is not None and is_short_year(row.rank_days) else ""


def _short_ranks(view: ScanView) -> Html:
    """Return what the mark means, with the days of the shortest and the longest past it stands for."""
    days, tr = view.ranking.short_ranks, view.tr
    if not days:
        return Html("")
    ends = dict.fromkeys(
        number(one, 0 if one >= FEW_DAYS else 1, tr.language) for one in (min(days), max(days))
    )
    return italic(
        tr.gettext("{mark} rank among its last {days} days, not a year", mark=SHORT_RANK, days="–".join(ends))
    )


def _withheld(view: ScanView, most: int | None) -> Html:
    """Return which symbols have no score, a line for each reason."""
    tr = view.tr
    names: dict[str, list[str]] = {}
    without = [row for row in view.ranking.rows if row.score is None]
    for row, name in zip(without, coins_of(tuple(row.symbol for row in without)), strict=True):
        why = tr.gettext("no reason given") if row.reason is None else message_text(row.reason, tr)
        names.setdefault(why, []).append(name)
    if not names:
        return Html("")
    lines = [esc(f"– {', '.join(coins)}: {why}") for why, coins in list(names.items())[:most]]
    title = fill("{none}", none=bold(tr.gettext("No score")))
    return join("\n", [title, *lines])
