"""Somebody who reads Turkish sets up the bot on a phone: language, zone, theme, favourites, and asks inline."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import newest, press, say
from tests.support.app_under_test import AppUnderTest
from tests.support.chromium import phone

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_settings_in_turkish(app: AppUnderTest, browser: Browser, shots: Path, scheme: str) -> None:
    async with phone(browser, device_scale_factor=2, color_scheme=scheme) as context:
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(app.chat_url + "/")
        await say(page, "/settings")
        await expect(newest(page)).to_contain_text("Your settings")
        await page.screenshot(path=shots / f"settings-{scheme}-en.png")
        await press(page, "Language")
        await expect(newest(page)).to_contain_text("Now: automatic")  # earlier messages have such buttons too
        await press(page, "Türkçe")
        await expect(newest(page)).to_contain_text("Değişti.")
        await press(page, "Bütün ayarlar")
        await press(page, "Saat dilimi")
        await press(page, "Istanbul")
        await expect(newest(page)).to_contain_text("Şimdi: Europe/Istanbul")
        await page.screenshot(path=shots / f"zone-{scheme}-tr.png")
        await press(page, "Bütün ayarlar")
        await expect(newest(page)).to_contain_text("Ayarların")
        await page.screenshot(path=shots / f"settings-{scheme}-tr.png")
        await say(page, "/ayarlar saat dilimi istambul")
        await expect(newest(page)).to_contain_text("olamaz")
        await say(page, "/favori btc eth")
        await expect(newest(page)).to_contain_text("Favoriler")
        await page.screenshot(path=shots / f"favourites-{scheme}-tr.png")
        await say(page, "/ayarlar dil varsayılan")
        await expect(newest(page)).to_contain_text("Changed.")
    assert problems == []


async def test_a_result_is_chosen_inline(app: AppUnderTest, browser: Browser, shots: Path) -> None:
    async with phone(browser, device_scale_factor=2) as context:
        page = await context.new_page()
        await page.goto(app.chat_url + "/")
        await say(page, "/t btc 4h")  # what has been read is offered in time
        await expect(newest(page).get_by_test_id("photo")).to_be_visible()
        results = page.get_by_test_id("command-item")
        await ask_inline(page, "btc 9z")
        await expect(results.first).to_contain_text("Type a coin and an interval")
        await ask_inline(page, "btc 4h")
        trend = results.filter(has_text="BTCUSDT 4h").filter(has_text="Trend").first
        await expect(trend).to_be_visible()
        await page.screenshot(path=shots / "inline.png")
        await trend.click()
        await expect(page.get_by_test_id("message").last).to_contain_text("BTCUSDT")


async def ask_inline(page: Page, text: str) -> None:
    """Type an inline query and wait for its answer."""
    async with page.expect_response(lambda answer: "/inline/" in answer.url and "wait_ms" in answer.url):
        await page.get_by_test_id("composer").fill(f"@SandboxBot {text}")
