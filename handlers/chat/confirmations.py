"""Presses of the buttons under a question that a command of administrators asks before it does something."""

from handlers.admin.confirming import press
from handlers.chat.callback_data import CallbackData
from handlers.chat.context import Services
from handlers.chat.press_answer import PressAnswer
from handlers.chat.requests import RequestContexts
from handlers.commands.administration import CONFIRMED
from handlers.ports import CallbackQuery, MessageContent
from handlers.render.html import plain
from handlers.render.sentences import source_fault
from utils.http.errors import SourceError


class Confirmations:
    """Hands presses to what they confirm; a source that fails is told to who presses."""

    def __init__(self, services: Services, contexts: RequestContexts) -> None:
        self._services = services
        self._contexts = contexts

    async def handle(self, query: CallbackQuery, data: CallbackData, answer: PressAnswer) -> None:
        """Do once what a button confirms."""
        spec = self._services.registry.by_name[data.command]
        chat = query.message.chat if query.message else None
        context = await self._contexts.make(query.person, chat, spec)
        try:
            await press(context, data, query, answer, CONFIRMED[data.command])
        except SourceError as error:
            line = source_fault(error, context.tr, zone=context.config.time_zone)
            await answer.show(MessageContent(line, plain(line)))
