"""The content that an `InputMedia` describes."""

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.fields import FieldError, as_object, optional_text, parsing, text
from utils.sandbox.telegram.messages import Content
from utils.sandbox.telegram.methods.composing import caption_of, document_of, photo_of
from utils.sandbox.telegram.methods.registry import Call


def media_content(call: Call, media: object) -> Content:
    """The content of an `InputMedia`, without buttons. Raises `BotApiError`."""
    with parsing("InputMedia"):
        item = as_object(media)
        written, mode = optional_text(item, "caption"), optional_text(item, "parse_mode")
        kind, reference = text(item, "type"), optional_text(item, "media")
        if not reference:
            raise FieldError("media not found")
    caption = caption_of(written, mode, item.get("caption_entities"))
    if kind == "photo":
        return Content(caption, photo=photo_of(call, reference))
    if kind == "document":
        return Content(caption, document=document_of(call, reference))
    raise bad_request(f'can\'t parse InputMedia: type "{kind}" is unsupported')
