"""The rich look of cards: the sample that somebody has to read first, and the way back where Telegram refuses it."""

from typing import Final

import structlog

from handlers.chat.callback_data import Action
from handlers.chat.context import RequestContext
from handlers.ports import Button, MessageContent, MessageRef, Undeliverable
from handlers.render.html import Block, Row, bold, code, esc, fill, grid, italic, laid_out, plain
from handlers.render.rich import Fold, RichCard, RichForm, rich_blocks
from handlers.render.words import share_words
from handlers.settings.declared import LOOK, RICH
from handlers.settings.pages import BETWEEN, setting_button
from utils.http.errors import SourceError

READABLE: Final[Action] = "ok"
"""The action of the button under a sample."""
log = structlog.get_logger(__name__)


def rich_sample(context: RequestContext) -> MessageContent:
    """Return a message of every kind of block that cards are built of, with the button of who can read it.

    Where Telegram does not take it, the message says so and has no button.
    """
    tr = context.tr
    blocks = rich_blocks(_sample(context))
    if blocks is None:
        raise ValueError("the sample of rich cards is beyond telegram's limits")
    refused = fill(
        tr.gettext(
            "Telegram does not take rich cards in this chat, so they stay as they are. {command} tries again."
        ),
        command=code(f"/settings {LOOK.word} {RICH}"),
    )
    button = setting_button(context, tr.gettext("I can read this"), READABLE, LOOK.word + BETWEEN + RICH)
    keyboard: tuple[tuple[Button, ...], ...] = ((button,),)
    return MessageContent(refused, plain(refused), keyboard=keyboard, rich=RichForm(blocks, is_sample=True))


def _sample(context: RequestContext) -> RichCard:
    tr = context.tr
    changes = {"BTC": 0.012, "ETH": -0.004}
    shown = {name: share_words(change, tr.language, 1, signed=True) for name, change in changes.items()}
    rows = [Row(name, (name, change)) for name, change in shown.items()]
    head = Row("", (tr.gettext("Symbol"), tr.gettext("Example")))
    return RichCard(
        [
            Block(bold(tr.gettext("Rich cards look like this")), role="head"),
            laid_out(
                [esc(tr.gettext("Below this line stand a table and a part that opens when you press it."))]
            ),
            laid_out([grid([head, *rows], headed=True)]),
            Block(
                italic(
                    tr.gettext(
                        "Press the button only if you can read all of it; else cards stay as they are."
                    )
                ),
            ),
        ],
        [Fold(tr.gettext("Why?"), [Block(esc(tr.gettext("This part was folded.")))])],
    )


async def settle_look(context: RequestContext, shown: MessageRef) -> None:
    """Go back to the classic look, and say so in one line, where Telegram has just refused a rich card."""
    chat = context.chat
    if not shown.refused_rich or chat is None:
        return
    services = context.services
    if (await services.choices.of(chat.chat_id)).look != RICH:
        return
    try:
        await services.choices.change(chat.chat_id, {LOOK.name: None})
    except SourceError as error:
        log.warning("the rich look was refused and stays chosen", chat_id=chat.chat_id, detail=error.detail)
        return
    line = esc(context.tr.gettext("Telegram does not take rich cards here any more: they are classic again."))
    try:
        await services.notifier.send(chat, MessageContent(line, plain(line)))
    except Undeliverable as error:
        log.info("chat not told of its classic look", chat_id=chat.chat_id, why=error.why)
