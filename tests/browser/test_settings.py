"""Somebody who reads Turkish sets up the bot on a phone: language, zone, theme, favourites, and asks inline."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import newest, phone_of, press_until, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_settings_in_turkish(app: AppUnderTest, browser: Browser, shots: Path, scheme: str) -> None:
    person = await app.person("Ada", "en")
    async with phone_of(browser, app, person, scheme) as page:
        await say(page, "/settings")
        card = newest(page)
        await expect(card).to_contain_text("Your settings")
        await page.screenshot(path=shots / f"settings-{scheme}-en.png")
        await press_until(card, "Language", "Now: automatic")
        await press_until(card, "Türkçe", "Değişti.")
        await press_until(card, "Bütün ayarlar", "Ayarların")
        await press_until(card, "Saat dilimi", "orada saat")
        await press_until(card, "Istanbul", "Şimdi: Europe/Istanbul")
        await page.screenshot(path=shots / f"zone-{scheme}-tr.png")
        await press_until(card, "Bütün ayarlar", "Ayarların")
        await page.screenshot(path=shots / f"settings-{scheme}-tr.png")
        await say(page, "/ayarlar saat dilimi istambul")
        await expect(newest(page)).to_contain_text("olamaz")
        await say(page, "/favori btc eth")
        await expect(newest(page)).to_contain_text("Favoriler")
        await page.screenshot(path=shots / f"favourites-{scheme}-tr.png")
        await say(page, "/ayarlar dil varsayılan")
        await expect(newest(page)).to_contain_text("Changed.")


async def test_a_result_is_chosen_inline(app: AppUnderTest, browser: Browser, shots: Path) -> None:
    person = await app.person("Bea", "en")
    await app.card(person, person, "/t btc 4h")  # what has been read is offered in time
    async with phone_of(browser, app, person) as page:
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
