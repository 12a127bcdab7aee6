"""What has no value, told by reason: a short line for each, however many names share it."""

from collections.abc import Iterable
from typing import Final

from analysis.framework.reasons import Reason
from handlers.locale.messages import Translator
from handlers.render.html import Html, esc
from handlers.render.words import message_text

MOST_NAMES: Final = 3
"""Names on a line; the others are counted. The JSON answer has them all."""


def reason_lines(missing: Iterable[tuple[str, str]], tr: Translator) -> list[tuple[Html, int]]:
    """Return from pairs of title and reason one line per reason in their order, and how many titles it stands for."""
    titles: dict[str, list[str]] = {}
    for title, why in missing:
        titles.setdefault(why, []).append(title)
    return [(esc(f"– {_named(names, tr)}: {why}"), len(names)) for why, names in titles.items()]


def why_missing(reason: Reason | None, tr: Translator) -> str:
    """Return a reason in the reader's words."""
    return tr.gettext("no reason given") if reason is None else message_text(reason, tr)


def _named(names: list[str], tr: Translator) -> str:
    """Return the first names and how many follow; one name more is named, not counted."""
    if len(names) <= MOST_NAMES + 1:
        return ", ".join(names)
    rest = len(names) - MOST_NAMES
    return f"{', '.join(names[:MOST_NAMES])} {tr.ngettext('and {count} more', 'and {count} more', rest)}"
