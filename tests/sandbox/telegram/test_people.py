"""People who are no ordinary senders, as the bot's reader meets them: anonymous, as a channel, in captions, late."""

from typing import Any

import pytest

from bot.telegram.receive.updates import Incoming, minimal_update
from handlers.ports import ChatRef, IncomingMessage, Person
from tests.sandbox.telegram.conftest import StepTime
from tests.sandbox.telegram.driver import Driver


async def last(driver: Driver) -> tuple[dict[str, Any], Incoming | None]:
    """The newest update, and what the bot reads of it."""
    update = (await driver.updates())[-1]
    return update, minimal_update(update)


async def place(driver: Driver, **facts: Any) -> tuple[int, int]:
    user = await driver.user(first_name="Ada")
    body = {"type": "supergroup", "members": [user], "title": "Traders", **facts}
    return user, int((await driver.control("POST", "/chats", body))["id"])


async def test_an_anonymous_administrator_speaks_as_the_group(driver: Driver) -> None:
    user, group = await place(driver)
    await driver.say(group, "/t btc", as_chat=group, **{"from": user})
    update, read = await last(driver)
    assert update["message"]["from"]["id"] == 1087968824
    assert update["message"]["sender_chat"]["id"] == group
    assert isinstance(read, IncomingMessage)
    assert (read.person, read.text) == (Person(group, "Traders", None), "/t btc")


async def test_a_member_speaks_as_a_channel(driver: Driver) -> None:
    user, group = await place(driver)
    channel = (await driver.control("POST", "/chats", {"type": "channel", "title": "News", "owner": user}))[
        "id"
    ]
    await driver.say(group, "/t btc", as_chat=channel, **{"from": user})
    update, read = await last(driver)
    assert update["message"]["from"]["id"] == 136817688
    assert isinstance(read, IncomingMessage)
    assert read.person == Person(channel, "News", None)


async def test_a_channel_post_names_nobody(driver: Driver) -> None:
    user, channel = await place(driver, type="channel")
    post = await driver.say(channel, "/t btc", **{"from": user})
    update, read = await last(driver)
    assert "from" not in update["channel_post"]
    assert isinstance(read, IncomingMessage)
    assert read.chat == ChatRef(channel, "channel")
    await driver.say(channel, "/t eth", edit=post["message_id"], **{"from": user})
    update, read = await last(driver)
    assert "edited_channel_post" in update
    assert isinstance(read, IncomingMessage)
    assert (read.text, read.edited) == ("/t eth", True)


async def test_only_administrators_are_anonymous_and_nobody_speaks_as_another_group(driver: Driver) -> None:
    user, group = await place(driver)
    other = await driver.user()
    where = f"/chats/{group}/messages"
    await driver.control("POST", where, {"from": other, "text": "a", "as_chat": group}, status=409)
    _, second = await place(driver)
    await driver.control("POST", where, {"from": user, "text": "a", "as_chat": second}, status=400)


async def test_a_caption_stands_under_a_picture_and_can_be_edited(driver: Driver) -> None:
    user = await driver.user()
    message = await driver.say(user, "", caption="/t btc")
    update, read = await last(driver)
    assert update["message"]["photo"]
    assert isinstance(read, IncomingMessage)
    assert read.text == "/t btc"
    await driver.say(user, "/t eth", edit=message["message_id"])
    update, read = await last(driver)
    assert update["edited_message"]["caption"] == "/t eth"
    assert update["edited_message"]["photo"]


async def test_a_message_that_becomes_a_command_is_heard_in_a_group(driver: Driver) -> None:
    user, group = await place(driver)
    message = await driver.say(group, "hello", **{"from": user})
    assert (await last(driver))[0]["message"].get("text") != "hello"
    await driver.say(group, "/t btc", edit=message["message_id"], **{"from": user})
    update, _ = await last(driver)
    assert update["edited_message"]["text"] == "/t btc"


@pytest.mark.parametrize(("after_s", "answered"), [(120, True), (121, False)])
async def test_an_edit_is_read_for_two_minutes(
    driver: Driver, time: StepTime, after_s: int, answered: bool
) -> None:
    user = await driver.user()
    message = await driver.say(user, "/t btc")
    time.advance(after_s * 1000)
    await driver.say(user, "/t eth", edit=message["message_id"])
    _, read = await last(driver)
    assert (read is not None) is answered


async def test_an_old_message_says_when_it_was_written(driver: Driver) -> None:
    await driver.say(await driver.user(), "/t btc", date=1_600_000_000)
    _, read = await last(driver)
    assert isinstance(read, IncomingMessage)
    assert read.date_ms == 1_600_000_000_000
