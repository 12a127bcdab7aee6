"""Changing one setting: who may, what the words mean, keeping it, and the answer in what holds from then on."""

from dataclasses import dataclass

import structlog

from handlers.chat.context import RequestContext
from handlers.chat.rights import may_change
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.render.html import esc, plain
from handlers.render.sentences import source_fault
from handlers.settings.declared import RICH, Setting
from handlers.settings.look import rich_sample
from handlers.settings.pages import admins_only, one_setting, wrong_value
from handlers.settings.values import NewValue, WrongValue, read_value
from utils.http.errors import SourceError
from utils.store.urls import SOURCE as DATABASE

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """The answer to somebody who wants to change a setting, and whether it has changed.

    ``is_sample``: the answer is what they have to see first, in a message of its own.
    """

    answer: MessageContent
    is_done: bool = False
    is_sample: bool = False


async def change_setting(context: RequestContext, setting: Setting, words: tuple[str, ...]) -> Changed:
    """Change a setting to what words say, and return its card as it is then; or a line that says why not."""
    if not await may_change(context):
        return _refused(admins_only(context))
    try:
        value = await read_value(setting, words, context.services.symbols, quote=context.config.quote)
        if isinstance(value, WrongValue):
            return Changed(wrong_value(context, setting, value))
        if setting.name == "look" and value.text == RICH:
            return Changed(rich_sample(context), is_sample=True)
        return await _keep(context, setting, value)
    except SourceError as error:
        return _not_kept(context, setting, error)


async def turn_rich_on(context: RequestContext, setting: Setting) -> Changed:
    """Choose the rich look for who reads it, and return the setting's card; or a line that says why not."""
    if not await may_change(context):
        return _refused(admins_only(context))
    try:
        return await _keep(context, setting, NewValue(RICH))
    except SourceError as error:
        return _not_kept(context, setting, error)


def _not_kept(context: RequestContext, setting: Setting, error: SourceError) -> Changed:
    note_fault(error)
    log.info("a setting was not changed", name=setting.name, source=error.source, detail=error.detail)
    if error.source == DATABASE:
        return _refused(context.tr.gettext("I cannot keep this now; try again in a minute."))
    return _refused(plain(source_fault(error, context.tr, zone=context.config.time_zone)))


async def _keep(context: RequestContext, setting: Setting, value: NewValue) -> Changed:
    chat_id = context.person.id if context.chat is None else context.chat.chat_id
    choices = await context.services.choices.change(chat_id, {setting.name: value.text})
    changed = context.with_choices(choices)
    return Changed(one_setting(changed, setting, changed.tr.gettext("Changed.")), is_done=True)


def _refused(line: str) -> Changed:
    text = esc(line)
    return Changed(MessageContent(text, plain(text)))
