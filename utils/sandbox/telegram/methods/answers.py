"""Answering what a person asked: callback queries and inline queries."""

from dataclasses import replace
from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.markup import inline_keyboard
from utils.sandbox.telegram.messages import Content
from utils.sandbox.telegram.methods.composing import MAX_TEXT_UNITS, caption_of, photo_of, rich_text
from utils.sandbox.telegram.methods.registry import Call, method

# https://core.telegram.org/bots/api#answercallbackquery and #answerinlinequery
MAX_TOAST = 200
MAX_INLINE_RESULTS = 50
MAX_RESULT_ID_BYTES = 64


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    """Stop the button's spinner, with a toast or an alert."""
    params = call.params
    text = params.text("text")
    if len(text) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    query = call.world.callbacks.answer(params.text("callback_query_id"), answer, call.world.clock.now_ms())
    call.world.events.publish("callback_answer", query.record())
    return True


@method("answerInlineQuery")
async def answer_inline_query(call: Call) -> bool:
    """Offer results for an inline query."""
    raw = call.params.json("results")
    if not isinstance(raw, list):
        raise bad_request("expected an Array of InlineQueryResult")
    if len(raw) > MAX_INLINE_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    results = [_result(call, item) for item in raw]
    if len({r["id"] for r in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    answer = {"results": results, "next_offset": call.params.text("next_offset")}
    query = call.world.inlines.answer(call.params.text("inline_query_id"), answer, call.world.clock.now_ms())
    call.world.events.publish("inline_answer", inline_record(query.record()))
    return True


def inline_record(record: dict[str, Any]) -> dict[str, Any]:
    """An inline query's record with each result's content as it would appear."""
    if record["answer"] is None:
        return record
    results = [r | {"content": r["content"].json()} for r in record["answer"]["results"]]
    return record | {"answer": record["answer"] | {"results": results}}


def _result(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    result_id = str(item.get("id", ""))
    if not 1 <= len(result_id.encode()) <= MAX_RESULT_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    markup = inline_keyboard(item.get("reply_markup") or {})
    shown = {"id": result_id, "type": str(item.get("type")), "title": str(item.get("title") or "")}
    content = replace(_content(call, item), markup=markup)
    return shown | {"description": str(item.get("description") or ""), "content": content}


def _content(call: Call, item: dict[str, Any]) -> Content:
    if "input_message_content" in item:
        wanted = item["input_message_content"]
        text, mode = str(wanted.get("message_text") or ""), str(wanted.get("parse_mode") or "")
        rich = rich_text(text, mode, wanted.get("entities"))
        if not rich.text:
            raise bad_request("message text is empty")
        if rich.units > MAX_TEXT_UNITS:
            raise bad_request("MESSAGE_TOO_LONG")
        return Content(rich)
    if item.get("type") == "photo" and "photo_file_id" in item:
        caption = caption_of(str(item.get("caption") or ""), str(item.get("parse_mode") or ""), None)
        return Content(caption, photo=photo_of(call, str(item["photo_file_id"])))
    raise bad_request("can't parse inline query result: input message content is not specified")
