"""Updates: order, offsets, conflicts, privacy, topics, webhooks, controls and events."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.sandbox.telegram.driver import Driver
from tests.support.limits import PATIENCE_MS, PATIENCE_S


async def _polling(driver: Driver) -> None:
    while not (await driver.control("GET", "/state"))["polling"]:  # noqa: ASYNC110 - asked of the server
        await asyncio.sleep(0)


async def test_offsets_confirm_and_order_is_kept(driver: Driver) -> None:
    user = await driver.user()
    for text in ("one", "two", "three"):
        await driver.say(user, text)
    found = await driver.updates()
    assert [u["message"]["text"] for u in found] == ["one", "two", "three"]
    assert await driver.updates() == found
    rest = await driver.updates(offset=found[1]["update_id"], limit=1)
    assert [u["message"]["text"] for u in rest] == ["two"]
    assert [u["message"]["text"] for u in await driver.updates(offset=-1)] == ["three"]
    assert await driver.updates(offset=found[-1]["update_id"] + 1) == []


async def test_long_poll_wakes_for_an_update(driver: Driver) -> None:
    user = await driver.user()
    poll = asyncio.create_task(driver.updates(timeout=30))
    await _polling(driver)
    await driver.say(user, "hello")
    assert [u["message"]["text"] for u in await poll] == ["hello"]


async def test_second_poll_ends_the_first(driver: Driver) -> None:
    first = asyncio.create_task(driver.bot("getUpdates", timeout=30))
    await _polling(driver)
    await driver.updates()
    assert await first == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    }


async def test_allowed_updates_filter_new_ones(driver: Driver) -> None:
    user = await driver.user()
    await driver.updates(allowed_updates=["callback_query"])
    await driver.say(user, "unheard")
    assert await driver.updates() == []
    await driver.updates(allowed_updates=[])
    await driver.say(user, "heard")
    assert [u["message"]["text"] for u in await driver.updates()] == ["heard"]


async def test_webhook_order_secret_retry_and_conflict(driver: Driver) -> None:
    seen: list[tuple[str | None, str]] = []
    done = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        update = await request.json()
        seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update["message"]["text"]))
        if len(seen) == 1:
            return web.Response(status=500)
        if len(seen) == 3:
            done.set()
        chat = update["message"]["chat"]["id"]
        return web.json_response({"method": "sendMessage", "chat_id": chat, "text": "taken"})

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    user = await driver.user()
    body = await driver.bot("setWebhook", url=url, secret_token="s3cret")
    assert body == {"ok": True, "result": True, "description": "Webhook was set"}
    assert (await driver.bot("getUpdates"))["error_code"] == 409
    await driver.say(user, "one")
    two = await driver.say(user, "two")
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    assert seen == [("s3cret", "one"), ("s3cret", "one"), ("s3cret", "two")]
    assert (await driver.records(user, after=two["message_id"]))[0]["message"]["text"] == "taken"
    info = await driver.result("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert (await driver.bot("deleteWebhook"))["description"] == "Webhook was deleted"
    await runner.cleanup()


async def test_privacy_mode_in_groups(driver: Driver) -> None:
    user = await driver.user()
    group = (await driver.control("POST", "/chats", {"members": [user]}))["id"]
    first = await driver.updates()
    assert [next(k for k in u if k != "update_id") for u in first] == ["my_chat_member", "message"]
    sent = await driver.result("sendMessage", chat_id=group, text="hi")
    await driver.say(group, "chatter", **{"from": user})
    await driver.say(group, "/t@OtherBot", **{"from": user})
    await driver.say(group, "/t btc", **{"from": user})
    await driver.say(group, "/t@sandboxbot", **{"from": user})
    await driver.say(group, "answer", reply_to=sent["message_id"], **{"from": user})
    texts = [u["message"]["text"] for u in await driver.updates(offset=first[-1]["update_id"] + 1)]
    assert texts == ["/t btc", "/t@sandboxbot", "answer"]
    await driver.control("PATCH", f"/chats/{group}", {"bot_admin": True})
    await driver.say(group, "all of it", **{"from": user})
    assert (await driver.updates(offset=-1))[0]["message"]["text"] == "all of it"


async def test_commands_carry_their_entity(driver: Driver) -> None:
    user = await driver.user()
    message = await driver.say(user, "/t@SandboxBot btc")
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 13}]


async def test_message_in_a_topic_answers_the_opening_message(driver: Driver) -> None:
    user = await driver.user()
    forum = await driver.control("POST", "/chats", {"is_forum": True, "members": [user], "topics": ["A"]})
    thread = forum["topics"][0]["message_thread_id"]
    await driver.say(forum["id"], "/t", thread=thread, **{"from": user})
    message = (await driver.updates(offset=-1))[0]["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (thread, True)
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "A"
    answer = await driver.result(
        "sendMessage", chat_id=forum["id"], text="x", reply_parameters={"message_id": message["message_id"]}
    )
    assert answer["message_thread_id"] == thread
    await driver.control("PATCH", f"/chats/{forum['id']}", {"topic": {"id": thread, "closed": True}})
    closed = await driver.bot("sendMessage", chat_id=forum["id"], text="x", message_thread_id=thread)
    assert closed["description"] == "Bad Request: TOPIC_CLOSED"


async def test_blocking_and_leaving_are_told(driver: Driver) -> None:
    user = await driver.user()
    await driver.control("PATCH", f"/chats/{user}", {"blocked": True})
    change = (await driver.updates(offset=-1))[0]["my_chat_member"]
    assert change["new_chat_member"]["status"] == "kicked"
    assert change["old_chat_member"]["status"] == "member"


async def test_inline_query_and_chosen_result(driver: Driver) -> None:
    user = await driver.user()
    asked = await driver.control("POST", "/inline", {"from": user, "query": "btc 4h"})
    assert (await driver.updates())[0]["inline_query"]["query"] == "btc 4h"
    content = {"message_text": "<b>BTC</b>", "parse_mode": "HTML"}
    markup = {"inline_keyboard": [[{"text": "r", "callback_data": "1"}]]}
    article = {"type": "article", "id": "a", "title": "BTC", "input_message_content": content}
    await driver.result(
        "answerInlineQuery", inline_query_id=asked["id"], results=[article | {"reply_markup": markup}]
    )
    answered = await driver.control("GET", f"/inline/{asked['id']}?wait_ms={PATIENCE_MS}")
    assert answered["answer"]["results"][0]["content"]["text"] == "BTC"
    choice = {"result_id": "a", "chat": user}
    chosen = await driver.control("POST", f"/inline/{asked['id']}/choose", choice)
    press = {"from": user, "chat": user, "message": chosen["message"]["message_id"], "button": "r"}
    await driver.control("POST", "/callbacks", press)
    query = (await driver.updates(offset=-1))[0]["callback_query"]
    assert query["inline_message_id"] == chosen["via_inline"]
    edited = await driver.bot("editMessageText", inline_message_id=chosen["via_inline"], text="new")
    assert edited == {"ok": True, "result": True}


async def test_raw_updates_pass_as_they_are(driver: Driver) -> None:
    raw = {"update_id": 906994025, "message": {"message_id": 6, "text": "/add"}}
    await driver.control("POST", "/updates", {"raw": raw})
    assert await driver.updates() == [raw]
    user = await driver.user()
    await driver.say(user, "next")
    assert (await driver.updates())[-1]["update_id"] == 906994026


async def test_menu_is_resolved_by_scope_and_language(driver: Driver) -> None:
    turk, other = await driver.user(language_code="tr"), await driver.user(language_code="de")
    group = (await driver.control("POST", "/chats", {"members": [turk, other]}))["id"]
    await driver.result("setMyCommands", commands=[{"command": "t", "description": "trend"}])
    await driver.result(
        "setMyCommands", commands=[{"command": "t", "description": "eğilim"}], language_code="tr"
    )
    admins = {"type": "all_chat_administrators"}
    await driver.result("setMyCommands", commands=[{"command": "alert", "description": "a"}], scope=admins)

    async def menu(chat: int, user: int) -> list[str]:
        commands = await driver.control("GET", f"/commands?chat={chat}&user={user}")
        return [c["description"] for c in commands]

    assert await menu(turk, turk) == ["eğilim"]
    assert await menu(other, other) == ["trend"]
    assert await menu(group, turk) == ["a"]
    assert await menu(group, other) == ["trend"]


async def test_parse_error_fault_spares_plain_text(driver: Driver) -> None:
    user = await driver.user()
    await driver.control("POST", "/faults", {"fault": "parse_error", "count": 1})
    assert (await driver.bot("sendMessage", chat_id=user, text="plain"))["ok"]
    refused = await driver.bot("sendMessage", chat_id=user, text="<b>a</b>", parse_mode="HTML")
    assert refused["description"].startswith("Bad Request: can't parse entities:")
    assert (await driver.bot("sendMessage", chat_id=user, text="<b>a</b>", parse_mode="HTML"))["ok"]


async def test_faults_match_method_and_chat(driver: Driver) -> None:
    one, two = await driver.user(), await driver.user()
    fault = {"match": {"method": "sendMessage", "chat": one}, "fault": {"status": {"code": 500}}}
    await driver.control("POST", "/faults", fault)
    assert (await driver.bot("sendMessage", chat_id=one, text="a"))["error_code"] == 500
    assert (await driver.bot("sendMessage", chat_id=two, text="a"))["ok"]
    refused = await driver.control("POST", "/faults", {"fault": "earthquake"}, status=400)
    assert "unknown fault earthquake" in refused["error"]


async def _next_event(lines: Any) -> tuple[str, dict[str, Any]]:
    kind = ""
    async for raw in lines:
        line = raw.decode().rstrip()
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            return kind, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_events_stream_and_resume(driver: Driver) -> None:
    user = await driver.user()
    url = f"{driver.sandbox.control_url}/events"
    async with driver.session.get(url) as stream:
        assert stream.content_type == "text/event-stream"
        sent = await driver.result("sendMessage", chat_id=user, text="a")
        assert (await _next_event(stream.content))[1]["message"]["text"] == "a"
        await driver.result("sendChatAction", chat_id=user, action="typing")
        assert (await _next_event(stream.content))[0] == "action"
        await driver.result("deleteMessage", chat_id=user, message_id=sent["message_id"])
        assert (await _next_event(stream.content))[0] == "delete"
    last = (await driver.control("GET", "/state"))["events"]
    async with driver.session.get(url, headers={"Last-Event-ID": str(last - 1)}) as stream:
        assert (await _next_event(stream.content))[0] == "delete"


async def test_reset_forgets_and_repeats(driver: Driver) -> None:
    user = await driver.user(first_name="Ada")
    await driver.say(user, "x")
    before = (await driver.updates())[0]["update_id"]
    await driver.control("POST", "/reset", {"seed": 0})
    state = await driver.control("GET", "/state")
    assert (state["users"], state["pending_updates"]) == ([], 0)
    assert await driver.user(first_name="Ada") == user
    await driver.say(user, "x")
    assert (await driver.updates())[0]["update_id"] == before
