"""A stranger opens the chat page on a phone and asks: Debian's chromium, driven by Playwright."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.app_under_test import AppUnderTest
from tests.support.chromium import phone, running_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppUnderTest]:
    async with AppUnderTest(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_chromium() as started:
        yield started


@pytest.fixture
def shots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the screenshots go: the folder that SCREENSHOTS names, else one that goes away."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_ask_change_interval_refresh_and_why(
    app: AppUnderTest, browser: Browser, shots: Path, scheme: str
) -> None:
    async with phone(browser, device_scale_factor=2, color_scheme=scheme) as context:
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(app.chat_url + "/")
        await page.get_by_test_id("composer").fill("/t btc 4h")
        await page.get_by_test_id("send").click()
        card = page.locator('[data-testid="message"][data-from="bot"]').last
        await expect(card.get_by_test_id("photo")).to_be_visible()
        await expect(card).to_contain_text("BTCUSDT")
        await page.screenshot(path=shots / f"card-{scheme}.png")
        await press(page, "1h")
        await expect(card).to_contain_text("1h")
        await expect(card).to_contain_text("edited")
        await press(page, "Refresh")
        await press(page, "Why")
        await expect(card).to_contain_text("From neutral to the score")
        await page.screenshot(path=shots / f"why-{scheme}.png")
        await card.get_by_test_id("photo").click()
        await expect(page.get_by_test_id("zoom")).to_be_visible()
    assert problems == []


async def press(page: Page, text: str) -> None:
    """Press the newest button whose text holds ``text`` once it can be pressed."""
    button = page.locator('[data-testid="button"]', has_text=text).last
    await expect(button).to_be_enabled()
    await button.click()
