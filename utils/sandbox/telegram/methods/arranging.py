"""What is done to messages and chats besides writing: pins, reactions, the menu button, topics."""

from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.fields import FieldError, as_object, child, parsing, text
from utils.sandbox.telegram.methods.registry import Call, message_of_call, method
from utils.sandbox.telegram.people import ADMINISTRATORS, Chat, Topic
from utils.sandbox.telegram.places import open_topic, service

# https://core.telegram.org/bots/api#createforumtopic
MAX_TOPIC_NAME = 128
TOPIC_COLOURS = frozenset({7322096, 16766590, 13338331, 9367192, 16749490, 16478047})
# https://core.telegram.org/bots/api#reactiontypeemoji, those that are seen most
REACTIONS = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡"
)


@method("pinChatMessage")
async def pin_chat_message(call: Call) -> bool:
    """Pin a message; in groups only for administrators. The pin shows as a service message."""
    chat = call.chat()
    message = message_of_call(call, chat, "pin")
    _require_admin(chat, "not enough rights to manage pinned messages in the chat")
    service(call.world, chat, call.world.bot, {"pinned_message": message.json(nested=True)})
    return True


@method("unpinChatMessage")
async def unpin_chat_message(call: Call) -> bool:
    """Unpin; nothing shows."""
    _require_admin(call.chat(), "not enough rights to manage pinned messages in the chat")
    return True


@method("setMessageReaction")
async def set_message_reaction(call: Call) -> bool:
    """Replace the bot's reaction, one at most."""
    chat = call.chat()
    message = message_of_call(call, chat, "react")
    wanted = call.params.json("reaction")
    if not isinstance(wanted, list | None):
        raise bad_request("expected an Array of ReactionType")
    with parsing("ReactionType"):
        emoji = [_emoji(item) for item in wanted or ()]
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(shown not in REACTIONS for shown in emoji):
        raise bad_request("REACTION_INVALID")
    call.world.react(message, emoji)
    return True


@method("setChatMenuButton")
async def set_chat_menu_button(call: Call) -> bool:
    """Set the button beside the composer, for one private chat or for all."""
    button = call.params.json("menu_button") or {"type": "default"}
    with parsing("menu button"):
        kind = text(as_object(button, "MenuButton must be an Object"), "type")
        if kind not in {"default", "commands", "web_app"}:
            raise FieldError("MenuButton has unsupported type")
        if kind == "web_app":
            text(button, "text")
            text(child(button, "web_app"), "url")
    call.world.menu_buttons[_menu_chat(call)] = button
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(call: Call) -> dict[str, Any]:
    """The button of that chat, else the one of all."""
    buttons = call.world.menu_buttons
    return buttons.get(_menu_chat(call)) or buttons.get(0) or {"type": "commands"}


@method("createForumTopic")
async def create_forum_topic(call: Call) -> dict[str, Any]:
    """Open a topic in a forum that the bot administers."""
    chat, name = call.chat(), call.params.text("name").strip()
    colour = call.params.integer("icon_color")
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    _require_admin(chat, "not enough rights to create a topic")
    if not 1 <= len(name) <= MAX_TOPIC_NAME:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_INVALID")
    if colour and colour not in TOPIC_COLOURS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    topic: Topic = open_topic(call.world, chat, call.world.bot, name)
    topic.icon_color = colour or topic.icon_color
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}


def _emoji(item: object) -> str:
    reaction = as_object(item)
    if text(reaction, "type") != "emoji":
        raise FieldError("invalid reaction type specified")
    return text(reaction, "emoji").removesuffix("\ufe0f")


def _menu_chat(call: Call) -> int:
    return call.chat().id if call.params.text("chat_id") else 0


def _require_admin(chat: Chat, reason: str) -> None:
    if not chat.is_private and chat.bot_status not in ADMINISTRATORS:
        raise bad_request(reason)
