"""The table of Bot API methods and what a method is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.limits import SendLimits
from utils.sandbox.telegram.messages import StoredMessage
from utils.sandbox.telegram.params import Params
from utils.sandbox.telegram.people import Chat
from utils.sandbox.telegram.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its parameters, the world it acts on and the limits it spends."""

    params: Params
    world: World
    limits: SendLimits

    def chat(self) -> Chat:
        """The chat named by `chat_id`. Raises `BotApiError` when the bot may not write there."""
        return self.world.chat_for_bot(self.params.text("chat_id"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with the description that some methods add."""

    result: Any
    description: str


Method = Callable[[Call], Awaitable[Any]]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a method under its name; Telegram ignores the case."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return register


def message_of_call(call: Call, chat: Chat, what: str) -> StoredMessage:
    """The message named by `message_id`; `what` ends the refusal, as "edit" or "delete"."""
    message_id = call.params.integer("message_id")
    if message_id == 0:
        raise bad_request("message identifier is not specified")
    found = call.world.message(chat, message_id)
    if found is None:
        raise bad_request(f"message to {what} not found")
    return found
