"""What the bot answers in the sandbox, and presses of its buttons."""

from typing import Any

from handlers.ports import ChatRef
from tests.bot.conftest import People
from tests.support.limits import PATIENCE_MS


async def answer(people: People, chat: ChatRef, after_seq: int = 0) -> tuple[dict[str, Any], int]:
    """The bot's newest message of a chat, once it has changed after ``after_seq``, and its own number."""
    seen = after_seq
    while True:
        path = f"/chats/{chat.chat_id}/messages?after_seq={seen}&wait_ms={PATIENCE_MS}"
        found = await people.call("GET", path)
        assert found["messages"], "nothing was answered"
        seen = found["seq"]
        mine = [record for record in found["messages"] if record["from_bot"]]
        if mine:
            return mine[-1], seen


async def press(people: People, chat: ChatRef, person: ChatRef, message: dict[str, Any], button: str) -> str:
    """Press a button and return what the person is told of it."""
    where = {"chat": chat.chat_id, "from": person.chat_id}
    hidden = message.get("ephemeral_message_id")
    named = {"ephemeral": hidden} if hidden else {"message": message["message_id"]}
    query = await people.call("POST", "/callbacks", {**where, **named, "button": button})
    told = await people.call("GET", f"/callbacks/{query['id']}?wait_ms={PATIENCE_MS}")
    assert told["answer"] is not None, "the press was not answered"
    return str(told["answer"].get("text") or "")
