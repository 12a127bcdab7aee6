"""``/broadcast TEXT``: one message to every chat that takes pushes, after the number of them was confirmed."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.admin.answers import administration, answer, doer_of, said
from handlers.admin.confirming import ask
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, clean, code, esc, fill, join

SPEC = CommandSpec(
    name="broadcast",
    aliases=(),
    role="admin",
    quota=1,
    help_key="broadcast",
    title=N_("Broadcast"),
    summary=N_("write to every chat"),
    private=True,
)
LONGEST: Final = 2_000


async def run(context: RequestContext) -> MessageContent:
    """Show the text as it will be sent, and ask to confirm it."""
    tr = context.tr
    sent = "" if context.message is None else context.message.text.strip()
    text = clean(
        sent.partition(" ")[2] if " " in sent.partition("\n")[0] else sent.partition("\n")[2]
    ).strip()
    if not text:
        return answer(fill(tr.gettext("Write {example}."), example=code("/broadcast …")))
    if len(text) > LONGEST:
        return said(tr.gettext("At most {count} characters, please.", count=LONGEST))
    count = await administration(context).chats.reachable()
    if not count:
        return said(tr.gettext("There is no chat to write to."))
    question = tr.ngettext("Send this to one chat?", "Send this to {count} chats?", count)
    return await ask(context, join("\n\n", [esc(question), esc(text)]), {"text": text})


async def perform(context: RequestContext, nonce: str, what: Mapping[str, Any]) -> Html:
    """Put the text into the outbox, once for each chat."""
    count = await administration(context).chats.announce(what["text"], nonce, doer_of(context))
    return esc(context.tr.ngettext("It goes out to one chat.", "It goes out to {count} chats.", count))
