"""Two people with a phone each in the topics of a forum: who is answered where."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.pages import newest, phone_of, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


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


async def enter(page: Page, kind: str, name: str) -> None:
    """Go to a chat or a topic by the list of chats."""
    await page.get_by_test_id("back").click()
    await page.get_by_test_id(kind).filter(has_text=name).click()
    await expect(page.get_by_test_id("title")).to_contain_text(name)


def bots(page: Page) -> Locator:
    """Everything the bot has said here."""
    return page.locator('[data-testid="message"][data-from="bot"]')
