"""Answering what a person asked: callback queries and inline queries."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.fields import (
    FieldError,
    as_object,
    child,
    optional_child,
    optional_text,
    parsing,
    text,
)
from utils.sandbox.telegram.markup import inline_keyboard
from utils.sandbox.telegram.messages import Content
from utils.sandbox.telegram.methods.composing import (
    MAX_TEXT_UNITS,
    caption_of,
    document_of,
    photo_of,
    rich_text,
)
from utils.sandbox.telegram.methods.registry import Call, method

# https://core.telegram.org/bots/api#answercallbackquery and #answerinlinequery
MAX_TOAST = 200
MAX_INLINE_RESULTS = 50
MAX_RESULT_ID_BYTES = 64
MAX_OFFSET_BYTES = 64
_START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
# of the kinds that can be stored here
_REQUIRED: dict[str, tuple[str, ...]] = {
    "article": ("title",),
    "photo": ("photo_file_id",),
    "document": ("title", "document_file_id"),
}
_NO_CONTENT = 'Can\'t find field "message_text"'


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    """Stop the button's spinner, with a toast or an alert."""
    params = call.params
    toast = params.text("text")
    if len(toast) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": toast, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    query = call.world.callbacks.answer(params.text("callback_query_id"), answer, call.world.clock.now_ms())
    call.world.events.publish("callback_answer", query.record())
    return True


@method("answerInlineQuery")
async def answer_inline_query(call: Call) -> bool:
    """Offer results for an inline query."""
    _check_button(call.params.json("button"))
    if len(call.params.text("next_offset").encode()) > MAX_OFFSET_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    raw = call.params.json("results")
    if not isinstance(raw, list | None):
        raise bad_request("expected an Array of inline query results")
    raw = raw or []
    if len(raw) > MAX_INLINE_RESULTS:
        raise bad_request("too many inline query results specified")
    results = [_result(call, item) for item in raw]
    if len({r["id"] for r in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    answer = {"results": results, "next_offset": call.params.text("next_offset")}
    query = call.world.inlines.answer(call.params.text("inline_query_id"), answer, call.world.clock.now_ms())
    call.world.events.publish("inline_answer", inline_record(query.record()))
    return True


@method("answerGuestQuery")
async def answer_guest_query(call: Call) -> dict[str, Any]:
    """Answer a message of a chat that the bot is not in: the result stands there as an inline message."""
    result = _result(call, call.params.json("result"))
    world = call.world
    query = world.guests.answer(
        call.params.text("guest_query_id"), {"result_id": result["id"]}, world.clock.now_ms()
    )
    inline_id, chat = f"guest{world.token()}", world.chats[query.payload["chat"]]
    asked = world.message(chat, query.payload["message"])
    message = world.post(chat, world.bot, result["content"], via_inline=inline_id, reply_to=asked)
    world.inline_messages[inline_id] = message
    return {"inline_message_id": inline_id}


def inline_record(record: dict[str, Any]) -> dict[str, Any]:
    """An inline query's record with each result's content as it would appear."""
    if record["answer"] is None:
        return record
    results = [r | {"content": r["content"].json()} for r in record["answer"]["results"]]
    return record | {"answer": record["answer"] | {"results": results}}


def _result(call: Call, value: object) -> dict[str, Any]:
    with parsing("inline query result"):
        item = as_object(value, "Inline query result must be an object")
        kind, result_id = text(item, "type").lower(), text(item, "id")
        required = {name: text(item, name) for name in _REQUIRED.get(kind, ())}
        shown = {name: optional_text(item, name) for name in ("title", "description")}
        written = optional_child(item, "input_message_content")
        if kind not in _REQUIRED:
            raise FieldError(f'type "{kind}" is unsupported for the inline query result')
        markup = optional_child(item, "reply_markup")
    if not 1 <= len(result_id.encode()) <= MAX_RESULT_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    content = _written(written) if written or kind == "article" else _media(call, kind, item, required)
    content = replace(content, markup=inline_keyboard(dict(markup)))
    return {"id": result_id, "type": kind, **shown, "content": content}


def _written(item: Mapping[str, Any]) -> Content:
    with parsing("inline query result"):
        source, mode = optional_text(item, "message_text"), optional_text(item, "parse_mode")
        if not source:
            raise FieldError("Input message content is not specified" if item else _NO_CONTENT)
    rich = rich_text(source, mode, item.get("entities"))
    if not rich.is_visible:
        raise bad_request("text must be non-empty")
    if rich.units > MAX_TEXT_UNITS:
        raise bad_request("MESSAGE_TOO_LONG")
    return Content(rich)


def _media(call: Call, kind: str, item: Mapping[str, Any], required: Mapping[str, str]) -> Content:
    with parsing("inline query result"):
        source, mode = optional_text(item, "caption"), optional_text(item, "parse_mode")
    caption = caption_of(source, mode, item.get("caption_entities"))
    reference = required[f"{kind}_file_id"]
    if kind == "photo":
        return Content(caption, photo=photo_of(call, reference))
    return Content(caption, document=document_of(call, reference))


def _check_button(value: object) -> None:
    """The button above the results: a start parameter or an HTTPS address."""
    if value is None:
        return
    with parsing("inline query results button"):
        button = as_object(value, "InlineQueryResultsButton must be an Object")
        text(button, "text")
        if "start_parameter" in button:
            start_parameter, url = text(button, "start_parameter"), None
        elif "web_app" in button:
            start_parameter, url = None, text(child(button, "web_app"), "url")
        else:
            raise FieldError("InlineQueryResultsButton must have exactly one optional field")
    if start_parameter is not None and not _START_PARAMETER.fullmatch(start_parameter):
        raise bad_request("START_PARAM_INVALID")
    if url is not None and urlsplit(url).scheme != "https":
        raise bad_request(
            f"inline query results button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )
