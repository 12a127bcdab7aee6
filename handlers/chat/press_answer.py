"""The one answer that Telegram allows to a press of a button, and a reply for what is said after it."""

from typing import Final

from handlers.ports import Asker, CallbackQuery, MessageContent, MessageRef, Notifier
from handlers.render.html import utf16_units

WINDOW_LIMIT: Final = 200  # https://core.telegram.org/bots/api#answercallbackquery


class PressAnswer:
    """Answers one press at most once; ``given`` tells whether that has happened."""

    def __init__(self, notifier: Notifier, query: CallbackQuery) -> None:
        self._notifier = notifier
        self._query = query
        self.given = False

    async def give(self, text: str = "") -> None:
        """End the waiting of the button, with a short text where there is one; nothing if that was done before."""
        if not self.given:
            self.given = True
            await self._notifier.answer_callback_query(self._query.query_id, text)

    async def show(self, line: MessageContent) -> None:
        """Show an error: in a window over the chat; as a reply where it is too long, or after the answer."""
        message = self._query.message
        if utf16_units(line.plain) > WINDOW_LIMIT and message is not None:
            await self.give()
        if not self.given:
            self.given = True
            await self._notifier.answer_callback_query(self._query.query_id, line.plain, alert=True)
        elif message is not None and not await self._whispered(message, line):
            await self._notifier.send(message.chat, line, reply_to=message.message_id)

    async def _whispered(self, message: MessageRef, line: MessageContent) -> bool:
        if message.chat.kind == "private":
            return False
        asker = message.asker or Asker(self._query.person.id, self._query.query_id)
        return await self._notifier.whisper(message.chat, line, asker) is not None
