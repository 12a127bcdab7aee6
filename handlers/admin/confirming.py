"""What an administrator has to confirm first: a question with two buttons that only they can press, once and soon."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from handlers.admin.answers import administration
from handlers.admin.roles import may_use
from handlers.chat.callback_data import KEY_LENGTH, Action, CallbackData
from handlers.chat.context import RequestContext
from handlers.chat.press_answer import PressAnswer
from handlers.locale.messages import Translator
from handlers.ports import Button, CallbackQuery, MessageContent
from handlers.render.html import Html, esc, plain

CONFIRMED_WITHIN_MS: Final = 5 * 60_000
_CHARACTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
log = structlog.get_logger(__name__)

Perform = Callable[[RequestContext, str, Mapping[str, Any]], Awaitable[Html]]
"""Does what was confirmed and returns what came of it; receives the nonce, and what `ask` was given."""


@dataclass(frozen=True, slots=True)
class _Pending:
    command: str
    person_id: int
    chat_id: int
    until: int
    what: Mapping[str, Any]

    def was_asked(self, context: RequestContext) -> bool:
        """Return whether it was asked of this person, in this chat, by this command."""
        chat_id = None if context.chat is None else context.chat.chat_id
        asked = (self.command, self.person_id, self.chat_id)
        return asked == (context.spec.name, context.person.id, chat_id)


async def ask(context: RequestContext, question: Html, what: Mapping[str, Any]) -> MessageContent:
    """Return the question with its buttons; ``what`` (JSON) is kept for the confirmation. Raises `SourceError`."""
    if context.chat is None:
        raise LookupError(f"/{context.spec.name} asks for a confirmation outside of any chat")
    key = "".join(context.services.rng.choices(_CHARACTERS, k=KEY_LENGTH))
    until = context.services.clock.now_ms() + CONFIRMED_WITHIN_MS
    pending = {
        "command": context.spec.name,
        "person": context.person.id,
        "chat": context.chat.chat_id,
        "until": until,
        "what": what,
    }
    await administration(context).nonces.put(_row(key), json.dumps(pending))
    owner = context.person.id
    buttons = tuple(
        Button(text, CallbackData(action, context.spec.name, f"~{key}", owner=owner).encode())
        for text, action in _choices(context.tr)
    )
    return MessageContent(question, plain(question), keyboard=(buttons,))


async def press(
    context: RequestContext, data: CallbackData, query: CallbackQuery, answer: PressAnswer, perform: Perform
) -> None:
    """Do what a button confirms, or drop it: rights are checked anew, and only who was asked uses the nonce up.

    Raises `SourceError`.
    """
    message, nonces = query.message, administration(context).nonces
    allowed = may_use(context.services.access, query.person.id, context.spec)
    if not allowed or message is None or data.subject is None or data.owner != query.person.id:
        await answer.give(_refused(context))
        return
    key = data.subject[1:]
    pending = _read(await nonces.find(_row(key)))
    if pending is not None and not pending.was_asked(context):
        log.warning("confirmation of somebody else", person=query.person.id, chat_id=message.chat.chat_id)
        await answer.give(_refused(context))
        return
    taken = pending is not None and await nonces.take(_row(key)) is not None
    if pending is None or not taken or pending.until < context.services.clock.now_ms():
        text = esc(context.tr.gettext("This question is no longer open; send the command again."))
    elif data.action == "ok":
        text = await perform(context, key, pending.what)
    else:
        text = esc(context.tr.gettext("Nothing was done."))
    await context.services.notifier.edit(message, MessageContent(text, plain(text)))
    await answer.give()


def _refused(context: RequestContext) -> str:
    return context.tr.gettext("Only the one who was asked may press this.")


def _choices(tr: Translator) -> tuple[tuple[str, Action], ...]:
    return (tr.gettext("Yes, do it"), "ok"), (tr.gettext("No"), "no")


def _row(key: str) -> str:
    return f"confirm {key}"


def _read(text: str | None) -> _Pending | None:
    if text is None:
        return None
    row = json.loads(text)
    return _Pending(row["command"], row["person"], row["chat"], row["until"], row["what"])
