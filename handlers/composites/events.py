"""Dated events near a moment, on one line."""

from collections.abc import Iterable
from typing import Final

from composite.result import Event
from handlers.locale.messages import Translator
from handlers.render.html import Html, dotted, esc
from handlers.render.words import span

MOST: Final = 3


def events_line(events: Iterable[Event], as_of: int, tr: Translator) -> Html:
    """Return the nearest events, each once, with how long it is to them or since them; empty where there is none."""
    nearest = sorted(
        {event.id: event for event in events}.values(), key=lambda event: abs(event.time - as_of)
    )
    return dotted(esc(_words(event, as_of, tr)) for event in nearest[:MOST])


def _words(event: Event, as_of: int, tr: Translator) -> str:
    title, away = event.titled(tr.language), span(abs(event.time - as_of), tr.language)
    if event.time >= as_of:
        return tr.gettext("{event} in {span}", event=title, span=away)
    return tr.gettext("{event} {span} ago", event=title, span=away)
