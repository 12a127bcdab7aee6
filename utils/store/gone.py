"""Which chats take no messages of the bot, as a condition of a query."""

from sqlalchemy import ColumnElement, exists

from utils.store.tables import GONE_CHAT


def is_gone(bot_id: ColumnElement[int], chat_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether the chat of a row has blocked or removed the bot."""
    return exists().where(GONE_CHAT.c.bot_id == bot_id, GONE_CHAT.c.chat_id == chat_id)
