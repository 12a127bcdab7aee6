"""Two people with a phone each in a group and in the topics of a forum: who is answered where, and who sees it."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.pages import kept, newest, phone_of, press, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


WHY, WHY_TR = ("Why", "From neutral to the score"), ("Why", "Nötrden skora")
PLACES: Final = (
    ("chat", "Desk", (WHY,), (("/settings", "Bu sohbetin ayarları"),)),
    ("topic", "Coins", (("/help", "Commands"), ("/t btc 4x", "I cannot read 4x")), (WHY_TR,)),
)
"""Where, and what each of two people asks for alone: a button or a command, and what they read. In the topic, where the
bot is an administrator, that is so for what was asked openly too."""


async def test_in_a_forum_each_is_answered_in_the_topic_of_the_question(
    app: AppUnderTest, browser: Browser, shots: Path
) -> None:
    ada, bea = await app.person("Ada", "en"), await app.person("Bea", "en")
    await app.chat([ada, bea], kind="supergroup", is_forum=True, title="Forum", topics=["Majors", "Others"])
    async with AsyncExitStack() as stack:
        hers = await stack.enter_async_context(phone_of(browser, app, ada))
        other = await stack.enter_async_context(phone_of(browser, app, bea))
        await enter(hers, "topic", "Majors")
        await enter(other, "topic", "Others")
        await say(hers, "/t btc 4h")
        await say(other, "/t eth 4h")
        await expect(newest(hers)).to_contain_text("BTCUSDT")
        await expect(newest(other)).to_contain_text("ETHUSDT")
        for page, own, foreign in ((hers, "BTCUSDT", "ETHUSDT"), (other, "ETHUSDT", "BTCUSDT")):
            await expect(bots(page).filter(has_text=own)).to_have_count(1)
            await expect(bots(page).filter(has_text=foreign)).to_have_count(0)
        await hers.screenshot(path=shots / "topic-majors.png")
        await enter(hers, "topic", "Others")
        await expect(newest(hers)).to_contain_text("ETHUSDT")
        await hers.screenshot(path=shots / "topic-others.png")


async def test_what_one_asks_alone_is_seen_by_nobody_else(
    app: AppUnderTest, browser: Browser, shots: Path
) -> None:
    ada, bea = await app.person("Ada", "en"), await app.person("Bea", "tr")
    await app.chat([ada, bea], kind="supergroup", title="Desk")
    await app.chat(
        [ada, bea], is_forum=True, kind="supergroup", title="Floor", topics=["Coins"], bot_admin=True
    )
    await app.card(ada, ada, "/t btc 4h")  # from now on its answer is there at once
    async with AsyncExitStack() as stack:
        hers = await stack.enter_async_context(phone_of(browser, app, ada))
        other = await stack.enter_async_context(phone_of(browser, app, bea, "light"))
        for kind, name, *alone in PLACES:
            for page in (hers, other):
                await enter(page, kind, name)
            await say(hers, "/t btc 4h")
            for page, deeds in zip((hers, other), alone, strict=True):
                await expect(newest(page).get_by_test_id("photo")).to_be_visible()
                card = await kept(newest(page))
                for number, (deed, shown) in enumerate(deeds, 1):
                    await (say(page, deed) if deed.startswith("/") else press(card, deed))
                    await expect(whispers(page)).to_have_count(number)
                    await expect(whispers(page).last).to_contain_text(shown)
            await say(other, "Thanks")
            for page, who, deeds in zip((hers, other), ("ada", "bea"), alone, strict=True):
                await expect(page.get_by_test_id("message").filter(has_text="Thanks")).to_be_visible()
                await expect(whispers(page)).to_have_count(len(deeds))
                await expect(bots(page)).to_have_count(1 + len(deeds))  # the card, which all see
                await page.screenshot(path=shots / f"whispers-{kind}-{who}.png")


async def enter(page: Page, kind: str, name: str) -> None:
    """Go to a chat or a topic by the list of chats."""
    await page.get_by_test_id("back").click()
    await page.get_by_test_id(kind).filter(has_text=name).click()
    await expect(page.get_by_test_id("title")).to_contain_text(name)


def bots(page: Page) -> Locator:
    """Everything the bot has said here."""
    return page.locator('[data-testid="message"][data-from="bot"]')


def whispers(page: Page) -> Locator:
    """What the bot has said to this person alone."""
    return bots(page).filter(has_text="Only you can see this")
