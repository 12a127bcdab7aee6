"""What a digest says: a block per coin with its scores, and the lines that describe a digest in lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.dates import get_day_names

from handlers.alerts.local_time import EVERY_DAY, WORKDAYS
from handlers.composites.board import Board
from handlers.composites.board_card import BoardView, board_block
from handlers.digests.wanted import WEEKEND
from handlers.locale.messages import Translator
from handlers.render.html import Html, bold, esc, fill, glue, italic, join
from handlers.render.sentences import source_fault
from handlers.render.subject import coins_of
from handlers.render.words import locale_of, moment_tag
from utils.http.errors import SourceError
from utils.store.digests import StoredDigest

Coin = tuple[str, str]
"""A symbol and its market."""


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest as its chat reads it: what was found of each coin, for the turn ``due_ms``, written at ``now_ms``.

    ``missed`` are turns before it of which nothing was sent (UTC ms).
    """

    digest: StoredDigest
    found: Mapping[Coin, Board | SourceError]
    tr: Translator
    zone: str
    due_ms: int
    now_ms: int
    missed: Sequence[int] = ()


def digest_text(view: DigestView) -> Html:
    """Return the whole message."""
    tr, asked = view.tr, view.digest.definition
    title = bold(tr.gettext("Digest {number}", number=view.digest.number))
    head = join(" · ", [title, moment_tag(view.due_ms, view.zone, tr.language)])
    blocks = [_block(view, coin) for coin in asked.symbols]
    last = italic(tr.gettext("± is one sigma of the inputs. Each score describes; none is advice."))
    return join("\n\n", [join("\n", [head, _missed_before(view)]), *blocks, last])


def missed_text(view: DigestView) -> Html:
    """Return the line about turns that are too old to be made."""
    tr, turns = view.tr, (*view.missed, view.due_ms)
    line = tr.ngettext(
        "Digest {number} was not sent at {first}.",
        "Digest {number} was not sent {count} times, first at {first}.",
        len(turns),
        number=view.digest.number,
        first="{first}",
    )
    return fill(line, first=moment_tag(turns[0], view.zone, tr.language))


def digest_line(digest: StoredDigest, tr: Translator, zone: str) -> Html:
    """Return what a digest is about, and when it comes next."""
    asked = digest.definition
    at = bold(f"{asked.minute // 60:02}:{asked.minute % 60:02}")
    coins = " ".join(coins_of(tuple(symbol for symbol, _ in asked.symbols)))
    about = join(" · ", [glue(at, esc(f" {day_words(asked.days, tr)}")), esc(coins), esc(asked.interval)])
    when = moment_tag(digest.turn.due_at, zone, tr.language)
    return join("\n", [about, fill(tr.gettext("next: {when}"), when=when)])


def day_words(days: Sequence[int], tr: Translator) -> str:
    """Return the days of a digest in words."""
    named = {
        EVERY_DAY: tr.gettext("every day"),
        WORKDAYS: tr.gettext("on weekdays"),
        WEEKEND: tr.gettext("on weekends"),
    }
    names = get_day_names("abbreviated", locale=locale_of(tr.language))
    return named.get(frozenset(days)) or " ".join(names[day] for day in days)


def _block(view: DigestView, coin: Coin) -> Html:
    found = view.found[coin]
    if isinstance(found, SourceError):
        (name,) = coins_of((coin[0],))
        return join("\n", [bold(name), source_fault(found, view.tr, zone=view.zone)])
    return board_block(BoardView(found, view.tr, view.zone, view.now_ms))


def _missed_before(view: DigestView) -> Html:
    if not view.missed:
        return Html("")
    line = view.tr.ngettext(
        "The one before was not sent.", "The {count} before were not sent.", len(view.missed)
    )
    return italic(line)
