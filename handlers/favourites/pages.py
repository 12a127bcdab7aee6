"""What the chat shows of its lists: each with its symbols as buttons, and the lines where something cannot be done."""

from collections.abc import Mapping, Sequence
from typing import Final

from handlers.chat.callback_data import CallbackData
from handlers.chat.context import RequestContext
from handlers.favourites.lists import USUAL
from handlers.ports import Button, Keyboard, MessageContent
from handlers.render.html import Html, bold, code, esc, fill, join, plain
from handlers.render.view import NO_NOTICE

COMMAND: Final = "fav"
ROW: Final = 3
MOST_NAMED: Final = 6
"""Symbols of another list that are named on the card of one."""


def lists_card(
    context: RequestContext, lists: Mapping[str, Sequence[str]], name: str, said: Html = NO_NOTICE
) -> MessageContent:
    """Return the card of one list, with the others in a line each; ``said`` is what has just happened."""
    tr, symbols = context.tr, lists.get(name, ())
    head = bold(_title(context, name))
    if not symbols:
        example = code(f"/{COMMAND} add BTC ETH" if name == USUAL else f"/{COMMAND} {name} add BTC ETH")
        body = fill(tr.gettext("Nothing here yet. {example} fills it."), example=example)
    else:
        body = fill(
            tr.gettext("As a basket: {corr} or {weights}"),
            corr=code(f"/c {name}"),
            weights=code(f"/al {name}"),
        )
    others = [_other(other, lists[other]) for other in lists if other != name]
    text = join("\n\n", [join("\n", [head, said]), body, join("\n", others)])
    return MessageContent(text, plain(text), keyboard=_symbol_rows(context, symbols))


def line(text: Html) -> MessageContent:
    """Return a line about what cannot be done, for the asker."""
    return MessageContent(text, plain(text), for_asker=True)


def _title(context: RequestContext, name: str) -> str:
    if name != USUAL:
        return name
    return context.tr.gettext("Favourites")


def _other(name: str, symbols: Sequence[str]) -> Html:
    named = ", ".join(symbols[:MOST_NAMED]) + (" …" if len(symbols) > MOST_NAMED else "")
    return fill("{command}: {symbols}", command=code(f"/{COMMAND} {name}"), symbols=esc(named))


def _symbol_rows(context: RequestContext, symbols: Sequence[str]) -> Keyboard:
    """A button for each symbol that gives its scores."""
    spec = context.services.registry.bare or context.services.registry.analyses[0]
    chosen = context.config.default_interval
    interval = chosen if spec.topic is None else spec.topic.interval_of(chosen)
    buttons = [Button(one, CallbackData("s", spec.name, one, interval).encode()) for one in symbols]
    return tuple(tuple(buttons[place : place + ROW]) for place in range(0, len(buttons), ROW))
