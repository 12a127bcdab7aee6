"""Alerts through the real process: made in the chat, fired by the market, pressed by those who may and may not."""

import pytest

from tests.support.app_under_test import AppUnderTest, Said

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_an_alert_is_made_fires_and_is_silenced(app: AppUnderTest) -> None:
    person = await app.person("Ada", "en")
    chat = await app.chat([person])
    asked = await app.say(chat, person, "/alert btc price > 1 cooldown 2h")
    made = await app.answer(chat, asked, finished="is set")
    assert "price above 1.00, at most every 2 hr" in made.text
    push = await app.answer(chat, made.id, finished="BTCUSDT: price above 1.00")
    assert list(push.buttons) == ["Seen", "⏸ 2 h", "⏸ 24 h", "Chart", "Edit", "Delete"]
    await app.press(chat, person, push.id, push.buttons["Seen"])
    seen = await app.answer(chat, made.id, finished="seen: silent")
    assert (seen.id, "fired 1 time" in seen.text) == (push.id, True)
    await app.press(chat, person, push.id, push.buttons["Chart"])
    chart = await app.answer(chat, push.id, finished="BTCUSDT")
    assert chart.has_photo


async def test_in_a_group_its_admins_alone_make_and_press(app: AppUnderTest) -> None:
    admin, member = await app.person("Bea", "en"), await app.person("Cem", "en")
    group = await app.chat([admin, member], kind="supergroup")
    for person, words in ((member, "only its admins"), (admin, "is set")):
        asked = await app.say(group, person, "/alert btc price > 1 cooldown 2h")
        assert words in (await app.answer(group, asked, finished=words)).text
    push: Said = await app.answer(group, asked + 1, finished="BTCUSDT: price above 1.00")
    refused = await app.press(group, member, push.id, push.buttons["Seen"])
    assert "Only the one who asked" in str(refused["answer"])
    await app.press(group, admin, push.id, push.buttons["Delete"])
    question = await app.answer(group, asked + 1, finished="Delete alert 1?")
    await app.press(group, admin, question.id, question.buttons["Delete"])
    assert (await app.answer(group, asked + 1, finished="is deleted")).id == push.id
