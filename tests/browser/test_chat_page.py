"""A stranger opens the chat page on a phone and asks: Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 390, "height": 844}
ANSWER_MS = 20_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppUnderTest]:
    async with AppUnderTest(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing; scripts/test installs it as root")
        pytest.skip("chromium is missing: apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


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
    context = await browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        device_scale_factor=2,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(app.chat_url + "/")
    await page.get_by_test_id("composer").fill("/t btc 4h")
    await page.get_by_test_id("send").click()
    card = page.locator('[data-testid="message"][data-from="bot"]').last
    await expect(card.get_by_test_id("photo")).to_be_visible(timeout=ANSWER_MS)
    await expect(card).to_contain_text("BTCUSDT")
    await page.screenshot(path=shots / f"card-{scheme}.png")
    await press(page, "1h")
    await expect(card).to_contain_text("1h", timeout=ANSWER_MS)
    await expect(card).to_contain_text("edited", timeout=ANSWER_MS)
    await press(page, "Refresh")
    await press(page, "Why")
    await expect(card).to_contain_text("From neutral to the score", timeout=ANSWER_MS)
    await page.screenshot(path=shots / f"why-{scheme}.png")
    await card.get_by_test_id("photo").click()
    await expect(page.get_by_test_id("zoom")).to_be_visible()
    assert problems == []
    await context.close()


async def press(page: Page, text: str) -> None:
    """Press the newest button whose text holds ``text`` once it can be pressed."""
    button = page.locator('[data-testid="button"]', has_text=text).last
    await expect(button).to_be_enabled(timeout=ANSWER_MS)
    await button.click()
