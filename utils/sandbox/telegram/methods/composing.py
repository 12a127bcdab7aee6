"""From the parameters of a call to the content of a message: text, caption, media, buttons, place."""

from collections.abc import Callable, Container
from typing import Any

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.fields import number, parsing
from utils.sandbox.telegram.markup import has_other_keyboard, inline_keyboard
from utils.sandbox.telegram.media import Photo, StoredFile
from utils.sandbox.telegram.messages import StoredMessage
from utils.sandbox.telegram.methods.registry import Call
from utils.sandbox.telegram.params import Upload
from utils.sandbox.telegram.people import Chat
from utils.sandbox.telegram.text.entities import RichText
from utils.sandbox.telegram.text.explicit import explicit_entities
from utils.sandbox.telegram.text.finish import finished
from utils.sandbox.telegram.text.html import parse_html
from utils.sandbox.telegram.text.markdown import parse_markdown, parse_markdown_v2

# https://core.telegram.org/bots/api#sendmessage and #sendphoto: characters after entities parsing
MAX_TEXT_UNITS = 4096
MAX_CAPTION_UNITS = 1024
MAX_SOURCE_BYTES = 1 << 15
_PARSERS: dict[str, Callable[[str], RichText]] = {
    "html": parse_html,
    "markdownv2": parse_markdown_v2,
    "markdown": parse_markdown,
}


def text_of(call: Call, *, editing: bool = False) -> RichText:
    """The `text` of a call. Raises `BotApiError` when it is empty, too long or cannot be parsed."""
    source = call.params.text("text")
    if not source:
        raise bad_request("message text is empty")
    rich = rich_text(source, call.params.text("parse_mode"), call.params.json("entities"))
    if not rich.is_visible:
        raise bad_request("text must be non-empty")
    if rich.units > MAX_TEXT_UNITS:
        raise bad_request("MESSAGE_TOO_LONG" if editing else "message is too long")
    return rich


def caption_of(source: str, parse_mode: str, entities: Any) -> RichText:
    """A caption, which may be empty. Raises `BotApiError` when it is too long or cannot be parsed."""
    rich = rich_text(source, parse_mode, entities)
    if rich.units > MAX_CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return rich


def call_caption(call: Call) -> RichText:
    """The `caption` of a call."""
    params = call.params
    return caption_of(params.text("caption"), params.text("parse_mode"), params.json("caption_entities"))


def rich_text(source: str, parse_mode: str, entities: Any) -> RichText:
    """Text with entities from a parse mode or an explicit list. Raises `BotApiError`."""
    mode = parse_mode.lower()
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise bad_request("text is too long")
    if parse := _PARSERS.get(mode):
        return finished(parse(source))
    if mode not in {"", "none"}:
        raise bad_request("unsupported parse_mode")
    return finished(RichText(source, explicit_entities(entities, source)))


def markup_of(call: Call) -> dict[str, Any] | None:
    """The inline keyboard of a call, or `None`."""
    return inline_keyboard(_markup_object(call))


def edited_markup_of(call: Call) -> dict[str, Any] | None:
    """The inline keyboard of an edit, or `None`. Raises `BotApiError` for any other keyboard."""
    markup = _markup_object(call)
    if has_other_keyboard(markup):
        raise bad_request("inline keyboard expected")
    return inline_keyboard(markup)


def _markup_object(call: Call) -> dict[str, Any]:
    markup = call.params.json("reply_markup")
    if not isinstance(markup, dict | None):
        raise bad_request("object expected as reply markup")
    return markup or {}


def placing_of(call: Call, chat: Chat) -> dict[str, Any]:
    """Topic and reply target of a new message. Raises `BotApiError` when one of them does not exist."""
    placing: dict[str, Any] = {}
    thread_id = call.params.integer("message_thread_id")
    if thread_id:
        topic = chat.topic(thread_id)
        if topic.closed and chat.bot_status != "administrator":
            raise bad_request("TOPIC_CLOSED")
        placing["thread_id"] = topic.id
    target = _reply_target(call, chat)
    if target is not None:
        placing["reply_to"] = target
        placing.setdefault("thread_id", target.thread_id)
    return placing


def photo_of(call: Call, reference: str) -> Photo:
    """The photo named by a file id or an upload. Raises `BotApiError`."""
    upload = _upload(call, reference)
    if upload is not None:
        return call.world.files.add_photo(upload.data)
    if reference not in call.world.files.photos:
        raise _unknown_file(reference, call.world.files.files, "Document", "Photo")
    return call.world.files.photos[reference]


def document_of(call: Call, reference: str) -> StoredFile:
    """The document named by a file id or an upload. Raises `BotApiError`."""
    upload = _upload(call, reference)
    if upload is not None:
        return call.world.files.add_document(upload.data, upload.name, upload.mime)
    if reference not in call.world.files.files or reference in call.world.files.photos:
        raise _unknown_file(reference, call.world.files.photos, "Photo", "Document")
    return call.world.files.files[reference]


def file_reference(call: Call, name: str) -> str:
    """What the call gives as its file: an id, `attach://…`, or the upload of that name. Raises `BotApiError`."""
    if name in call.params.uploads:
        return f"attach://{name}"
    reference = call.params.text(name)
    if not reference:
        raise bad_request(f"there is no {name} in the request")
    return reference


def _unknown_file(reference: str, others: Container[str], kind: str, wanted: str) -> BotApiError:
    if reference in others:
        return bad_request(f"can't use file of type {kind} as {wanted}")
    if reference.startswith(("http://", "https://")):  # the sandbox reaches no network
        return bad_request("failed to get HTTP URL content")
    return bad_request("wrong file identifier/HTTP URL specified")


def _upload(call: Call, reference: str) -> Upload | None:
    if not reference.startswith("attach://"):
        return None
    name = reference.removeprefix("attach://")
    if name not in call.params.uploads:
        raise bad_request(f"can't find attached file {name}")
    return call.params.uploads[name]


def _reply_target(call: Call, chat: Chat) -> StoredMessage | None:
    wanted = call.params.object("reply_parameters")
    with parsing("reply parameters"):
        named = number(wanted, "message_id") if wanted.get("message_id") is not None else 0
    message_id = named or call.params.integer("reply_to_message_id")
    if not message_id:
        return None
    found = call.world.message(chat, message_id)
    optional = wanted.get("allow_sending_without_reply") or call.params.flag("allow_sending_without_reply")
    if found is None and not optional:
        raise bad_request("message to be replied not found")
    return found
