"""Presses of the buttons of settings: what each shows or changes, and who may."""

from dataclasses import dataclass

from handlers.chat.callback_data import CallbackData
from handlers.chat.context import RequestContext
from handlers.chat.press_answer import PressAnswer
from handlers.chat.rights import may_change
from handlers.ports import MessageContent, MessageRef
from handlers.settings.changing import Changed, change_setting, turn_rich_on
from handlers.settings.declared import LOOK, RICH, setting_of
from handlers.settings.look import READABLE
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
    if data.action == READABLE:
        await _turn_rich_on(press, is_offered=named is not None and named[0] is LOOK and value == RICH)
    elif data.action == "s":
        if named is None or not value:
            await _unknown(press)
        else:
            await _show(press, await change_setting(context, named[0], (value,)))
    elif data.owner not in {None, context.person.id} and not await may_change(context):
        await press.answer.give(admins_only(context))
    elif data.action == "r":
        await _edit(press, all_settings(context))
    elif data.action == "o" and named is not None:
        await _edit(press, one_setting(context, named[0]))
    else:
        await _unknown(press)


async def _turn_rich_on(press: SettingPress, *, is_offered: bool) -> None:
    """Do what the button under a sample asks for; it is for everybody who may change the settings."""
    if not is_offered:
        await _unknown(press)
    else:
        await _show(press, await turn_rich_on(press.context, LOOK))


async def _show(press: SettingPress, changed: Changed) -> None:
    """Show what has become of a setting in the message, a sample beside it, and a fault over the chat."""
    if changed.is_done:
        await _edit(press, changed.answer)
    elif changed.is_sample:
        await press.answer.give()
        await _send(press, changed.answer)
    else:
        await press.answer.show(changed.answer)


async def _send(press: SettingPress, content: MessageContent) -> None:
    """Answer beside the message, as openly as it is itself."""
    notifier, message = press.context.services.notifier, press.message
    whispered = None
    if message.asker is not None:
        whispered = await notifier.whisper(message.chat, content, message.asker)
    if whispered is None:
        await notifier.send(message.chat, content, reply_to=message.message_id or None)


async def _edit(press: SettingPress, content: MessageContent) -> None:
    await press.answer.give()
    await press.context.services.notifier.edit(press.message, content)


async def _unknown(press: SettingPress) -> None:
    line = press.context.tr.gettext("I no longer know this button; send the command again.")
    await press.answer.give(line)
