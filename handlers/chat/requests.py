"""From who asks, and in which chat, to the request's context: what the chat has chosen over the configuration."""

from config.c_chat import ChatConfig
from handlers.chat.context import RequestContext, Services
from handlers.locale.messages import Translator
from handlers.ports import ChatRef, Person
from handlers.registry import CommandSpec


class RequestContexts:
    """Makes the contexts of requests: in a private chat and inline by the person's choices, else by the chat's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def make(
        self, person: Person, chat: ChatRef | None, spec: CommandSpec, words: tuple[str, ...] = ()
    ) -> RequestContext:
        """Return the context of a command with its arguments."""
        services = self._services
        choices = await services.choices.of(person.id if chat is None else chat.chat_id)
        config = choices.over(services.chat_config())
        tr = self._translator(person, config)
        return RequestContext(services, spec, words, person, chat, config, tr, services.market_now(), choices)

    async def translator(self, person: Person, chat: ChatRef | None) -> Translator:
        """Return the language in which somebody is answered in a chat."""
        choices = await self._services.choices.of(person.id if chat is None else chat.chat_id)
        return self._translator(person, choices.over(self._services.chat_config()))

    def _translator(self, person: Person, config: ChatConfig) -> Translator:
        return self._services.messages.for_person(person.language, config.language)
