"""What every card begins and ends with: symbol, price and moment above, and how old the last bar is."""

from typing import Final

from handlers.locale.messages import Translator
from handlers.render.html import Html, bold, dotted, esc, join
from handlers.render.scored import Dated, Scored
from handlers.render.subject import title_of
from handlers.render.words import as_of_tag, change_words, market_words, price, span

JUST_NOW_MS: Final = 60_000


def headline(result: Scored, title: str, tr: Translator, *, zone: str, past: bool) -> Html:
    """Return symbol, interval and ``title``, then the price with its changes where they are known, and the moment.

    A basket has no price.
    """
    first = [bold(title_of(result)), bold(result.interval), esc(title)]
    if market := market_words(result, tr):
        first.insert(1, esc(market))
    moment = as_of_tag(result, zone, tr, past=past)
    if result.basket is not None or result.price is None:
        return join("\n", [dotted(first), moment])
    second = [
        bold(price(result.price, tr.language, tick_size=result.tick_size)),
        *map(esc, change_words(result, tr)),
    ]
    lines = [second, [moment]] if len(second) > 1 else [[*second, moment]]
    return join("\n", [dotted(line) for line in (first, *lines)])


def age_line(result: Dated, now_ms: int, tr: Translator, *, past: bool) -> Html:
    """Return how long ago the last bar closed, before the moment asked where that is past."""
    age_ms = (result.as_of if past else now_ms) - result.bar_close
    age = span(age_ms, tr.language)
    if age_ms < JUST_NOW_MS:
        text = tr.gettext("Last bar closed just then.") if past else tr.gettext("Last bar closed just now.")
    elif past:
        text = tr.gettext("Last bar closed {age} before that.", age=age)
    else:
        text = tr.gettext("Last bar closed {age} ago.", age=age)
    return esc(text)
