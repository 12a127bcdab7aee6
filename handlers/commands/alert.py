"""``/alert RULE`` makes an alert, ``/alert edit 3 RULE`` changes it, ``/alert off 3`` deletes it; ``/alerts`` lists."""

from typing import Final

from handlers.alerts.buttons import COMMAND, LIST_COMMAND
from handlers.alerts.grammar import EXAMPLE
from handlers.alerts.keys import AlertDraft
from handlers.chat.alert_cards import (
    admins_only,
    alert_card,
    alert_list,
    alerts_of,
    chat_of,
    content,
    deleted_line,
    offered,
    trouble,
)
from handlers.chat.alert_making import make_alert
from handlers.chat.alert_offers import usual_offers
from handlers.chat.context import RequestContext
from handlers.chat.rights import may_change
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.registry import CommandSpec
from handlers.render.html import code, esc, fill, join
from handlers.render.sentences import quoted
from utils.http.errors import SourceError
from utils.store.alerts import StoredAlert

SPEC: Final = CommandSpec(
    name=COMMAND,
    aliases=(),
    role="anyone",
    quota=1,
    help_key=COMMAND,
    title=N_("Alert"),
    summary=N_("tells you when something comes true"),
)
LIST_SPEC: Final = CommandSpec(
    name=LIST_COMMAND,
    aliases=(),
    role="anyone",
    quota=1,
    help_key=LIST_COMMAND,
    title=N_("Alerts"),
    summary=N_("the alerts of this chat"),
)
_OFF: Final = ("off", "kapat")
_EDIT: Final = ("edit", "düzenle")
_MORE_EXAMPLES: Final = ("price crosses 70k", "trend.4h > 0.5 & regime changes for 30m until tomorrow")


async def run(context: RequestContext) -> MessageContent:
    """Answer ``/alert``: make, change, show or delete an alert, or say how to ask for one."""
    first = context.words[0].casefold() if context.words else ""
    try:
        if not first:
            return await _usage(context)
        if first in _OFF:
            return await _off(context)
        if first in _EDIT:
            return await _edit(context)
        if len(context.words) == 1 and _number(first) is not None:
            found = await _by_number(context, first)
            return found if isinstance(found, MessageContent) else await alert_card(context, found)
    except SourceError as error:
        note_fault(error)
        return content(trouble(error, context))
    return (await make_alert(context, AlertDraft(" ".join(context.words)))).answer


async def run_list(context: RequestContext) -> MessageContent:
    """Answer ``/alerts`` with the alerts of the chat."""
    try:
        return await alert_list(context)
    except SourceError as error:
        note_fault(error)
        return content(trouble(error, context))


async def _usage(context: RequestContext) -> MessageContent:
    """How an alert reads, with buttons for some about the chat's symbol."""
    tr = context.tr
    examples = [code(f"/alert {text}") for text in (EXAMPLE, *(f"btc {rule}" for rule in _MORE_EXAMPLES))]
    lines = [
        esc(tr.gettext("Write what to watch, a sign and a level:")),
        *examples,
        fill(
            tr.gettext("{names} are all names; {list} shows what you have."),
            names=code("/help alert"),
            list=esc("/alerts"),
        ),
        fill(tr.gettext("Or take one of these for {symbol}:"), symbol=code(context.config.default_symbol)),
    ]
    return await offered(context, join("\n", lines), usual_offers(context))


async def _off(context: RequestContext) -> MessageContent:
    if not await may_change(context):
        return content(esc(admins_only(context)))
    found = await _by_number(context, *context.words[1:2])
    if isinstance(found, MessageContent):
        return found
    await alerts_of(context).remove(found.key)
    return deleted_line(context, found)


async def _edit(context: RequestContext) -> MessageContent:
    found = await _by_number(context, *context.words[1:2])
    if isinstance(found, MessageContent):
        return found
    draft = AlertDraft(" ".join(context.words[2:]), found.created_at)
    return (await make_alert(context, draft)).answer


async def _by_number(context: RequestContext, word: str = "") -> StoredAlert | MessageContent:
    """Return the alert of a number, or the line that says that there is none."""
    wanted = _number(word)
    there = await alerts_of(context).of_chat(chat_of(context).chat_id)
    found = next((one for one in there if one.key.number == wanted), None)
    if found is not None:
        return found
    line = context.tr.gettext("{word} is the number of no alert here; {list} shows them.")
    return content(fill(line, word=quoted(word), list=esc("/alerts")))


def _number(word: str) -> int | None:
    digits = word.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
