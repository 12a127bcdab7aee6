"""Presses of the buttons of settings: what each shows or changes, and who may."""

from dataclasses import dataclass

from handlers.chat.callback_data import CallbackData
from handlers.chat.context import RequestContext
from handlers.chat.press_answer import PressAnswer
from handlers.ports import MessageContent, MessageRef
from handlers.settings.changing import change_setting, may_change
from handlers.settings.declared import setting_of
from handlers.settings.pages import BETWEEN, admins_only, all_settings, one_setting


@dataclass(frozen=True, slots=True)
class SettingPress:
    """One press: what the button says, its message, who pressed it where, and the answer that it gets."""

    data: CallbackData
    message: MessageRef
    context: RequestContext
    answer: PressAnswer


async def press_setting(press: SettingPress) -> None:
    """Do what a button of the settings asks for; to look at another page is for who asked and who may change."""
    context, data = press.context, press.data
    word, _, value = (data.subject or "").partition(BETWEEN)
    named = setting_of((word,))
    if data.action == "s":
        if not await may_change(context):
            await press.answer.give(admins_only(context))
        elif named is None or not value:
            await _unknown(press)
        else:
            changed = await change_setting(context, named[0], (value,))
            await (_edit(press, changed.answer) if changed.is_done else press.answer.show(changed.answer))
    elif data.owner not in {None, context.person.id} and not await may_change(context):
        await press.answer.give(admins_only(context))
    elif data.action == "r":
        await _edit(press, all_settings(context))
    elif data.action == "o" and named is not None:
        await _edit(press, one_setting(context, named[0]))
    else:
        await _unknown(press)


async def _edit(press: SettingPress, content: MessageContent) -> None:
    await press.answer.give()
    await press.context.services.notifier.edit(press.message, content)


async def _unknown(press: SettingPress) -> None:
    line = press.context.tr.gettext("I no longer know this button; send the command again.")
    await press.answer.give(line)
