"""The keeper of the command menus, connected with the rights and languages that the menus follow."""

from collections.abc import Collection

from bot.build import Core
from bot.sections import CHAT
from bot.telegram.menu_keeper import MenuKeeper
from bot.telegram.send.chat_choices import StoredChoices
from bot.telegram_side import TelegramParts
from config.c_chat import ChatConfig
from handlers.admin.roles import role_of
from handlers.settings.choices import read_choices
from handlers.settings.declared import LANGUAGE


def menu_keeper(core: Core, telegram: TelegramParts) -> MenuKeeper:
    """Make the keeper; whose rights and which chat's language change in this process it is told from now on."""
    rows = StoredChoices(lambda: core.storage.store, core.clock, lambda: telegram.api.id)

    def usual() -> str:
        return core.config.newest.section(CHAT, ChatConfig).language

    async def language_of(chat_id: int) -> str:
        """Return the language of a chat; without a database nobody has chosen one. Raises `SourceError`."""
        if core.storage.store is None:
            return usual()
        return read_choices(await rows.find(chat_id)).language or usual()

    async def chats() -> Collection[int]:
        """Return the chats that have chosen a language. Raises `SourceError`."""
        return await rows.that_chose(LANGUAGE.name)

    keeper = MenuKeeper(
        telegram.api,
        core.registry,
        core.messages,
        core.clock,
        role_of=lambda person_id: role_of(telegram.access, person_id),
        language_of=language_of,
        usual=usual,
        people=lambda: telegram.access.everybody,
        chats=chats,
    )
    telegram.access.on_admin = keeper.note
    telegram.choices.on_language = keeper.note
    return keeper
