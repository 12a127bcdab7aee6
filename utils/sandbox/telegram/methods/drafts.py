"""Streaming a message while it is made."""

from utils.sandbox.telegram.drafts import SHOWN_MS, ShownDraft
from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.messages import Content
from utils.sandbox.telegram.methods.composing import MAX_TEXT_UNITS, rich_text
from utils.sandbox.telegram.methods.registry import Call, method
from utils.sandbox.telegram.people import Chat

THINKING = "Thinking…"


@method("sendMessageDraft")
async def send_message_draft(call: Call) -> bool:
    """Show a partial text; an empty one says that the bot is thinking."""
    chat = draft_chat(call)
    params = call.params
    rich = rich_text(params.text("text"), params.text("parse_mode"), params.json("entities"))
    if rich.units > MAX_TEXT_UNITS:
        raise bad_request("message is too long")
    show_draft(call, chat, Content(rich) if rich.text else Content(rich_text(THINKING, "", None)))
    return True


def draft_chat(call: Call) -> Chat:
    """The private chat of a draft. Raises `BotApiError` for any other, and for a draft without an id."""
    chat = call.chat()
    if not chat.is_private:
        raise bad_request("drafts can be sent only to private chats")
    if call.params.integer("draft_id") == 0:
        raise bad_request("draft identifier must be non-zero")
    return chat


def show_draft(call: Call, chat: Chat, content: Content) -> None:
    """Show the content as the draft that the call names."""
    thread_id = call.params.integer("message_thread_id") or None
    if thread_id is not None:
        chat.topic(thread_id)
    until_ms = call.world.clock.now_ms() + SHOWN_MS
    draft = ShownDraft(
        chat.id,
        thread_id,
        call.params.integer("draft_id"),
        content.json(),
        call.params.flag("can_stop"),
        until_ms,
    )
    call.world.drafts.show(draft)
    call.world.events.publish("draft", draft.record())
