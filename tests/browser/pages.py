"""What people do on the chat page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.app_under_test import AppUnderTest
from tests.support.chromium import phone


@asynccontextmanager
async def phone_of(
    browser: Browser, app: AppUnderTest, person: int, scheme: str = "dark"
) -> AsyncIterator[Page]:
    """A person's phone with the chat page open; fails at its end where the page had an error of its own."""
    me: Any = {"origin": app.chat_url, "localStorage": [{"name": "me", "value": str(person)}]}
    how = {
        "device_scale_factor": 2,
        "color_scheme": scheme,
        "storage_state": {"origins": [me], "cookies": []},
    }
    async with phone(browser, **how) as context:
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(app.chat_url + "/")
        await expect(page.get_by_test_id("title")).not_to_be_empty()  # the person's chat is open
        yield page
    assert problems == []


async def say(page: Page, text: str) -> None:
    """Write a message."""
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


def newest(page: Page) -> Locator:
    """Return the bot's newest message."""
    return page.locator('[data-testid="message"][data-from="bot"]').last


async def press(message: Locator, text: str) -> None:
    """Press the last button of a message whose text holds ``text`` once it can be pressed."""
    button = message.locator('[data-testid="button"]', has_text=text).last
    await expect(button).to_be_enabled()
    await button.click()


async def press_until(message: Locator, text: str, shown: str) -> None:
    """Press a button of a message and wait until the message shows what it leads to."""
    await press(message, text)
    await expect(message).to_contain_text(shown)


async def kept(message: Locator) -> Locator:
    """Return the same message for good, whatever comes after it."""
    number = await message.get_attribute("data-id")
    return message.page.locator(f'[data-testid="message"][data-id="{number}"]')
