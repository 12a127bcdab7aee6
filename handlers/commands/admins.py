"""``/admin add|remove|list``: owners say who else administers the bot, by id or by replying to them."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.admin.answers import answer, doer_of, listed, said, who_line
from handlers.admin.confirming import ask
from handlers.admin.ports import Restricted
from handlers.admin.subjects import person_meant
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, code, esc, fill

SPEC = CommandSpec(
    name="admin",
    aliases=(),
    role="owner",
    quota=1,
    help_key="admin",
    title=N_("Admins"),
    summary=N_("add, remove or list the bot's admins"),
)
ADD, REMOVE, LIST = "add", "remove", "list"
_QUESTIONS: Final = {
    ADD: N_("Make {who} an admin of the bot?"),
    REMOVE: N_("Take {who}'s rights as an admin of the bot?"),
}


async def run(context: RequestContext) -> MessageContent:
    """List, or ask to confirm."""
    tr, access = context.tr, context.services.access
    action, *rest = context.words or (LIST,)
    if action == LIST and not rest:
        rows = [who_line(one) for one in access.admins]
        return (
            answer(listed(tr.gettext("Admins"), rows)) if rows else said(tr.gettext("There are no admins."))
        )
    who = person_meant(context, tuple(rest)) if action in _QUESTIONS else None
    if who is None:
        text = tr.gettext("Write {add} or {remove}, or reply to somebody with it.")
        return answer(fill(text, add=code("/admin add 123"), remove=code("/admin remove 123")))
    if action == ADD and access.is_admin(who.id):
        return said(tr.gettext("That is an admin already."))
    if action == REMOVE and who.id not in {one.id for one in access.admins}:
        return said(tr.gettext("That is no admin."))
    question = fill(tr.gettext(_QUESTIONS[action]), who=who_line(who))
    return await ask(context, question, {"action": action, "id": who.id, "name": who.name})


async def perform(context: RequestContext, _nonce: str, what: Mapping[str, Any]) -> Html:
    """Add or remove whom the question was about."""
    access, tr = context.services.access, context.tr
    who, doer = Restricted(what["id"], what["name"]), doer_of(context)
    if what["action"] == ADD:
        await access.add_admin(who, doer)
        return fill(tr.gettext("{who} is an admin of the bot."), who=who_line(who))
    if await access.remove_admin(who.id, doer):
        return fill(tr.gettext("{who} is no admin any more."), who=who_line(who))
    return esc(tr.gettext("That is no admin."))
