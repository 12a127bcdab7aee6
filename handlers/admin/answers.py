"""What all commands of administrators answer with, and who does what in their words."""

from collections.abc import Iterable

from handlers.admin.ports import Administration, Doer, Restricted
from handlers.chat.context import RequestContext
from handlers.ports import MessageContent
from handlers.render.html import Html, bold, code, esc, fill, join, plain

MOST_LINES = 40


def answer(text: Html) -> MessageContent:
    """Return a message without buttons."""
    return MessageContent(text, plain(text))


def said(text: str) -> MessageContent:
    """Return a message of one line."""
    return answer(esc(text))


def listed(title: str, lines: Iterable[Html]) -> Html:
    """Return a title with at most `MOST_LINES` lines below it."""
    rows = list(lines)
    more = [esc(f"… +{len(rows) - MOST_LINES}")] if len(rows) > MOST_LINES else []
    return join("\n", [bold(title), *rows[:MOST_LINES], *more])


def who_line(who: Restricted) -> Html:
    """Return a name with its id, the id alone where no name is known."""
    if who.name == str(who.id):
        return code(who.name)
    return fill("{name} {id}", name=esc(who.name), id=code(str(who.id)))


def doer_of(context: RequestContext) -> Doer:
    """Return who asks, and where."""
    return Doer(context.person.id, None if context.chat is None else context.chat.chat_id)


def administration(context: RequestContext) -> Administration:
    """Return what the command uses; ``LookupError`` where the dispatcher was given none."""
    found = context.services.administration
    if found is None:
        raise LookupError(
            f"/{context.spec.name} has nothing to administer: give the dispatcher an Administration"
        )
    return found


def own_private(context: RequestContext) -> bool:
    """Return whether nobody else reads the answer."""
    return context.chat is not None and context.chat.kind == "private"
