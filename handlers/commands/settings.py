"""``/settings``: what a chat has chosen, to see and to change; ``/language tr`` is one of them."""

from dataclasses import replace
from typing import Final

from handlers.chat.context import RequestContext
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.settings.changing import change_setting
from handlers.settings.declared import LANGUAGE, setting_of
from handlers.settings.pages import COMMAND, all_settings, one_setting, unknown_setting

SPEC: Final = CommandSpec(
    name=COMMAND,
    aliases=("ayarlar",),
    role="anyone",
    quota=1,
    help_key=COMMAND,
    title=N_("Settings"),
    summary=N_("language, symbol, interval, time zone, quiet hours"),
    for_asker=True,
)
LANGUAGE_SPEC: Final = CommandSpec(
    name="language",
    aliases=("dil",),
    role="anyone",
    quota=1,
    help_key="language",
    title=N_("Language"),
    summary=N_("the language of answers: en or tr"),
    for_asker=True,
)


async def run(context: RequestContext) -> MessageContent:
    """Answer with all settings, with one of them, or change one."""
    if not context.words:
        return all_settings(context)
    named = setting_of(context.words)
    if named is None:
        return unknown_setting(context, context.words[0])
    setting, words = named
    return (
        one_setting(context, setting) if not words else (await change_setting(context, setting, words)).answer
    )


async def run_language(context: RequestContext) -> MessageContent:
    """Answer ``/language`` as ``/settings language``."""
    return await run(replace(context, words=(LANGUAGE.word, *context.words)))
