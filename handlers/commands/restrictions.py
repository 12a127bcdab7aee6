"""``/ban`` and ``/mute``: no answers for a person or chat, no pushes for a chat; ``off`` takes it back."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.admin.answers import answer, doer_of, listed, own_private, said, who_line
from handlers.admin.confirming import ask
from handlers.admin.ports import Restricted, Restriction
from handlers.admin.subjects import subject_meant
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, code, esc, fill

BAN_SPEC = CommandSpec(
    name="ban",
    aliases=(),
    role="admin",
    quota=1,
    help_key="ban",
    title=N_("Ban"),
    summary=N_("give a person or chat no answers"),
)
MUTE_SPEC = CommandSpec(
    name="mute",
    aliases=(),
    role="admin",
    quota=1,
    help_key="mute",
    title=N_("Mute"),
    summary=N_("send a chat no alerts and digests"),
)
OFF, LIST = "off", "list"
_QUESTIONS: Final[Mapping[Restriction, str]] = {
    "ban": N_("Give {who} no answers any more?"),
    "mute": N_("Send {who} no alerts and digests any more?"),
}
_DONE: Final[Mapping[Restriction, str]] = {
    "ban": N_("{who} gets no answers any more. {undo} takes it back."),
    "mute": N_("{who} gets no alerts and digests any more. {undo} takes it back."),
}
_LIFTED: Final[Mapping[Restriction, str]] = {
    "ban": N_("{who} gets answers again."),
    "mute": N_("{who} gets alerts and digests again."),
}


async def run_ban(context: RequestContext) -> MessageContent:
    """List the banned, lift a ban, or ask to confirm one."""
    return await _run(context, "ban", subject_meant(context, _rest(context)))


async def run_mute(context: RequestContext) -> MessageContent:
    """List the muted chats, unmute one, or ask to confirm; in a group without an id it is that group."""
    rest, chat = _rest(context), context.chat
    meant = subject_meant(context, rest)
    if not rest and not own_private(context) and chat is not None and LIST not in context.words:
        title = None if context.message is None else context.message.chat_title
        meant = Restricted(chat.chat_id, title or str(chat.chat_id))
    return await _run(context, "mute", meant)


def _rest(context: RequestContext) -> tuple[str, ...]:
    return tuple(word for word in context.words if word not in {OFF, LIST})


async def _run(context: RequestContext, kind: Restriction, who: Restricted | None) -> MessageContent:
    access, tr = context.services.access, context.tr
    if who is None:
        return _list(context, kind)
    standing = {one.id: one for one in access.restricted(kind)}
    if OFF in context.words:
        known = standing.get(who.id, who)
        lifted = await access.lift(kind, who.id, doer_of(context))
        return answer(fill(tr.gettext(_LIFTED[kind]), who=who_line(known))) if lifted else _nothing(context)
    if access.is_admin(who.id):
        return said(tr.gettext("That is an admin."))
    question = fill(tr.gettext(_QUESTIONS[kind]), who=who_line(who))
    return await ask(context, question, {"id": who.id, "name": who.name})


async def perform_ban(context: RequestContext, _nonce: str, what: Mapping[str, Any]) -> Html:
    """Ban whom the question was about."""
    return await _restricted(context, "ban", what)


async def perform_mute(context: RequestContext, _nonce: str, what: Mapping[str, Any]) -> Html:
    """Mute the chat that the question was about."""
    return await _restricted(context, "mute", what)


async def _restricted(context: RequestContext, kind: Restriction, what: Mapping[str, Any]) -> Html:
    who, access = Restricted(what["id"], what["name"]), context.services.access
    if access.is_admin(who.id):
        return esc(context.tr.gettext("That is an admin."))
    await access.restrict(kind, who, doer_of(context))
    undo = code(f"/{kind} {OFF} {who.id}")
    return fill(context.tr.gettext(_DONE[kind]), who=who_line(who), undo=undo)


def _list(context: RequestContext, kind: Restriction) -> MessageContent:
    rows = [who_line(one) for one in context.services.access.restricted(kind)]
    how = fill(
        context.tr.gettext("{set} sets it, {off} takes it back; instead of an id reply to somebody."),
        set=code(f"/{kind} 123"),
        off=code(f"/{kind} {OFF} 123"),
    )
    title = context.tr.gettext("Banned") if kind == "ban" else context.tr.gettext("Muted")
    return answer(listed(title, [*rows, how]))


def _nothing(context: RequestContext) -> MessageContent:
    return said(context.tr.gettext("There is nothing to take back."))
