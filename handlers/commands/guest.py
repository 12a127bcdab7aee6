"""Guest mode: ``@bot /t btc`` in a chat that the bot is not in is answered once, as a text."""

from collections.abc import Awaitable, Callable

from handlers.chat.context import RequestContext
from handlers.grammar import CommandLine, read_command, read_words
from handlers.ports import InlineCard, MessageContent
from handlers.registry import Registry
from handlers.render.html import Html, shorten

TITLE_WIDTH = 40


def guest_line(text: str, username: str, registry: Registry) -> CommandLine | None:
    """Return the command of a text that names the bot: its own, else all scores of what follows; ``None``: no words."""
    mention = f"@{username}"
    words = " ".join(word for word in text.split() if word.lower() != mention.lower())
    line = read_command(words)
    if line is not None:
        return line
    bare = registry.bare or registry.analyses[0]
    return CommandLine(bare.name, None, read_words(words)) if words else None


async def guest_card(
    context: RequestContext, answer: Callable[[RequestContext], Awaitable[MessageContent]]
) -> InlineCard:
    """Return the answer as the one result of a guest query: its text, for a new picture cannot be sent there."""
    content = await answer(context)
    title = shorten(content.plain, TITLE_WIDTH) or context.spec.name
    return InlineCard("1", title, "", Html(content.text))
